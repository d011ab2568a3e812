//! Parts of pages that are kept up to date by server-sent events.
//!
//! Every stream begins with the whole part, so that a connection that was lost misses nothing, and ends after a few
//! minutes: the browser opens it anew, and whoever has logged out meanwhile is refused.

mod logs;
mod stream;

use super::{
    activity,
    apps::detail,
    components::{appended, code::job_lines, partial},
    form::Fields,
    frame::Frame,
    home, incidents, jobs,
    nodes::{adopt, detail as node_detail, discover, list as node_list},
    setup::boot,
};
use crate::{engine, web::Services};
use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};
use hearth_model::event::{Channel, Event};
use maud::html;
use stream::{LONG_PAUSE, PAUSE, Reply, Watch, follow};

/// The routes below `/live`.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/live/boot", get(boot_checks))
        .route("/live/home", get(home_part))
        .route("/live/incidents", get(incidents_part))
        .route("/live/jobs/{job}", get(job))
        .route("/live/adoptions", get(adoptions))
        .route("/live/discover/{job}", get(search))
        .route("/live/activity", get(activity_part))
        .route("/live/nodes", get(nodes))
        .route("/live/nodes/{node}", get(node))
        .route("/live/apps/{app}", get(app))
        .route("/live/apps/{app}/logs", get(logs::logs))
        .route("/live/box/logs", get(logs::of_the_box))
}

/// Whether an event names this subject.
fn names(event: &Event, kind: &str, keys: &[String]) -> bool {
    event
        .data
        .get(kind)
        .and_then(|value| value.as_str())
        .is_some_and(|value| keys.iter().any(|key| key == value))
}

fn is_on(event: &Event, channels: &[Channel]) -> bool {
    channels.contains(&event.channel)
}

/// The frame as it is now: only the time goes on.
fn at_present(frame: &Frame, services: &Services) -> Frame {
    Frame {
        now: services.boot.now(),
        ..frame.clone()
    }
}

async fn boot_checks(watch: Watch) -> Reply {
    if watch.services.setup.state().await?.set_up {
        return Err(engine::Error::not_found("page", "/live/boot").into());
    }
    let reading = watch.services.clone();
    Ok(follow(
        &watch,
        PAUSE,
        |_| false,
        (),
        move |()| {
            let services = reading.clone();
            async move { Ok(((), partial("boot", &boot::list(&services.boot.checks().await)), true)) }
        },
    ))
}

async fn home_part(frame: Frame, watch: Watch) -> Reply {
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Nodes, Channel::Apps, Channel::Incidents]);
    Ok(follow(&watch, LONG_PAUSE, concerns, (), move |()| {
        let (services, frame) = (reading.clone(), at_present(&frame, &reading));
        async move {
            let data = home::Data::read(&services).await?;
            Ok(((), partial("home", &home::content(&frame, &data)), false))
        }
    }))
}

async fn incidents_part(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let wish = incidents::Wish::of(&query);
    // A cursor that is none is told at once, not by a stream that ends.
    wish.read(&watch.services).await?;
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Incidents]);
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame, wish) = (reading.clone(), at_present(&frame, &reading), wish.clone());
        async move {
            let page = wish.read(&services).await?;
            Ok(((), partial("incidents", &incidents::rest(&frame, &page, &wish)), false))
        }
    }))
}

async fn job(frame: Frame, watch: Watch, Path(id): Path<String>) -> Reply {
    let id = jobs::parse_id(&id)?;
    watch.services.jobs.get(id).await?;
    let reading = watch.services.clone();
    let key = [id.to_string()];
    let concerns = move |event: &Event| is_on(event, &[Channel::Jobs]) && names(event, "job", &key);
    Ok(follow(&watch, PAUSE, concerns, None, move |seen: Option<u64>| {
        let (services, frame) = (reading.clone(), at_present(&frame, &reading));
        async move {
            let job = services.jobs.get(id).await?;
            let app = jobs::app_of(&services, &job).await?;
            let results = services.jobs.results(id).await?;
            let lines = services.jobs.log(id, seen.unwrap_or(0)).await?;
            let last = lines.last().map_or(seen.unwrap_or(0), |line| line.seq);
            let shown = job_lines(&lines, &frame.zone);
            let part = html! {
                (partial("job", &jobs::state(&frame, &job, app.as_ref(), &results)))
                @if seen.is_none() { (partial("job-log", &shown)) } @else if !lines.is_empty() { (appended("job-log", &shown)) }
            };
            Ok((Some(last), part, !job.state.is_final()))
        }
    }))
}

