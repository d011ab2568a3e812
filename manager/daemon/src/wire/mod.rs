//! Builds the real adapters and hands them to the engine: the only place that knows them all.

mod allocator;

use crate::{
    adapter::{
        clock::SystemClock, compose::NodeCompose, connector::SystemConnector, crash::KillAt, docker::DockerEngines,
        host::KernelHost, ids::SystemIds, prober::NetworkProber, scanner::NetworkScanner, ssh::SshConnector,
        tools::ToolFolder, vault::AeadVault,
    },
    config::ServeConfig,
    engine::{
        accounts::Accounts,
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
        preflight::Looker,
        reconcile,
        saga::{self, Runner, Saga},
        setup::Setup,
    },
    port::{
        clock::Clock,
        compose::{Action, SharedCompose},
        containers::Engines,
        crash::{CrashPoint, NoCrash},
        host::Host,
        ids::Ids,
        prober::Prober,
        scanner::Scanner,
        session::Connector,
        tools::Tools,
        vault::Vault,
    },
    store::Store,
    web::{self, Services},
};
use anyhow::Context;
use hearth_model::{account::Actor, name::Slug};
use std::{
    fs::{File, TryLockError},
    io::IsTerminal,
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing_subscriber::EnvFilter;

/// The variable by which a test has the process end at a moment of a saga, such as `deploy:preparing:before`.
const CRASH_AT: &str = "HEARTH_CRASH_AT";

/// Runs the manager until it is told to end by SIGTERM or SIGINT.
///
/// # Errors
/// When the data folder, the database or a listening address cannot be used.
pub fn serve(config: &ServeConfig) -> anyhow::Result<()> {
    allocator::limit();
    start_log(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let served = runtime.block_on(run(config));
    // What is left has been told to end; a blocking read of a dead disk must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    served
}

fn start_log(config: &ServeConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).with_context(|| format!("--log {:?}", config.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if config.log_json {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
    Ok(())
}

async fn run(config: &ServeConfig) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let outside = Outside::open(config)?;
    let store = Store::open(&config.data.join("hearth.db")).context("opening the database")?;
    let catalogue = Catalogue::load(&config.recipes)
        .with_context(|| format!("reading the recipes in {}", config.recipes.display()))?;
    let shared = Shared::build(&outside, store, catalogue).await?;
    let server = web::server::Server::bind(config.listen, config.tls_listen, &config.data)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), data = %config.data.display(), "Hearth starts");
    println!("Hearth answers at {}", shown_address(server.https().port()));

    let services = shared.services(&outside);
    let tasks = shared.start(&outside, &stop);
    // Not waited for: the pages must not depend on an engine that is slow to answer.
    tasks.spawn(adopt_this_machine(services.nodes.clone()));
    tasks.spawn(allocator::trim(stop.clone()));
    end_on_signal(stop.clone())?;
    let served = server.run(services, outside.clock, stop.clone()).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    tracing::info!("Hearth has ended");
    Ok(served?)
}

async fn adopt_this_machine(nodes: Arc<Nodes>) {
    match nodes.adopt_local(&Actor::system()).await {
        Ok(Some(node)) => tracing::info!(node = %node.name, "this machine is a node"),
        Ok(None) => tracing::info!("this machine is no node: it has no container engine that Hearth may use"),
        Err(error) => tracing::error!(%error, "this machine could not be made a node"),
    }
}

fn shown_address(port: u16) -> String {
    let name = host_name();
    if port == 443 {
        format!("https://{name}/")
    } else {
        format!("https://{name}:{port}/ (here: https://localhost:{port}/)")
    }
}

fn host_name() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .unwrap_or_else(|| "localhost".to_owned())
}

fn end_on_signal(stop: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}

/// The real adapters.
struct Outside {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    vault: Arc<dyn Vault>,
    connector: Arc<dyn Connector>,
    engines: Arc<dyn Engines>,
    compose: SharedCompose,
    tools: Arc<dyn Tools>,
    scanner: Arc<dyn Scanner>,
    prober: Arc<dyn Prober>,
    host: Arc<dyn Host>,
    crash: Arc<dyn CrashPoint>,
    /// Held as long as this process lives.
    _data_lock: File,
}

