//! Discovery: looking for machines that could be adopted.

use super::{
    Error, Result,
    jobs::{Jobs, Prepared, Wish},
    nodes::roster::Roster,
    once::Once,
    saga::discover,
};
use crate::{
    port::scanner::FoundBy,
    store::{self, Store},
};
use hearth_model::{
    account::Actor,
    id::{JobId, NodeId},
    job::{Job, JobKind},
    node::{Host, Node},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};
use utoipa::ToSchema;

/// What to look at beyond multicast DNS and the neighbour table.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiscoverRequest {
    /// Subnets in CIDR notation, IPv4, /22 or smaller each, at most 4.
    pub subnets: Vec<String>,
    /// SSH port to try there; default 22.
    pub port: Option<u16>,
}

/// A machine that was found, all that was learnt of it put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Machine {
    /// Address.
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// Port of its SSH server, when one answers.
    pub ssh_port: Option<u16>,
    /// Name it goes by.
    pub name: Option<Host>,
    /// How it was found.
    pub by: BTreeSet<FoundBy>,
    /// What its SSH server says of itself.
    pub banner: Option<String>,
    /// Which node it is already.
    pub node: Option<NodeId>,
}

/// Most subnets of a search.
const MOST_SUBNETS: usize = 4;
/// Largest subnet, by the length of its prefix.
const LARGEST_PREFIX: u8 = 22;
/// How many searches are kept.
const KEEP: u32 = 20;

/// Looks for machines.
pub struct Discovery {
    jobs: Arc<Jobs>,
    roster: Arc<Roster>,
    store: Store,
}

impl Discovery {
    /// Looks for machines that are none of these nodes.
    #[must_use]
    pub fn new(jobs: Arc<Jobs>, roster: Arc<Roster>, store: Store) -> Self {
        Self { jobs, roster, store }
    }

    /// Begins to look; results come as events (`nodes`/`found`) and by [`Self::results`].
    ///
    /// # Errors
    /// `Invalid` for a bad subnet.
    pub async fn start(&self, request: DiscoverRequest, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let once = Once::new(key, "node.discover", &request)?;
        if let Some(job) = self.jobs.begun(&once).await? {
            return Ok(job);
        }
        let addresses = expand(&request.subnets)?;
        if request.port == Some(0) {
            return Err(Error::field("/port", "must be 1 to 65535"));
        }
        let input = discover::Input {
            subnets: request.subnets,
            port: request.port.unwrap_or(22),
        };
        let detail = if input.subnets.is_empty() {
            "multicast DNS and neighbours".to_owned()
        } else {
            format!("{} ({} addresses)", input.subnets.join(", "), addresses.len())
        };
        let input = serde_json::to_value(&input).map_err(|e| Error::internal("writing what to look at", e))?;
        let wish = Wish {
            kind: JobKind::Discover,
            steps: &discover::STEPS,
            action: "node.discover",
            once,
        };
        self.jobs
            .submit(wish, actor, move |tx, _| {
                store::discoveries::prune(tx, KEEP)?;
                Ok(Prepared {
                    subject: "network".to_owned(),
                    exclusive: false,
                    input,
                    detail,
                    tell: Vec::new(),
                })
            })
            .await
    }

    /// What a search has found so far; machines with an SSH server first, then by address.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn results(&self, job: JobId) -> Result<Vec<Machine>> {
        if self.jobs.get(job).await?.kind != JobKind::Discover {
            return Err(Error::not_found("search", job));
        }
        let mut machines: Vec<Machine> = self.store.read(move |c| store::discoveries::list(c, job)).await?;
        for machine in &mut machines {
            // It may have been adopted, or released, since it was found.
            machine.node = node_at(&self.roster, machine.address);
        }
        machines.sort_by_key(|machine| (machine.ssh_port.is_none(), machine.address));
        Ok(machines)
    }
}

/// The node that has an address.
#[must_use]
pub fn node_at(roster: &Roster, address: IpAddr) -> Option<NodeId> {
    let has = |node: &&Arc<Node>| {
        let linked = node
            .link
            .host()
            .is_some_and(|host| host.as_str().parse() == Ok(address));
        let told = || {
            let facts = node.facts.iter();
            let mut addresses = facts.flat_map(|facts| &facts.interfaces).flat_map(|i| &i.addresses);
            addresses.any(|own| *own == address)
        };
        linked || told()
    };
    roster.all().iter().find(has).map(|node| node.id)
}

