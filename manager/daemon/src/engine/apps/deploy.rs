//! Deploying a recipe, and changing the answers of an app that is there.
//!
//! Placement, the app's row, its secrets and the job are one transaction: of several deployments at once each sees
//! what the others have reserved.

use super::{Apps, DeployPreview, DeployRequest, deployed, prepared, secrets::Sealer};
use crate::{
    engine::{
        Error, FieldError, Result,
        jobs::{Prepared, Wish},
        once::Once,
        placer::Placer,
        saga::{
            app::{kept_owner, owner, state_told},
            deploy,
            remove::Kept,
        },
    },
    port::{clock::Clock, ids::Ids, vault::Vault},
    store::{self, apps, secrets, settings},
};
use hearth_model::{
    account::Actor,
    app::{App, AppState, Desired},
    id::{AppId, NodeId, SecretId},
    job::{Job, JobKind},
    name::Slug,
    node::Node,
    placement::{Placement, Request, Verdict},
    recipe::{
        Recipe,
        question::{self, Answers},
    },
};
use rusqlite::{Connection, Transaction};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Highest number that is put after a taken name.
const MAX_NUMBER: u32 = 999;

/// What a deployment needs inside its transaction.
struct Draft {
    recipe: Arc<Recipe>,
    name: Option<Slug>,
    node: Option<Arc<Node>>,
    answers: Answers,
    placer: Arc<Placer>,
    vault: Arc<dyn Vault>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl Apps {
    /// What a deployment would do; nothing is changed.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` answers, `Conflict` when the name is taken or it fits nowhere.
    pub async fn preview(&self, recipe: &Slug, request: DeployRequest) -> Result<DeployPreview> {
        let draft = self.draft(recipe, request)?;
        let roster = Arc::clone(&self.parts.roster);
        self.parts
            .store
            .read(move |c| {
                let (placement, node, reason) = draft.place(c)?;
                let app = draft.app(c, node)?;
                // Nothing is kept, so the secrets only have to be told apart.
                let made = draft.recipe.manifest.secrets.iter().map(|secret| &secret.id);
                let names = made.chain(draft.answers.passwords.keys());
                let secrets: BTreeMap<String, SecretId> = names.map(|name| (name.clone(), draft.ids.make())).collect();
                let node = roster.get(node).ok_or_else(|| Error::not_found("node", node))?;
                let ports_taken = node
                    .facts
                    .iter()
                    .flat_map(|facts| facts.listening_ports.iter().copied());
                let material = deploy::Material {
                    recipe: &draft.recipe,
                    node: &node,
                    reason: &reason,
                    secrets: &secrets,
                    ports_taken: ports_taken.collect(),
                };
                let plan = deploy::make_plan(c, &app, material)?.map_err(Error::Conflict)?;
                Ok(DeployPreview { placement, plan })
            })
            .await
    }

    /// Deploys. The same idempotency key and request give the same job.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub async fn deploy(&self, recipe: &Slug, request: DeployRequest, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let once = Once::new(key, "app.deploy", &(recipe, &request))?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let wish = Wish {
            kind: JobKind::Deploy,
            steps: &deploy::STEPS,
            action: "app.deploy",
            once,
        };
        let draft = self.draft(recipe, request)?;
        self.parts.jobs.submit(wish, actor, move |tx, _| draft.write(tx)).await
    }

    /// Renders it anew with other answers and brings the node to it; answers not given stay.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`, `Conflict` while a job works on it.
    pub async fn change(
        &self,
        app: &str,
        answers: BTreeMap<String, String>,
        key: Option<&str>,
        actor: &Actor,
    ) -> Result<Job> {
        let once = Once::new(key, "app.change", &(app, &answers))?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let app = self.get(app).await?;
        let recipe = self.parts.catalogue.get(&app.recipe)?;
        let wish = Wish {
            kind: JobKind::Deploy,
            steps: &deploy::STEPS,
            action: "app.change",
            once,
        };
        let (vault, ids) = (Arc::clone(&self.parts.vault), Arc::clone(&self.parts.ids));
        let prepare = move |tx: &Transaction<'_>, _| {
            let app = apps::get(tx, app.id)?.ok_or_else(|| Error::not_found("app", app.slug))?;
            deployed(&app)?;
            let plan = apps::plan(tx, app.id)?
                .ok_or_else(|| Error::Conflict(format!("app {} has no plan to go back to", app.slug)))?;
            let checked = merged(tx, &recipe, &app, answers)?;
            let sealer = Sealer {
                vault: vault.as_ref(),
                ids: ids.as_ref(),
            };
            sealer.keep_passwords(tx, app.id, &checked.passwords, true)?;
            sealer.make_missing(tx, app.id, &recipe.manifest)?;
            let detail = changed(&app.answers, &checked);
            let next = App {
                answers: checked.plain,
                version: recipe.manifest.version.clone(),
                desired: Desired::Running,
                state: AppState::Deploying,
                ..app.clone()
            };
            apps::put(tx, &next)?;
            let input = deploy::Input {
                app: app.id,
                slug: app.slug.clone(),
                node: app.node,
                reason: plan.reason.clone(),
                before: Some(deploy::Before { app, plan }),
                kept: false,
            };
            let told = state_told(&next, &next.state);
            prepared(&next, true, &input, detail, vec![told])
        };
        self.parts.jobs.submit(wish, actor, prepare).await
    }

    fn draft(&self, recipe: &Slug, request: DeployRequest) -> Result<Draft> {
        let recipe = self.parts.catalogue.get(recipe)?;
        let node = request.node.map(|key| self.parts.roster.find(&key)).transpose();
        let node = node.map_err(|error| Error::field("/node", error.to_string()))?;
        let answers = check(&recipe, request.answers, &BTreeSet::new())?;
        Ok(Draft {
            recipe,
            name: request.name,
            node,
            answers,
            placer: Arc::clone(&self.parts.placer),
            vault: Arc::clone(&self.parts.vault),
            ids: Arc::clone(&self.parts.ids),
            clock: Arc::clone(&self.parts.clock),
        })
    }
}

