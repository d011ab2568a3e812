//! First boot: what is still to be asked, and making it so.

use super::{FieldError, Result};
use hearth_model::name::Slug;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What first boot still asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// Whether it is done.
    pub set_up: bool,
    /// Name of the box as it is now.
    pub name: String,
    /// Fields still to be given: `name`, `admin`, `password`, `time_zone`.
    pub asks: Vec<String>,
}

/// What the person answers at first boot.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// Name of the box.
    pub name: Slug,
    /// Login name of the first administrator: 1 to 32 of letters, digits, `.`, `-`, `_`.
    pub admin: String,
    /// Password, 12 to 1024 characters, not one of the commonest.
    pub password: String,
    /// IANA time zone, such as `Europe/Zurich`.
    pub time_zone: String,
}

/// What is wrong with a password, if anything; the rule stands here for setup and for people alike.
///
/// # Errors
/// A [`FieldError`] at `/password`.
pub fn check_password(password: &str, user: &str) -> Result<(), FieldError> {
    let _ = (password, user);
    unimplemented!("accounts work package")
}

/// First boot.
pub struct Setup {}

impl Setup {
    /// What is still to be asked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn state(&self) -> Result<SetupState> {
        unimplemented!()
    }

    /// Sets the box up and logs the administrator in.
    ///
    /// # Errors
    /// `Invalid` names each field; `Conflict` when it is set up already.
    pub async fn complete(&self, request: SetupRequest, from: Option<&str>) -> Result<super::accounts::Session> {
        let _ = (request, from);
        unimplemented!()
    }

    /// The time zone that was chosen, `UTC` before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn time_zone(&self) -> Result<String> {
        unimplemented!()
    }
}
