//! Bringing the lists of packages up to date, and installing packages.

use super::{PACKAGES_LIMIT, Parts, STEPS, Step, StepContext, StepError, StepOutcome, run};
use crate::{
    engine::bootstrap::{
        Action, commands,
        family::{Family, Table},
        plan,
    },
    port::session::{Exec, Session},
};
use async_trait::async_trait;
use hearth_model::fault::{Cause, Fault};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// Most bytes of a list of installed packages.
const MAX_LIST: usize = 4 << 20;

pub(super) struct Refreshing(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Refreshing {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let sight = self.0.look(context).await?;
        let Some(table) = sight.found.family.map(Family::table) else {
            return Err(unsupported(sight.node.name.as_str(), &sight.found.os_name));
        };
        let Some(action) = sight.action(|action| *action == Action::Refresh) else {
            return Ok(StepOutcome::Skipped("no lists of packages are needed".to_owned()));
        };
        for argv in commands(&action, table, &sight.found) {
            run(context, &*sight.session, &argv, PACKAGES_LIMIT).await?;
        }
        Ok(StepOutcome::Done("the lists of packages are up to date".to_owned()))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("newer lists of packages are what the machine fetches by itself, too")
    }
}

fn unsupported(node: &str, system: &str) -> StepError {
    StepError::of_fault(node, &Fault::new(Cause::UnsupportedSystem, system))
}

/// What was there before anything was installed.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    family: String,
    /// What is to be installed.
    wanted: Vec<String>,
    /// Names of all packages that were installed.
    installed: BTreeSet<String>,
}

pub(super) struct Installing(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Installing {
    fn name(&self) -> &'static str {
        STEPS[1]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let sight = self.0.look(context).await?;
        let Some(table) = sight.found.family.map(Family::table) else {
            return Err(unsupported(sight.node.name.as_str(), &sight.found.os_name));
        };
        let before: Option<Before> = context.own()?;
        // Anew after the lists were brought up to date: what is to be had is known only now.
        let wanted = plan(&sight.found).into_iter().find_map(|action| match action {
            Action::Install(names) => Some(names),
            _ => None,
        });
        let Some(wanted) = wanted else {
            return Ok(match before {
                Some(before) => StepOutcome::Done(format!("installed {}", before.wanted.join(", "))),
                None => StepOutcome::Skipped("no packages are missing".to_owned()),
            });
        };
        let lacks = |name: &&&str| wanted.iter().any(|wish| wish == **name) && !sight.found.has_candidate(name);
        if let Some(name) = table.engine.iter().find(lacks) {
            let detail = format!("the distribution's lists have no package {name}. {}", table.hint);
            let fault = Fault::new(Cause::NoEngine, detail);
            return Err(StepError::of_fault(sight.node.name.as_str(), &fault));
        }
        if before.is_none() {
            let installed = installed(&*sight.session, table).await?;
            let before = Before {
                family: sight.found.os_name.clone(),
                wanted: wanted.clone(),
                installed,
            };
            context.save(&before).await?;
        }
        context.progress(None, &format!("installing {}", wanted.join(", ")));
        for argv in commands(&Action::Install(wanted.clone()), table, &sight.found) {
            let installed = run(context, &*sight.session, &argv, PACKAGES_LIMIT).await;
            installed.map_err(|error| error.with(table.hint))?;
        }
        Ok(StepOutcome::Done(format!("installed {}", wanted.join(", "))))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Some(before) = context.own::<Before>()? else {
            return Ok(());
        };
        let sight = self.0.look(context).await?;
        let Some(table) = sight.found.family.map(Family::table) else {
            return Err(unsupported(sight.node.name.as_str(), &sight.found.os_name));
        };
        let now = installed(&*sight.session, table).await?;
        let mut added: Vec<String> = now.difference(&before.installed).cloned().collect();
        if table.removes_dependencies {
            added.retain(|name| before.wanted.contains(name));
        }
        if added.is_empty() {
            return Ok(());
        }
        context.log(&format!("removing what was installed: {}", added.join(", ")));
        let argv: Vec<String> = table.remove.iter().map(|arg| (*arg).to_owned()).chain(added).collect();
        run(context, &*sight.session, &argv, PACKAGES_LIMIT).await
    }
}

/// The names of all installed packages.
async fn installed(session: &dyn Session, table: &Table) -> Result<BTreeSet<String>, StepError> {
    let mut exec = Exec::new(table.list.iter().copied());
    exec.max_output = MAX_LIST;
    let output = session.exec(exec).await?;
    if output.status != 0 {
        let said = output.error_text();
        return Err(StepError::new(format!(
            "{} ended with status {}: {}",
            table.list.join(" "),
            output.status,
            said.trim()
        )));
    }
    Ok(table.listed(&output.text()).into_iter().collect())
}
