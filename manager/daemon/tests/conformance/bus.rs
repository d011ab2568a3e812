//! Services of our own making at the other end of a private D-Bus connection.

use hearth::adapter::bus::Bus;
use std::{
    os::unix::net::UnixStream,
    sync::{Arc, Mutex},
};
use zbus::{Connection, Guid, OwnedObjectPath, connection::Builder, fdo, interface, object_server::SignalEmitter};

/// The connection to services that `serve` puts there, and the one by which they live.
pub(crate) async fn bus(serve: impl FnOnce(Builder<'_>) -> Builder<'_>) -> (Bus, Connection) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let server = Builder::unix_stream(theirs).server(Guid::generate()).p2p();
    let server = serve(server).build();
    let client = Builder::unix_stream(ours).p2p().build();
    let (server, client) = tokio::join!(server, client);
    (Bus::over(client.unwrap()), server.unwrap())
}

/// Where systemd is.
pub(crate) const SYSTEMD: &str = "/org/freedesktop/systemd1";

/// A systemd that keeps what is asked of its units, and knows of all that end in `.service`.
#[derive(Clone, Default)]
pub(crate) struct Systemd(pub(crate) Arc<Mutex<Vec<String>>>);

impl Systemd {
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    async fn ask(
        &self,
        verb: &str,
        (unit, mode): (String, String),
        emitter: &SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        assert_eq!(mode, "replace");
        if !unit.ends_with(".service") {
            return Err(fdo::Error::Failed(format!("Unit {unit} not found.")));
        }
        self.0.lock().unwrap().push(format!("{verb} {unit}"));
        let job: OwnedObjectPath = "/org/freedesktop/systemd1/job/1".try_into().unwrap();
        Self::job_removed(emitter, 1, job.clone(), unit, "done".to_owned()).await?;
        Ok(job)
    }
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Systemd {
    fn subscribe(&self) {}

    async fn start_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.ask("start", (name, mode), &emitter).await
    }

    async fn stop_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.ask("stop", (name, mode), &emitter).await
    }

    async fn restart_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.ask("restart", (name, mode), &emitter).await
    }

    #[zbus(signal)]
    async fn job_removed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        job: OwnedObjectPath,
        unit: String,
        result: String,
    ) -> zbus::Result<()>;
}
