//! The updater: one suite, on the fake and on the real adapter. The adapter speaks to a RAUC of our own making on a private
//! connection, which answers as RAUC 1.13 was seen to: dictionaries wrapped twice, failures told by a signal.

use hearth::{
    adapter::{bus::Bus, rauc::RaucUpdater},
    port::updater::{FakeUpdater, Progress, Updater, UpdaterError},
};
use hearth_model::update::Boot;
use std::{
    collections::HashMap,
    os::unix::net::UnixStream,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;
use zbus::{
    Connection, Guid, OwnedVariant, Variant, connection::Builder, fdo, interface, object_server::SignalEmitter,
};

type Dict = HashMap<String, OwnedVariant>;

/// What a made-up RAUC knows.
struct Rauc {
    other: Option<String>,
    next: &'static str,
    operation: &'static str,
    last_error: String,
    progress: (i32, String, i32),
}

fn value(text: &str) -> OwnedVariant {
    OwnedVariant::try_from(Variant::from(text.to_owned())).unwrap()
}

/// Compatible and version of a bundle, which is a line with both; anything else is signed by nobody we know.
fn read(bundle: &str) -> Result<(String, String), String> {
    let text = std::fs::read_to_string(bundle).map_err(|error| error.to_string())?;
    let parts = text.trim().split_once(' ');
    let (compatible, version) = parts.ok_or("signature verification failed: self-signed certificate")?;
    Ok((compatible.to_owned(), version.to_owned()))
}

struct Installer(Arc<Mutex<Rauc>>);

#[interface(name = "de.pengutronix.rauc.Installer")]
impl Installer {
    async fn install_bundle(
        &self,
        source: String,
        _args: Dict,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        {
            let mut rauc = self.0.lock().unwrap();
            if rauc.operation != "idle" {
                return Err(fdo::Error::Failed("Already processing a different method".to_owned()));
            }
            rauc.operation = "installing";
        }
        let result = read(&source);
        let installed = i32::from(result.is_err());
        for percent in [0, 40, 100] {
            self.0.lock().unwrap().progress = (percent, format!("step {percent}"), 1);
            self.progress_changed(&emitter).await?;
        }
        {
            let mut rauc = self.0.lock().unwrap();
            rauc.operation = "idle";
            match result {
                Ok((_, version)) => {
                    (rauc.other, rauc.next, rauc.last_error) = (Some(version), "rootfs.1", String::new())
                }
                Err(error) => rauc.last_error = error,
            }
        }
        self.operation_changed(&emitter).await?;
        self.last_error_changed(&emitter).await?;
        Self::completed(&emitter, installed).await?;
        Ok(())
    }

    fn inspect_bundle(&self, bundle: String, _args: Dict) -> fdo::Result<Dict> {
        let (compatible, version) = read(&bundle).map_err(fdo::Error::Failed)?;
        let update = HashMap::from([
            ("compatible", Variant::from(compatible)),
            ("version", Variant::from(version)),
        ]);
        let wrapped = Variant::Variant(Box::new(Variant::from(update)));
        let update = OwnedVariant::try_from(wrapped).unwrap();
        Ok(HashMap::from([
            ("manifest-hash".to_owned(), value("0123")),
            ("update".to_owned(), update),
        ]))
    }

    fn mark(&self, state: String, slot: String) -> fdo::Result<(String, String)> {
        let name = if slot == "booted" { "rootfs.0" } else { "rootfs.1" };
        assert_eq!(state, "active");
        self.0.lock().unwrap().next = name;
        Ok((name.to_owned(), "marked active".to_owned()))
    }

    fn get_slot_status(&self) -> Vec<(String, Dict)> {
        let rauc = self.0.lock().unwrap();
        let slot = |state: &str, bootname: &str| {
            HashMap::from([
                ("class".to_owned(), value("rootfs")),
                ("state".to_owned(), value(state)),
                ("bootname".to_owned(), value(bootname)),
                ("boot-status".to_owned(), value("good")),
            ])
        };
        let mut other = slot("inactive", "B");
        if let Some(version) = &rauc.other {
            other.insert("bundle.version".to_owned(), value(version));
            other.insert("installed.timestamp".to_owned(), value("2026-11-01T08:00:00Z"));
        }
        // In no order of its own.
        vec![
            ("rootfs.1".to_owned(), other),
            ("rootfs.0".to_owned(), slot("booted", "A")),
        ]
    }

    fn get_primary(&self) -> String {
        self.0.lock().unwrap().next.to_owned()
    }

    #[zbus(property)]
    fn compatible(&self) -> String {
        "hearth-fake".to_owned()
    }

    #[zbus(property)]
    fn operation(&self) -> String {
        self.0.lock().unwrap().operation.to_owned()
    }

    #[zbus(property)]
    fn last_error(&self) -> String {
        self.0.lock().unwrap().last_error.clone()
    }

    #[zbus(property)]
    fn progress(&self) -> (i32, String, i32) {
        self.0.lock().unwrap().progress.clone()
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, result: i32) -> zbus::Result<()>;
}

/// The adapter, the made-up RAUC that it speaks to, and the connection by which that lives.
async fn real() -> (RaucUpdater, Arc<Mutex<Rauc>>, Connection) {
    let rauc = Arc::new(Mutex::new(Rauc {
        other: None,
        next: "rootfs.0",
        operation: "idle",
        last_error: String::new(),
        progress: (0, String::new(), 0),
    }));
    let (ours, theirs) = UnixStream::pair().unwrap();
    let server = Builder::unix_stream(theirs)
        .server(Guid::generate())
        .p2p()
        .serve_at("/", Installer(Arc::clone(&rauc)))
        .build();
    let client = Builder::unix_stream(ours).p2p().build();
    let (server, client) = tokio::join!(server, client);
    (RaucUpdater::new(Bus::over(client.unwrap())), rauc, server.unwrap())
}

async fn conforms(updater: &dyn Updater) {
    let dir = tempfile::tempdir().unwrap();
    let bundle = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (good, foreign) = (
        bundle("good.raucb", "hearth-fake 0.2.0"),
        bundle("foreign.raucb", "nonsense"),
    );
    let begin = updater.slots().await.unwrap();
    let names: Vec<&str> = begin.slots.iter().map(|slot| slot.bootname.as_str()).collect();
    assert_eq!((begin.compatible.as_str(), names), ("hearth-fake", vec!["A", "B"]));
    assert_eq!(begin.booted().unwrap().bootname, "A");
    assert_eq!(begin.next.as_deref(), Some("A"));

    let info = updater.inspect(&good).await.unwrap();
    assert_eq!(
        (info.compatible.as_str(), info.version.as_str(), info.size.0),
        ("hearth-fake", "0.2.0", 17)
    );
    for bad in [foreign.as_path(), Path::new("/nowhere/at/all.raucb")] {
        assert!(
            matches!(updater.inspect(bad).await, Err(UpdaterError::Untrusted(_))),
            "{bad:?}"
        );
    }

    let (progress, told) = watch::channel(Progress::default());
    assert!(updater.install(&foreign, &progress).await.is_err());
    assert_eq!(updater.slots().await.unwrap(), begin, "nothing has changed");

    updater.install(&good, &progress).await.unwrap();
    let after = updater.slots().await.unwrap();
    assert_eq!(after.other().unwrap().version.as_deref(), Some("0.2.0"));
    assert_eq!(after.next.as_deref(), Some("B"));
    assert_eq!(told.borrow().percent, 100);
    assert_eq!(updater.settled(&progress).await.unwrap(), None);

    updater.choose(Boot::Booted).await.unwrap();
    assert_eq!(updater.slots().await.unwrap().next.as_deref(), Some("A"));
    updater.choose(Boot::Inactive).await.unwrap();
    assert_eq!(updater.slots().await.unwrap().next.as_deref(), Some("B"));
}

#[tokio::test]
async fn the_fake() {
    conforms(&FakeUpdater::default()).await;
}

#[tokio::test]
async fn rauc() {
    let (updater, _, _server) = real().await;
    conforms(&updater).await;
}

#[tokio::test]
async fn a_second_installation_is_told_apart() {
    let (updater, rauc, _server) = real().await;
    rauc.lock().unwrap().operation = "installing";
    let (progress, _) = watch::channel(Progress::default());
    let refused = updater.install(Path::new("/any.raucb"), &progress).await;
    assert_eq!(refused, Err(UpdaterError::Busy));
}

#[tokio::test]
async fn what_rauc_says_of_a_failure_is_told() {
    let (updater, _, _server) = real().await;
    let (progress, _) = watch::channel(Progress::default());
    let failed = updater.install(Path::new("/nowhere.raucb"), &progress).await;
    assert!(matches!(failed, Err(UpdaterError::Failed { reason, .. }) if reason.contains("No such file")));
}

#[tokio::test]
async fn where_nothing_answers_it_is_no_appliance() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let server = Builder::unix_stream(theirs).server(Guid::generate()).p2p().build();
    let client = Builder::unix_stream(ours).p2p().build();
    let (server, client) = tokio::join!(server, client);
    let updater = RaucUpdater::new(Bus::over(client.unwrap()));
    drop(server.unwrap());
    assert!(matches!(updater.slots().await, Err(UpdaterError::NoAppliance(_))));
}
