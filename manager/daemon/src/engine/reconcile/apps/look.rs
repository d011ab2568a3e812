//! Looks at the apps of one node: one question to its engine, one command for the files, and now and then the
//! recipes' own checks.

use super::judge::{Services, Sum, judge};
use crate::{
    engine::{
        Error,
        catalogue::Catalogue,
        health,
        links::Links,
        saga::app::{context_of, owner},
    },
    port::{
        clock::Clock,
        prober::Prober,
        session::{Exec, SessionError},
        vault::Vault,
    },
    store::{Store, secrets},
};
use hearth_model::{
    app::{App, AppState, Container},
    fault::Cause,
    id::{AppId, SecretId},
    node::{Node, NodeState},
    plan::{self, DeployPlan},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Between two runs of a recipe's own check, when the last one was content.
const CHECK_EVERY: Duration = Duration::from_secs(60);
/// How many runs in a row must not be content before the app is called unhealthy.
const DISCONTENT: u32 = 3;

/// Looks at apps.
pub(super) struct Look {
    store: Store,
    links: Arc<Links>,
    catalogue: Arc<Catalogue>,
    prober: Arc<dyn Prober>,
    vault: Arc<dyn Vault>,
    clock: Arc<dyn Clock>,
    known: Mutex<BTreeMap<AppId, Known>>,
}

/// What need not be found out each time.
#[derive(Clone)]
struct Known {
    /// Of which deployment.
    updated_at: Timestamp,
    services: Services,
    compose: String,
    env: String,
    check_due: Duration,
    discontent: u32,
}

/// What is on a node.
struct Found {
    containers: Vec<Container>,
    sums: BTreeMap<String, String>,
}

impl Look {
    pub(super) fn new(
        store: Store,
        links: Arc<Links>,
        catalogue: Arc<Catalogue>,
        prober: Arc<dyn Prober>,
        vault: Arc<dyn Vault>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            links,
            catalogue,
            prober,
            vault,
            clock,
            known: Mutex::default(),
        }
    }

    /// Where each app of a node stands. An app of which nothing could be told is not among the answers.
    pub(super) async fn at(&self, node: &Node, apps: &[(App, DeployPlan)]) -> Vec<(App, AppState)> {
        let same = |state: AppState| apps.iter().map(|(app, _)| (app.clone(), state.clone())).collect();
        match node.state {
            NodeState::Online => {}
            NodeState::Offline { .. } => return same(AppState::Unreachable),
            // Hearth was started a moment ago: nothing is known yet.
            NodeState::Connecting => return Vec::new(),
        }
        let found = match self.find(node, apps).await {
            Ok(found) => found,
            Err(Error::Node { fault, .. }) if is_away(fault.cause) => return same(AppState::Unreachable),
            Err(error) => {
                let reason = format!("what runs cannot be told: {error}");
                return same(AppState::Unhealthy { reason });
            }
        };
        let mut states = Vec::with_capacity(apps.len());
        for (app, plan) in apps {
            match self.known(app, plan).await {
                Ok(known) => states.push((app.clone(), self.judge(node, app, plan, known, &found).await)),
                Err(error) => {
                    tracing::error!(app = %app.slug, error = &error as &dyn std::error::Error, "an app cannot be compared with its deployment");
                }
            }
        }
        states
    }

    async fn find(&self, node: &Node, apps: &[(App, DeployPlan)]) -> Result<Found, Error> {
        let engine = self.links.containers(node.id).await?;
        let containers = engine.list(None).await.map_err(|error| match error {
            crate::port::containers::ContainersError::Unreachable { fault, .. } => of(node, fault),
            other => Error::internal("listing containers", other),
        })?;
        let session = self.links.session(node.id).await?;
        let paths = apps.iter().flat_map(|(_, plan)| files(plan).map(|(_, path)| path));
        let argv = ["sha256sum".to_owned(), "--".to_owned()].into_iter().chain(paths);
        let output = session
            .exec(Exec::new(argv).as_root())
            .await
            .map_err(|error| match error {
                SessionError::Refused { fault, .. } => of(node, fault),
                lost @ (SessionError::Lost { .. } | SessionError::TimedOut { .. }) => of(
                    node,
                    hearth_model::fault::Fault::new(Cause::Disconnected, lost.to_string()),
                ),
                other => Error::internal("comparing files", other),
            })?;
        Ok(Found {
            containers,
            sums: sums(&output.text()),
        })
    }

    async fn judge(&self, node: &Node, app: &App, plan: &DeployPlan, known: Known, found: &Found) -> AppState {
        let own: Vec<Container> = found
            .containers
            .iter()
            .filter(|c| c.project.as_deref() == Some(app.slug.as_str()))
            .cloned()
            .collect();
        let expected = [&known.compose, &known.env];
        let sums: Vec<Sum> = files(plan)
            .into_iter()
            .zip(expected)
            .map(|((name, path), deployed)| Sum {
                name,
                deployed: deployed.clone(),
                found: found.sums.get(&path).cloned(),
            })
            .collect();
        match judge(app.desired, &known.services, &own, &sums) {
            AppState::Running => self.checked(node, app, known, &own).await,
            state => state,
        }
    }

    /// Runs the recipe's own check when it is due.
    async fn checked(&self, node: &Node, app: &App, mut known: Known, containers: &[Container]) -> AppState {
        let now = self.clock.monotonic();
        let was_ill = matches!(app.state, AppState::Unhealthy { .. });
        if now < known.check_due && known.discontent == 0 && !was_ill {
            return AppState::Running;
        }
        let Ok(recipe) = self.catalogue.get(&app.recipe) else {
            return AppState::Running;
        };
        let check = health::Check::new(&recipe.manifest, node, &app.ports);
        let outcome = check.look(containers, self.prober.as_ref()).await;
        known.check_due = now + CHECK_EVERY;
        known.discontent = if outcome.is_ok() { 0 } else { known.discontent + 1 };
        let patience = known.discontent < DISCONTENT && !was_ill;
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(app.id, known);
        match outcome {
            Err(ill) if !patience => AppState::Unhealthy { reason: ill.reason },
            _ => AppState::Running,
        }
    }

    /// What an app was deployed as; worked out once for each deployment.
    async fn known(&self, app: &App, plan: &DeployPlan) -> Result<Known, Error> {
        if let Some(known) = self.remembered(app) {
            return Ok(known);
        }
        let secrets = self.secrets(app.id).await?;
        let env = plan::render_env(plan, |id| secrets.get(&id).cloned())
            .map_err(|error| Error::internal("rendering .env", error))?;
        let services =
            Services::read(&plan.compose).map_err(|error| Error::internal("reading a deployed compose.yaml", error))?;
        let fresh = Known {
            updated_at: app.updated_at,
            services,
            compose: hex(plan.compose.as_bytes()),
            env: hex(env.as_bytes()),
            check_due: self.clock.monotonic() + CHECK_EVERY,
            discontent: 0,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(app.id, fresh.clone());
        Ok(fresh)
    }

    fn remembered(&self, app: &App) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_app = known.get(&app.id).filter(|known| known.updated_at == app.updated_at);
        of_app.cloned()
    }

    async fn secrets(&self, app: AppId) -> Result<BTreeMap<SecretId, String>, Error> {
        let owner = owner(app);
        let sealed = self.store.read(move |c| secrets::of_owner(c, &owner)).await?;
        let open = sealed.into_iter().map(|secret| {
            let plain = self.vault.unseal(&context_of(secret.id), &secret.sealed);
            let plain = plain.map_err(|error| Error::internal("unsealing a secret", error))?;
            Ok((secret.id, String::from_utf8_lossy(plain.expose()).into_owned()))
        });
        open.collect()
    }
}

fn files(plan: &DeployPlan) -> [(&'static str, String); 2] {
    ["compose.yaml", ".env"].map(|name| (name, format!("{}/{name}", plan.dir)))
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `<sum>  <path>` lines; a path with a backslash or newline in it would be escaped, ours have none.
fn sums(output: &str) -> BTreeMap<String, String> {
    output
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, path)| (path.to_owned(), sum.to_owned()))
        .collect()
}

/// Whether the fault means that the node is not there at all.
const fn is_away(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Refused
            | Cause::TimedOut
            | Cause::UnknownHost
            | Cause::Unreachable
            | Cause::NotSsh
            | Cause::Disconnected
    )
}

fn of(node: &Node, fault: hearth_model::fault::Fault) -> Error {
    Error::Node {
        node: node.name.to_string(),
        fault,
    }
}
