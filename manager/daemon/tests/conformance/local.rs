//! This machine itself.

use super::rig::{Rig, connector};
use hearth::port::session::{Connector as _, Credentials, Target};

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