async fn adoptions(frame: Frame, watch: Watch) -> Reply {
    let reading = watch.services.clone();
    Ok(follow(
        &watch,
        PAUSE,
        |event: &Event| is_on(event, &[Channel::Jobs]),
        (),
        move |()| {
            let (services, frame) = (reading.clone(), at_present(&frame, &reading));
            async move {
                let jobs = adopt::recent(&services).await?;
                let busy = jobs.iter().any(|job| !job.state.is_final());
                Ok(((), partial("adoptions", &adopt::adoptions(&frame, &jobs)), busy))
            }
        },
    ))
}

async fn search(frame: Frame, watch: Watch, Path(id): Path<String>, Query(query): Query<Fields>) -> Reply {
    let id = jobs::parse_id(&id)?;
    let wizard = query.ticked("wizard");
    watch.services.jobs.get(id).await?;
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Jobs, Channel::Nodes]) && event.event != "stats";
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame) = (reading.clone(), at_present(&frame, &reading));
        async move {
            let search = discover::Search::read(&services, id).await?;
            let busy = !search.job.state.is_final();
            Ok(((), partial("found", &discover::found(&frame, &search, wizard)), busy))
        }
    }))
}

async fn activity_part(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let wish = activity::Wish::of(&query);
    // A cursor that is none is told at once, not by a stream that ends.
    wish.read(&watch.services).await?;
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Jobs]);
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame, wish) = (reading.clone(), at_present(&frame, &reading), wish.clone());
        async move {
            let page = wish.read(&services).await?;
            let busy = page.items.iter().any(|job| !job.state.is_final());
            Ok(((), partial("jobs", &activity::rest(&frame, &page, &wish)), busy))
        }
    }))
}

async fn nodes(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let wish = node_list::Wish::of(&query);
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Nodes]);
    Ok(follow(&watch, LONG_PAUSE, concerns, (), move |()| {
        let (services, frame, wish) = (reading.clone(), at_present(&frame, &reading), wish.clone());
        async move {
            let data = node_list::Data::read(&services, wish)?;
            Ok(((), partial("nodes", &node_list::rest(&frame, &data)), false))
        }
    }))
}

async fn node(frame: Frame, watch: Watch, Path(key): Path<String>, Query(query): Query<Fields>) -> Reply {
    let found = watch.services.nodes.get(&key).await?;
    let keys = [found.id.to_string(), found.name.to_string()];
    let word = node_detail::range(query.text("range")).0;
    let reading = watch.services.clone();
    let concerns = move |event: &Event| is_on(event, &[Channel::Nodes, Channel::Apps]) && names(event, "node", &keys);
    let id = found.id.to_string();
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame, id) = (reading.clone(), at_present(&frame, &reading), id.clone());
        async move {
            let data = node_detail::Data::read(&services, &id, word).await?;
            Ok(((), partial("node", &node_detail::state(&frame, &data)), false))
        }
    }))
}

async fn app(_: Frame, watch: Watch, Path(key): Path<String>) -> Reply {
    let found = watch.services.apps.get(&key).await?;
    let keys = [found.id.to_string(), found.slug.to_string()];
    let reading = watch.services.clone();
    let concerns = move |event: &Event| is_on(event, &[Channel::Apps]) && names(event, "app", &keys);
    let id = found.id.to_string();
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, id) = (reading.clone(), id.clone());
        async move {
            let situation = detail::Situation::read(&services, &id).await?;
            Ok(((), partial("app-state", &detail::state(&situation)), true))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_concerns_who_it_names() {
        let event = Event {
            channel: Channel::Jobs,
            event: "progress".into(),
            data: serde_json::json!({"job": "a"}),
            seq: 1,
        };
        assert!(names(&event, "job", &["a".to_owned()]));
        assert!(!names(&event, "job", &["b".to_owned()]));
        assert!(!names(&event, "app", &["a".to_owned()]));
    }
}
