//! Tokens of programs: signed ones that end soon, and named ones that live until they are revoked.

use super::{Accounts, jwt::Signer, secret};
use crate::{
    engine::{Error, Result},
    store::{tokens, users},
};
use hearth_model::{
    account::{Actor, Role, Token},
    id::TokenId,
};
use jiff::{SignedDuration, Timestamp};

/// What every long-lived token begins with, so that it is told apart, and found by scanners for leaked secrets.
pub const TOKEN_PREFIX: &str = "hearth_";

/// How often the use of a token is written down.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

impl Accounts {
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
        let ttl = ttl_secs.unwrap_or(3_600);
        let ttl = i64::try_from(ttl)
            .ok()
            .filter(|ttl| (60..=86_400).contains(ttl))
            .ok_or_else(|| Error::field("/ttl_s", "must be 60 to 86400 seconds"))?;
        let row = self.check_login(name, password, from).await?;
        let key = self.signer.key(&self.store, &*self.vault, &*self.ids).await?;
        let now = self.clock.now();
        let until = now + SignedDuration::from_secs(ttl);
        let token = Signer::sign(key, &row.user, &row.password_hash, now, until)?;
        let actor = Actor {
            name: row.user.name.clone(),
            role: row.user.role,
            from: from.map(str::to_owned),
        };
        let note = self
            .note(&actor, "login.token")
            .on(format!("user {}", row.user.name))
            .detail(format!("for {ttl} s"));
        self.store.write(move |tx| note.write(tx)).await?;
        Ok((token, until))
    }

    /// Who a bearer token (JWT or long-lived) stands for.
    ///
    /// # Errors
    /// `Unauthenticated` when it is unknown, revoked or has ended.
    pub async fn bearer(&self, token: &str, from: Option<&str>) -> Result<Actor> {
        let refused = || Error::Unauthenticated("the token is not known, was revoked, or has ended".to_owned());
        let now = self.clock.now();
        if token.starts_with(TOKEN_PREFIX) {
            let hash = secret::hash(token);
            let found = self.store.read(move |c| tokens::find(c, &hash)).await?;
            let found = found.ok_or_else(refused)?;
            self.touch(&found, now).await?;
            return Ok(Actor {
                name: format!("token:{}", found.name),
                role: found.role,
                from: from.map(str::to_owned),
            });
        }
        let key = self.signer.key(&self.store, &*self.vault, &*self.ids).await?;
        let claim = Signer::read(key, token, now).ok_or_else(refused)?;
        let id = claim.user;
        let row = self.store.read(move |c| users::get(c, id)).await?;
        let row = row
            .filter(|row| claim.matches(&row.password_hash))
            .ok_or_else(refused)?;
        Ok(Actor {
            name: row.user.name,
            role: row.user.role,
            from: from.map(str::to_owned),
        })
    }

    async fn touch(&self, token: &Token, now: Timestamp) -> Result<()> {
        if token
            .last_used_at
            .is_none_or(|last| now.duration_since(last) >= TOUCH_EVERY)
        {
            let id = token.id;
            self.store.write(move |tx| tokens::touch(tx, id, now)).await?;
        }
        Ok(())
    }

    /// All long-lived tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        Ok(self.store.read(tokens::all).await?)
    }

    /// Makes a long-lived token; its text is answered once and kept only as a hash.
    ///
    /// # Errors
    /// `Invalid`, `Conflict` when the name is taken, `Forbidden` for a role above the actor's.
    pub async fn create_token(&self, name: &str, role: Role, actor: &Actor) -> Result<(Token, String)> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(Error::field(
                "/name",
                "use 1 to 64 characters that say what the token is for",
            ));
        }
        if role > actor.role {
            return Err(Error::Forbidden { needed: role.as_str() });
        }
        let text = format!("{TOKEN_PREFIX}{}", secret::random(&*self.ids));
        let token = Token {
            id: self.ids.make(),
            name: name.to_owned(),
            role,
            created_at: self.clock.now(),
            last_used_at: None,
        };
        let note = self
            .note(actor, "token.create")
            .on(format!("token {name}"))
            .detail(role.as_str());
        let (added, hash) = (token.clone(), secret::hash(&text));
        self.store
            .write(move |tx| {
                if tokens::named(tx, &added.name)?.is_some() {
                    return Err(Error::Conflict(format!(
                        "there is a token named {} already",
                        added.name
                    )));
                }
                tokens::insert(tx, &added, &hash)?;
                Ok(note.write(tx)?)
            })
            .await?;
        Ok((token, text))
    }

    /// Revokes a long-lived token.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revoke_token(&self, id: TokenId, actor: &Actor) -> Result<()> {
        let note = self.note(actor, "token.revoke");
        self.store
            .write(move |tx| {
                let token = tokens::get(tx, id)?.ok_or_else(|| Error::not_found("token", id))?;
                tokens::remove(tx, id)?;
                Ok(note.on(format!("token {}", token.name)).write(tx)?)
            })
            .await
    }
}
