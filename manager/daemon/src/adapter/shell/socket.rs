//! Finds out why a socket could not be connected to: SSH servers do not say.
//!
//! OpenSSH answers every failed `direct-streamlocal@openssh.com` with the same code, be it that forwarding is
//! forbidden, that there is no such socket, or that nothing listens on it (PROTOCOL, section 2.4).

use super::ConnectError;
use crate::port::session::Exec;
use hearth_model::fault::Cause;
use std::io;

/// Says one word. `/proc/net/unix` tells to everybody which sockets listen (the flag `__SO_ACCEPTCON`, 00010000).
const LOOK: &str = r#"path=$1
if [ ! -S "$path" ]; then
  for engine in dockerd podman; do
    for folder in /usr/bin /usr/sbin /usr/local/bin /snap/bin; do
      if [ -x "$folder/$engine" ]; then echo installed; exit; fi
    done
  done
  echo missing
elif [ ! -w "$path" ]; then
  echo denied
else
  real=$(readlink -f -- "$path")
  while read -r _ _ _ flags _ _ _ bound; do
    if [ "$flags" = 00010000 ] && { [ "$bound" = "$path" ] || [ "$bound" = "$real" ]; }; then
      echo listening; exit
    fi
  done </proc/net/unix
  echo silent
fi
"#;

/// The program that looks at a socket.
pub(super) fn look(path: &str) -> Exec {
    Exec::script(LOOK, [path])
}

/// What is the matter, and what was found, in words.
pub(super) fn cause(error: &ConnectError, looked: &str) -> (Cause, String) {
    let known = match error {
        ConnectError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => "denied",
        ConnectError::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => "silent",
        ConnectError::Io(error) if looked == "listening" => return (Cause::EngineDown, error.to_string()),
        ConnectError::Io(_) | ConnectError::Refused | ConnectError::Lost => looked,
    };
    let (cause, found) = match known {
        "installed" => (Cause::EngineDown, "an engine is installed, but there is no such socket"),
        "denied" => (Cause::NoSocketRights, "the user has no rights on it"),
        "listening" => (
            Cause::ForwardingForbidden,
            "the engine listens, but the SSH server does not let us through",
        ),
        "silent" => (Cause::EngineDown, "nothing listens on it"),
        _ => (Cause::NoEngine, "there is no such socket and no engine"),
    };
    (cause, found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_has_its_cause() {
        let refused = ConnectError::Refused;
        assert_eq!(cause(&refused, "missing").0, Cause::NoEngine);
        assert_eq!(cause(&refused, "installed").0, Cause::EngineDown);
        assert_eq!(cause(&refused, "denied").0, Cause::NoSocketRights);
        assert_eq!(cause(&refused, "listening").0, Cause::ForwardingForbidden);
        assert_eq!(cause(&refused, "silent").0, Cause::EngineDown);
        let denied = ConnectError::Io(io::ErrorKind::PermissionDenied.into());
        assert_eq!(cause(&denied, "denied").0, Cause::NoSocketRights);
        let gone = ConnectError::Io(io::ErrorKind::NotFound.into());
        assert_eq!(cause(&gone, "missing").0, Cause::NoEngine);
    }
}
