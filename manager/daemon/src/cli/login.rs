//! `hearth login`: trusts a manager's certificate authority after the person has seen its fingerprint, and keeps a token.

use super::{
    CliError, Global,
    client::{Client, no_tls},
    error::io,
    profile::Profile,
};
use crate::unverified;
use clap::Args;
use http::Method;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{BufRead, IsTerminal, Write};

/// Log in to a manager and remember it.
#[derive(Debug, Args)]
pub struct Login {
    /// Address, such as <https://hearth.local>
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// Login name; asked for when not given
    #[arg(long, short)]
    user: Option<String>,
    /// Read the password from standard input instead of asking
    #[arg(long)]
    password_stdin: bool,
    /// SHA-256 fingerprint of the manager's certificate authority (shown at /trust), instead of asking
    #[arg(long, value_name = "FINGERPRINT")]
    ca_fingerprint: Option<String>,
    /// How long the login lasts, in seconds (60 to 86400)
    #[arg(long, default_value_t = 86_400)]
    ttl: u64,
}

#[derive(Deserialize)]
struct Issued {
    token: String,
}

impl Login {
    pub(super) async fn run(self, global: &Global) -> Result<(), CliError> {
        let url = self.url.clone().or_else(|| global.server.clone());
        let url = url.as_deref().unwrap_or("https://127.0.0.1:7443");
        let ca = match &global.ca {
            Some(path) => std::fs::read_to_string(path).map_err(io(format!("reading {}", path.display())))?,
            None => self.trust(url).await?,
        };
        let user = match &self.user {
            Some(user) => user.clone(),
            None => ask("Name: ")?,
        };
        let password = if self.password_stdin {
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut line)
                .map_err(io("reading the password"))?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            rpassword::prompt_password("Password: ").map_err(io("reading the password"))?
        };
        let client = Client::new(url, Some(&ca), None)?;
        let body = serde_json::json!({"username": user, "password": password, "ttl_s": self.ttl});
        let issued: Issued = client.send(Method::POST, "/api/v1/auth/token", Some(&body)).await?;
        let path = Profile {
            server: client.server().to_owned(),
            ca,
            token: issued.token,
        }
        .save()?;
        println!("Logged in to {}; kept in {}.", client.server(), path.display());
        Ok(())
    }

    /// Fetches the certificate authority without trusting anything yet, and has its fingerprint confirmed.
    async fn trust(&self, url: &str) -> Result<String, CliError> {
        let unverified = unverified::client_config().map_err(no_tls)?;
        let bytes = Client::with_tls(url, unverified, None)?
            .bytes(Method::GET, "/ca.crt")
            .await?;
        let pem = String::from_utf8(bytes.to_vec()).map_err(|_| CliError::Usage(format!("{url}/ca.crt is not PEM")))?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|e| CliError::Usage(format!("{url}/ca.crt is not a certificate: {e}")))?;
        let shown = fingerprint(&certificate);
        let plain = |text: &str| text.replace(':', "").to_ascii_lowercase();
        let agreed = match &self.ca_fingerprint {
            Some(expected) => plain(expected) == plain(&shown),
            None if std::io::stdin().is_terminal() => {
                println!("The certificate authority of {url} has the SHA-256 fingerprint\n  {shown}");
                ask("Is it the one that the manager shows at /trust? [y/N] ")?.eq_ignore_ascii_case("y")
            }
            None => false,
        };
        if agreed {
            Ok(pem)
        } else {
            Err(CliError::Usage(format!(
                "the certificate authority of {url} was not confirmed; its fingerprint is {shown}: give it with --ca-fingerprint"
            )))
        }
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let bytes: Vec<String> = Sha256::digest(certificate)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bytes.join(":")
}

fn ask(question: &str) -> Result<String, CliError> {
    print!("{question}");
    std::io::stdout().flush().map_err(io("asking"))?;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(io("reading the answer"))?;
    Ok(line.trim().to_owned())
}
