//! A machine in memory.

use super::super::{Duplex, Exec, Output};
use hearth_model::{
    fault::{Cause, Fault},
    node::HostKey,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// A file on a fake machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeFile {
    /// What is in it.
    pub contents: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
}

/// Answers a program; none when it is not the one that it knows.
type Reply = Arc<dyn Fn(&FakeMachine, &Exec) -> Option<Output> + Send + Sync>;
/// Opens a stream to whatever listens on a socket.
type Listener = Arc<dyn Fn() -> Box<dyn Duplex> + Send + Sync>;

/// What of a machine and its link can fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Condition {
    /// Counts the cuts: a session lives as long as the count that it was opened at.
    pub(super) cuts: u32,
    /// No packet comes through.
    pub(super) cut: bool,
    /// Packets come through, but nothing is ever answered.
    pub(super) hanging: bool,
    /// Every write fails.
    pub(super) full: bool,
}

/// A machine in memory.
pub struct FakeMachine {
    name: String,
    condition: watch::Sender<Condition>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    files: BTreeMap<String, FakeFile>,
    passwords: BTreeMap<String, String>,
    authorized: BTreeSet<String>,
    no_sudo: BTreeSet<String>,
    host_key: Option<HostKey>,
    fault: Option<Fault>,
    replies: Vec<Reply>,
    listeners: BTreeMap<String, Listener>,
    ran: Vec<Exec>,
}

