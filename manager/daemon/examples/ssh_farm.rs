//! A thousand machines in one small process, for the bench: SSH servers at 127.1.0.0, 127.1.0.1, … that answer the probes
//! with what this machine answered once, and have an engine without containers. They let every key in, so they listen on loopback alone.
//!
//! `cargo run --release --example ssh_farm -- PORT COUNT` prints their host key as the store keeps it, and serves until it
//! is ended.

use axum::{Json, Router, body::Body, http::StatusCode, routing::get};
use futures::stream;
use hearth_model::{
    node::HostKey,
    probe::{PROBE_FACTS, PROBE_STATS},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use russh::{
    Channel, ChannelId,
    keys::{Algorithm, HashAlg, PrivateKey},
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Server, Session, VerifiedPublicKey},
};
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    process::{Command, Stdio},
    sync::Arc,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut given = std::env::args().skip(1).map(|word| word.parse::<u16>());
    let port = given.next().transpose()?.unwrap_or(2200);
    let count = given.next().transpose()?.unwrap_or(1000);
    let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519)?;
    let shown = HostKey {
        public: key.public_key().to_openssh()?,
        fingerprint: key.public_key().fingerprint(HashAlg::Sha256).to_string(),
    };
    let answers = Arc::new(Answers {
        stats: answer(PROBE_STATS)?,
        facts: answer(PROBE_FACTS)?,
    });
    let config = Arc::new(Config {
        keys: vec![key],
        nodelay: true,
        ..Config::default()
    });
    let mut machines = tokio::task::JoinSet::new();
    for number in 0..count {
        let [high, low] = number.to_be_bytes();
        let socket = tokio::net::TcpListener::bind((Ipv4Addr::new(127, 1, high, low), port)).await?;
        let (mut farm, config) = (
            Farm {
                answers: Arc::clone(&answers),
            },
            Arc::clone(&config),
        );
        machines.spawn(async move { farm.run_on_socket(config, &socket).await });
    }
    println!("{}", serde_json::to_string(&shown)?);
    while let Some(ended) = machines.join_next().await {
        ended??;
    }
    Ok(())
}

/// What this machine answers to a probe.
fn answer(probe: &str) -> anyhow::Result<Vec<u8>> {
    use std::io::Write;
    let mut shell = Command::new("sh")
        .args(["-s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = shell.stdin.take() {
        stdin.write_all(probe.as_bytes())?;
    }
    Ok(shell.wait_with_output()?.stdout)
}

struct Answers {
    stats: Vec<u8>,
    facts: Vec<u8>,
}

struct Farm {
    answers: Arc<Answers>,
}

impl Server for Farm {
    type Handler = Machine;

    fn new_client(&mut self, _: Option<SocketAddr>) -> Machine {
        Machine {
            answers: Arc::clone(&self.answers),
            scripts: HashMap::new(),
        }
    }
}

/// One connection: gathers what each channel is sent, and answers at its end.
struct Machine {
    answers: Arc<Answers>,
    scripts: HashMap<ChannelId, Vec<u8>>,
}

impl Handler for Machine {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.scripts.insert(channel.id(), Vec::new());
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        _: &str,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        let service = TowerToHyperService::new(engine());
        let connection = hyper::server::conn::http1::Builder::new();
        // It ends as the manager ends it.
        tokio::spawn(connection.serve_connection(TokioIo::new(channel.into_stream()), service));
        Ok(())
    }

    async fn exec_request(&mut self, channel: ChannelId, _: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        session.channel_success(channel)
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _: &mut Session) -> Result<(), russh::Error> {
        if let Some(script) = self.scripts.get_mut(&channel) {
            script.extend_from_slice(data);
        }
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        let script = self.scripts.remove(&channel).unwrap_or_default();
        if script == PROBE_STATS.as_bytes() {
            session.data(channel, self.answers.stats.clone())?;
        } else if script == PROBE_FACTS.as_bytes() {
            session.data(channel, self.answers.facts.clone())?;
        }
        session.exit_status_request(channel, 0)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

/// The Docker API of an engine that has nothing to tell.
fn engine() -> Router {
    let empty = || async { Json(serde_json::json!([])) };
    let version =
        || async { Json(serde_json::json!({"Version": "26.1.5", "ApiVersion": "1.45", "MinAPIVersion": "1.24"})) };
    let info = || async { Json(serde_json::json!({"ServerVersion": "26.1.5", "DockerRootDir": "/var/lib/docker"})) };
    let events = || async { Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>()) };
    let api = Router::new()
        .route("/version", get(version))
        .route("/info", get(info))
        .route("/containers/json", get(empty))
        .route("/events", get(events));
    Router::new()
        .nest("/{api}", api.clone())
        .merge(api)
        .fallback(|| async { StatusCode::NOT_FOUND })
}
