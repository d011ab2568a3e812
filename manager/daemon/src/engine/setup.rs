//! First boot: what is still to be asked, and making it so.

pub use super::accounts::check_password;
use super::{
    Error, FieldError, Result,
    accounts::{Accounts, Session, check_name, insert_user},
};
use crate::{
    port::{clock::Clock, ids::Ids},
    store::{self, Store, sessions, settings, users},
};
use hearth_model::{
    account::{Actor, Role, User},
    name::Slug,
};
use jiff::tz::TimeZone;
use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Setting: name of the box.
const NAME: &str = "name";
/// Setting: IANA time zone.
const TIME_ZONE: &str = "time_zone";
/// What first boot asks.
const FIELDS: [&str; 4] = ["name", "admin", "password", "time_zone"];

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

/// First boot.
pub struct Setup {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    accounts: Arc<Accounts>,
    host_name: Slug,
}

impl Setup {
    /// Over a store; `host_name` is what the box is called until a person names it.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        accounts: Arc<Accounts>,
        host_name: Slug,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            accounts,
            host_name,
        }
    }

    /// What is still to be asked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn state(&self) -> Result<SetupState> {
        let set_up = self.accounts.is_set_up().await?;
        let name = self.store.read(name).await?;
        let asks = if set_up { &[][..] } else { &FIELDS[..] };
        Ok(SetupState {
            set_up,
            name: name.unwrap_or_else(|| self.host_name.to_string()),
            asks: asks.iter().map(|&field| field.to_owned()).collect(),
        })
    }

    /// Sets the box up and logs the administrator in.
    ///
    /// # Errors
    /// `Invalid` names each field; `Conflict` when it is set up already.
    pub async fn complete(&self, request: SetupRequest, from: Option<&str>) -> Result<Session> {
        // Asked first: hashing is dear, and anybody may send this.
        if self.accounts.is_set_up().await? {
            return Err(done());
        }
        let time_zone = check(&request)?;
        let password_hash = self.accounts.hash_password(&request.password).await?;
        let user = User {
            id: self.ids.make(),
            name: request.admin,
            role: Role::Admin,
        };
        let actor = Actor {
            name: user.name.clone(),
            role: user.role,
            from: from.map(str::to_owned),
        };
        let detail = format!("administrator {}, time zone {time_zone}", user.name);
        let note = self
            .accounts
            .note(&actor, "setup")
            .on(format!("box {}", request.name))
            .detail(detail);
        let (session, row) = self.accounts.new_session(user.id, actor);
        let at = self.clock.now();
        self.store
            .write(move |tx| {
                // Asked again where nobody can come in between.
                if users::count(tx, Role::Admin)? > 0 {
                    return Err(done());
                }
                insert_user(tx, &user, &password_hash, at)?;
                set_name(tx, request.name.as_str())?;
                set_time_zone(tx, &time_zone)?;
                sessions::insert(tx, &row)?;
                Ok(note.write(tx)?)
            })
            .await?;
        Ok(session)
    }

    /// The time zone that was chosen, `UTC` before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn time_zone(&self) -> Result<String> {
        Ok(self.store.read(time_zone).await?)
    }
}

/// The time zone that was chosen, `UTC` before.
///
/// # Errors
/// When the store fails.
pub(super) fn time_zone(connection: &Connection) -> store::Result<String> {
    Ok(chosen_time_zone(connection)?.unwrap_or_else(|| "UTC".to_owned()))
}

/// The time zone that was chosen, if one was.
///
/// # Errors
/// When the store fails.
pub(super) fn chosen_time_zone(connection: &Connection) -> store::Result<Option<String>> {
    settings::get(connection, TIME_ZONE)
}

/// Keeps another time zone.
///
/// # Errors
/// When the store fails.
pub(super) fn set_time_zone(tx: &Transaction<'_>, zone: &str) -> store::Result<()> {
    settings::set(tx, TIME_ZONE, zone)
}

/// The name that was chosen, if one was.
///
/// # Errors
/// When the store fails.
pub(super) fn name(connection: &Connection) -> store::Result<Option<String>> {
    settings::get(connection, NAME)
}

