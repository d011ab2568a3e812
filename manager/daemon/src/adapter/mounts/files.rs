//! The files that say what is to be mounted, as the generator of the image reads them.

use crate::{adapter::settings_file, port::vault::Plaintext};
use hearth_model::system::{Mount, MountSource};
use std::{fs, io, path::Path};

/// Writes those that are other than they are, and removes those of no mount; answers whether anything was changed.
pub(super) fn keep(folder: &Path, mounts: &[Mount]) -> io::Result<bool> {
    let mut changed = false;
    for mount in mounts {
        let (path, text) = (folder.join(mount.name.as_str()), text(mount));
        if settings_file::read(&path)?.as_deref() != Some(text.as_str()) {
            settings_file::write(&path, &text)?;
            changed = true;
        }
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !mounts.iter().any(|mount| name == mount.name.as_str()) {
            settings_file::remove(&entry.path())?;
            changed = true;
        }
    }
    Ok(changed)
}

fn text(mount: &Mount) -> String {
    match &mount.source {
        MountSource::Disk { uuid, file_system } => {
            format!("kind disk\nuuid {uuid}\ntype {}\n", file_system.word())
        }
        MountSource::Nfs { host, path, version } => {
            format!("kind nfs\nhost {host}\npath {path}\nversion {}\n", version.word())
        }
        MountSource::Smb { host, path, user } => {
            let user = if user.is_some() { "user yes\n" } else { "" };
            format!("kind smb\nhost {host}\npath {path}\n{user}")
        }
    }
}

/// What mount.cifs reads of who logs in.
///
/// Source: mount.cifs(8), `credentials`.
pub(super) fn login(mount: &Mount, password: Option<&Plaintext>) -> Option<Plaintext> {
    let MountSource::Smb { user: Some(user), .. } = &mount.source else {
        return None;
    };
    let user = user.to_string();
    let (domain, user) = user.split_once(['\\', '/']).unwrap_or(("", &user));
    let mut text = format!("username={user}\n").into_bytes();
    if !domain.is_empty() {
        text.extend_from_slice(format!("domain={domain}\n").as_bytes());
    }
    text.extend_from_slice(b"password=");
    text.extend_from_slice(password.map(Plaintext::expose).unwrap_or_default());
    text.push(b'\n');
    Some(Plaintext::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn mount(name: &str, source: &str) -> Mount {
        Mount {
            name: name.parse().unwrap(),
            source: serde_json::from_str(source).unwrap(),
        }
    }

    fn some() -> Vec<Mount> {
        vec![
            mount(
                "usb-stick",
                r#"{"kind":"disk","uuid":"1A2B-3C4D","file_system":"ntfs"}"#,
            ),
            mount(
                "films",
                r#"{"kind":"nfs","host":"fe80::1","path":"/My films 100%","version":"3"}"#,
            ),
            mount(
                "nas",
                r#"{"kind":"smb","host":"nas.local","path":"media/Über uns","user":"HOME\\anna"}"#,
            ),
            mount("open", r#"{"kind":"smb","host":"10.0.0.1","path":"all"}"#),
        ]
    }

    /// What the image's own generator makes of a folder, and what it says.
    fn units(folder: &Path) -> (String, String) {
        let out = tempfile::tempdir().unwrap();
        let generator = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../overlays/rootfs/usr/lib/systemd/system-generators/hearth-mounts"
        );
        let run = Command::new("sh")
            .arg(generator)
            .arg(out.path())
            .env("HEARTH_MOUNTS", folder)
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        let mut names: Vec<_> = fs::read_dir(out.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        let mut text = String::new();
        for path in names.iter().filter(|path| path.is_file()) {
            let own = fs::read_to_string(path).unwrap();
            let keys = ["What=", "Where=", "Type=", "Options=", "After="];
            let lines = own.lines().filter(|line| keys.iter().any(|key| line.starts_with(key)));
            text += &format!("{}\n", path.file_name().unwrap().to_string_lossy());
            lines.for_each(|line| text += &format!("  {line}\n"));
        }
        let wants = names.iter().filter(|path| path.is_dir());
        wants.for_each(|path| text += &format!("{}\n", path.file_name().unwrap().to_string_lossy()));
        (text, String::from_utf8(run.stderr).unwrap())
    }

    #[test]
    fn the_generator_makes_units_of_what_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        assert!(keep(dir.path(), &some()).unwrap());
        assert!(!keep(dir.path(), &some()).unwrap(), "nothing is other than before");
        let (units, said) = units(dir.path());
        assert_eq!(said, "");
        insta::assert_snapshot!(units);
        assert!(keep(dir.path(), &[]).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_generator_leaves_out_what_no_manager_writes() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("a", "kind disk\nuuid ../../sda\ntype ext4\n"),
            ("b", "kind disk\nuuid 1A2B-3C4D\ntype overlay\n"),
            ("c", "kind nfs\nhost nas,suid\npath /a\n"),
            ("d", "kind nfs\nhost nas\npath a\n"),
            ("e", "kind nfs\nhost nas\npath /a\\\n"),
            ("f", "kind smb\nhost nas\npath /a\n"),
            ("g", "kind bind\npath /etc\n"),
            ("h", "kind nfs\nhost nas\npath /a\nversion 3,suid\n"),
            ("i", ""),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        fs::write(dir.path().join("Not a name"), "kind nfs\nhost nas\npath /a\n").unwrap();
        let (units, said) = units(dir.path());
        assert_eq!(units, "");
        assert_eq!(said.lines().count(), 9, "{said}");
    }

    #[test]
    fn a_login_is_what_mount_cifs_reads() {
        let password = Plaintext::new("a b=c,d");
        let login = login(&some()[2], Some(&password)).unwrap();
        assert_eq!(
            login.expose_str(),
            Some("username=anna\ndomain=HOME\npassword=a b=c,d\n")
        );
        assert!(super::login(&some()[3], None).is_none());
    }
}
