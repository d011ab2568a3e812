//! Reaching an SSH server: name, address, TCP, greeting; each failure with its cause.

use super::place;
use hearth_model::{
    fault::{Cause, Fault},
    node::Host,
};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

/// How long one of several addresses may take.
const ADDRESS_LIMIT: Duration = Duration::from_secs(5);

/// How long a server may take to say what it is.
const GREETING_LIMIT: Duration = Duration::from_secs(4);

/// A connection to something that greets like an SSH server.
///
/// # Errors
/// `UnknownHost`, `Refused`, `TimedOut`, `Unreachable`, `NotSsh`.
pub(super) async fn dial(host: &Host, port: u16) -> Result<TcpStream, Fault> {
    let place = place(host, port);
    let addresses: Vec<SocketAddr> = match lookup_host((host.as_str(), port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            return Err(Fault::new(
                Cause::UnknownHost,
                format!("the name {host} has no address: {error}"),
            ));
        }
    };
    let mut fault = Fault::new(Cause::UnknownHost, format!("the name {host} has no address"));
    for address in addresses {
        match timeout(ADDRESS_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream
                    .set_nodelay(true)
                    .map_err(|error| connect_fault(&place, &error))?;
                greeting(&place, &stream).await?;
                return Ok(stream);
            }
            Ok(Err(error)) => fault = connect_fault(&place, &error),
            Err(_) => {
                let secs = ADDRESS_LIMIT.as_secs();
                fault = Fault::new(Cause::TimedOut, format!("{place} did not answer within {secs} s"));
            }
        }
    }
    Err(fault)
}

fn connect_fault(place: &str, error: &io::Error) -> Fault {
    let cause = match error.kind() {
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::TimedOut => Cause::TimedOut,
        _ => Cause::Unreachable,
    };
    Fault::new(cause, format!("{place}: {error}"))
}

/// Looks at the greeting without taking it: what does not speak SSH is told from what is slow.
async fn greeting(place: &str, stream: &TcpStream) -> Result<(), Fault> {
    let mut start = [0; 80];
    match timeout(GREETING_LIMIT, stream.peek(&mut start)).await {
        Err(_) => {
            let secs = GREETING_LIMIT.as_secs();
            let detail = format!("{place} takes connections but said nothing within {secs} s");
            Err(Fault::new(Cause::NotSsh, detail))
        }
        Ok(Err(error)) => Err(connect_fault(place, &error)),
        Ok(Ok(0)) => {
            let detail = format!("{place} closed the connection at once; it may have too many logins at the moment");
            Err(Fault::new(Cause::Refused, detail))
        }
        Ok(Ok(n)) if start[..n].starts_with(b"SSH-") => Ok(()),
        Ok(Ok(n)) => {
            let said = String::from_utf8_lossy(&start[..n]);
            let said: String = said.lines().next().unwrap_or_default().chars().take(60).collect();
            // OpenSSH 9.8 and later say this to addresses that failed to log in too often (PerSourcePenalties).
            let cause = match said.starts_with("Not allowed at this time") {
                true => Cause::Refused,
                false => Cause::NotSsh,
            };
            Err(Fault::new(cause, format!("{place} said {said:?}")))
        }
    }
}

/// Why keys could not be agreed on.
pub(super) fn handshake_fault(place: &str, error: &russh::Error) -> Fault {
    match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => Fault::new(
            Cause::UnsupportedSystem,
            format!(
                "the SSH server of {place} is too old: its {kind:?} algorithms are {}",
                theirs.join(", ")
            ),
        ),
        russh::Error::Version => Fault::new(Cause::NotSsh, format!("{place} speaks another protocol")),
        russh::Error::IO(error) => connect_fault(place, error),
        error => Fault::new(
            Cause::Disconnected,
            format!("{place} ended the connection before the login: {error}"),
        ),
    }
}
