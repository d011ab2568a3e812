//! Tries SSH ports: a connection, and the line that the server says first (RFC 4253, section 4.2).

use crate::port::scanner::{Found, FoundBy};
use futures::StreamExt;
use std::{net::IpAddr, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    sync::mpsc,
};

/// How many connections are tried at the same time.
const AT_ONCE: usize = 128;
/// How long one may take to answer.
const LIMIT: Duration = Duration::from_secs(1);
/// The longest banner that SSH allows, with its end (RFC 4253, section 4.2).
const MAX_BANNER_BYTES: u64 = 255;

/// Which addresses are told of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// All: they are known to be there (the neighbour table).
    Always,
    /// Those that answer (a subnet that was named).
    WhenItAnswers,
}

/// Tries each address and tells of it; ends early when nobody listens any more.
pub(super) async fn probe(addresses: &[IpAddr], port: u16, told: Told, found: &mpsc::Sender<Found>) {
    let by = if told == Told::Always {
        FoundBy::Neighbour
    } else {
        FoundBy::Scan
    };
    let mut answers = futures::stream::iter(addresses.iter().copied())
        .map(|address| async move { (address, banner(address, port).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((address, banner)) = answers.next().await {
        if banner.is_none() && told == Told::WhenItAnswers {
            continue;
        }
        let machine = Found {
            address,
            ssh_port: banner.is_some().then_some(port),
            name: None,
            by,
            banner,
        };
        if found.send(machine).await.is_err() {
            break;
        }
    }
}

/// What an SSH server at the address says first; none when there is none.
async fn banner(address: IpAddr, port: u16) -> Option<String> {
    let ask = async {
        let stream = TcpStream::connect((address, port)).await.ok()?;
        let mut line = Vec::new();
        BufReader::new(stream.take(MAX_BANNER_BYTES))
            .read_until(b'\n', &mut line)
            .await
            .ok()?;
        let text: String = String::from_utf8_lossy(&line)
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        text.starts_with("SSH-").then_some(text)
    };
    tokio::time::timeout(LIMIT, ask).await.ok().flatten()
}
