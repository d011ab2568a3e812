//! People, logins and tokens.

use super::Result;
use hearth_model::{
    account::{Actor, Role, Token, User},
    id::{TokenId, UserId},
};
use jiff::Timestamp;

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
pub struct Accounts {}

impl Accounts {
    /// Whether there is an administrator.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_set_up(&self) -> Result<bool> {
        unimplemented!()
    }

    /// Makes a person.
    ///
    /// # Errors
    /// `Invalid` for a bad name or password, `Conflict` when the name is taken.
    pub async fn create_user(&self, name: &str, password: &str, role: Role, actor: &Actor) -> Result<User> {
        let _ = (name, password, role, actor);
        unimplemented!()
    }

    /// All people.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(&self) -> Result<Vec<User>> {
        unimplemented!()
    }

    /// Removes a person; the last administrator stays.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub async fn remove_user(&self, id: UserId, actor: &Actor) -> Result<()> {
        let _ = (id, actor);
        unimplemented!()
    }

    /// Sets a person's password and ends their other logins.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn set_password(&self, id: UserId, password: &str, actor: &Actor) -> Result<()> {
        let _ = (id, password, actor);
        unimplemented!()
    }

    /// Logs in. Wrong tries are slowed down by name and by address: after 5 in a row, 2, 4, 8 … s up to 5 min.
    ///
    /// # Errors
    /// `Unauthenticated` (the same text for a wrong name and a wrong password), `TooMany`.
    pub async fn login(&self, name: &str, password: &str, from: Option<&str>) -> Result<Session> {
        let _ = (name, password, from);
        unimplemented!()
    }

    /// The login behind a cookie; none when it is unknown or has ended. Prolongs it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn session(&self, token: &str, from: Option<&str>) -> Result<Option<Session>> {
        let _ = (token, from);
        unimplemented!()
    }

    /// Ends a login.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, token: &str) -> Result<()> {
        let _ = token;
        unimplemented!()
    }

    /// A signed token (JWT, HS256) that ends after `ttl_secs` (60 to 86,400; default 3,600).
    ///
    /// # Errors
    /// As [`Self::login`]; `Invalid` for a `ttl_secs` out of range.
    pub async fn issue(
        &self,
        name: &str,
        password: &str,
        ttl_secs: Option<u64>,
        from: Option<&str>,
    ) -> Result<(String, Timestamp)> {
        let _ = (name, password, ttl_secs, from);
        unimplemented!()
    }

    /// Who a bearer token (JWT or long-lived) stands for.
    ///
    /// # Errors
    /// `Unauthenticated` when it is unknown, revoked or has ended.
    pub async fn bearer(&self, token: &str, from: Option<&str>) -> Result<Actor> {
        let _ = (token, from);
        unimplemented!()
    }

    /// All long-lived tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        unimplemented!()
    }

    /// Makes a long-lived token; its text is answered once and kept only as a hash.
    ///
    /// # Errors
    /// `Invalid`, `Conflict` when the name is taken, `Forbidden` for a role above the actor's.
    pub async fn create_token(&self, name: &str, role: Role, actor: &Actor) -> Result<(Token, String)> {
        let _ = (name, role, actor);
        unimplemented!()
    }

    /// Revokes a long-lived token.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revoke_token(&self, id: TokenId, actor: &Actor) -> Result<()> {
        let _ = (id, actor);
        unimplemented!()
    }
}