impl Draft {
    /// Writes the app's row and its secrets, and says what the job is to do.
    fn write(&self, tx: &Transaction<'_>) -> Result<Prepared> {
        let (_, node, reason) = self.place(tx)?;
        let app = self.app(tx, node)?;
        // What was rolled back has left nothing but its name and the reason.
        if let Some(old) = apps::by_slug(tx, &app.slug)? {
            apps::delete(tx, old.id)?;
        }
        apps::put(tx, &app)?;
        let kept = self.take_over(tx, &app)?;
        let sealer = Sealer {
            vault: self.vault.as_ref(),
            ids: self.ids.as_ref(),
        };
        sealer.make_missing(tx, app.id, &self.recipe.manifest)?;
        sealer.keep_passwords(tx, app.id, &self.answers.passwords, false)?;
        let input = deploy::Input {
            app: app.id,
            slug: app.slug.clone(),
            node,
            reason: reason.clone(),
            before: None,
            kept,
        };
        let told = state_told(&app, &app.state);
        prepared(&app, true, &input, reason, vec![told])
    }

    /// Where to: the node that was asked for, or the best.
    fn place(&self, connection: &Connection) -> Result<(Placement, NodeId, String)> {
        let request = Request::from(&self.recipe.manifest);
        let placement = self.placer.place_in(connection, &request)?;
        let name = &self.recipe.manifest.name;
        let Some(wished) = &self.node else {
            let best = placement.best.ok_or_else(|| fits_nowhere(name, &placement))?;
            let reason = placement.reason.clone();
            return Ok((placement, best, reason));
        };
        let verdict = placement.nodes.iter().find(|verdict| verdict.node == wished.id);
        match verdict {
            Some(verdict) if verdict.fits => {
                let reason = format!("{} was chosen by hand (score {}).", wished.name, verdict.score);
                Ok((placement, wished.id, reason))
            }
            verdict => {
                let why = verdict.map_or_else(|| "it is not a node any more".to_owned(), obstacles);
                Err(Error::Conflict(format!("{name} cannot run on {}: {why}", wished.name)))
            }
        }
    }

    /// The app's row.
    fn app(&self, connection: &Connection, node: NodeId) -> Result<App> {
        let manifest = &self.recipe.manifest;
        let slug = free_slug(connection, self.name.as_ref(), &manifest.slug)?;
        let name = if slug == manifest.slug {
            manifest.name.clone()
        } else {
            format!("{} ({slug})", manifest.name)
        };
        let now = self.clock.now();
        Ok(App {
            id: self.ids.make::<AppId>(),
            slug,
            name,
            recipe: manifest.slug.clone(),
            version: manifest.version.clone(),
            node,
            desired: Desired::Running,
            state: AppState::Deploying,
            answers: self.answers.plain.clone(),
            ports: Vec::new(),
            url: None,
            created_at: now,
            updated_at: now,
        })
    }

