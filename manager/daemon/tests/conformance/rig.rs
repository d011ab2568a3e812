//! What a suite is run on: a session, and what the suite has to know of the machine behind it.

use hearth::{
    adapter::{
        connector::{OwnRights, SystemConnector},
        ids::SystemIds,
        ssh::SshConnector,
        vault::AeadVault,
    },
    port::session::{Connector, Credentials, Exec, ExpectedKey, Session, Target},
};
use hearth_model::node::{Host, Login};
use std::{any::Any, sync::Arc};
use tokio::sync::OnceCell;

/// A machine to test on.
pub(crate) struct Rig {
    /// A session as a user that is root or has `sudo`.
    pub(crate) session: Arc<dyn Session>,
    /// What opened it.
    pub(crate) connector: Arc<dyn Connector>,
    /// Where the machine is.
    pub(crate) target: Target,
    /// How one logs in there.
    pub(crate) credentials: Credentials,
    /// A folder on the machine that the test may fill.
    pub(crate) folder: String,
    /// What has to live as long as the test.
    pub(crate) _keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl Rig {
    /// Removes the folder from the machine.
    pub(crate) async fn clean(&self) {
        let removed = self.session.exec(Exec::new(["rm", "-rf", &self.folder]).as_root());
        assert_eq!(removed.await.unwrap().status, 0);
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }
}

/// A connector with a key of its own, and the folder that it lies in.
pub(crate) fn connector() -> (Arc<SystemConnector>, tempfile::TempDir) {
    connector_with(OwnRights::Sudo)
}

/// The same with these rights on this machine.
pub(crate) fn connector_with(here: OwnRights) -> (Arc<SystemConnector>, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let vault = AeadVault::open(data.path(), None, Arc::new(SystemIds)).unwrap();
    let ssh = SshConnector::open(data.path(), &vault).unwrap();
    (Arc::new(SystemConnector::new(ssh, here)), data)
}

/// Where a server is, with the host key that it shows now pinned.
pub(crate) async fn target(connector: &dyn Connector, host: &str, port: u16, user: &str) -> Target {
    let host: Host = host.parse().unwrap();
    let key = connector.host_key(&host, port).await.unwrap();
    Target::Ssh {
        host,
        port,
        user: user.to_owned(),
        expected: ExpectedKey::Pinned(key),
    }
}

/// A password as a login.
pub(crate) fn password(text: &str) -> Credentials {
    Credentials::Once(Login::Password(text.to_owned()))
}

/// The test node's address, and a failure that says what is missing when there is none.
pub(crate) fn test_node() -> String {
    std::env::var("HEARTH_TEST_NODE").expect("this test needs a test node: HEARTH_TEST_NODE=10.77.0.11")
}

/// Where the test node is.
static NODE_KEY: OnceCell<Target> = OnceCell::const_new();

/// A session on the test node.
pub(crate) async fn node(user: &str) -> Rig {
    let address = test_node();
    let (connector, data) = connector();
    // Asked for once: OpenSSH 9.8 and later turn away who only looks at the key too often.
    let shown = NODE_KEY.get_or_init(|| async { target(connector.as_ref(), &address, 22, user).await });
    let Target::Ssh {
        host, port, expected, ..
    } = shown.await.clone()
    else {
        panic!("not SSH");
    };
    let user = user.to_owned();
    let credentials = password(&format!("hearth-{user}"));
    let target = Target::Ssh {
        host,
        port,
        user,
        expected,
    };
    let session = connector.connect(&target, &credentials).await.unwrap();
    Rig {
        session,
        connector,
        target,
        credentials,
        folder: format!("/var/tmp/hearth-conformance-{}", uuid::Uuid::now_v7()),
        _keep: vec![Box::new(data)],
    }
}
