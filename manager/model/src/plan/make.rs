//! Makes the plan of a deployment of what was chosen, answered and found on the node. Pure: the same input gives the same plan.

use super::{APPS_DIR, DeployPlan, EnvValue, ports};
use crate::{
    app::PublishedPort,
    id::{AppId, NodeId, SecretId},
    name::Slug,
    node::Host,
    recipe::{Recipe, manifest::QuestionKind, question::Answers},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv6Addr,
};

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The app.
    pub app: AppId,
    /// Its name: Compose project, folder.
    pub slug: &'a Slug,
    /// What is installed.
    pub recipe: &'a Recipe,
    /// Where.
    pub node: NodeId,
    /// The address at which apps of that node answer.
    pub host: &'a Host,
    /// Why there, in one sentence.
    pub reason: &'a str,
    /// Checked answers; passwords are not taken from here but from `secrets`.
    pub answers: &'a Answers,
    /// Sealed secrets, by the id of the recipe's secret or of its question of type password.
    pub secrets: &'a BTreeMap<String, SecretId>,
    /// Ports of that node on which something listens or which other apps have; not those of this app.
    pub ports_taken: &'a BTreeSet<u16>,
    /// Ports that this app has already, when it is rendered anew: it keeps them.
    pub ports_kept: &'a [PublishedPort],
    /// Time zone of the homelab, for apps that ask and were not answered.
    pub timezone: &'a str,
}

/// Why no plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A secret was not made, or a required password not given.
    #[error("the secret {id} of {recipe} has no value")]
    NoSecret {
        /// The recipe.
        recipe: Slug,
        /// Id of the secret or question.
        id: String,
    },
    /// A required question has no answer.
    #[error("the question {id} of {recipe} has no answer")]
    NoAnswer {
        /// The recipe.
        recipe: Slug,
        /// Id of the question.
        id: String,
    },
    /// A port is taken and cannot be replaced, or none is left.
    #[error("no port can be had for {name}: {wanted} is taken, and there is no other")]
    NoPort {
        /// `web`, or the port's name in the recipe.
        name: String,
        /// The recipe's default.
        wanted: u16,
    },
}

/// Makes the plan: every value, port, image and command, with no choice left open.
///
/// # Errors
/// See [`PlanError`].
pub fn plan(input: &PlanInput<'_>) -> Result<DeployPlan, PlanError> {
    let manifest = &input.recipe.manifest;
    let ports = ports::choose(manifest, input.ports_taken, input.ports_kept)?;
    let env = env(input, &ports)?;
    let plain = |name: &str| match env.get(name) {
        Some(EnvValue::Plain { value }) => Some(value.clone()),
        Some(EnvValue::Sealed { .. }) | None => None,
    };
    let images = input.recipe.compose.images(&plain);
    let dir = format!("{APPS_DIR}/{}", input.slug);
    let volumes = input.recipe.compose.volumes.keys();
    Ok(DeployPlan {
        app: input.app,
        slug: input.slug.clone(),
        node: input.node,
        reason: input.reason.to_owned(),
        compose: compose(input),
        images: images.clone(),
        volumes: volumes.map(|volume| format!("{}_{volume}", input.slug)).collect(),
        url: url(input, &ports),
        commands: commands(&dir, &images),
        dir,
        env,
        ports,
    })
}

/// Lines of `.env`. A question that was left open has none, so that the Compose file's own default holds.
fn env(input: &PlanInput<'_>, ports: &[PublishedPort]) -> Result<BTreeMap<String, EnvValue>, PlanError> {
    let manifest = &input.recipe.manifest;
    let plain = |value: &str| EnvValue::Plain {
        value: value.to_owned(),
    };
    let mut env = BTreeMap::new();
    if input.recipe.compose.variables.contains_key("TZ") {
        env.insert("TZ".to_owned(), plain(input.timezone));
    }
    for question in &manifest.questions {
        let value = match (question.kind, input.answers.plain.get(&question.id)) {
            (QuestionKind::Password, _) => input
                .secrets
                .get(&question.id)
                .map(|id| EnvValue::Sealed { secret: *id }),
            (QuestionKind::Timezone, None) => Some(plain(input.timezone)),
            (_, answer) => answer.map(|answer| plain(answer)),
        };
        if let Some(value) = value {
            env.insert(question.env.clone(), value);
        } else if question.is_required() {
            let (recipe, id) = (manifest.slug.clone(), question.id.clone());
            return Err(match question.kind {
                QuestionKind::Password => PlanError::NoSecret { recipe, id },
                _ => PlanError::NoAnswer { recipe, id },
            });
        }
    }
    for secret in &manifest.secrets {
        let id = input.secrets.get(&secret.id).ok_or_else(|| PlanError::NoSecret {
            recipe: manifest.slug.clone(),
            id: secret.id.clone(),
        })?;
        env.insert(secret.env.clone(), EnvValue::Sealed { secret: *id });
    }
    for port in ports {
        env.insert(port.env.clone(), plain(&port.given.to_string()));
    }
    Ok(env)
}

/// The recipe's own text under a heading that tells where it comes from and where to change it.
fn compose(input: &PlanInput<'_>) -> String {
    let manifest = &input.recipe.manifest;
    // A mark of byte order would be in the way of the heading.
    let text = input.recipe.compose_text.trim_start_matches('\u{feff}');
    format!(
        "# App {slug}, rendered by Hearth from the recipe {recipe}, version {version}.\n\
         # Change its answers in Hearth; what is changed here is shown there as a difference, and replaced at its next change.\n\
         # Values are in .env beside this file. It works without Hearth: docker compose up --detach\n\n{text}",
        slug = input.slug,
        recipe = manifest.slug,
        version = manifest.version,
    )
}

/// Where a person finds the app's first page; none for an app without pages.
fn url(input: &PlanInput<'_>, ports: &[PublishedPort]) -> Option<String> {
    let web = input.recipe.manifest.web.as_ref()?;
    let port = ports.iter().find(|port| port.name == "web")?;
    let host = input.host.as_str();
    let host = if host.parse::<Ipv6Addr>().is_ok() {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    Some(format!("{}://{host}:{}{}", web.scheme.as_str(), port.given, web.path))
}

/// What is run on the node. Folder and images hold nothing that a shell would take for anything else: both were checked.
fn commands(dir: &str, images: &[String]) -> Vec<String> {
    let pulls = images.iter().map(|image| format!("docker pull {image}"));
    let up = format!("cd {dir} && docker compose up --detach --remove-orphans --pull never");
    [format!("mkdir -p {dir}")]
        .into_iter()
        .chain(pulls)
        .chain([up])
        .collect()
}