    /// Takes over the secrets that belong to data which an app of this name and recipe left on the node.
    fn take_over(&self, tx: &Transaction<'_>, app: &App) -> Result<bool> {
        let key = kept_owner(app.node, &app.slug);
        let Some(note) = settings::get(tx, &key)? else {
            return Ok(false);
        };
        let kept: Kept = serde_json::from_str(&note).map_err(store::error::row("settings"))?;
        if kept.recipe != app.recipe {
            return Err(Error::Conflict(format!(
                "data of {} was kept on that node under the name {}; choose another name",
                kept.recipe, app.slug
            )));
        }
        secrets::give(tx, &key, &owner(app.id))?;
        Ok(true)
    }
}

/// A name that no app has: the wished one, or the recipe's, with a number when it is taken.
fn free_slug(connection: &Connection, wished: Option<&Slug>, recipe: &Slug) -> Result<Slug> {
    let free = |slug: &Slug| {
        let there = apps::by_slug(connection, slug)?;
        Ok::<_, Error>(there.is_none_or(|app| !app.state.occupies()))
    };
    if let Some(wished) = wished {
        return if free(wished)? {
            Ok(wished.clone())
        } else {
            Err(Error::Conflict(format!(
                "there is an app {wished} already; choose another name"
            )))
        };
    }
    if free(recipe)? {
        return Ok(recipe.clone());
    }
    // 59 + "-" + at most 3 digits stay within the 63 of a name.
    let stem: String = recipe.as_str().chars().take(59).collect();
    for number in 2..=MAX_NUMBER {
        let slug = Slug::nearest(&format!("{}-{number}", stem.trim_end_matches('-')), recipe.as_str());
        if free(&slug)? {
            return Ok(slug);
        }
    }
    Err(Error::Conflict(format!(
        "too many apps are called {recipe}; give this one a name"
    )))
}

fn fits_nowhere(name: &str, placement: &Placement) -> Error {
    let whys: Vec<String> = placement
        .nodes
        .iter()
        .map(|verdict| format!("{}: {}", verdict.name, obstacles(verdict)))
        .collect();
    Error::Conflict(if whys.is_empty() {
        format!("{name} has nowhere to run: adopt a node first")
    } else {
        format!("{name} fits on no node: {}", whys.join(". "))
    })
}

fn obstacles(verdict: &Verdict) -> String {
    verdict.obstacles.join(", ")
}

/// Checks answers, each fault told at its field. `sealed`: questions whose password is kept already.
fn check(recipe: &Recipe, given: BTreeMap<String, String>, sealed: &BTreeSet<String>) -> Result<Answers> {
    question::check_answers(&recipe.manifest, &given, sealed).map_err(|faults| {
        let fields = faults.into_iter().map(|fault| FieldError {
            pointer: fault.pointer,
            message: fault.message,
        });
        Error::Invalid(fields.collect())
    })
}

/// The app's answers with those that are given in their place.
fn merged(connection: &Connection, recipe: &Recipe, app: &App, given: BTreeMap<String, String>) -> Result<Answers> {
    let kept = secrets::of_owner(connection, &owner(app.id))?;
    let questions = recipe.manifest.questions.iter().map(|question| &question.id);
    let sealed = questions
        .filter(|id| kept.iter().any(|secret| secret.name == super::secrets::answer_name(id)))
        .cloned()
        .collect();
    let mut all = app.answers.clone();
    // A question that the recipe no longer asks is no fault of the person.
    all.retain(|id, _| recipe.manifest.questions.iter().any(|question| question.id == *id));
    all.extend(given);
    check(recipe, all, &sealed)
}

/// Which answers are other ones, for the audit log; never what they are, for people put secrets anywhere.
fn changed(before: &BTreeMap<String, String>, now: &Answers) -> String {
    let plain = now.plain.iter().filter(|(id, answer)| before.get(*id) != Some(answer));
    let names: Vec<&str> = plain
        .map(|(id, _)| id.as_str())
        .chain(now.passwords.keys().map(String::as_str))
        .collect();
    format!("changed: {}", names.join(", "))
}
