//! What the programs that mount say, and what it means.
//!
//! Source: mount(8), mount.nfs(8) and mount.cifs(8) of util-linux 2.41, nfs-utils 2.8 and cifs-utils 7.4, as they were seen to fail.

use crate::port::mounts::MountFault;
use hearth_model::system::MountSource;

/// Parts of what is said, in small letters, and what each means. The first that is found counts.
const NFS: [(&str, MountFault); 11] = [
    ("access denied", MountFault::Denied),
    ("operation not permitted", MountFault::Denied),
    ("permission denied", MountFault::Denied),
    ("no such file", MountFault::NoShare),
    ("failed to resolve", MountFault::Unreachable),
    // The name's server does not answer, or says so of this name.
    ("temporarily unavailable", MountFault::Unreachable),
    ("no route to host", MountFault::Unreachable),
    ("unreachable", MountFault::Unreachable),
    ("timed out", MountFault::Unreachable),
    ("connection refused", MountFault::NoServer),
    ("not supported", MountFault::Protocol),
];

/// The numbers are the kernel's: mount.cifs says them, and its words for some of them are odd.
const SMB: [(&str, MountFault); 14] = [
    ("could not resolve", MountFault::Unreachable),
    ("mount error(13)", MountFault::Login),
    ("mount error(126)", MountFault::Login),
    ("mount error(127)", MountFault::Login),
    ("mount error(128)", MountFault::Login),
    ("mount error(2)", MountFault::NoShare),
    ("mount error(6)", MountFault::NoShare),
    ("mount error(111)", MountFault::NoServer),
    ("mount error(95)", MountFault::Protocol),
    ("mount error(112)", MountFault::Unreachable),
    ("mount error(113)", MountFault::Unreachable),
    ("mount error(101)", MountFault::Unreachable),
    ("mount error(110)", MountFault::Unreachable),
    ("mount error(115)", MountFault::Unreachable),
];

const DISK: [(&str, MountFault); 5] = [
    ("special device", MountFault::Gone),
    ("unknown filesystem", MountFault::FileSystem),
    ("wrong fs type", MountFault::FileSystem),
    ("structure needs cleaning", MountFault::FileSystem),
    ("input/output error", MountFault::FileSystem),
];

/// What lines of a program that tried to mount this mean, and the words to show.
pub(super) fn meaning(source: &MountSource, lines: &[String]) -> (MountFault, String) {
    // systemd speaks of the unit; only what the program itself says is of use.
    let said: Vec<&str> = lines
        .iter()
        .map(|line| line.trim())
        .filter(|line| line.contains("mount") && !line.starts_with("Refer to") && !line.contains(".mount"))
        .collect();
    let table: &[(&str, MountFault)] = match source {
        MountSource::Disk { .. } => &DISK,
        MountSource::Nfs { .. } => &NFS,
        MountSource::Smb { .. } => &SMB,
    };
    let all = said.join("\n").to_lowercase();
    let found = table.iter().find(|(part, _)| all.contains(part));
    let text = said
        .last()
        .map_or_else(|| "it said nothing".to_owned(), |line| (*line).to_owned());
    (found.map_or(MountFault::Other, |(_, fault)| *fault), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(json: &str) -> MountSource {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_was_said_is_understood() {
        let nfs = source(r#"{"kind":"nfs","host":"nas","path":"/a"}"#);
        let smb = source(r#"{"kind":"smb","host":"nas","path":"a"}"#);
        let disk = source(r#"{"kind":"disk","uuid":"1A2B-3C4D","file_system":"vfat"}"#);
        for (source, line, fault) in [
            (
                &nfs,
                "mount.nfs: access denied by server while mounting nas:/a",
                MountFault::Denied,
            ),
            (
                &nfs,
                "mount.nfs: mounting nas:/a failed, reason given by server: No such file or directory",
                MountFault::NoShare,
            ),
            (
                &nfs,
                "mount.nfs: Failed to resolve server nas: Name or service not known",
                MountFault::Unreachable,
            ),
            (
                &nfs,
                "mount.nfs: Resource temporarily unavailable for nas:/a on /data/media/a",
                MountFault::Unreachable,
            ),
            (
                &nfs,
                "mount.nfs: Connection refused for nas:/a on /data/media/a",
                MountFault::NoServer,
            ),
            (
                &nfs,
                "mount.nfs: No route to host for nas:/a on /data/media/a",
                MountFault::Unreachable,
            ),
            (&smb, "mount error(13): Permission denied", MountFault::Login),
            (&smb, "mount error(2): No such file or directory", MountFault::NoShare),
            (
                &smb,
                "mount error: could not resolve address for nas: Unknown error",
                MountFault::Unreachable,
            ),
            (
                &smb,
                "mount error(111): could not connect to 10.0.0.1",
                MountFault::NoServer,
            ),
            (
                &disk,
                "mount: /data/media/a: unknown filesystem type 'xfs'.",
                MountFault::FileSystem,
            ),
            (&disk, "mount: something odd", MountFault::Other),
        ] {
            assert_eq!(meaning(source, &[line.to_owned()]), (fault, line.to_owned()));
        }
        let lines = [
            "mount error(13): Permission denied",
            "Refer to the mount.cifs(8) manual page",
            "data-media-a.mount: Mount process exited",
        ];
        let lines = lines.map(str::to_owned);
        assert_eq!(
            meaning(&smb, &lines),
            (MountFault::Login, "mount error(13): Permission denied".to_owned())
        );
    }
}
