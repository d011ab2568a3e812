//! People: making, changing and removing those who may log in.

use super::{Accounts, secret};
use crate::{
    engine::{Error, FieldError, Result},
    store::{sessions, users},
};
use hearth_model::{
    account::{Actor, Role, User},
    id::UserId,
};
use rusqlite::Transaction;

/// What is wrong with a login name, if anything.
///
/// # Errors
/// A [`FieldError`] at `pointer`.
pub fn check_name(name: &str, pointer: &str) -> Result<(), FieldError> {
    let good = (1..=32).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    let message = if !good {
        "use 1 to 32 of letters, digits, `.`, `-` and `_`"
    } else if name.eq_ignore_ascii_case("system") {
        "this name is Hearth's own in the audit log; take another one"
    } else {
        return Ok(());
    };
    Err(FieldError {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
    })
}

impl Accounts {
    /// Makes a person.
    ///
    /// # Errors
    /// `Invalid` for a bad name or password, `Conflict` when the name is taken.
    pub async fn create_user(&self, name: &str, password: &str, role: Role, actor: &Actor) -> Result<User> {
        let faults: Vec<FieldError> = [
            check_name(name, "/name"),
            super::password::check_password(password, name),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let password_hash = self.hasher.hash(password).await?;
        let user = User {
            id: self.ids.make(),
            name: name.to_owned(),
            role,
        };
        let note = self
            .note(actor, "user.create")
            .on(format!("user {name}"))
            .detail(role.as_str());
        let (added, at) = (user.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                insert(tx, &added, &password_hash, at)?;
                Ok::<_, Error>(note.write(tx)?)
            })
            .await?;
        Ok(user)
    }

    /// All people.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(&self) -> Result<Vec<User>> {
        Ok(self.store.read(users::all).await?)
    }

    /// One person, by id or login name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn user(&self, key: &str) -> Result<User> {
        let wanted = key.to_owned();
        let found = self
            .store
            .read(move |c| match wanted.parse::<UserId>() {
                Ok(id) => users::get(c, id),
                Err(_) => users::find(c, &wanted),
            })
            .await?;
        found.map(|row| row.user).ok_or_else(|| Error::not_found("person", key))
    }

    /// Removes a person; the last administrator stays.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub async fn remove_user(&self, id: UserId, actor: &Actor) -> Result<()> {
        let note = self.note(actor, "user.remove");
        self.store
            .write(move |tx| {
                let user = existing(tx, id)?.user;
                keep_an_admin(tx, &user, None)?;
                users::remove(tx, id)?;
                Ok(note.on(format!("user {}", user.name)).write(tx)?)
            })
            .await
    }

    /// Sets what a person may do; the last administrator stays one.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub async fn set_role(&self, id: UserId, role: Role, actor: &Actor) -> Result<User> {
        let note = self.note(actor, "user.role").detail(role.as_str());
        self.store
            .write(move |tx| {
                let user = existing(tx, id)?.user;
                keep_an_admin(tx, &user, Some(role))?;
                users::set_role(tx, id, role)?;
                note.on(format!("user {}", user.name)).write(tx)?;
                Ok(User { role, ..user })
            })
            .await
    }

    /// Sets a person's password and ends their other logins: all but the one with the token `keep`. Signed tokens end too.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn set_password(&self, id: UserId, password: &str, keep: Option<&str>, actor: &Actor) -> Result<()> {
        let user = self.user(&id.to_string()).await?;
        super::password::check_password(password, &user.name).map_err(|fault| Error::Invalid(vec![fault]))?;
        let password_hash = self.hasher.hash(password).await?;
        let keep = keep.map(secret::hash);
        let note = self.note(actor, "user.password").on(format!("user {}", user.name));
        self.store
            .write(move |tx| {
                existing(tx, id)?;
                users::set_password(tx, id, &password_hash)?;
                sessions::remove_of_user(tx, id, keep.as_ref())?;
                Ok(note.write(tx)?)
            })
            .await
    }

    /// Sets a password for who asks: people their own, and must know the present one; administrators those of others.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`, `Forbidden`; `TooMany` when the present password was wrong too often.
    pub async fn set_password_as(
        &self,
        key: &str,
        password: &str,
        current: Option<&str>,
        keep: Option<&str>,
        actor: &Actor,
    ) -> Result<()> {
        let user = self.user(key).await;
        let is_own = user.as_ref().is_ok_and(|user| user.name == actor.name);
        if actor.role < Role::Admin && !is_own {
            // Whether there is such a person is not told.
            return Err(Error::Forbidden {
                needed: Role::Admin.as_str(),
            });
        }
        let user = user?;
        if is_own {
            let wrong = || Error::field("/current_password", "is not your present password");
            let current = current.ok_or_else(wrong)?;
            match self.check_login(&user.name, current, actor.from.as_deref()).await {
                Ok(_) => {}
                Err(Error::Unauthenticated(_)) => return Err(wrong()),
                Err(error) => return Err(error),
            }
        }
        self.set_password(user.id, password, keep, actor).await
    }
}

/// Adds a person unless the name is taken.
pub(in crate::engine) fn insert(
    tx: &Transaction<'_>,
    user: &User,
    password_hash: &str,
    at: jiff::Timestamp,
) -> Result<()> {
    if users::find(tx, &user.name)?.is_some() {
        return Err(Error::Conflict(format!(
            "there is a person named {} already",
            user.name
        )));
    }
    Ok(users::insert(tx, user, password_hash, at)?)
}

fn existing(tx: &Transaction<'_>, id: UserId) -> Result<users::Row> {
    users::get(tx, id)?.ok_or_else(|| Error::not_found("person", id))
}

/// Refuses what would leave nobody to manage people.
fn keep_an_admin(tx: &Transaction<'_>, user: &User, new_role: Option<Role>) -> Result<()> {
    if user.role == Role::Admin && new_role != Some(Role::Admin) && users::count(tx, Role::Admin)? == 1 {
        return Err(Error::Conflict(format!(
            "{} is the last administrator; make somebody else one first",
            user.name
        )));
    }
    Ok(())
}
