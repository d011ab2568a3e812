//! Adopting machines: their address first, then their host key to be confirmed beside the login, then live jobs.
//!
//! The password is asked for on the page that shows the key, so it is sent once, and only for machines that were confirmed.

use super::machines::{SSH_PORT, Target};
use crate::{
    engine::{self, audit::Slice, nodes::AdoptRequest},
    web::{
        Services,
        pages::{
            components::{
                action_with, breadcrumbs, csrf, empty,
                field::Field,
                head, link, live,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
            jobs, setup,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use futures::future::join_all;
use hearth_model::{
    account::Role,
    fault::Fault,
    job::{Job, JobKind},
    node::HostKey,
};
use maud::{Markup, html};

/// Machines adopted by one form; more are adopted by another.
const AT_ONCE: usize = 64;
/// Adoptions that are listed.
const RECENT: u32 = 100;

/// What a host key is for.
const KEYS: &str =
    "Each machine has a key of its own. Hearth remembers it, and refuses to talk to any other that takes its place.";

/// A machine and the key it shows, or why it shows none.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Where it is.
    pub target: Target,
    /// What it showed.
    pub key: Result<HostKey, Fault>,
}

/// `GET /nodes/adopt?address=&port=` or `?machine=host:port&machine=…`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    require(&frame)?;
    let mut trouble = Trouble::default();
    let targets = targets(&query, &mut trouble);
    if targets.is_empty() || !trouble.is_none() {
        return Ok((trouble.status(), ask(&frame, &query, &trouble)).into_response());
    }
    let candidates = look(&services, targets).await?;
    Ok(confirm(&frame, &candidates, &query, &trouble).into_response())
}

fn require(frame: &Frame) -> Result<(), Problem> {
    if frame.may(Role::Admin) {
        Ok(())
    } else {
        Err(engine::Error::Forbidden { needed: "admin" }.into())
    }
}

fn targets(query: &Fields, trouble: &mut Trouble) -> Vec<Target> {
    let mut targets = Vec::new();
    for text in query.all("machine").take(AT_ONCE) {
        match text.parse::<Target>() {
            Ok(target) => targets.push(target),
            Err(error) => trouble.add("address", error.to_string()),
        }
    }
    if query.ticked("address") {
        let host = query.require("address", trouble);
        let port = query.parse("port", trouble).unwrap_or(SSH_PORT);
        targets.extend(host.map(|host| Target { host, port }));
    }
    targets.sort();
    targets.dedup();
    targets
}

async fn look(services: &Services, targets: Vec<Target>) -> Result<Vec<Candidate>, Problem> {
    let answers = join_all(targets.iter().map(|t| services.nodes.host_key(&t.host, t.port))).await;
    let mut candidates = Vec::new();
    for (target, answer) in targets.into_iter().zip(answers) {
        let key = match answer {
            Ok(key) => Ok(key),
            Err(engine::Error::Node { fault, .. }) => Err(fault),
            Err(error) => return Err(error.into()),
        };
        candidates.push(Candidate { target, key });
    }
    Ok(candidates)
}

/// `POST /nodes/adopt`
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let targets = targets(&form, &mut trouble);
    let mut jobs = Vec::new();
    for target in &targets {
        let Some(request) = request(&form, target, &mut trouble) else {
            break;
        };
        match services.nodes.adopt(request, None, &login.actor).await {
            Ok(job) => jobs.push(job),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
        if !trouble.is_none() {
            break;
        }
    }
    if targets.is_empty() {
        trouble.add("machine", "tick at least one machine".to_owned());
    }
    if !trouble.is_none() {
        let frame = Frame::of(login, &services).await?;
        let candidates = look(&services, targets).await?;
        let page = if candidates.is_empty() {
            ask(&frame, &form, &trouble)
        } else {
            confirm(&frame, &candidates, &form, &trouble)
        };
        return Ok((trouble.status(), page).into_response());
    }
    let next = match (form.ticked("wizard"), jobs.as_slice()) {
        (true, _) => "/setup/machines".to_owned(),
        (false, [job]) => jobs::path(job.id),
        (false, _) => "/nodes/adopting".to_owned(),
    };
    Ok(Redirect::to(&next).into_response())
}

fn request(form: &Fields, target: &Target, trouble: &mut Trouble) -> Option<AdoptRequest> {
    let user: Option<String> = form.require("user", trouble);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (password, key) = (some(form.raw("password")), some(form.raw("key")));
    if password.is_none() && key.is_none() {
        trouble.add("password", "give a password, or a private key below".to_owned());
    } else if password.is_some() && key.is_some() {
        trouble.add("password", "give either a password or a key, not both".to_owned());
    }
    let name = form.parse("name", trouble);
    let user = user.filter(|_| trouble.is_none())?;
    Some(AdoptRequest {
        address: target.host.clone(),
        port: Some(target.port),
        user,
        password,
        // A browser sends CR LF at the ends of lines (HTML standard, form submission); keys have LF.
        key: key.map(|key| key.replace("\r\n", "\n")),
        passphrase: some(form.raw("passphrase")),
        name,
        host_key: form.given(&pin(target)).map(ToOwned::to_owned),
    })
}

/// Name of the field that holds the confirmed fingerprint of a machine.
fn pin(target: &Target) -> String {
    format!("pin.{target}")
}

/// `POST /nodes/adopt/local`: the machine that Hearth runs on.
pub async fn local(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Redirect, Problem> {
    login.require(Role::Admin)?;
    let node = services.nodes.adopt_local(&login.actor).await?;
    let next = match node {
        _ if form.ticked("wizard") => "/setup/machines".to_owned(),
        Some(node) => format!("/nodes/{}", node.name),
        None => "/nodes".to_owned(),
    };
    Ok(Redirect::to(&next))
}

/// The first page: where the machine is.
#[must_use]
pub fn ask(frame: &Frame, input: &Fields, trouble: &Trouble) -> Markup {
    let wizard = input.ticked("wizard");
    let content = html! {
        (crumbs(input, &[("/nodes", "Nodes")], "Adopt"))
        (head("Adopt a machine", Some("Any Linux machine with an SSH server. Nothing is installed on it without your word."), None))
        div class="split" {
            form class="card form" method="get" action="/nodes/adopt" {
                (trouble.show())
                @if wizard { input type="hidden" name="wizard" value="1"; }
                (Field::new("address", "Address or name").value(input.text("address")).required().literal().autofocus()
                    .example("192.168.1.20").trouble(trouble, "/address").input())
                (Field::new("port", "SSH port").value(input.given("port").unwrap_or("22")).between(1, 65_535).trouble(trouble, "/port").input())
                div { button class="button primary" type="submit" { "Next" (Icon::Arrow) } }
            }
            div class="stack" {
                section class="card stack" aria-labelledby="look" {
                    h2 id="look" { "Not sure of the address?" }
                    p class="small muted" { "Hearth can look around your network and list the machines it finds." }
                    div { (link(if wizard { "/setup/machines" } else { "/nodes/discover" }, "", Icon::Radar, "Find machines")) }
                }
                section class="card stack" aria-labelledby="local" {
                    h2 id="local" { "This machine" }
                    p class="small muted" { "The machine that Hearth runs on can be a node too, if it has a container engine." }
                    @let fields: &[_] = if wizard { &[("wizard", "1")] } else { &[] };
                    (action_with("/nodes/adopt/local", &frame.csrf, fields, "", Icon::Home, "Adopt this machine"))
                }
            }
        }
    };
    around(frame, input, "Adopt a machine", &content)
}

/// The second page: is it really that machine, and how to log in.
#[must_use]
pub fn confirm(frame: &Frame, candidates: &[Candidate], input: &Fields, trouble: &Trouble) -> Markup {
    let any = candidates.iter().any(|c| c.key.is_ok());
    let one = candidates.len() == 1;
    let (title, lead) = match (any, one) {
        (true, true) => ("Is this your machine?", KEYS),
        (true, false) => ("Are these your machines?", KEYS),
        (false, _) => (
            "That did not work yet",
            "Hearth could not get as far as asking for a host key.",
        ),
    };
    let content = html! {
        (crumbs(input, &[("/nodes", "Nodes"), ("/nodes/adopt", "Adopt")], "Confirm"))
        (head(title, Some(lead), None))
        form class="stack" method="post" action="/nodes/adopt" {
            (csrf(&frame.csrf))
            @if input.ticked("wizard") { input type="hidden" name="wizard" value="1"; }
            (trouble.show())
            @for candidate in candidates { (machine(candidate, one)) }
            @if any { (credentials(input, trouble, one)) }
            @else { p { (link(if input.ticked("wizard") { "/nodes/adopt?wizard=1" } else { "/nodes/adopt" }, "", Icon::Undo, "Try another address")) } }
        }
    };
    around(frame, input, title, &content)
}

/// Who comes from the wizard stays in it.
fn around(frame: &Frame, input: &Fields, title: &str, content: &Markup) -> Markup {
    if input.ticked("wizard") {
        setup::machines::within(title, content)
    } else {
        frame.page(Place::Nodes, title, content)
    }
}

fn crumbs(input: &Fields, above: &[(&str, &str)], here: &str) -> Markup {
    if input.ticked("wizard") {
        breadcrumbs(&[("/setup/machines", "Your machines")], here)
    } else {
        breadcrumbs(above, here)
    }
}

fn machine(candidate: &Candidate, one: bool) -> Markup {
    let target = &candidate.target;
    html! {
        @match &candidate.key {
            Ok(key) => article class="card stack" {
                @if one {
                    input type="hidden" name="machine" value=(target);
                    h2 class="row breaks" { (Icon::Node) (target) }
                } @else {
                    label class="choice" {
                        input type="checkbox" name="machine" value=(target) checked;
                        span class="strong breaks" { (target) }
                    }
                }
                input type="hidden" name=(pin(target)) value=(key.fingerprint);
                p class="small muted" { "Fingerprint of its host key (" (key.public.split(' ').next().unwrap_or_default()) ")" }
                p class="fingerprint" { (key.fingerprint) }
                details {
                    summary { "How to check it" }
                    p class="small" { "On the machine itself, at its own screen and keyboard, this shows the same line:" }
                    pre class="code wrap" tabindex="0" { "for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done" }
                }
            },
            Err(fault) => (notice(Kind::Hot, &format!("{target}: {}", fault.cause.title()), &html! {
                p class="breaks" { (fault.detail) }
                p { strong { "What to do: " } (fault.cause.mend()) }
            })),
        }
    }
}

fn credentials(input: &Fields, trouble: &Trouble, one: bool) -> Markup {
    html! {
        section class="card form" aria-labelledby="login" {
            div class="stack tight" {
                h2 id="login" { "How Hearth may log in, this once" }
                p class="small muted" { "The password or key is used to install Hearth's own key and then forgotten." @if !one { " The same for all that are ticked." } }
            }
            div class="fields" {
                (Field::new("user", "User").value(input.given("user").unwrap_or("root")).required().literal().autocomplete("off")
                    .help("root, or a user who may use sudo.").trouble(trouble, "/user").input())
                (Field::new("password", "Password").kind("password").autocomplete("off")
                    .help("Leave it empty to use a key.").trouble(trouble, "/password").input())
            }
            details open[trouble.of("/key").is_some()] {
                summary { "Use a private key instead" }
                div class="form" {
                    (Field::new("key", "Private key").optional().example("-----BEGIN OPENSSH PRIVATE KEY-----").trouble(trouble, "/key").area(false))
                    (Field::new("passphrase", "Passphrase of the key").kind("password").optional().autocomplete("off").trouble(trouble, "/passphrase").input())
                }
            }
            @if one {
                (Field::new("name", "Name of the node").value(input.text("name")).optional().literal().help("Its host name unless you choose another.")
                    .trouble(trouble, "/name").input())
            }
            div { button class="button primary" type="submit" { (Icon::Check) @if one { "Yes, adopt it" } @else { "Yes, adopt them" } } }
        }
    }
}

/// Adoptions of late, newest first.
///
/// # Errors
/// When the store fails.
pub async fn recent(services: &Services) -> engine::Result<Vec<Job>> {
    let slice = Slice {
        limit: RECENT,
        after: None,
    };
    let mut jobs = services.jobs.list(None, None, slice).await?.items;
    jobs.retain(|job| job.kind == JobKind::Adopt);
    Ok(jobs)
}

/// `GET /nodes/adopting`: several adoptions at once.
pub async fn progress(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let jobs = recent(&services).await?;
    Ok(progress_page(&frame, &jobs))
}

/// The page.
#[must_use]
pub fn progress_page(frame: &Frame, list: &[Job]) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes")], "Adopting"))
        (head("Adopting", Some("They go on even when you close this page."), Some(&link("/nodes", "", Icon::Node, "All nodes"))))
        (live("adoptions", "/live/adoptions", &adoptions(frame, list)))
    };
    let refresh = list.iter().any(|job| !job.state.is_final()).then_some(3);
    frame.page_with(Place::Nodes, "Adopting", refresh, &content)
}

/// Adoptions with where each stands: the part that is kept up to date.
#[must_use]
pub fn adoptions(frame: &Frame, list: &[Job]) -> Markup {
    html! {
        @if list.is_empty() {
            (empty(Icon::Node, "No adoptions yet", "Machines that are being adopted are listed here.", None))
        } @else { div class="card flush" { (jobs::list(frame, list)) } }
    }
}
