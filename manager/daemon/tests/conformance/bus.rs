//! Services of our own making at the other end of a private D-Bus connection.

use async_trait::async_trait;
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

/// What a systemd of our own making does when it is asked for a job.
#[async_trait]
pub(crate) trait Jobs: Send + Sync + 'static {
    /// What comes of the job, in systemd's word; none for a unit that there is not.
    async fn job(&self, verb: &'static str, unit: &str) -> Option<&'static str>;

    /// It was told to read its units anew.
    fn reloaded(&self) {}
}

/// Serves it as systemd's manager.
pub(crate) struct Manager<T>(pub(crate) T);

impl<T: Jobs> Manager<T> {
    async fn begin(
        &self,
        verb: &'static str,
        (unit, mode): (String, String),
        emitter: &SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        assert_eq!(mode, "replace");
        let Some(result) = self.0.job(verb, &unit).await else {
            return Err(fdo::Error::Failed(format!("Unit {unit} not found.")));
        };
        let job: OwnedObjectPath = "/org/freedesktop/systemd1/job/7".try_into().unwrap();
        Self::job_removed(emitter, 7, job.clone(), unit, result.to_owned()).await?;
        Ok(job)
    }
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl<T: Jobs> Manager<T> {
    fn subscribe(&self) {}

    fn reload(&self) {
        self.0.reloaded();
    }

    async fn start_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.begin("start", (name, mode), &emitter).await
    }

    async fn stop_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.begin("stop", (name, mode), &emitter).await
    }

    async fn restart_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.begin("restart", (name, mode), &emitter).await
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

/// Keeps what is asked of its units, and knows of all that end in `.service`.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Jobs for Asked {
    async fn job(&self, verb: &'static str, unit: &str) -> Option<&'static str> {
        unit.ends_with(".service").then(|| {
            self.0.lock().unwrap().push(format!("{verb} {unit}"));
            "done"
        })
    }
}
