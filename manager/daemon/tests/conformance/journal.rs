//! The journal: one suite, on the fake and on the files of a real one. A real one has to be written by journald: the suite starts one in a
//! mount namespace of its own, which needs root and systemd's program.

use hearth::{
    adapter::journal::JournalFiles,
    port::{
        appliance::ApplianceError,
        journal::{FakeJournal, Journal},
    },
};
use hearth_model::system::{JournalFilter, JournalLine, Priority, UnitName};
use jiff::Timestamp;
use std::{
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// Lines that a suite begins with: number `n` is of unit `even` or `odd` and of priority `n % 8`.
const LINES: usize = 400;
const LIMIT: Duration = Duration::from_secs(20);

fn unit(n: usize) -> UnitName {
    if n.is_multiple_of(2) { "even" } else { "odd" }.parse().unwrap()
}

fn text(n: usize) -> String {
    // Long ones are compressed in the files.
    let long = if n.is_multiple_of(50) {
        "x".repeat(2_000)
    } else {
        String::new()
    };
    format!("Line {n}. {long}")
}

async fn read(journal: &dyn Journal, filter: JournalFilter, tail: usize) -> Vec<JournalLine> {
    let (sender, mut lines) = mpsc::channel(4);
    let gather = async {
        let mut all = Vec::new();
        while let Some(line) = lines.recv().await {
            all.push(line);
        }
        all
    };
    let (read, all) = tokio::join!(journal.read(&filter, tail, false, sender), gather);
    read.unwrap();
    all
}

/// `write` writes line number `n`; what is read meanwhile is read again until it is there.
async fn conforms<J: Journal + 'static>(journal: Arc<J>, mut write: impl FnMut(usize)) {
    let ours = |n: usize| JournalFilter {
        unit: Some(unit(n)),
        ..JournalFilter::default()
    };
    let last = read(&*journal, ours(0), 3).await;
    let texts: Vec<&str> = last.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        texts,
        ["Line 394. ", "Line 396. ", "Line 398. "],
        "oldest first, and no other's"
    );
    assert_eq!(last[0].priority, Priority::Critical);
    assert!(last[0].at <= last[2].at);

    let all = read(&*journal, ours(0), 10_000).await;
    assert_eq!(all.len(), LINES / 2);
    assert_eq!(all[0].text, text(0));
    let urgent = JournalFilter {
        priority: Some(Priority::Critical),
        ..ours(0)
    };
    let urgent = read(&*journal, urgent, 10_000).await;
    assert_eq!(urgent.len(), LINES / 4, "of 0, 2, 4 and 6 the first two");
    let found = JournalFilter {
        text: Some("LINE 12.".to_owned()),
        ..ours(0)
    };
    let found = read(&*journal, found, 10).await;
    assert_eq!(found.len(), 1);
    let since = JournalFilter {
        since: Some(all[LINES / 2 - 1].at),
        ..ours(0)
    };
    let since = read(&*journal, since, 10_000).await;
    assert!(since.iter().any(|line| line.text == "Line 398. "));
    assert!(read(&*journal, ours(0), 0).await.is_empty());

    let (sender, mut lines) = mpsc::channel(4);
    let (following, filter) = (Arc::clone(&journal), ours(1));
    let reading = tokio::spawn(async move { following.read(&filter, 1, true, sender).await });
    let next =
        async |lines: &mut mpsc::Receiver<JournalLine>| timeout(LIMIT, lines.recv()).await.unwrap().unwrap().text;
    assert_eq!(next(&mut lines).await, "Line 399. ");
    write(LINES);
    write(LINES + 1);
    write(LINES + 3);
    assert_eq!(next(&mut lines).await, "Line 401. ", "once, and no other unit's");
    assert_eq!(next(&mut lines).await, "Line 403. ");
    drop(lines);
    let ended = timeout(LIMIT, reading).await.expect("it ends when nobody reads");
    ended.unwrap().unwrap();
}

#[tokio::test]
async fn the_fake() {
    let journal = Arc::new(FakeJournal::default());
    let kept = Arc::clone(&journal);
    let write = move |n: usize| {
        kept.write(JournalLine {
            at: Timestamp::from_second(1_795_000_000 + i64::try_from(n).unwrap()).unwrap(),
            from: unit(n).to_string(),
            priority: Priority::ALL[n % 8],
            text: text(n),
        });
    };
    (0..LINES).for_each(&write);
    conforms(journal, write).await;
}

/// A journald that writes into a folder, and hears what is written to the standard input of a program beside it.
struct Journald(Child);

impl Journald {
    fn start(folder: &Path) -> Self {
        const INSIDE: &str = r#"
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal "$1/$(cat /etc/machine-id)" /var/log/journal
mount --bind "$1" /var/log/journal
touch /run/systemd/journal/flushed
/usr/lib/systemd/systemd-journald >/dev/null 2>&1 &
trap "kill $!" EXIT
python3 -c '
import os, socket, sys
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
while True:
    try:
        journal.connect("/run/systemd/journal/socket")
        break
    except OSError:
        pass
for line in sys.stdin:
    number, unit, text = line.rstrip("\n").split("\t")
    journal.send(f"MESSAGE={text}\nPRIORITY={int(number) % 8}\nSYSLOG_IDENTIFIER={unit}\nUNIT={unit}\n".encode())
'
"#;
        let child = Command::new("unshare")
            .args(["--mount", "sh", "-c", INSIDE, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .spawn();
        Self(child.expect("unshare"))
    }

    fn write(&mut self, n: usize) {
        let input = self.0.stdin.as_mut().expect("its input");
        writeln!(input, "{n}\t{}\t{}", unit(n), text(n)).expect("it reads");
    }
}

impl Drop for Journald {
    fn drop(&mut self) {
        // The end of its input ends the program, and that ends journald.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[tokio::test]
#[ignore = "needs root and systemd-journald"]
async fn the_files_of_a_real_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut journald = Journald::start(dir.path());
    (0..LINES).for_each(|n| journald.write(n));
    let journal = Arc::new(JournalFiles::new(vec![dir.path().to_owned(), "/nowhere/at/all".into()]));
    let end = JournalFilter {
        text: Some("line 399.".to_owned()),
        ..JournalFilter::default()
    };
    let written = async {
        loop {
            let (sender, mut lines) = mpsc::channel(4);
            let (read, line) = tokio::join!(journal.read(&end, 1, false, sender), lines.recv());
            if read.is_ok() && line.is_some() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, written).await.expect("journald writes");
    conforms(Arc::clone(&journal), |n| journald.write(n)).await;
}

#[tokio::test]
async fn no_journal_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    for folders in [vec![], vec![dir.path().to_owned()]] {
        let (sender, _lines) = mpsc::channel(4);
        let (journal, all) = (JournalFiles::new(folders), JournalFilter::default());
        let read = journal.read(&all, 1, false, sender).await;
        assert!(matches!(read, Err(ApplianceError::Refused { .. })));
    }
}
