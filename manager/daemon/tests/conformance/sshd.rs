//! OpenSSH's server, started on loopback with a configuration of its own.

use super::rig::{Rig, connector, target};
use hearth::port::session::{Connector, Credentials};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A server that ends with the test.
pub(crate) struct Sshd {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    folder: TempDir,
    server: Child,
}

impl Sshd {
    /// Starts a server that lets root in with the key `authorized`.
    pub(crate) fn start(authorized: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        std::fs::write(folder.path().join("authorized_keys"), authorized).unwrap();
        host_key(&folder.path().join("host_key"));
        let server = serve(folder.path(), port, settings);
        Self { port, folder, server }
    }

    /// Starts the server anew with another host key on the same port.
    pub(crate) fn change_host_key(&mut self) {
        self.stop();
        std::fs::remove_file(self.folder.path().join("host_key")).unwrap();
        host_key(&self.folder.path().join("host_key"));
        self.server = serve(self.folder.path(), self.port, "");
    }

    /// Ends the server; what it started for a connection stays.
    pub(crate) fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // It may have been ended by the test.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A rig with a server that has these additional settings.
pub(crate) async fn rig_with(settings: &str) -> (Rig, Arc<std::sync::Mutex<Sshd>>) {
    let (connector, data) = connector();
    let sshd = Sshd::start(&connector.own_public_key(), settings);
    let folder = tempfile::tempdir().unwrap();
    let target = target(connector.as_ref(), "127.0.0.1", sshd.port, "root").await;
    let session = connector.connect(&target, &Credentials::OwnKey).await.unwrap();
    let sshd = Arc::new(std::sync::Mutex::new(sshd));
    let rig = Rig {
        session,
        connector,
        target,
        credentials: Credentials::OwnKey,
        folder: folder.path().to_str().unwrap().to_owned(),
        _keep: vec![Box::new(data), Box::new(folder), Box::new(Arc::clone(&sshd))],
    };
    (rig, sshd)
}

/// A rig with a server as Debian sets it up.
pub(crate) async fn rig() -> Rig {
    rig_with("").await.0
}

fn program() -> PathBuf {
    let path = Path::new("/usr/sbin/sshd");
    let root = nix::unistd::geteuid().is_root();
    assert!(
        root && path.exists(),
        "this test needs root and OpenSSH's server (apt-get install openssh-server)"
    );
    path.to_owned()
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn host_key(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
}

fn serve(folder: &Path, port: u16, settings: &str) -> Child {
    let shown = folder.display();
    let config = format!(
        "{settings}\n\
         Port {port}\nListenAddress 127.0.0.1\nHostKey {shown}/host_key\nPidFile none\nUsePAM no\n\
         AuthorizedKeysFile {shown}/authorized_keys\nStrictModes no\nPermitRootLogin yes\nMaxStartups 100\n"
    );
    let path = folder.join("sshd_config");
    std::fs::write(&path, config).unwrap();
    std::fs::create_dir_all("/run/sshd").unwrap();
    let server = Command::new(program())
        .args(["-D", "-e", "-f"])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "sshd did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}
