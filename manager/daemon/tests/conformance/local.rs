//! This machine itself.

use super::rig::{Rig, connector, connector_with};
use hearth::{
    adapter::connector::OwnRights,
    port::session::{Connector as _, Credentials, Exec, Target},
};

/// A session on this machine.
pub(crate) async fn rig() -> Rig {
    let (connector, data) = connector();
    let folder = tempfile::tempdir().unwrap();
    let session = connector.connect(&Target::Local, &Credentials::OwnKey).await.unwrap();
    Rig {
        session,
        connector,
        target: Target::Local,
        credentials: Credentials::OwnKey,
        folder: folder.path().to_str().unwrap().to_owned(),
        _keep: vec![Box::new(data), Box::new(folder)],
    }
}

/// As on Hearth's own image, where there is no `sudo`.
#[tokio::test]
async fn what_wants_root_runs_as_its_own_user_there() {
    let (connector, _data) = connector_with(OwnRights::Enough);
    let session = connector.connect(&Target::Local, &Credentials::OwnKey).await.unwrap();
    let user = session.exec(Exec::new(["id", "-u"]).as_root()).await.unwrap();
    assert_eq!(user.text().trim(), nix::unistd::geteuid().to_string());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apps/x/compose.yaml");
    let path = path.to_str().unwrap();
    session.write_file(path, b"services: {}\n", 0o600).await.unwrap();
    assert_eq!(session.read_file(path, 100).await.unwrap().unwrap(), b"services: {}\n");
}
