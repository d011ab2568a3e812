//! What a node is.

use crate::web::pages::{
    components::{badge, table::facts},
    format::time,
    frame::Frame,
    nodes::{compare::kind, list::engine},
};
use hearth_model::{
    facts::{Arch, Facts},
    node::{Link, Node},
};
use maud::{Markup, html};

/// All of it on a card.
pub(super) fn card(frame: &Frame, node: &Node) -> Markup {
    html! {
        section class="card stack" aria-labelledby="facts" {
            div class="row spread" { h2 id="facts" { "Facts" } (badge::node(node)) }
            (facts(&reached(frame, node)))
            @if let Some(f) = &node.facts { (facts(&machine(f))) (hardware(f)) }
            @else { p class="muted small" { "It has not been asked yet." } }
        }
    }
}

fn reached(frame: &Frame, node: &Node) -> Vec<(&'static str, Markup)> {
    let mut rows = match &node.link {
        Link::Local => vec![("Reached", html! { "this machine" })],
        Link::Ssh {
            host,
            port,
            user,
            host_key,
        } => vec![
            (
                "Reached",
                html! { span class="breaks" { (user) "@" (host) ":" (port) } },
            ),
            (
                "Host key",
                html! { span class="mono breaks" { (host_key.fingerprint) } },
            ),
        ],
    };
    rows.push(("Adopted", time(node.adopted_at, &frame.zone)));
    rows.push((
        "Outages",
        html! { span class="num" { (node.outages_30d) " in 30 days" } },
    ));
    if !node.groups.is_empty() {
        rows.push((
            "Groups",
            html! { span class="row" { @for group in &node.groups { span class="tag" { (group) } } } },
        ));
    }
    if !node.labels.is_empty() {
        rows.push(("Labels", html! { span class="row" { @for (name, value) in &node.labels { span class="tag" { (name) "=" (value) } } } }));
    }
    rows
}

fn machine(f: &Facts) -> Vec<(&'static str, Markup)> {
    vec![
        ("Host name", html! { (f.hostname) }),
        (
            "System",
            html! { (f.os_name) @if let Some(kind) = &f.virtualization { " (" (kind) ")" } },
        ),
        ("Kernel", html! { (f.kernel) }),
        ("Architecture", html! { (f.arch.map_or("unknown", Arch::as_str)) }),
        (
            "Processor",
            html! { (f.cpu_model.as_deref().unwrap_or("unknown")) ", " (f.cpu_cores) " cores" },
        ),
        ("Memory", html! { (f.memory) }),
        ("Engine", html! { (engine(Some(f))) }),
    ]
}

fn hardware(f: &Facts) -> Markup {
    html! {
        h3 { "Disks" }
        ul class="stack tight small" {
            @for disk in &f.disks {
                li class="breaks" { strong { (disk.mount) } " " (disk.total) " " (disk.filesystem) " on " (kind(disk.kind)) " " span class="muted" { (disk.device) } }
            }
        }
        h3 { "Network" }
        ul class="stack tight small" {
            @for interface in &f.interfaces {
                li class="breaks" {
                    strong { (interface.name) } " "
                    (interface.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                    @if let Some(speed) = interface.speed_mbps { span class="muted" { " " (speed) " Mbit/s" } }
                }
            }
        }
        @if !f.devices.is_empty() {
            h3 { "Devices" }
            ul class="stack tight small" {
                @for device in &f.devices { li class="breaks" { strong { (device.name) } " " code { (device.path) } } }
            }
        }
    }
}
