//! The services over the adapters: which use case gets what.

use super::{host_name, outside::Outside};
use crate::{
    config::ServeConfig,
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
        reconcile,
        saga::{self, Runner, Saga},
        setup::Setup,
        support::{Support, SupportParts},
        updates::{FeedKey, Updates, UpdatesParts},
    },
    port::compose::Action,
    store::Store,
    web::Services,
};
use anyhow::Context;
use hearth_model::name::Slug;
use semver::Version;
use std::{io, path::PathBuf, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What several use cases share.
pub(super) struct Shared {
    store: Store,
    catalogue: Arc<Catalogue>,
    events: Arc<Events>,
    jobs: Arc<Jobs>,
    roster: Arc<Roster>,
    links: Arc<Links>,
    looker: Arc<Looker>,
    inspector: Arc<Inspector>,
    one_time: Arc<OneTime>,
    accounts: Arc<Accounts>,
    records: appliance::Records,
    host_name: Arc<appliance::HostName>,
    time: Arc<appliance::Time>,
    box_services: Arc<appliance::BoxServices>,
    disks: Arc<appliance::BoxDisks>,
    mounts: Arc<appliance::BoxMounts>,
    network: Arc<appliance::BoxNetwork>,
    ssh: Arc<appliance::BoxSsh>,
    factory_reset: Arc<appliance::FactoryReset>,
    box_name: Slug,
    updates: Arc<Updates>,
    bundles: PathBuf,
    version: Version,
}

impl Shared {
    pub(super) async fn build(
        outside: &Outside,
        config: &ServeConfig,
        store: Store,
        catalogue: Catalogue,
        version: Version,
    ) -> anyhow::Result<Self> {
        let (clock, ids) = (&outside.clock, &outside.ids);
        let events = Arc::new(Events::default());
        let jobs = Arc::new(Jobs::new(
            store.clone(),
            events.clone(),
            clock.clone(),
            ids.clone(),
            outside.vault.clone(),
        ));
        let roster = Roster::open(store.clone(), clock.clone(), ids.clone(), events.clone()).await;
        let roster = Arc::new(roster.context("reading the nodes")?);
        let (connector, engines) = (outside.connector.clone(), outside.engines.clone());
        let links = Arc::new(Links::new(
            connector,
            engines,
            roster.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let looker = Arc::new(Looker::new(
            outside.compose.clone(),
            outside.tools.clone(),
            clock.clone(),
        ));
        let inspector = Arc::new(Inspector::new(roster.clone(), links.clone(), looker.clone()));
        let bundles = config.data.join("updates");
        let updates = Arc::new(Updates::new(UpdatesParts {
            store: store.clone(),
            jobs: jobs.clone(),
            updater: outside.updater.clone(),
            fetcher: outside.fetcher.clone(),
            machine: outside.machine.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            key: feed_key(config)?,
            folder: bundles.clone(),
            version: version.clone(),
        }));
        let vault = outside.vault.clone();
        let accounts = Arc::new(Accounts::new(store.clone(), clock.clone(), ids.clone(), vault));
        let records = appliance::Records {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let (ports, box_name) = (&outside.appliance, Slug::nearest(&host_name(), "hearth"));
        let host_name = appliance::HostName::new(ports.host_names.clone(), records.clone(), box_name.clone());
        let time = appliance::Time::new(ports.time.clone(), records.clone());
        let box_services = appliance::BoxServices::new(ports.units.clone(), records.clone());
        let network = appliance::BoxNetwork::new(ports.network.clone(), records.clone());
        let mounts = Arc::new(appliance::BoxMounts::new(appliance::BoxMountsParts {
            port: ports.mounts.clone(),
            disks: ports.disks.clone(),
            vault: outside.vault.clone(),
            records: records.clone(),
        }));
        let disks = appliance::BoxDisks::new(ports.disks.clone(), mounts.clone(), jobs.clone());
        let ssh = appliance::BoxSsh::new(ports.ssh.clone(), records.clone());
        let host_name = Arc::new(host_name);
        let (reset, machine) = (ports.reset.clone(), outside.machine.clone());
        let factory_reset = appliance::FactoryReset::new(reset, machine, host_name.clone(), records.clone());
        Ok(Self {
            accounts,
            records,
            host_name,
            ssh: Arc::new(ssh),
            factory_reset: Arc::new(factory_reset),
            time: Arc::new(time),
            box_services: Arc::new(box_services),
            disks: Arc::new(disks),
            mounts,
            network: Arc::new(network),
            box_name,
            updates,
            bundles,
            version,
            store,
            catalogue: Arc::new(catalogue),
            events,
            jobs,
            roster,
            links,
            looker,
            inspector,
            one_time: Arc::default(),
        })
    }

    pub(super) fn services(&self, outside: &Outside) -> Services {
        let (store, clock, ids, vault) = (&self.store, &outside.clock, &outside.ids, &outside.vault);
        let placer = Arc::new(Placer::new(store.clone(), self.roster.clone(), self.catalogue.clone()));
        let usage = Arc::new(Usage::new(self.links.clone(), clock.clone()));
        let apps = Arc::new(Apps::new(AppsParts {
            store: store.clone(),
            jobs: self.jobs.clone(),
            placer: placer.clone(),
            catalogue: self.catalogue.clone(),
            roster: self.roster.clone(),
            links: self.links.clone(),
            usage: usage.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        }));
        let audit = Arc::new(Audit::new(store.clone()));
        let incidents = Arc::new(Incidents::new(
            store.clone(),
            self.events.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let logs = Arc::new(appliance::Logs::new(outside.appliance.journal.clone()));
        let nodes = Arc::new(Nodes::new(NodesParts {
            store: store.clone(),
            roster: self.roster.clone(),
            links: self.links.clone(),
            inspector: self.inspector.clone(),
            looker: self.looker.clone(),
            usage,
            jobs: self.jobs.clone(),
            connector: outside.connector.clone(),
            engines: outside.engines.clone(),
            one_time: self.one_time.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        }));
        let support = Arc::new(Support::new(SupportParts {
            records: self.records.clone(),
            vault: vault.clone(),
            version: self.version.clone(),
            apps: apps.clone(),
            audit: audit.clone(),
            box_services: self.box_services.clone(),
            disks: self.disks.clone(),
            host_name: self.host_name.clone(),
            incidents: incidents.clone(),
            jobs: self.jobs.clone(),
            logs: logs.clone(),
            mounts: self.mounts.clone(),
            network: self.network.clone(),
            nodes: nodes.clone(),
            time: self.time.clone(),
            updates: self.updates.clone(),
        }));
        Services {
            apps,
            audit,
            boot: Arc::new(Boot::new(outside.host.clone(), clock.clone())),
            box_services: self.box_services.clone(),
            catalogue: self.catalogue.clone(),
            disks: self.disks.clone(),
            discovery: Arc::new(Discovery::new(self.jobs.clone(), self.roster.clone(), store.clone())),
            events: self.events.clone(),
            incidents,
            factory_reset: self.factory_reset.clone(),
            homelab: Arc::new(Homelab::new(store.clone(), self.roster.clone(), clock.clone())),
            host_name: self.host_name.clone(),
            jobs: self.jobs.clone(),
            logs,
            mounts: self.mounts.clone(),
            network: self.network.clone(),
            nodes,
            placer,
            power: Arc::new(Power::new(
                outside.machine.clone(),
                store.clone(),
                clock.clone(),
                ids.clone(),
            )),
            updates: self.updates.clone(),
            setup: Arc::new(Setup::new(
                store.clone(),
                clock.clone(),
                ids.clone(),
                self.accounts.clone(),
                self.box_name.clone(),
            )),
            ssh: self.ssh.clone(),
            support,
            time: self.time.clone(),
            accounts: self.accounts.clone(),
        }
    }

    fn sagas(&self, outside: &Outside) -> Vec<Arc<dyn Saga>> {
        let clock = &outside.clock;
        let (roster, links) = (&self.roster, &self.links);
        let (inspector, looker) = (&self.inspector, &self.looker);
        let app_parts = Arc::new(saga::app::AppParts {
            store: self.store.clone(),
            roster: roster.clone(),
            links: links.clone(),
            catalogue: self.catalogue.clone(),
            compose: outside.compose.clone(),
            tools: outside.tools.clone(),
            prober: outside.prober.clone(),
            vault: outside.vault.clone(),
            clock: clock.clone(),
            ids: outside.ids.clone(),
        });
        vec![
            Arc::new(saga::adopt::Adopt::new(saga::adopt::Parts {
                connector: outside.connector.clone(),
                engines: outside.engines.clone(),
                roster: roster.clone(),
                links: links.clone(),
                inspector: inspector.clone(),
                one_time: self.one_time.clone(),
                clock: clock.clone(),
            })),
            Arc::new(saga::release::saga(saga::release::Parts {
                connector: outside.connector.clone(),
                roster: roster.clone(),
                links: links.clone(),
            })),
            Arc::new(saga::bootstrap::saga(saga::bootstrap::Parts {
                roster: roster.clone(),
                links: links.clone(),
                inspector: inspector.clone(),
                looker: looker.clone(),
                tools: outside.tools.clone(),
                clock: clock.clone(),
            })),
            Arc::new(saga::discover::saga(saga::discover::Parts {
                scanner: outside.scanner.clone(),
                roster: roster.clone(),
                events: self.events.clone(),
            })),
            Arc::new(saga::group::saga(saga::group::Parts {
                roster: roster.clone(),
                links: links.clone(),
                inspector: inspector.clone(),
                looker: looker.clone(),
                jobs: self.jobs.clone(),
                clock: clock.clone(),
            })),
            Arc::new(saga::deploy::Deploy::new(&app_parts)),
            Arc::new(saga::act::Act::new(Action::Start, &app_parts)),
            Arc::new(saga::act::Act::new(Action::Stop, &app_parts)),
            Arc::new(saga::act::Act::new(Action::Restart, &app_parts)),
            Arc::new(saga::remove::Remove::new(&app_parts)),
            Arc::new(saga::format_disk::saga(saga::format_disk::Parts {
                disks: outside.appliance.disks.clone(),
                mounts: self.mounts.clone(),
            })),
            Arc::new(saga::install_disk::saga(outside.appliance.disks.clone())),
            Arc::new(saga::check_update::saga(self.updates.clone())),
            Arc::new(saga::update::saga(saga::update::Parts {
                store: self.store.clone(),
                fetcher: outside.fetcher.clone(),
                updater: outside.updater.clone(),
                units: outside.appliance.units.clone(),
                machine: outside.machine.clone(),
                host: outside.host.clone(),
                clock: clock.clone(),
                folder: self.bundles.clone(),
                version: self.version.clone(),
            })),
        ]
    }

    /// Begins what runs beside the pages: the runner of jobs and the reconcilers. Each ends with `stop`.
    pub(super) fn start(&self, outside: &Outside, stop: &CancellationToken) -> TaskTracker {
        let (store, clock) = (&self.store, &outside.clock);
        let runner = Runner::new(self.jobs.clone(), outside.crash.clone(), self.sagas(outside));
        let poll = reconcile::poll::Poll::new(
            self.roster.clone(),
            self.links.clone(),
            self.inspector.clone(),
            store.clone(),
            clock.clone(),
        );
        let watch = reconcile::apps::WatchApps::new(reconcile::apps::WatchAppsParts {
            store: store.clone(),
            roster: self.roster.clone(),
            links: self.links.clone(),
            catalogue: self.catalogue.clone(),
            prober: outside.prober.clone(),
            vault: outside.vault.clone(),
            clock: clock.clone(),
            ids: outside.ids.clone(),
            events: self.events.clone(),
        });
        let tasks = TaskTracker::new();
        let token = || stop.clone();
        let updates = reconcile::updates::WatchUpdates::new(self.updates.clone(), clock.clone());
        let identity = reconcile::identity::KeepIdentity::new(
            self.accounts.clone(),
            self.host_name.clone(),
            self.time.clone(),
            clock.clone(),
        );
        let network = reconcile::network::KeepNetwork::new(self.network.clone(), clock.clone());
        let mounts = reconcile::mounts::KeepMounts::new(self.mounts.clone(), clock.clone());
        let (first, second, third, fourth, fifth, sixth) = (token(), token(), token(), token(), token(), token());
        let seventh = token();
        tasks.spawn(async move { runner.run(first).await });
        tasks.spawn(async move { poll.run(second).await });
        tasks.spawn(async move { watch.run(third).await });
        tasks.spawn(async move { updates.run(fourth).await });
        tasks.spawn(async move { identity.run(fifth).await });
        tasks.spawn(async move { network.run(sixth).await });
        tasks.spawn(async move { mounts.run(seventh).await });
        tasks
    }
}

/// The key that came with the image; a Hearth that runs elsewhere has none.
fn feed_key(config: &ServeConfig) -> anyhow::Result<Option<FeedKey>> {
    let attempt = || format!("reading the key of the update feeds, {}", config.feed_key.display());
    match std::fs::read(&config.feed_key) {
        Ok(pem) => Ok(Some(FeedKey::from_pem(&pem).with_context(attempt)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(attempt),
    }
}