impl Outside {
    fn open(config: &ServeConfig) -> anyhow::Result<Self> {
        make_private_folder(&config.data)?;
        let data_lock = lock(&config.data)?;
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
        let vault = AeadVault::open(&config.data, credentials.as_deref().map(Path::new), Arc::clone(&ids))
            .context("opening the key of the secrets")?;
        let ssh = SshConnector::open(&config.data, &vault).context("opening Hearth's own SSH key")?;
        let crash: Arc<dyn CrashPoint> = match std::env::var(CRASH_AT) {
            Ok(moment) => Arc::new(moment.parse::<KillAt>().context(CRASH_AT)?),
            Err(_) => Arc::new(NoCrash),
        };
        Ok(Self {
            clock: Arc::new(SystemClock::new()),
            ids,
            vault: Arc::new(vault),
            connector: Arc::new(SystemConnector::new(ssh)),
            engines: Arc::new(DockerEngines),
            compose: Arc::new(NodeCompose),
            tools: Arc::new(ToolFolder::new(config.tools.clone())),
            scanner: Arc::new(NetworkScanner),
            prober: Arc::new(NetworkProber::new().context("setting up TLS for health checks")?),
            host: Arc::new(KernelHost::new(config.data.clone())),
            crash,
            _data_lock: data_lock,
        })
    }
}

fn make_private_folder(path: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("making the data folder {}", path.display()))
}

/// Takes the data for this process alone: two managers would both carry out the same jobs. The kernel lets go of it when
/// the process ends, however it ends.
fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another Hearth is using {}: end it, or choose another folder with --data (HEARTH_DATA)",
            data.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

/// What several use cases share.
struct Shared {
    store: Store,
    catalogue: Arc<Catalogue>,
    events: Arc<Events>,
    jobs: Arc<Jobs>,
    roster: Arc<Roster>,
    links: Arc<Links>,
    looker: Arc<Looker>,
    inspector: Arc<Inspector>,
    one_time: Arc<OneTime>,
}

impl Shared {
    async fn build(outside: &Outside, store: Store, catalogue: Catalogue) -> anyhow::Result<Self> {
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
        Ok(Self {
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

    fn services(&self, outside: &Outside) -> Services {
        let (store, clock, ids, vault) = (&self.store, &outside.clock, &outside.ids, &outside.vault);
        let accounts = Arc::new(Accounts::new(store.clone(), clock.clone(), ids.clone(), vault.clone()));
        let placer = Arc::new(Placer::new(store.clone(), self.roster.clone(), self.catalogue.clone()));
        let usage = Arc::new(Usage::new(self.links.clone(), clock.clone()));
        let box_name = Slug::nearest(&host_name(), "hearth");
        Services {
            apps: Arc::new(Apps::new(AppsParts {
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
            })),
            audit: Arc::new(Audit::new(store.clone())),
            boot: Arc::new(Boot::new(outside.host.clone(), clock.clone())),
            catalogue: self.catalogue.clone(),
            discovery: Arc::new(Discovery::new(self.jobs.clone(), self.roster.clone(), store.clone())),
            events: self.events.clone(),
            incidents: Arc::new(Incidents::new(
                store.clone(),
                self.events.clone(),
                clock.clone(),
                ids.clone(),
            )),
            homelab: Arc::new(Homelab::new(store.clone(), self.roster.clone(), clock.clone())),
            jobs: self.jobs.clone(),
            nodes: Arc::new(Nodes::new(NodesParts {
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
            })),
            placer,
            setup: Arc::new(Setup::new(
                store.clone(),
                clock.clone(),
                ids.clone(),
                accounts.clone(),
                box_name,
            )),
            accounts,
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
        ]
    }

    /// Begins what runs beside the pages: the runner of jobs and the reconcilers. Each ends with `stop`.
    fn start(&self, outside: &Outside, stop: &CancellationToken) -> TaskTracker {
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
        let (first, second, third) = (token(), token(), token());
        tasks.spawn(async move { runner.run(first).await });
        tasks.spawn(async move { poll.run(second).await });
        tasks.spawn(async move { watch.run(third).await });
        tasks
    }
}
