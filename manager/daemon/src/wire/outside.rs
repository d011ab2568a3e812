//! The real adapters, made once.

use super::{CRASH_AT, appliance::Appliance};
use crate::{
    adapter::{
        bus::Bus,
        clock::SystemClock,
        compose::NodeCompose,
        connector::{OwnRights, SystemConnector},
        crash::KillAt,
        docker::DockerEngines,
        fetcher::HttpFetcher,
        host::KernelHost,
        ids::SystemIds,
        machine::LoginMachine,
        prober::NetworkProber,
        rauc::RaucUpdater,
        scanner::NetworkScanner,
        ssh::SshConnector,
        tools::ToolFolder,
        vault::AeadVault,
    },
    config::ServeConfig,
    port::{
        clock::Clock,
        compose::SharedCompose,
        containers::Engines,
        crash::{CrashPoint, NoCrash},
        fetcher::Fetcher,
        host::Host,
        ids::Ids,
        machine::Machine,
        prober::Prober,
        scanner::Scanner,
        session::Connector,
        tools::Tools,
        updater::Updater,
        vault::Vault,
    },
};
use anyhow::Context;
use std::{
    fs::{File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
};

/// The real adapters.
pub(super) struct Outside {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) vault: Arc<dyn Vault>,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) engines: Arc<dyn Engines>,
    pub(super) compose: SharedCompose,
    pub(super) tools: Arc<dyn Tools>,
    pub(super) scanner: Arc<dyn Scanner>,
    pub(super) prober: Arc<dyn Prober>,
    pub(super) host: Arc<dyn Host>,
    pub(super) machine: Arc<dyn Machine>,
    pub(super) appliance: Appliance,
    pub(super) updater: Arc<dyn Updater>,
    pub(super) fetcher: Arc<dyn Fetcher>,
    pub(super) crash: Arc<dyn CrashPoint>,
    /// Held as long as this process lives.
    _data_lock: File,
}

impl Outside {
    pub(super) fn open(config: &ServeConfig) -> anyhow::Result<Self> {
        let data_lock = claim(&config.data)?;
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
        let vault = AeadVault::open(&config.data, credentials.as_deref().map(Path::new), Arc::clone(&ids))
            .context("opening the key of the secrets")?;
        let ssh = SshConnector::open(&config.data, &vault).context("opening Hearth's own SSH key")?;
        let here = match config.appliance {
            Some(_) => OwnRights::Enough,
            None => OwnRights::Sudo,
        };
        let crash: Arc<dyn CrashPoint> = match std::env::var(CRASH_AT) {
            Ok(moment) => Arc::new(moment.parse::<KillAt>().context(CRASH_AT)?),
            Err(_) => Arc::new(NoCrash),
        };
        Ok(Self {
            clock: Arc::new(SystemClock::new()),
            ids,
            vault: Arc::new(vault),
            connector: Arc::new(SystemConnector::new(ssh, here)),
            engines: Arc::new(DockerEngines),
            compose: Arc::new(NodeCompose),
            tools: Arc::new(ToolFolder::new(config.tools.clone())),
            scanner: Arc::new(NetworkScanner),
            prober: Arc::new(NetworkProber::new().context("setting up TLS for health checks")?),
            host: Arc::new(KernelHost::new(config.data.clone())),
            machine: Arc::new(LoginMachine::new(Bus::system(), config.failed_start.clone())),
            appliance: Appliance::open(config),
            updater: Arc::new(RaucUpdater::new(Bus::system())),
            fetcher: Arc::new(HttpFetcher::new().context("setting up TLS for feeds")?),
            crash,
            _data_lock: data_lock,
        })
    }
}

/// Makes the data folder where it is missing, and takes it for this process.
pub(super) fn claim(data: &Path) -> anyhow::Result<File> {
    make_private_folder(data)?;
    lock(data)
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
