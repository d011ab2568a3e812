//! The kernel's neighbour table: IPv4 machines that this one has lately spoken with.

use std::net::{IpAddr, Ipv4Addr};

/// Source: proc_net(5), `/proc/net/arp`.
const TABLE: &str = "/proc/net/arp";
/// Flag of an entry whose hardware address is known (`ATF_COM` of linux/if_arp.h).
const COMPLETE: u32 = 0x2;
/// The most entries that are looked at.
const MAX_ENTRIES: usize = 1024;

/// The machines in the table, not those behind interfaces that containers use.
pub(super) async fn addresses() -> Result<Vec<IpAddr>, String> {
    let text = tokio::fs::read_to_string(TABLE)
        .await
        .map_err(|e| format!("the neighbour table cannot be read: {e}"))?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Vec<IpAddr> {
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [address, _, flags, _, _, interface] = fields.as_slice() else {
            return None;
        };
        let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).ok()?;
        let real = flags & COMPLETE != 0 && super::mdns::is_real(interface);
        real.then(|| address.parse::<Ipv4Addr>().ok().map(IpAddr::V4)).flatten()
    };
    text.lines().skip(1).filter_map(entry).take(MAX_ENTRIES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_entries_of_real_interfaces() {
        let text = "IP address       HW type     Flags       HW address            Mask     Device\n\
                    192.168.1.20     0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0\n\
                    192.168.1.21     0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                    172.17.0.2       0x1         0x2         02:42:ac:11:00:02     *        docker0\n\
                    garbage\n";
        assert_eq!(parse(text), [IpAddr::from([192, 168, 1, 20])]);
    }
}
