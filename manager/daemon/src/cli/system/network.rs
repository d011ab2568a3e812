//! `hearth system network`.

use crate::cli::{CliError, client::Client, output};
use clap::Subcommand;
use hearth_model::system::{Cidr, LinkName};
use http::Method;
use serde_json::{Value, json};
use std::net::IpAddr;

const PATH: &str = "/api/v1/system/network";

/// The network of the box: show it, change it, and confirm the change within a minute.
#[derive(Debug, Subcommand)]
pub enum Network {
    /// Show its network cards
    Show,
    /// Take the address of a link from the network
    Dhcp {
        /// Which, such as enp1s0
        link: LinkName,
    },
    /// Give a link a fixed address
    Fixed {
        /// Which, such as enp1s0
        link: LinkName,
        /// Its address, such as 192.168.1.5/24
        address: Cidr,
        /// The way to all other networks
        #[arg(long)]
        gateway: Option<IpAddr>,
        /// Who is asked for names; may be given three times
        #[arg(long)]
        dns: Vec<IpAddr>,
    },
    /// Keep a change: without this it is taken back after 60 s
    Confirm,
    /// Take a change back at once
    Revert,
}

impl Network {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let state: Value = match self {
            Self::Show => client.get(PATH).await?,
            Self::Confirm => client.post(&format!("{PATH}/confirm")).await?,
            Self::Revert => client.post(&format!("{PATH}/revert")).await?,
            Self::Dhcp { link } => {
                let change = json!({"link": link, "mode": "dhcp"});
                client.send(Method::POST, PATH, Some(&change)).await?
            }
            Self::Fixed {
                link,
                address,
                gateway,
                dns,
            } => {
                let change = json!({"link": link, "mode": "fixed", "address": address, "gateway": gateway, "dns": dns});
                client.send(Method::POST, PATH, Some(&change)).await?
            }
        };
        if json {
            return output::json(&state);
        }
        if let Some(why) = state["unavailable"].as_str() {
            return output::text(why);
        }
        let items = state["items"].as_array().cloned().unwrap_or_default();
        output::table(
            ["LINK", "STATE", "ADDRESSES", "GATEWAY", "DNS", "CHOSEN"],
            items.iter().map(row),
        )?;
        match state["unconfirmed"]["ends_in_secs"].as_u64() {
            Some(secs) => output::text(&format!(
                "A change waits: run \"hearth system network confirm\" within {secs} s, or it is taken back."
            )),
            None => Ok(()),
        }
    }
}

fn row(link: &Value) -> [String; 6] {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let list = |value: &Value, field: Option<&str>| {
        let items = value.as_array().cloned().unwrap_or_default();
        let texts: Vec<String> = items
            .iter()
            .map(|item| text(field.map_or(item, |field| &item[field])))
            .collect();
        texts.join(" ")
    };
    [
        text(&link["name"]),
        text(&link["state"]),
        list(&link["addresses"], Some("address")),
        list(&link["gateways"], None),
        list(&link["dns"], None),
        text(&link["settings"]["mode"]),
    ]
}
