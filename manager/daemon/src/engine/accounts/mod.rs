//! People, logins and tokens.
//!
//! What is kept of a password is its Argon2id hash, of a session or token its SHA-256: who reads the database can
//! log in with none of it.

mod jwt;
mod password;
mod people;
mod secret;
mod slowdown;
mod tokens;

#[cfg(test)]
mod tests;

pub use password::check_password;
pub use people::check_name;
pub(in crate::engine) use people::insert as insert_user;
pub use tokens::TOKEN_PREFIX;

use super::{Error, Result, audit::Note};
use crate::{
    port::{clock::Clock, ids::Ids, vault::Vault},
    store::{Store, sessions, users},
};
use hearth_model::account::{Actor, Role};
use jiff::{SignedDuration, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A login ends when it was not used for so long.
const IDLE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A login ends after so long however much it is used.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How often the use of a login is written down.
const PROLONG_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// A login that a browser holds.
#[derive(Clone)]
pub struct Session {
    /// What the cookie carries; the store keeps only its hash.
    pub token: String,
    /// What every changing request must carry beside the cookie.
    pub csrf: String,
    /// Who it is.
    pub actor: Actor,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// People, logins and tokens.
pub struct Accounts {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    vault: Arc<dyn Vault>,
    hasher: password::Hasher,
    slowdown: slowdown::Slowdown,
    signer: jwt::Signer,
    /// Once there is an administrator there always is one.
    set_up: AtomicBool,
}

impl Accounts {
    /// Over a store; `vault` seals the key that signs tokens.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, vault: Arc<dyn Vault>) -> Self {
        Self {
            store,
            clock,
            ids,
            vault,
            hasher: password::Hasher::new(),
            slowdown: slowdown::Slowdown::default(),
            signer: jwt::Signer::default(),
            set_up: AtomicBool::new(false),
        }
    }

    /// Whether there is an administrator.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_set_up(&self) -> Result<bool> {
        if self.set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let set_up = self.store.read(|c| users::count(c, Role::Admin)).await? > 0;
        self.set_up.store(set_up, Ordering::Relaxed);
        Ok(set_up)
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn is_ready(&self) -> Result<()> {
        self.store.read(|c| users::count(c, Role::Admin)).await?;
        Ok(())
    }

    /// Logs in. Wrong tries are slowed down by name and by address: after 5 in a row, 2, 4, 8 … s up to 5 min.
    ///
    /// # Errors
    /// `Unauthenticated` (the same text for a wrong name and a wrong password), `TooMany`.
    pub async fn login(&self, name: &str, password: &str, from: Option<&str>) -> Result<Session> {
        let row = self.check_login(name, password, from).await?;
        let actor = Actor {
            name: row.user.name.clone(),
            role: row.user.role,
            from: from.map(str::to_owned),
        };
        let note = self.note(&actor, "login").on(format!("user {}", row.user.name));
        let (session, new) = self.new_session(row.user.id, actor);
        self.store
            .write(move |tx| {
                sessions::insert(tx, &new)?;
                note.write(tx)
            })
            .await?;
        Ok(session)
    }

    /// The login behind a cookie; none when it is unknown or has ended. Prolongs it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn session(&self, token: &str, from: Option<&str>) -> Result<Option<Session>> {
        let hash = secret::hash(token);
        let now = self.clock.now();
        let Some(row) = self.store.read(move |c| sessions::find(c, &hash)).await? else {
            return Ok(None);
        };
        if row.expires_at <= now {
            return Ok(None);
        }
        let mut expires_at = row.expires_at;
        if now.duration_since(row.last_used_at) >= PROLONG_EVERY {
            expires_at = (now + IDLE).min(row.created_at + LONGEST);
            self.store
                .write(move |tx| sessions::prolong(tx, row.id, now, expires_at))
                .await?;
        }
        Ok(Some(Session {
            token: token.to_owned(),
            csrf: row.csrf,
            actor: Actor {
                name: row.user_name,
                role: row.role,
                from: from.map(str::to_owned),
            },
            expires_at,
        }))
    }

    /// Ends a login.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, token: &str) -> Result<()> {
        let hash = secret::hash(token);
        Ok(self.store.write(move |tx| sessions::remove(tx, &hash)).await?)
    }

    /// The person with this name and password.
    async fn check_login(&self, name: &str, password: &str, from: Option<&str>) -> Result<users::Row> {
        self.slowdown
            .begin(name, from, self.clock.monotonic())
            .map_err(|retry_after_secs| Error::TooMany { retry_after_secs })?;
        let wanted = name.to_owned();
        let found = self.store.read(move |c| users::find(c, &wanted)).await?;
        let hash = found.as_ref().map(|row| row.password_hash.as_str());
        let right = self.hasher.verify(password, hash).await?;
        if let Some(row) = found.as_ref().filter(|_| right) {
            self.slowdown.right(name, from);
            return Ok(row.clone());
        }
        self.note_refusal(found.map(|row| row.user.name), from).await?;
        Err(Error::Unauthenticated("the name or the password is wrong".to_owned()))
    }

    /// Tells the audit log. A name that nobody has is not told: it may be a password in the wrong field.
    async fn note_refusal(&self, name: Option<String>, from: Option<&str>) -> Result<()> {
        let nobody = Actor {
            name: "nobody".to_owned(),
            role: Role::Viewer,
            from: from.map(str::to_owned),
        };
        let subject = name.map_or_else(|| "an unknown user".to_owned(), |name| format!("user {name}"));
        let note = self.note(&nobody, "login.refused").on(subject);
        Ok(self.store.write(move |tx| note.write(tx)).await?)
    }

    /// A new login, and the row that keeps it.
    pub(super) fn new_session(&self, user: hearth_model::id::UserId, actor: Actor) -> (Session, sessions::NewSession) {
        let at = self.clock.now();
        let session = Session {
            token: secret::random(&*self.ids),
            csrf: secret::random(&*self.ids),
            actor,
            expires_at: at + IDLE,
        };
        let row = sessions::NewSession {
            id: self.ids.make(),
            user,
            token_hash: secret::hash(&session.token),
            csrf: session.csrf.clone(),
            at,
            expires_at: session.expires_at,
        };
        (session, row)
    }

    /// Hash of a password, for who writes a person in a transaction of their own.
    pub(super) async fn hash_password(&self, password: &str) -> Result<String> {
        self.hasher.hash(password).await
    }

    /// A row of the audit log, now.
    pub(super) fn note(&self, actor: &Actor, action: &'static str) -> Note {
        Note::new(&*self.clock, &*self.ids, actor, action)
    }
}