/// All addresses of subnets, each once.
///
/// # Errors
/// `Invalid` names the subnet that is wrong.
pub fn expand(subnets: &[String]) -> Result<Vec<IpAddr>> {
    if subnets.len() > MOST_SUBNETS {
        return Err(Error::field(
            "/subnets",
            format!("at most {MOST_SUBNETS} subnets at a time"),
        ));
    }
    let mut addresses = BTreeSet::new();
    for (place, subnet) in subnets.iter().enumerate() {
        let hosts = hosts(subnet.trim()).map_err(|why| {
            let shown: String = subnet.chars().take(50).collect();
            Error::field(format!("/subnets/{place}"), format!("{shown:?} {why}"))
        })?;
        addresses.extend(hosts);
    }
    Ok(addresses.into_iter().map(IpAddr::V4).collect())
}

/// The addresses of a subnet that machines can have.
fn hosts(subnet: &str) -> Result<Vec<Ipv4Addr>, String> {
    let form = || "is not an IPv4 subnet such as 192.168.1.0/24".to_owned();
    let (address, prefix) = subnet.split_once('/').ok_or_else(form)?;
    let address: Ipv4Addr = address.parse().map_err(|_| form())?;
    let plain = prefix.len() <= 2 && prefix.bytes().all(|b| b.is_ascii_digit());
    let prefix: u8 = prefix.parse().ok().filter(|p| plain && *p <= 32).ok_or_else(form)?;
    if prefix < LARGEST_PREFIX {
        return Err(format!("is too large: /{LARGEST_PREFIX} (1,024 addresses) at most"));
    }
    let mask = u32::MAX << (32 - u32::from(prefix)).min(31);
    let mask = if prefix == 32 { u32::MAX } else { mask };
    let first = u32::from(address) & mask;
    let last = first | !mask;
    if Ipv4Addr::from(first).is_multicast() || Ipv4Addr::from(last).is_broadcast() || first >> 24 == 0 {
        return Err("is no subnet that machines can be in".to_owned());
    }
    // The first and the last address are the network's own and its broadcast (RFC 1122, section 3.2.1.3); not so in
    // subnets of two addresses (RFC 3021) and of one.
    let range = if prefix < 31 {
        first + 1..=last - 1
    } else {
        first..=last
    };
    Ok(range.map(Ipv4Addr::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(subnet: &str) -> Result<usize> {
        Ok(expand(&[subnet.to_owned()])?.len())
    }

    #[test]
    fn subnets() {
        for (subnet, size) in [
            ("192.168.1.0/24", 254),
            ("192.168.1.77/24", 254),
            ("10.0.0.0/22", 1_022),
            ("10.0.0.4/31", 2),
            (" 10.0.0.4/32 ", 1),
        ] {
            assert_eq!(count(subnet).unwrap(), size, "{subnet}");
        }
        let both = expand(&["10.0.0.0/30".to_owned(), "10.0.0.0/29".to_owned()]).unwrap();
        assert_eq!(both.len(), 6, "each address once");
    }

    #[test]
    fn a_bad_subnet_is_named_by_its_place() {
        let bad = [
            "10.0.0.0",
            "10.0.0.0/21",
            "10.0.0/24",
            "10.0.0.0/+24",
            "10.0.0.0/33",
            "::1/120",
            "",
            "224.0.0.0/24",
            "0.0.0.0/24",
        ];
        for subnet in bad {
            let Err(Error::Invalid(errors)) = expand(&["10.0.0.0/24".to_owned(), subnet.to_owned()]) else {
                panic!("{subnet:?} is refused");
            };
            assert_eq!(errors[0].pointer, "/subnets/1", "{subnet:?}");
        }
        let many = vec!["10.0.0.0/24".to_owned(); 5];
        assert!(matches!(expand(&many), Err(Error::Invalid(errors)) if errors[0].pointer == "/subnets"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9./ a]{0,20}") {
            let _ = hosts(&text);
        }
    }
}
