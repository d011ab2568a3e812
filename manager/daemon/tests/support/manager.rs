//! A whole manager in one process: the real engine and routes over fake ports and a temporary store.

use super::Client;
use axum::Router;
use hearth::{
    engine::{
        accounts::Accounts,
        appliance,
        apps::{Apps, AppsParts},
        audit::Audit,
        boot::Boot,
        catalogue::Catalogue,
        discovery::Discovery,
        events::Events,
        homelab::Homelab,
        incidents::Incidents,
        jobs::Jobs,
        links::Links,
        nodes::{Nodes, NodesParts, inspector::Inspector, one_time::OneTime, roster::Roster, usage::Usage},
        placer::Placer,
        power::Power,
        preflight::Looker,
        setup::Setup,
        support::{Support, SupportParts},
        updates::{Updates, UpdatesParts},
    },
    port::{
        clock::FakeClock, compose::FakeCompose, containers::FakeEngines, disks::FakeDisks, fetcher::FakeFetcher,
        host::FakeHost, host_names::FakeHostNames, ids::FakeIds, journal::FakeJournal, machine::FakeMachine,
        mounts::FakeMounts, network::FakeNetwork, reset::FakeReset, session::FakeConnector, ssh_access::FakeSshAccess,
        time_settings::FakeTimeSettings, tools::FakeTools, units::FakeUnits, updater::FakeUpdater, vault::FakeVault,
    },
    store::Store,
    web::{
        Services,
        server::{CaCertificate, secure_router},
    },
};
use hearth_model::{
    account::{Actor, Role},
    name::Slug,
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio_util::sync::CancellationToken;

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "mossy teapot glides north";

/// A manager.
pub(crate) struct Manager {
    /// What its handlers reach.
    pub(crate) services: Services,
    /// Its time.
    pub(crate) clock: Arc<FakeClock>,
    /// Its routes over HTTPS, without TLS.
    pub(crate) router: Router,
    /// Its database.
    pub(crate) store: Store,
    /// Its nodes.
    pub(crate) roster: Arc<Roster>,
    /// The machines that it could reach.
    pub(crate) network: Arc<FakeConnector>,
    /// The name of the box.
    pub(crate) host_names: Arc<FakeHostNames>,
    /// The disks of the box.
    pub(crate) disks: Arc<FakeDisks>,
    /// What is mounted there.
    pub(crate) mounts: Arc<FakeMounts>,
    /// What the services of the box say.
    pub(crate) journal: Arc<FakeJournal>,
    /// Whether it was asked to forget everything.
    pub(crate) reset: Arc<FakeReset>,
    /// The box as a machine.
    pub(crate) machine: Arc<FakeMachine>,
    /// Their engines.
    pub(crate) engines: Arc<FakeEngines>,
    programs: AtomicU32,
    dir: tempfile::TempDir,
}

impl Manager {
    /// One that is not set up.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(&dir.path().join("hearth.db")).expect("a store");
        let clock = Arc::new(FakeClock::default());
        let (ids, vault) = (Arc::new(FakeIds::default()), Arc::new(FakeVault));
        let events = Arc::new(Events::default());
        let accounts = Arc::new(Accounts::new(store.clone(), clock.clone(), ids.clone(), vault.clone()));
        let name = "hearth".parse().expect("a name");
        let host_names = Arc::new(FakeHostNames::default());
        let records = appliance::Records {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let host_name: Slug = "hearth".parse().expect("a name");
        let host_name = appliance::HostName::new(host_names.clone(), records.clone(), host_name);
        let time = appliance::Time::new(Arc::new(FakeTimeSettings::default()), records.clone());
        let journal = Arc::new(FakeJournal::default());
        let box_services = appliance::BoxServices::new(Arc::new(FakeUnits::default()), records.clone());
        let network = appliance::BoxNetwork::new(Arc::new(FakeNetwork::default()), records.clone());
        let ssh = appliance::BoxSsh::new(Arc::new(FakeSshAccess::default()), records.clone());
        let (reset, machine, host_name) = (
            Arc::new(FakeReset::default()),
            Arc::new(FakeMachine::default()),
            Arc::new(host_name),
        );
        let (disks, mounts) = (Arc::new(FakeDisks::default()), Arc::new(FakeMounts::default()));
        let box_mounts = Arc::new(appliance::BoxMounts::new(appliance::BoxMountsParts {
            port: mounts.clone(),
            disks: disks.clone(),
            vault: vault.clone(),
            records: records.clone(),
        }));
        let factory_reset =
            appliance::FactoryReset::new(reset.clone(), machine.clone(), host_name.clone(), records.clone());
        let setup = Setup::new(store.clone(), clock.clone(), ids.clone(), Arc::clone(&accounts), name);
        let jobs = Arc::new(Jobs::new(
            store.clone(),
            Arc::clone(&events),
            clock.clone(),
            ids.clone(),
            vault.clone(),
        ));
        let roster = Roster::open(store.clone(), clock.clone(), ids.clone(), Arc::clone(&events)).await;
        let roster = Arc::new(roster.expect("a roster"));
        let (connector, engines) = (Arc::new(FakeConnector::default()), Arc::new(FakeEngines::default()));
        let links = Arc::new(Links::new(
            connector.clone(),
            engines.clone(),
            Arc::clone(&roster),
            clock.clone(),
            ids.clone(),
        ));
        // No node has Compose, so that there is something to install.
        let compose = Arc::new(FakeCompose::new(Arc::clone(&engines), false));
        let looker = Arc::new(Looker::new(compose, Arc::new(FakeTools), clock.clone()));
        let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
        let catalogue = Arc::new(Catalogue::load(&recipes).expect("the recipes"));
        let placer = Arc::new(Placer::new(store.clone(), Arc::clone(&roster), Arc::clone(&catalogue)));
        let usage = Arc::new(Usage::new(Arc::clone(&links), clock.clone()));
        let apps = Apps::new(AppsParts {
            store: store.clone(),
            jobs: Arc::clone(&jobs),
            placer: Arc::clone(&placer),
            catalogue: Arc::clone(&catalogue),
            roster: Arc::clone(&roster),
            links: Arc::clone(&links),
            usage: Arc::clone(&usage),
            vault: vault.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let nodes = Nodes::new(NodesParts {
            store: store.clone(),
            roster: Arc::clone(&roster),
            links: Arc::clone(&links),
            inspector: Arc::new(Inspector::new(roster.clone(), links.clone(), looker.clone())),
            looker,
            usage,
            jobs: Arc::clone(&jobs),
            connector: connector.clone(),
            engines: engines.clone(),
            one_time: Arc::new(OneTime::default()),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let updates = Updates::new(UpdatesParts {
            store: store.clone(),
            jobs: Arc::clone(&jobs),
            updater: Arc::new(FakeUpdater::default()),
            fetcher: Arc::new(FakeFetcher::default()),
            machine: machine.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            key: None,
            folder: dir.path().join("updates"),
            version: semver::Version::new(0, 1, 0),
        });
        let power = Power::new(machine.clone(), store.clone(), clock.clone(), ids.clone());
        let audit = Arc::new(Audit::new(store.clone()));
        let logs = Arc::new(appliance::Logs::new(journal.clone()));
        let incidents = Arc::new(Incidents::new(
            store.clone(),
            events.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let (apps, nodes, updates) = (Arc::new(apps), Arc::new(nodes), Arc::new(updates));
        let (box_services, network, time) = (Arc::new(box_services), Arc::new(network), Arc::new(time));
        let box_disks = Arc::new(appliance::BoxDisks::new(
            disks.clone(),
            Arc::clone(&box_mounts),
            Arc::clone(&jobs),
        ));
        let support = Support::new(SupportParts {
            records,
            vault,
            version: semver::Version::new(0, 1, 0),
            apps: Arc::clone(&apps),
            audit: Arc::clone(&audit),
            box_services: Arc::clone(&box_services),
            disks: Arc::clone(&box_disks),
            host_name: Arc::clone(&host_name),
            incidents: Arc::clone(&incidents),
            jobs: Arc::clone(&jobs),
            logs: Arc::clone(&logs),
            mounts: Arc::clone(&box_mounts),
            network: Arc::clone(&network),
            nodes: Arc::clone(&nodes),
            time: Arc::clone(&time),
            updates: Arc::clone(&updates),
        });
        let services = Services {
            accounts,
            apps,
            audit,
            boot: Arc::new(Boot::new(Arc::new(FakeHost::default()), clock.clone())),
            box_services,
            catalogue,
            disks: box_disks,
            discovery: Arc::new(Discovery::new(jobs.clone(), roster.clone(), store.clone())),
            events: events.clone(),
            incidents,
            factory_reset: Arc::new(factory_reset),
            homelab: Arc::new(Homelab::new(store.clone(), roster.clone(), clock.clone())),
            host_name,
            jobs,
            logs,
            mounts: box_mounts,
            network,
            nodes,
            placer,
            power: Arc::new(power),
            setup: Arc::new(setup),
            ssh: Arc::new(ssh),
            support: Arc::new(support),
            time,
            updates,
        };
        let ca = CaCertificate("a certificate".into());
        let router = secure_router(services.clone(), ca, CancellationToken::new());
        Self {
            services,
            clock,
            router,
            store,
            roster,
            network: connector,
            host_names,
            disks,
            mounts,
            journal,
            reset,
            machine,
            engines,
            programs: AtomicU32::new(1),
            dir,
        }
    }

    /// One that is set up, with the administrator `admin`.
    pub(crate) async fn set_up() -> Self {
        let manager = Self::new().await;
        manager.add("admin", Role::Admin).await;
        manager
    }

    /// Its data folder.
    pub(crate) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Adds a person.
    pub(crate) async fn add(&self, name: &str, role: Role) {
        let system = Actor::system();
        let made = self.services.accounts.create_user(name, PASSWORD, role, &system);
        made.await.expect("a person");
    }

    /// A client that is nobody.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// A client with a long-lived token of a role.
    pub(crate) async fn program(&self, role: Role) -> Client {
        let made = self
            .services
            .accounts
            .create_token(
                &format!("{role} {}", self.programs.fetch_add(1, Ordering::Relaxed)),
                role,
                &Actor::system(),
            )
            .await;
        let (_, secret) = made.expect("a token");
        self.client().with("authorization", format!("Bearer {secret}"))
    }

    /// A client with the cookie and the CSRF token of a person.
    pub(crate) async fn browser(&self, name: &str) -> Client {
        let session = self
            .services
            .accounts
            .login(name, PASSWORD, None)
            .await
            .expect("a login");
        self.client()
            .with("cookie", format!("__Host-hearth={}", session.token))
            .with("x-csrf-token", session.csrf)
    }
}
