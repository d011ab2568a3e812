//! Gathers what the pure planner needs.

use crate::{
    engine::setup,
    store::{self, apps},
};
use hearth_model::{
    app::App,
    id::SecretId,
    node::{Host, Node},
    plan::{self, DeployPlan, PlanInput},
    recipe::{Recipe, question::Answers},
};
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// What a plan is made of beside the app itself.
pub(in crate::engine) struct Material<'a> {
    pub(in crate::engine) recipe: &'a Recipe,
    pub(in crate::engine) node: &'a Node,
    pub(in crate::engine) reason: &'a str,
    /// Sealed secrets, by the id of the recipe's secret or question.
    pub(in crate::engine) secrets: &'a BTreeMap<String, SecretId>,
    /// Ports that somebody else holds on the node.
    pub(in crate::engine) ports_taken: BTreeSet<u16>,
}

/// The plan of an app on a node; ports of other apps are read where they are reserved.
///
/// # Errors
/// When the store fails; within, why there can be no plan.
pub(in crate::engine) fn make_plan(
    connection: &Connection,
    app: &App,
    material: Material<'_>,
) -> store::Result<Result<DeployPlan, String>> {
    let timezone = setup::time_zone(connection)?;
    let mut ports_taken = material.ports_taken;
    ports_taken.extend(ports_of_others(connection, app)?);
    let answers = Answers {
        plain: app.answers.clone(),
        ..Answers::default()
    };
    let planned = host_of(material.node).and_then(|host| {
        plan::plan(&PlanInput {
            app: app.id,
            slug: &app.slug,
            recipe: material.recipe,
            node: app.node,
            host: &host,
            reason: material.reason,
            answers: &answers,
            secrets: material.secrets,
            ports_taken: &ports_taken,
            ports_kept: &app.ports,
            timezone: &timezone,
        })
        .map_err(|error| error.to_string())
    });
    Ok(planned)
}

/// Ports that other apps of the node were given, also while they stand.
fn ports_of_others(connection: &Connection, app: &App) -> store::Result<BTreeSet<u16>> {
    let others = apps::on_node(connection, app.node)?;
    Ok(others
        .iter()
        .filter(|other| other.id != app.id && other.state.occupies())
        .flat_map(|other| other.ports.iter().map(|port| port.given))
        .collect())
}

/// The address at which people find the apps of a node. The machine that Hearth runs on has no address in its link:
/// there it is the first one of an interface that leads out.
fn host_of(node: &Node) -> Result<Host, String> {
    if let Some(host) = node.link.host() {
        return Ok(host.clone());
    }
    let interfaces = node.facts.iter().flat_map(|facts| &facts.interfaces);
    let usable = |address: &&IpAddr| match address {
        IpAddr::V4(address) => !address.is_link_local() && !address.is_loopback(),
        IpAddr::V6(_) => false,
    };
    let address = interfaces.flat_map(|interface| &interface.addresses).find(usable);
    let text = address.map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string);
    text.parse()
        .map_err(|error: hearth_model::node::HostError| error.to_string())
}