/// Keeps another name.
///
/// # Errors
/// When the store fails.
pub(super) fn set_name(tx: &Transaction<'_>, name: &str) -> store::Result<()> {
    settings::set(tx, NAME, name)
}

fn done() -> Error {
    Error::Conflict("Hearth is set up already; log in instead".to_owned())
}

/// A time zone as the database spells it.
pub(super) fn spelled(zone: &str) -> Option<String> {
    let found = TimeZone::get(zone).ok()?;
    found.iana_name().map(str::to_owned)
}

/// Checks all fields at once; answers the time zone as the database spells it.
fn check(request: &SetupRequest) -> Result<String> {
    let zone = spelled(&request.time_zone);
    let zone_fault = zone.is_none().then(|| FieldError {
        pointer: "/time_zone".to_owned(),
        message: "is not the name of a time zone; use one such as Europe/Zurich".to_owned(),
    });
    let faults: Vec<FieldError> = [
        check_name(&request.admin, "/admin").err(),
        check_password(&request.password, &request.admin).err(),
        zone_fault,
    ]
    .into_iter()
    .flatten()
    .collect();
    match zone {
        Some(zone) if faults.is_empty() => Ok(zone),
        _ => Err(Error::Invalid(faults)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{clock::FakeClock, ids::FakeIds, vault::FakeVault};

    fn setup(dir: &std::path::Path) -> (Setup, Arc<Accounts>) {
        let store = Store::open(&dir.join("hearth.db")).unwrap();
        let (clock, ids) = (Arc::new(FakeClock::default()), Arc::new(FakeIds::default()));
        let accounts = Arc::new(Accounts::new(
            store.clone(),
            clock.clone(),
            ids.clone(),
            Arc::new(FakeVault),
        ));
        let name = "raspberrypi".parse().unwrap();
        (Setup::new(store, clock, ids, Arc::clone(&accounts), name), accounts)
    }

    fn request() -> SetupRequest {
        SetupRequest {
            name: "home".parse().unwrap(),
            admin: "ann".to_owned(),
            password: "mossy teapot glides north".to_owned(),
            time_zone: "europe/zurich".to_owned(),
        }
    }

    #[tokio::test]
    async fn it_is_done_once() {
        let dir = tempfile::tempdir().unwrap();
        let (setup, accounts) = setup(dir.path());
        let before = setup.state().await.unwrap();
        assert_eq!(
            (before.set_up, before.name.as_str(), before.asks.len()),
            (false, "raspberrypi", 4)
        );
        assert_eq!(setup.time_zone().await.unwrap(), "UTC");

        let session = setup.complete(request(), Some("192.0.2.1")).await.unwrap();
        assert!(accounts.session(&session.token, None).await.unwrap().is_some());
        let after = setup.state().await.unwrap();
        assert_eq!((after.set_up, after.name.as_str(), after.asks.len()), (true, "home", 0));
        assert_eq!(setup.time_zone().await.unwrap(), "Europe/Zurich");
        assert!(matches!(setup.complete(request(), None).await, Err(Error::Conflict(_))));
    }

    #[tokio::test]
    async fn two_at_once_make_one_administrator() {
        let dir = tempfile::tempdir().unwrap();
        let (setup, accounts) = setup(dir.path());
        let other = SetupRequest {
            admin: "eve".to_owned(),
            ..request()
        };
        let (first, second) = tokio::join!(setup.complete(request(), None), setup.complete(other, None));
        assert!(first.is_ok() != second.is_ok());
        assert_eq!(accounts.users().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn every_wrong_field_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (setup, _) = setup(dir.path());
        let request = SetupRequest {
            admin: "a b".to_owned(),
            password: "short".to_owned(),
            time_zone: "Mars/Olympus".to_owned(),
            ..request()
        };
        let Err(Error::Invalid(faults)) = setup.complete(request, None).await else {
            panic!("accepted");
        };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/admin", "/password", "/time_zone"]);
        assert!(!setup.state().await.unwrap().set_up);
    }
}
