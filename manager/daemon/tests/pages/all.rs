//! Every page, with the made-up homelab, by name.

use super::fixtures as data;
use hearth::{
    engine::nodes::GroupAction,
    web::{
        pages::{
            activity, apps,
            form::{Fields, Trouble},
            home, incidents, jobs, login, nodes, problem_page, settings, setup, trust,
        },
        problem::Problem,
    },
};
use hearth_model::{job::JobState, update::Outcome};
use maud::Markup;

/// Every page with its name.
pub(crate) fn pages() -> data::Result<Vec<(&'static str, Markup)>> {
    let frame = &data::frame()?;
    let none = &Trouble::default();
    let empty = &Fields::default();
    let adopt = nodes::adopt::Candidate {
        target: "192.168.1.31".parse()?,
        key: Ok(data::host_key()),
    };
    let refused = nodes::adopt::Candidate {
        target: "192.168.1.32:2222".parse()?,
        key: Err(hearth_model::fault::Fault::new(
            hearth_model::fault::Cause::Refused,
            "192.168.1.32:2222",
        )),
    };
    let wrong = Trouble::fields(vec![hearth::engine::FieldError {
        pointer: "/password".into(),
        message: "must have at least 12 characters".into(),
    }]);
    let refused_login = Trouble::fields(vec![hearth::engine::FieldError {
        pointer: "/password".into(),
        message: "the server does not take this name and password (mount error(13): Permission denied)".into(),
    }]);
    let typed: Fields = [("name", "hearth"), ("admin", "anna"), ("time_zone", "Europe/Zurich")]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into_iter()
        .collect();
    let app = data::apps()?.swap_remove(1);
    let new = data::deploy("miniflux")?;
    let questions = &new.recipe.manifest.questions;
    let wizard: Fields = [("wizard".to_owned(), "1".to_owned())].into_iter().collect();
    let members: Fields = [("name", "always-on"), ("nodes", "nas"), ("nodes", "nuc")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    let missing = Problem::from(hearth::engine::Error::not_found("node", "attic"));
    Ok(vec![
        ("setup-boot", setup::boot::page(&data::boot_checks())),
        (
            "setup-plain",
            setup::boot::plain_page(&data::boot_checks(), "https://hearth.local"),
        ),
        ("setup-person", setup::person::page(empty, none)),
        ("setup-person-refused", setup::person::page(&typed, &wrong)),
        (
            "setup-machines",
            setup::machines::page(
                frame,
                &setup::machines::Data {
                    search: Some(data::search()?),
                    adoptions: data::adopt_jobs()?,
                    nodes: data::shared_nodes()?,
                },
            ),
        ),
        (
            "setup-app",
            setup::app::page(frame, &data::recipes()?[..6], &data::shared_nodes()?),
        ),
        ("login", login::page(empty, none)),
        ("trust", trust::page(Some("AB:CD:EF"))),
        ("home", home::page(frame, &data::home()?)),
        ("home-empty", home::page(frame, &home::Data::default())),
        ("apps", apps::list::page(frame, &data::app_list()?)),
        ("apps-many", apps::list::page(frame, &data::many_apps()?)),
        ("app-new", apps::new::page(frame, &new)),
        ("app", apps::detail::page(frame, &data::app_detail()?)),
        ("app-change", apps::change::page(frame, &app, questions, empty, none)),
        (
            "app-remove",
            apps::remove::page(frame, &app, &["data".to_owned()], empty, none),
        ),
        ("job-running", jobs::page(frame, &data::job(JobState::Running)?)),
        ("job-group", jobs::page(frame, &data::group_job()?)),
        ("job-done", jobs::page(frame, &data::job(JobState::Succeeded)?)),
        ("job-undone", jobs::page(frame, &data::job(JobState::RolledBack)?)),
        ("nodes", nodes::list::page(frame, &data::node_list(false)?)),
        ("nodes-table", nodes::list::page(frame, &data::node_list(true)?)),
        ("nodes-many", nodes::list::page(frame, &data::many_nodes()?)),
        ("node", nodes::detail::page(frame, &data::node_detail()?)),
        (
            "node-compare",
            nodes::compare::page(frame, &data::shared_nodes()?, &data::latest()?),
        ),
        ("node-adopt", nodes::adopt::ask(frame, empty, none)),
        (
            "node-confirm",
            nodes::adopt::confirm(frame, std::slice::from_ref(&adopt), empty, none),
        ),
        (
            "node-confirm-many",
            nodes::adopt::confirm(frame, &[adopt.clone(), refused], empty, none),
        ),
        (
            "node-discover",
            nodes::discover::page(frame, Some(&data::search()?), empty, none),
        ),
        (
            "node-preflight",
            nodes::bootstrap::preflight_page(frame, &data::preflight()?),
        ),
        (
            "node-bootstrap",
            nodes::bootstrap::bootstrap_page(frame, &data::preflight()?, none),
        ),
        ("node-edit", nodes::edit::page(frame, &data::nodes()?[0], empty, none)),
        (
            "node-release",
            nodes::release::page(frame, &data::nodes()?[3], &[app], empty, none),
        ),
        (
            "groups",
            nodes::groups::list_page(frame, &[data::group()?], &data::shared_nodes()?, empty, none),
        ),
        (
            "group",
            nodes::groups::page(frame, &data::group()?, &data::shared_nodes()?, &members, none),
        ),
        (
            "group-run",
            nodes::groups::run::page(
                frame,
                &data::group()?,
                &data::shared_nodes()?,
                GroupAction::Bootstrap,
                none,
            ),
        ),
        (
            "group-delete",
            nodes::groups::delete_page(frame, &data::group()?, empty, none),
        ),
        (
            "setup-confirm",
            nodes::adopt::confirm(frame, std::slice::from_ref(&adopt), &wizard, none),
        ),
        (
            "activity",
            activity::jobs_page(frame, &data::jobs_page()?, &activity::Wish::default()),
        ),
        (
            "incidents",
            incidents::page(frame, &data::incidents_page(), &incidents::Wish::default()),
        ),
        ("audit", activity::audit_page(frame, &data::audit_page(), false)),
        (
            "settings",
            settings::about::page(
                frame,
                &settings::about::Data {
                    name: "hearth".into(),
                    time_zone: "Europe/Zurich".into(),
                },
            ),
        ),
        (
            "box",
            settings::this_box::page(frame, &data::this_box(), true, empty, none),
        ),
        (
            "box-elsewhere",
            settings::this_box::page(frame, &data::no_appliance(), false, empty, none),
        ),
        (
            "network",
            settings::network::page(frame, &data::network(false)?, empty, none),
        ),
        (
            "network-waits",
            settings::network::page(frame, &data::network(true)?, empty, none),
        ),
        ("disks", settings::disks::page(frame, &data::disks()?, none)),
        ("disks-elsewhere", settings::disks::page(frame, &data::no_disks(), none)),
        (
            "disk-add",
            settings::disks::add::page(
                frame,
                &data::disks()?.disks,
                &data::fields(&[("kind", "disk"), ("uuid", "1A2B-3C4D")]),
                none,
            ),
        ),
        (
            "share-add",
            settings::disks::add::page(
                frame,
                &data::disks()?.disks,
                &data::fields(&[("kind", "smb"), ("host", "nas"), ("path", "media"), ("user", "anna")]),
                &refused_login,
            ),
        ),
        (
            "disk-format",
            settings::disks::format::page(frame, &data::usb_disk()?, empty, none),
        ),
        (
            "disk-install",
            settings::disks::install::page(frame, &data::usb_disk()?, empty, none),
        ),
        ("ssh", settings::ssh::page(frame, &data::ssh()?, None, none)),
        ("reset", settings::reset::page(frame, "attic", None, empty, none)),
        ("services", settings::services::page(frame, &data::services()?, none)),
        ("logs", settings::logs::page(frame, &Ok(data::journal()), empty, none)),
        (
            "logs-elsewhere",
            settings::logs::page(frame, &Err(data::not_its_image()), empty, none),
        ),
        (
            "updates",
            settings::update::page(frame, &data::updates(Outcome::Updated, true)?, empty, none),
        ),
        (
            "updates-wait",
            settings::update::page(frame, &data::updates(Outcome::WaitsForRestart, false)?, empty, none),
        ),
        (
            "updates-fell-back",
            settings::update::page(frame, &data::updates(Outcome::FellBack, false)?, empty, none),
        ),
        ("people", settings::people::page(frame, &data::people(), empty, none)),
        (
            "tokens",
            settings::tokens::page(frame, &data::tokens(), Some("hearth_0123456789abcdef"), empty, none),
        ),
        ("not-found", problem_page(&missing)),
    ])
}
