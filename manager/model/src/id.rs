//! Identifiers: a type for each kind of row, so that one is never taken for another.
//!
//! All are UUIDv7 (RFC 9562, section 5.7). They are made outside of this crate, by a port, because
//! making one needs the clock and chance.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// A machine under management.
    NodeId;
    /// An installed recipe.
    AppId;
    /// A piece of work that outlasts a request.
    JobId;
    /// A person who may log in.
    UserId;
    /// A named, revocable API token.
    TokenId;
    /// A login that a browser holds.
    SessionId;
    /// A row of the audit log.
    AuditId;
    /// A sealed secret.
    SecretId;
    /// A command that was run on a node.
    CommandId;
    /// Something that went wrong.
    IncidentId;
    /// A search for machines.
    DiscoveryId;
}