impl FakeMachine {
    /// A machine that answers, with an empty disk.
    #[must_use]
    pub fn new(name: &str) -> Arc<Self> {
        let host_key = HostKey {
            public: format!("ssh-ed25519 AAAA{name}"),
            fingerprint: format!("SHA256:{name}"),
        };
        Arc::new(Self {
            name: name.to_owned(),
            condition: watch::Sender::new(Condition::default()),
            inside: Mutex::new(Inside {
                host_key: Some(host_key),
                ..Inside::default()
            }),
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn watch(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    pub(super) fn condition(&self) -> Condition {
        *self.condition.borrow()
    }

    /// Its host name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Cuts its link: what is under way fails as lost, what is tried finds no route.
    pub fn cut(&self) {
        self.condition.send_modify(|c| {
            c.cut = true;
            c.cuts += 1;
        });
    }

    /// Mends its link, and lets it answer again. Sessions from before a cut stay dead.
    pub fn heal(&self) {
        self.condition.send_modify(|c| {
            c.cut = false;
            c.hanging = false;
        });
    }

    /// Lets it accept everything and answer nothing, until [`Self::heal`].
    pub fn hang(&self) {
        self.condition.send_modify(|c| c.hanging = true);
    }

    /// Fills its disk.
    pub fn fill_disk(&self) {
        self.condition.send_modify(|c| c.full = true);
    }

    /// Makes room on its disk.
    pub fn clear_disk(&self) {
        self.condition.send_modify(|c| c.full = false);
    }

    /// Answers every attempt to reach it with `fault`; none ends that.
    pub fn refuse(&self, fault: Option<Fault>) {
        self.inside().fault = fault;
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        if self.condition().cut {
            return Some(Fault::new(Cause::Unreachable, format!("no route to {}", self.name)));
        }
        self.inside().fault.clone()
    }

    /// Lets `user` log in with `password`.
    pub fn allow_password(&self, user: &str, password: &str) {
        self.inside().passwords.insert(user.to_owned(), password.to_owned());
    }

    pub(super) fn password(&self, user: &str) -> Option<String> {
        self.inside().passwords.get(user).cloned()
    }

    /// Lets whoever holds this key (a public key's line, or a private key as given in a login) log in.
    pub fn authorize(&self, key: &str) {
        self.inside().authorized.insert(key.trim().to_owned());
    }

    /// Takes a key's right away.
    pub fn revoke(&self, key: &str) {
        self.inside().authorized.remove(key.trim());
    }

    /// Whether whoever holds this key may log in.
    #[must_use]
    pub fn is_authorized(&self, key: &str) -> bool {
        self.inside().authorized.contains(key.trim())
    }

    /// Refuses root to `user`.
    pub fn forbid_sudo(&self, user: &str) {
        self.inside().no_sudo.insert(user.to_owned());
    }

    pub(super) fn may_sudo(&self, user: &str) -> bool {
        !self.inside().no_sudo.contains(user)
    }

    /// The host key that it shows.
    #[must_use]
    pub fn host_key(&self) -> HostKey {
        let shown = self.inside().host_key.clone();
        shown.unwrap_or(HostKey {
            public: String::new(),
            fingerprint: String::new(),
        })
    }

    /// Shows another host key from now on.
    pub fn change_host_key(&self, key: HostKey) {
        self.inside().host_key = Some(key);
    }

    /// Answers programs: the reply that was added last is asked first, built-in ones come after all.
    pub fn on(&self, reply: impl Fn(&Self, &Exec) -> Option<Output> + Send + Sync + 'static) {
        self.inside().replies.push(Arc::new(reply));
    }

    /// Answers a program whose arguments begin with `argv` with these lines and status 0.
    pub fn on_argv(&self, argv: &[&str], stdout: &str) {
        let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
        let stdout = stdout.to_owned();
        self.on(move |_, exec| exec.argv.starts_with(&argv).then(|| said(0, &stdout)));
    }

    /// Lets something listen on a socket.
    pub fn listen(&self, path: &str, listener: impl Fn() -> Box<dyn Duplex> + Send + Sync + 'static) {
        self.inside().listeners.insert(path.to_owned(), Arc::new(listener));
    }

    pub(super) fn connect(&self, path: &str) -> Option<Box<dyn Duplex>> {
        let listener = self.inside().listeners.get(path).cloned();
        listener.map(|open| open())
    }

    /// What is in a file.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<FakeFile> {
        self.inside().files.get(path).cloned()
    }

    /// Paths of all files.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        self.inside().files.keys().cloned().collect()
    }

    /// Writes a file, as somebody on the machine would.
    pub fn put(&self, path: &str, contents: impl Into<Vec<u8>>, mode: u32) {
        let contents = contents.into();
        self.inside().files.insert(path.to_owned(), FakeFile { contents, mode });
    }

    /// Removes a file, as somebody on the machine would.
    pub fn delete(&self, path: &str) {
        self.inside().files.remove(path);
    }

    pub(super) fn delete_tree(&self, path: &str) {
        let below = format!("{}/", path.trim_end_matches('/'));
        self.inside()
            .files
            .retain(|file, _| file != path && !file.starts_with(&below));
    }

    /// Every program that was run, in order.
    #[must_use]
    pub fn ran(&self) -> Vec<Exec> {
        self.inside().ran.clone()
    }

    pub(super) fn run(&self, exec: &Exec) -> Output {
        let replies = {
            let mut inside = self.inside();
            inside.ran.push(exec.clone());
            inside.replies.clone()
        };
        replies
            .iter()
            .rev()
            .find_map(|reply| reply(self, exec))
            .unwrap_or_else(|| self.built_in(exec))
    }

    /// The few programs that every machine has and that act on its files.
    fn built_in(&self, exec: &Exec) -> Output {
        let argv: Vec<&str> = exec.argv.iter().map(String::as_str).collect();
        match argv.as_slice() {
            ["hostname"] => said(0, &self.name),
            ["true"] | ["mkdir" | "rmdir" | "chmod" | "chown", ..] => said(0, ""),
            ["rm", args @ ..] => {
                for path in args.iter().filter(|arg| !arg.starts_with('-')) {
                    self.delete_tree(path);
                }
                said(0, "")
            }
            ["sha256sum", args @ ..] => self.sums(args),
            ["test", "-e", path] => {
                let below = format!("{path}/");
                let there = self.files().iter().any(|f| f == path || f.starts_with(&below));
                said(i32::from(!there), "")
            }
            _ => Output {
                status: 127,
                stdout: Vec::new(),
                stderr: format!("{}: command not found\n", argv.first().unwrap_or(&"")).into_bytes(),
            },
        }
    }

    fn sums(&self, args: &[&str]) -> Output {
        use sha2::{Digest, Sha256};
        let mut output = Output::default();
        for path in args.iter().filter(|arg| !arg.starts_with('-')) {
            match self.file(path) {
                Some(file) => {
                    let digest = Sha256::digest(&file.contents);
                    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                    output.stdout.extend(format!("{hex}  {path}\n").into_bytes());
                }
                None => {
                    output.status = 1;
                    let line = format!("sha256sum: {path}: No such file or directory\n");
                    output.stderr.extend(line.into_bytes());
                }
            }
        }
        output
    }
}

/// What a program answers on standard output.
fn said(status: i32, stdout: &str) -> Output {
    Output {
        status,
        stdout: stdout.as_bytes().to_vec(),
        stderr: Vec::new(),
    }
}
