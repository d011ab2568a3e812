//! Follows a job to its end: its steps as a bar, its output line by line.

use super::{CliError, client::Client, client::List, output};
use hearth_model::{
    id::JobId,
    job::{Job, JobState, LogLine, StepState},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// How often the job is asked for.
const EVERY: Duration = Duration::from_millis(400);
/// How long a box may take to come up again: with three tries of a new slot and then the old one.
const RESTART: Duration = Duration::from_secs(20 * 60);

/// The answer to a request that began a job.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    /// The job.
    pub(super) job: Job,
}

/// Follows a job unless told not to, and makes its end the command's.
pub(super) async fn finish(client: &Client, begun: Begun, detach: bool, json: bool) -> Result<ExitCode, CliError> {
    if detach {
        if json {
            output::json(&begun)?
        } else {
            output::text(&begun.job.id.to_string())?
        }
        return Ok(ExitCode::SUCCESS);
    }
    follow(client, begun.job.id, json).await
}

/// The same for a job in which the box restarts: that it does not answer for a while is no failure.
pub(super) async fn finish_over_restart(
    client: &Client,
    begun: Begun,
    detach: bool,
    json: bool,
) -> Result<ExitCode, CliError> {
    if detach {
        return finish(client, begun, detach, json).await;
    }
    follow_for(client, begun.job.id, json, RESTART).await
}

/// Follows a job to its end.
pub(super) async fn follow(client: &Client, id: JobId, json: bool) -> Result<ExitCode, CliError> {
    follow_for(client, id, json, Duration::ZERO).await
}

/// Follows a job to its end, through silences of at most `patience`.
async fn follow_for(client: &Client, id: JobId, json: bool, patience: Duration) -> Result<ExitCode, CliError> {
    let bar = if json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(100)
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{bar:24}] {msg}") {
        bar.set_style(style);
    }
    let mut seen = 0;
    let mut heard = Instant::now();
    loop {
        let (job, log) = match ask(client, id, seen).await {
            Err(CliError::Unreachable { .. }) if heard.elapsed() < patience => {
                bar.set_message("the box restarts");
                tokio::time::sleep(EVERY).await;
                continue;
            }
            answer => answer?,
        };
        heard = Instant::now();
        for line in &log.items {
            seen = line.seq;
            if !json {
                bar.println(format!("{}: {}", line.step, line.text));
            }
        }
        show(&bar, &job);
        if job.state.is_final() && log.items.is_empty() {
            bar.finish_and_clear();
            return end(&job, json);
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn ask(client: &Client, id: JobId, seen: u64) -> Result<(Job, List<LogLine>), CliError> {
    let job = client.get(&format!("/api/v1/jobs/{id}")).await?;
    let log = client
        .get(&format!("/api/v1/jobs/{id}/log?after={seen}&limit=1000"))
        .await?;
    Ok((job, log))
}

fn show(bar: &ProgressBar, job: &Job) {
    let active = |state| matches!(state, StepState::Running | StepState::Undoing);
    let done = job
        .steps
        .iter()
        .filter(|s| matches!(s.state, StepState::Done | StepState::Skipped))
        .count() as u64;
    let current = job.steps.iter().find(|s| active(s.state));
    let within = current.and_then(|s| s.progress).map_or(0, u64::from);
    bar.set_length(job.steps.len().max(1) as u64 * 100);
    bar.set_position(done * 100 + within);
    if let Some(step) = current {
        bar.set_prefix(step.name.clone());
        bar.set_message(step.message.clone());
    }
}

fn end(job: &Job, json: bool) -> Result<ExitCode, CliError> {
    if json {
        output::json(job)?;
    } else {
        for step in &job.steps {
            output::text(&format!("  {:<16} {:<8} {}", step.name, word(step.state), step.message))?;
        }
        let outcome = word(job.state);
        match &job.error {
            Some(error) => output::text(&format!("{}: {outcome}: {error}", job.subject))?,
            None => output::text(&format!("{}: {outcome}", job.subject))?,
        }
    }
    Ok(if job.state == JobState::Succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A state by its word in the API.
pub(super) fn word<T: Serialize>(state: T) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}
