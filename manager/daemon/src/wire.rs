//! Builds the real adapters and hands them to the engine: the only place that knows them all.

use crate::{
    adapter::{
        clock::SystemClock, compose::NodeCompose, connector::SystemConnector, crash::KillAt, docker::DockerEngines,
        ids::SystemIds, prober::NetworkProber, scanner::NetworkScanner, ssh::SshConnector, tools::ToolFolder,
        vault::AeadVault,
    },
    config::ServeConfig,
    engine::{
        accounts::Accounts,
        apps::Apps,
        audit::Audit,
        catalogue::Catalogue,
        discovery::Discovery,
        events::Events,
        homelab::Homelab,
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
        compose::SharedCompose,
        containers::Engines,
        crash::{CrashPoint, NoCrash},
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
use std::{os::unix::fs::DirBuilderExt, path::Path, sync::Arc};
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
    start_log(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    let served = runtime.block_on(run(config));
    // What is left has been told to end; a blocking read of a dead disk must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    served
}

fn start_log(config: &ServeConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).with_context(|| format!("--log {:?}", config.log))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
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
    let engine = Engine::build(&outside, &store, Arc::new(catalogue)).await?;
    let server = web::server::Server::bind(config.listen, config.tls_listen, &config.data)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), data = %config.data.display(), "Hearth starts");
    println!("Hearth answers at {}", shown_address(server.https().port()));

    let tasks = engine.start(&stop);
    end_on_signal(stop.clone())?;
    let served = server.run(engine.services, outside.clock, stop.clone()).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    tracing::info!("Hearth has ended");
    Ok(served?)
}

fn shown_address(port: u16) -> String {
    let name = host_name();
    if port == 443 { format!("https://{name}/") } else { format!("https://{name}:{port}/ (here: https://localhost:{port}/)") }
}

fn host_name() -> String {
    nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_else(|| "localhost".to_owned())
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
    crash: Arc<dyn CrashPoint>,
}

impl Outside {
    fn open(config: &ServeConfig) -> anyhow::Result<Self> {
        make_private_folder(&config.data)?;
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
            crash,
        })
    }
}

fn make_private_folder(path: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("making the data folder {}", path.display()))
}

/// The use cases, and what runs beside the pages.
struct Engine {
    services: Services,
    runner: Runner,
    poll: Arc<reconcile::poll::Poll>,
    watch: Arc<reconcile::apps::AppWatch>,
}

impl Engine {
    async fn build(outside: &Outside, store: &Store, catalogue: Arc<Catalogue>) -> anyhow::Result<Self> {
        let (clock, ids, vault) = (&outside.clock, &outside.ids, &outside.vault);
        let events = Arc::new(Events::default());
        let jobs =
            Arc::new(Jobs::new(store.clone(), events.clone(), clock.clone(), ids.clone(), vault.clone()));
        let roster = Roster::open(store.clone(), clock.clone(), ids.clone(), events.clone()).await;
        let roster = Arc::new(roster.context("reading the nodes")?);
        let links = Arc::new(Links::new(
            outside.connector.clone(),
            outside.engines.clone(),
            roster.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let looker = Arc::new(Looker::new(outside.compose.clone(), outside.tools.clone(), clock.clone()));
        let inspector = Arc::new(Inspector::new(roster.clone(), links.clone(), looker.clone()));
        let usage = Arc::new(Usage::new(links.clone(), clock.clone()));
        let one_time = Arc::new(OneTime::default());
        let placer = Arc::new(Placer::new(store.clone(), roster.clone(), catalogue.clone()));
        let app_parts = Arc::new(saga::app::AppParts {
            store: store.clone(),
            roster: roster.clone(),
            links: links.clone(),
            catalogue: catalogue.clone(),
            compose: outside.compose.clone(),
            tools: outside.tools.clone(),
            prober: outside.prober.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let nodes = Arc::new(Nodes::new(NodesParts {
            store: store.clone(),
            roster: roster.clone(),
            links: links.clone(),
            inspector: inspector.clone(),
            looker: looker.clone(),
            usage: usage.clone(),
            jobs: jobs.clone(),
            connector: outside.connector.clone(),
            engines: outside.engines.clone(),
            one_time: one_time.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        }));
        let mut sagas: Vec<Arc<dyn Saga>> = saga::app::sagas(&app_parts);
        sagas.extend(node_sagas(outside, &roster, &links, &inspector, &looker, &one_time, &jobs, &events));
        let accounts = Arc::new(Accounts::new(store.clone(), clock.clone(), ids.clone(), vault.clone()));
        let box_name = Slug::nearest(&host_name(), "hearth");
        let services = Services {
            accounts: accounts.clone(),
            apps: Arc::new(Apps::new(
                store.clone(),
                jobs.clone(),
                placer.clone(),
                catalogue.clone(),
                roster.clone(),
                links.clone(),
                vault.clone(),
                clock.clone(),
                ids.clone(),
            )),
            audit: Arc::new(Audit::new(store.clone())),
            catalogue: catalogue.clone(),
            discovery: Arc::new(Discovery::new(jobs.clone(), roster.clone(), store.clone())),
            events: events.clone(),
            homelab: Arc::new(Homelab::new(store.clone(), roster.clone(), clock.clone())),
            jobs: jobs.clone(),
            nodes,
            placer,
            setup: Arc::new(Setup::new(store.clone(), clock.clone(), ids.clone(), accounts, box_name)),
        };
        Ok(Self {
            services,
            runner: Runner::new(jobs, outside.crash.clone(), sagas),
            poll: reconcile::poll::Poll::new(
                roster.clone(),
                links.clone(),
                inspector,
                store.clone(),
                clock.clone(),
            ),
            watch: reconcile::apps::AppWatch::new(
                store.clone(),
                roster,
                links,
                catalogue,
                outside.prober.clone(),
                vault.clone(),
                clock.clone(),
                ids.clone(),
                events,
            ),
        })
    }
}
