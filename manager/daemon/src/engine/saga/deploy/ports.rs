//! Which ports of a node are taken at this moment.

use crate::{
    engine::saga::{StepError, app::Site},
    port::session::{Exec, Session},
};
use std::collections::BTreeSet;

/// The kernel's tables of sockets. Source: Documentation/networking/proc_net_tcp.rst of Linux.
const TABLES: [&str; 4] = ["/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"];
/// States of a TCP socket that listens and of a UDP socket that waits for anyone. Source: include/net/tcp_states.h of Linux.
const LISTENING: [&str; 2] = ["0A", "07"];
/// A machine with ten thousand sockets answers less.
const MAX_BYTES: usize = 4 << 20;

/// The ports on which something listens, and those that running containers publish: an engine without the userland
/// proxy leads them on in the kernel, and nothing listens there.
///
/// # Errors
/// When the node or its engine cannot be asked.
pub(super) async fn taken(site: &Site) -> Result<BTreeSet<u16>, StepError> {
    let mut taken = listening(site.session.as_ref()).await?;
    let containers = site.containers.list(None).await?;
    taken.extend(containers.iter().flat_map(|container| &container.published));
    Ok(taken)
}

/// The ports on which something listens, on whichever address and transport.
async fn listening(session: &dyn Session) -> Result<BTreeSet<u16>, StepError> {
    // A machine without IPv6 lacks two of the files: what the others say still counts.
    let mut exec = Exec::new(["cat"].into_iter().chain(TABLES));
    exec.max_output = MAX_BYTES;
    let answer = session.exec(exec).await?;
    Ok(parse(&answer.text()))
}

fn parse(tables: &str) -> BTreeSet<u16> {
    tables
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let (local, state) = (fields.next()?, fields.nth(1)?);
            let (_, port) = local.rsplit_once(':')?;
            let port = u16::from_str_radix(port, 16).ok()?;
            LISTENING.contains(&state).then_some(port)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_count_and_connections_do_not() {
        let tables = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 0 10 -1
   0: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000
damaged
   9: nonsense 0 0A
";
        assert_eq!(parse(tables), BTreeSet::from([53, 8080]));
    }
}
