//! The way to D-Bus. A connection is made when it is needed: the bus, and what answers on it, may come and go.

use crate::port::appliance::ApplianceError;
use std::time::Duration;
use zbus::{Connection, DBusError as _, connection::Builder};

/// How long an answer is waited for. Installing an update and the like are answered at once, and told by signals.
const LIMIT: Duration = Duration::from_secs(60);

/// Where D-Bus is.
#[derive(Debug, Clone)]
pub struct Bus(Option<Connection>);

impl Bus {
    /// This machine's system bus.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// What is at the other end of a connection.
    #[must_use]
    pub fn over(connection: Connection) -> Self {
        Self(Some(connection))
    }

    /// A connection to it.
    pub(super) async fn connection(&self) -> zbus::Result<Connection> {
        match &self.0 {
            Some(connection) => Ok(connection.clone()),
            None => Builder::system().method_timeout(LIMIT).build().await,
        }
    }
}

/// What a service said of a failure.
pub(super) fn words(error: zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(name, text, _) => text.unwrap_or_else(|| name.to_string()),
        zbus::Error::FDO(error) => error.description().map_or_else(|| error.to_string(), str::to_owned),
        other => other.to_string(),
    }
}

/// That the system refused to do something.
pub(super) fn refused(attempt: &'static str) -> impl Fn(zbus::Error) -> ApplianceError {
    move |error| ApplianceError::refused(attempt, words(error))
}
