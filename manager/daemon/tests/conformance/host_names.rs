//! The name of the box: one suite, on the fake and on the adapter with a hostnamed and a systemd of our own making.

use super::bus::{Asked, Manager, SYSTEMD, bus};
use hearth::{
    adapter::hostnamed::Hostnamed,
    port::{
        appliance::ApplianceError,
        host_names::{FakeHostNames, HostNames},
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicI32, Ordering},
};
use zbus::{fdo, interface};

struct Hostname(String);

#[interface(name = "org.freedesktop.hostname1")]
impl Hostname {
    fn set_static_hostname(&mut self, hostname: String, interactive: bool) -> fdo::Result<()> {
        assert!(!interactive);
        if hostname == "refused" {
            return Err(fdo::Error::AccessDenied("Permission denied".to_owned()));
        }
        self.0 = hostname;
        Ok(())
    }

    #[zbus(property)]
    fn static_hostname(&self) -> String {
        self.0.clone()
    }
}

/// An Avahi in whose network another machine is called `hearth` already.
#[derive(Clone)]
struct Avahi(Arc<AtomicI32>);

#[interface(name = "org.freedesktop.Avahi.Server")]
impl Avahi {
    fn get_state(&self) -> i32 {
        self.0.load(Ordering::Relaxed)
    }

    fn get_host_name_fqdn(&self) -> String {
        "hearth-2.local".to_owned()
    }
}

async fn conforms(names: &dyn HostNames) {
    assert_eq!(names.get().await.unwrap(), "hearth");
    assert_eq!(names.announced().await.unwrap(), "hearth-2.local");
    names.set(&"attic".parse().unwrap()).await.unwrap();
    assert_eq!(names.get().await.unwrap(), "attic");
}

#[tokio::test]
async fn the_fake() {
    let fake = FakeHostNames::default();
    fake.taken.store(true, Ordering::Relaxed);
    conforms(&fake).await;
}

#[tokio::test]
async fn hostnamed() {
    let systemd = Asked::default();
    let served = systemd.clone();
    let state = Arc::new(AtomicI32::new(2));
    let avahi = Avahi(Arc::clone(&state));
    let (bus, _server) = bus(|server| {
        let server = server.serve_at("/", avahi);
        let server = server.serve_at("/org/freedesktop/hostname1", Hostname("hearth".to_owned()));
        server.serve_at(SYSTEMD, Manager(served))
    })
    .await;
    let names = Hostnamed::new(bus);
    conforms(&names).await;
    assert_eq!(
        systemd.asked(),
        ["restart avahi-daemon.service"],
        "or nobody hears of it"
    );
    state.store(1, Ordering::Relaxed);
    let unsettled = names.announced().await.unwrap_err();
    assert!(unsettled.to_string().contains("not settled yet"), "{unsettled}");
    let refused = names.set(&"refused".parse().unwrap()).await;
    let denied = ApplianceError::refused("be given a name", "Permission denied");
    assert_eq!(refused, Err(denied));
    assert!(systemd.asked().is_empty());
}

#[tokio::test]
async fn nobody_there_is_an_error() {
    let (bus, server) = bus(|server| server).await;
    drop(server);
    assert!(matches!(
        Hostnamed::new(bus).get().await,
        Err(ApplianceError::Refused { .. })
    ));
}
