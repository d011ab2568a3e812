//! Builds the real adapters and hands them to the engine: the only place that knows them all.

mod allocator;
mod appliance;
mod outside;
mod release;
mod shared;
mod supervisor;

use crate::{
    adapter::{clock::SystemClock, ids::SystemIds},
    config::{MigrateConfig, ServeConfig},
    engine::{catalogue::Catalogue, nodes::Nodes, older},
    port::{clock::Clock, ids::Ids},
    store::Store,
    web,
};
use anyhow::Context;
use hearth_model::account::Actor;
use outside::Outside;
use shared::Shared;
use std::{io::IsTerminal, path::Path, sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The variable by which a test has the process end at a moment of a saga, such as `deploy:preparing:before`.
const CRASH_AT: &str = "HEARTH_CRASH_AT";

/// Time between two tries to make this machine a node.
const BETWEEN_TRIES: Duration = Duration::from_secs(30);

/// Runs the manager until it is told to end by SIGTERM or SIGINT.
///
/// # Errors
/// When the data folder, the database or a listening address cannot be used.
pub fn serve(config: &ServeConfig) -> anyhow::Result<()> {
    allocator::limit();
    start_log(&config.log, config.log_json)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let served = runtime.block_on(run(config));
    // What is left has been told to end; a blocking read of a dead disk must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(2));
    served
}

/// Brings the database to this program's version and ends. On the appliance a step of its own before the manager, so that what
/// fails can be told apart.
///
/// # Errors
/// When the data folder or the database cannot be used.
pub fn migrate(config: &MigrateConfig) -> anyhow::Result<()> {
    start_log("info", false)?;
    let _lock = outside::claim(&config.data)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        let store = open_store(&config.data, &SystemClock::new(), &SystemIds).await?;
        store.flush().await.context("writing the database")
    })?;
    tracing::info!(data = %config.data.display(), "the database is that of this version");
    Ok(())
}

/// Opens the database, and says what is lost where it had to be an older copy.
async fn open_store(data: &Path, clock: &dyn Clock, ids: &dyn Ids) -> anyhow::Result<Store> {
    let store = Store::open(&data.join("hearth.db")).context("opening the database")?;
    let told = older::tell(&store, clock, ids).await;
    told.context("noting which database was taken up")?;
    Ok(store)
}

fn start_log(filter: &str, json: bool) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("--log {filter:?}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if json {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
    Ok(())
}

async fn run(config: &ServeConfig) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    // Beside the rest, as it is the longest part of a start on a slow machine.
    let recipes = config.recipes.clone();
    let catalogue = tokio::task::spawn_blocking(move || Catalogue::load(&recipes));
    let outside = Outside::open(config)?;
    let store = open_store(&config.data, outside.clock.as_ref(), outside.ids.as_ref()).await?;
    let catalogue = catalogue.await.context("waiting for the recipes")?;
    let catalogue = catalogue.with_context(|| format!("reading the recipes in {}", config.recipes.display()))?;
    let version = release::version()?;
    let kept = store.clone();
    let shared = Shared::build(&outside, config, store, catalogue, version.clone()).await?;
    let server = web::server::Server::bind(config.listen, config.tls_listen, &config.data)?;
    tracing::info!(%version, data = %config.data.display(), "Hearth starts");
    println!("Hearth answers at {}", shown_address(server.https().port()));

    let services = shared.services(&outside);
    let tasks = shared.start(&outside, &stop);
    // Not waited for: the pages must not depend on an engine that is slow to answer.
    tasks.spawn(adopt_this_machine(services.nodes.clone(), stop.clone()));
    tasks.spawn(allocator::trim(stop.clone()));
    tasks.spawn(supervisor::watch(kept.clone(), stop.clone()));
    end_on_signal(stop.clone())?;
    let served = server.run(services, outside.clock, stop.clone()).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    if let Err(error) = kept.flush().await {
        tracing::warn!(%error, "the database keeps part of what it knows in its log");
    }
    tracing::info!("Hearth has ended");
    Ok(served?)
}

/// Makes this machine a node as soon as its engine answers: on the appliance the engine starts after the manager, elsewhere
/// it may be installed later.
async fn adopt_this_machine(nodes: Arc<Nodes>, stop: CancellationToken) {
    let mut told = String::new();
    loop {
        let word = match nodes.adopt_local(&Actor::system()).await {
            Ok(Some(node)) => {
                tracing::info!(node = %node.name, "this machine is a node");
                return;
            }
            Ok(None) => "it has no container engine that Hearth may use".to_owned(),
            Err(error) => error.to_string(),
        };
        if word != told {
            tracing::info!("this machine is no node: {word}");
            told = word;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(BETWEEN_TRIES) => {}
        }
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
