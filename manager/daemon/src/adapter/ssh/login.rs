//! Logging in: by password (also where the server asks for it in its own words) or by key.

use super::{handler::HostKeyCheck, own_key::OwnKey};
use crate::port::session::Credentials;
use hearth_model::{
    fault::{Cause, Fault},
    node::Login,
};
use russh::{
    MethodKind, MethodSet,
    client::{AuthResult, Handle, KeyboardInteractiveAuthResponse},
    keys::{PrivateKey, PrivateKeyWithHashAlg, decode_secret_key},
};
use std::sync::Arc;

/// How many rounds of questions a server may ask.
const MAX_ROUNDS: usize = 5;

/// Why a login did not come about.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Refused; the server would take these.
    Credentials {
        /// What was tried.
        tried: &'static str,
        /// What the server takes.
        takes: MethodSet,
    },
    /// The private key cannot be used.
    Key(String),
    /// The connection ended.
    Ended(russh::Error),
}

impl Refusal {
    /// What to tell the person.
    pub(super) fn into_fault(self, user: &str, place: &str) -> Fault {
        match self {
            Self::Credentials { tried, takes } => {
                let takes: Vec<&str> = takes.iter().map(<&str>::from).collect();
                let takes = match &takes[..] {
                    [] => String::new(),
                    takes => format!("; it takes {}", takes.join(", ")),
                };
                let detail = format!("{place} refused the {tried} of {user}{takes}");
                Fault::new(Cause::WrongPassword, detail)
            }
            Self::Key(reason) => Fault::new(Cause::WrongPassword, format!("the private key for {user}: {reason}")),
            Self::Ended(error) => Fault::new(
                Cause::Disconnected,
                format!("{place} ended the connection during the login of {user}: {error}"),
            ),
        }
    }
}

impl From<russh::Error> for Refusal {
    fn from(error: russh::Error) -> Self {
        Self::Ended(error)
    }
}

/// Logs in.
pub(super) async fn log_in(
    handle: &mut Handle<HostKeyCheck>,
    user: &str,
    credentials: &Credentials,
    own: &OwnKey,
) -> Result<(), Refusal> {
    match credentials {
        Credentials::OwnKey => by_key(handle, user, own.private(), "Hearth's own key").await,
        Credentials::Once(Login::Password(password)) => by_password(handle, user, password).await,
        Credentials::Once(Login::Key { private, passphrase }) => {
            let key = decode_secret_key(private, passphrase.as_deref()).map_err(|error| key_refusal(&error))?;
            by_key(handle, user, Arc::new(key), "private key").await
        }
    }
}

fn key_refusal(error: &russh::keys::Error) -> Refusal {
    Refusal::Key(match error {
        russh::keys::Error::KeyIsEncrypted => "it needs its passphrase".to_owned(),
        russh::keys::Error::SshKey(_) => "it is damaged, or the passphrase is another one".to_owned(),
        error => format!("it is not in OpenSSH's or PEM format ({error})"),
    })
}

async fn by_key(
    handle: &mut Handle<HostKeyCheck>,
    user: &str,
    key: Arc<PrivateKey>,
    tried: &'static str,
) -> Result<(), Refusal> {
    // Only RSA leaves a choice, and asking for it may take a second.
    let hash = match key.algorithm().is_rsa() {
        true => handle.best_supported_rsa_hash().await?.flatten(),
        false => None,
    };
    let answer = handle
        .authenticate_publickey(user, PrivateKeyWithHashAlg::new(key, hash))
        .await?;
    verdict(handle, answer, tried)
}

async fn by_password(handle: &mut Handle<HostKeyCheck>, user: &str, password: &str) -> Result<(), Refusal> {
    let answer = handle.authenticate_password(user, password).await?;
    match &answer {
        AuthResult::Failure { remaining_methods, .. }
            if remaining_methods.contains(&MethodKind::KeyboardInteractive) =>
        {
            by_questions(handle, user, password).await
        }
        _ => verdict(handle, answer, "password"),
    }
}

/// Answers questions that are asked without echo with the password (RFC 4256).
async fn by_questions(handle: &mut Handle<HostKeyCheck>, user: &str, password: &str) -> Result<(), Refusal> {
    let mut answer = handle.authenticate_keyboard_interactive_start(user, None).await?;
    for _ in 0..MAX_ROUNDS {
        answer = match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(()),
            KeyboardInteractiveAuthResponse::Failure {
                remaining_methods: takes,
                ..
            } => {
                return Err(Refusal::Credentials {
                    tried: "password",
                    takes,
                });
            }
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let words = prompts.iter().map(|prompt| match prompt.echo {
                    true => String::new(),
                    false => password.to_owned(),
                });
                handle
                    .authenticate_keyboard_interactive_respond(words.collect())
                    .await?
            }
        };
    }
    Err(Refusal::Credentials {
        tried: "password",
        takes: MethodSet::empty(),
    })
}

fn verdict(handle: &Handle<HostKeyCheck>, answer: AuthResult, tried: &'static str) -> Result<(), Refusal> {
    match answer {
        AuthResult::Success => Ok(()),
        // A broken connection is told as a failure without methods.
        AuthResult::Failure { .. } if handle.is_closed() => Err(Refusal::Ended(russh::Error::Disconnect)),
        AuthResult::Failure {
            remaining_methods: takes,
            ..
        } => Err(Refusal::Credentials { tried, takes }),
    }
}
