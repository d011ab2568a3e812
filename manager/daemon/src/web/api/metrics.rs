//! `/metrics`: figures in Prometheus' text format, for a token or for who asks on this machine.

use crate::{
    engine,
    web::{
        Services,
        problem::Problem,
        security::{ClientAddr, Identity},
    },
};
use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use hearth_model::stats::Sample;
use std::fmt::Write as _;

/// Source: Prometheus, "Exposition formats", text format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

type Figure = (&'static str, &'static str, fn(&Sample) -> f64);

/// What is told of each node.
const OF_A_NODE: [Figure; 12] = [
    ("hearth_node_cpu_percent", "Processor use, 0 to 100.", |s| s.cpu_percent),
    ("hearth_node_load1", "Load average of the last minute.", |s| s.load1),
    ("hearth_node_memory_total_bytes", "Memory.", |s| s.memory_total.0 as f64),
    ("hearth_node_memory_used_bytes", "Memory in use.", |s| {
        s.memory_used.0 as f64
    }),
    ("hearth_node_swap_used_bytes", "Swap in use.", |s| s.swap_used.0 as f64),
    ("hearth_node_disk_total_bytes", "Space of all disks.", |s| {
        s.disk_total.0 as f64
    }),
    ("hearth_node_disk_used_bytes", "Used space of all disks.", |s| {
        s.disk_used.0 as f64
    }),
    (
        "hearth_node_network_receive_bytes_per_second",
        "Bytes a second received.",
        |s| s.net_rx_bytes_per_sec,
    ),
    (
        "hearth_node_network_transmit_bytes_per_second",
        "Bytes a second sent.",
        |s| s.net_tx_bytes_per_sec,
    ),
    ("hearth_node_disk_read_bytes_per_second", "Bytes a second read.", |s| {
        s.disk_read_bytes_per_sec
    }),
    (
        "hearth_node_disk_written_bytes_per_second",
        "Bytes a second written.",
        |s| s.disk_written_bytes_per_sec,
    ),
    ("hearth_node_temperature_celsius", "Highest temperature.", |s| {
        s.temperature_c.unwrap_or(f64::NAN)
    }),
];

/// Figures for Prometheus
///
/// With a token of any role, or without one from this machine itself.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, description = "Prometheus' text format", body = String, content_type = "text/plain")))]
pub async fn metrics(
    State(services): State<Services>,
    from: ClientAddr,
    identity: Option<Extension<Identity>>,
) -> Result<Response, Problem> {
    let known = identity.is_some_and(|Extension(identity)| identity.actor().is_some());
    if !known && !from.0.is_some_and(|address| address.is_loopback()) {
        return Err(engine::Error::Unauthenticated("this needs a token".to_owned()).into());
    }
    let text = write(&services).await?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

async fn write(services: &Services) -> Result<String, Problem> {
    let mut text = String::new();
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    family(&mut text, "hearth_build_info", "What runs.", [(version, 1.0)]);

    let nodes = services.nodes.all();
    let up = nodes.iter().map(|node| {
        (
            label("node", node.name.as_str()),
            f64::from(u8::from(node.state.is_online())),
        )
    });
    family(&mut text, "hearth_node_up", "Whether the node answers.", up);
    let latest = services.nodes.latest();
    for (name, help, figure) in OF_A_NODE {
        let values = nodes.iter().filter_map(|node| {
            let value = figure(latest.get(&node.id)?);
            value.is_finite().then(|| (label("node", node.name.as_str()), value))
        });
        family(&mut text, name, help, values);
    }

    let counts = services.apps.counts().await?;
    let apps = counts
        .into_iter()
        .map(|(state, count)| (label("state", &state), f64::from(count)));
    family(&mut text, "hearth_apps", "Apps by state.", apps);
    Ok(text)
}

/// Writes a family of gauges.
fn family(text: &mut String, name: &str, help: &str, values: impl IntoIterator<Item = (String, f64)>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{{{labels}}} {value}");
    }
}

fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_in_prometheus_text_format() {
        let mut text = String::new();
        family(&mut text, "hearth_x", "An x.", [(label("node", "a\"b"), 1.5)]);
        assert_eq!(
            text,
            "# HELP hearth_x An x.\n# TYPE hearth_x gauge\nhearth_x{node=\"a\\\"b\"} 1.5\n"
        );
    }
}
