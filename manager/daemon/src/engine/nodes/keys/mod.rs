//! Hearth's own key in a user's `~/.ssh/authorized_keys` on a machine.

use crate::port::session::{Exec, Session, SessionError};

/// Puts the key in; `$1` is the line.
pub const INSTALL: &str = include_str!("install.sh");
/// Takes the key out; `$1` is the line.
pub const REMOVE: &str = include_str!("remove.sh");

/// Whether the key is in.
///
/// # Errors
/// [`SessionError`].
pub async fn is_installed(session: &dyn Session, key: &str) -> Result<bool, SessionError> {
    Ok(run(session, INSTALL, &[key, "look"]).await?.trim() == "present")
}

/// Puts the key in; when it is in already, nothing changes.
///
/// # Errors
/// [`SessionError`].
pub async fn install(session: &dyn Session, key: &str) -> Result<(), SessionError> {
    run(session, INSTALL, &[key]).await.map(drop)
}

/// Takes the key out; when it is not in, nothing changes.
///
/// # Errors
/// [`SessionError`].
pub async fn remove(session: &dyn Session, key: &str) -> Result<(), SessionError> {
    run(session, REMOVE, &[key]).await.map(drop)
}

async fn run(session: &dyn Session, script: &str, args: &[&str]) -> Result<String, SessionError> {
    let output = session.exec(Exec::script(script, args.iter().copied())).await?;
    if output.status == 0 {
        return Ok(output.text());
    }
    Err(SessionError::Failed {
        machine: "the machine".to_owned(),
        attempt: "changing ~/.ssh/authorized_keys".to_owned(),
        reason: output.error_text().trim().chars().take(500).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWB hearth@box";

    fn sh(home: &Path, script: &str, args: &[&str]) -> String {
        let output = Command::new("sh")
            .args(["-c", script, "sh"])
            .args(args)
            .env("HOME", home)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn a_new_user_gets_folder_and_file_with_the_right_modes() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(sh(home.path(), INSTALL, &[KEY, "look"]), "absent");
        assert!(!home.path().join(".ssh").exists(), "looking changes nothing");
        assert_eq!(sh(home.path(), INSTALL, &[KEY]), "added");
        assert_eq!(sh(home.path(), INSTALL, &[KEY]), "present");
        let mode = |path: &str| fs::metadata(home.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(".ssh"), mode(".ssh/authorized_keys")), (0o700, 0o600));
        sh(home.path(), REMOVE, &[KEY]);
        sh(home.path(), REMOVE, &[KEY]);
        assert_eq!(fs::read(home.path().join(".ssh/authorized_keys")).unwrap(), b"");
    }

    #[test]
    fn the_other_lines_stay_and_a_commented_key_does_not_count() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("keys");
        let ours = KEY.split(' ').nth(1).unwrap();
        let others = format!("# {ours}\nssh-rsa AAAAB3other me@laptop\n\nno-pty ssh-ed25519 AAAAthird");
        fs::create_dir(home.path().join(".ssh")).unwrap();
        fs::write(&file, &others).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
        std::os::unix::fs::symlink(&file, home.path().join(".ssh/authorized_keys")).unwrap();
        assert_eq!(sh(home.path(), INSTALL, &[KEY]), "added");
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{others}\n{KEY}\n"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        sh(home.path(), REMOVE, &[KEY]);
        let left = fs::read_to_string(&file).unwrap();
        assert_eq!(left, "ssh-rsa AAAAB3other me@laptop\n\nno-pty ssh-ed25519 AAAAthird\n");
        assert!(home.path().join(".ssh/authorized_keys").is_symlink());
    }

    #[test]
    fn a_key_with_options_or_another_comment_is_ours_too() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".ssh")).unwrap();
        let file = home.path().join(".ssh/authorized_keys");
        fs::write(&file, format!("from=\"10.0.0.0/8\" {KEY}-renamed\n")).unwrap();
        assert_eq!(sh(home.path(), INSTALL, &[KEY]), "present");
        sh(home.path(), REMOVE, &[KEY]);
        assert_eq!(fs::read(&file).unwrap(), b"");
    }
}
