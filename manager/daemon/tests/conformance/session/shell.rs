//! What sessions with a real shell behind them keep to.

use crate::conformance::rig::Rig;
use hearth::port::session::{Exec, Line, SessionError};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
};

pub(crate) async fn time_is_limited(rig: &Rig) {
    let begun = Instant::now();
    let exec = Exec::new(["sleep", "30"]).within(Duration::from_millis(300));
    let error = rig.session.exec(exec).await.unwrap_err();
    assert!(matches!(error, SessionError::TimedOut { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

pub(crate) async fn nasty_arguments_arrive(rig: &Rig) {
    let nasty = [
        "",
        " ",
        "'",
        "\"",
        "\\",
        "\\'",
        "$HOME",
        "`id`",
        "$(id)",
        "a\nb",
        "*",
        "~",
        "!",
        "!!",
        "-n",
        "; id",
        "é漢🎉",
        "\u{1}hearth 1\n",
        "%s",
        "{a,b}",
    ];
    let exec = Exec::new(["printf", "%s\\0"].into_iter().chain(nasty));
    let text = rig.session.exec(exec).await.unwrap().text();
    assert_eq!(text.split_terminator('\0').collect::<Vec<_>>(), nasty);

    let script = Exec::script("printf '%s\\0' \"$@\"", nasty);
    let text = rig.session.exec(script.as_root()).await.unwrap().text();
    assert_eq!(text.split_terminator('\0').collect::<Vec<_>>(), nasty);

    let error = rig.session.exec(Exec::new(["echo", "a\0b"])).await.unwrap_err();
    assert!(matches!(error, SessionError::Failed { .. }), "{error}");
}

pub(crate) async fn input_is_read(rig: &Rig) {
    let input: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let exec = Exec {
        stdin: input.clone(),
        max_output: 4_000_000,
        ..Exec::new(["cat"])
    };
    assert!(rig.session.exec(exec).await.unwrap().stdout == input);
}

pub(crate) async fn unread_input_is_no_fault(rig: &Rig) {
    let exec = Exec {
        stdin: vec![b'x'; 10_000_000],
        ..Exec::new(["true"])
    };
    assert_eq!(rig.session.exec(exec).await.unwrap().status, 0);
}

pub(crate) async fn much_output_arrives(rig: &Rig) {
    let exec = Exec {
        max_output: 50_000_000,
        ..Exec::new(["head", "-c", "40000000", "/dev/zero"])
    };
    assert_eq!(rig.session.exec(exec).await.unwrap().stdout.len(), 40_000_000);
}

pub(crate) async fn a_hundred_at_once(rig: &Rig) {
    let answers = (0..100).map(|n| async move {
        let exec = Exec::new(["sh", "-c", "sleep 0.05; echo \"$1\"", "test", &n.to_string()]);
        rig.session.exec(exec).await.unwrap().text().trim() == n.to_string()
    });
    assert!(futures::future::join_all(answers).await.into_iter().all(|right| right));
}

pub(crate) async fn signals_are_told(rig: &Rig) {
    for (signal, status) in [("KILL", 137), ("TERM", 143)] {
        let exec = Exec::new(["sh", "-c", "kill -\"$1\" $$", "test", signal]);
        assert_eq!(rig.session.exec(exec).await.unwrap().status, status, "{signal}");
    }
}

pub(crate) async fn an_unknown_program_is_127(rig: &Rig) {
    let output = rig.session.exec(Exec::new(["no-such-program"])).await.unwrap();
    assert_eq!(output.status, 127);
    assert!(output.error_text().contains("no-such-program"));
}

pub(crate) async fn both_streams_are_told_apart(rig: &Rig) {
    let output = rig
        .session
        .exec(Exec::script("echo out; echo err >&2; id -u", [] as [&str; 0]).as_root());
    let output = output.await.unwrap();
    assert_eq!(output.text(), "out\n0\n");
    assert_eq!(output.error_text(), "err\n");
}

/// Whether a program with this mark in its arguments still runs.
async fn runs(rig: &Rig, mark: &str) -> bool {
    let look = r#"for p in /proc/[0-9]*/cmdline; do
        case $p in /proc/$$/*) continue;; esac
        if tr '\0' ' ' <"$p" 2>/dev/null | grep -q "^sleep.*$1"; then exit 0; fi
    done; exit 1"#;
    rig.session.exec(Exec::script(look, [mark])).await.unwrap().status == 0
}

/// Waits until no program with this mark runs any more.
async fn ends(rig: &Rig, mark: &str) {
    let begun = Instant::now();
    while runs(rig, mark).await {
        assert!(begun.elapsed() < Duration::from_secs(15), "the program still runs");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A program that has another do its work, and a mark to find it by.
fn marked(root: bool) -> (Exec, String) {
    let mark = format!("{}", 1_000_000 + uuid::Uuid::now_v7().as_u128() % 1_000_000);
    let exec = Exec::new(["sh", "-c", "sleep \"$1\" & wait", "test", &mark]);
    (if root { exec.as_root() } else { exec }, mark)
}

pub(crate) async fn a_program_ends_with_its_limit(rig: &Rig) {
    for root in [false, true] {
        let (exec, mark) = marked(root);
        let error = rig.session.exec(exec.within(Duration::from_secs(1))).await.unwrap_err();
        assert!(matches!(error, SessionError::TimedOut { limit_secs: 1, .. }), "{error}");
        ends(rig, &mark).await;
    }
}

pub(crate) async fn a_program_ends_with_its_future(rig: &Rig) {
    for root in [false, true] {
        let (exec, mark) = marked(root);
        let (sender, _lines) = mpsc::channel(10);
        {
            let running = rig.session.stream(exec.within(Duration::from_secs(600)), sender);
            let seen = async {
                let begun = Instant::now();
                while !runs(rig, &mark).await {
                    assert!(begun.elapsed() < Duration::from_secs(15), "the program did not start");
                }
            };
            tokio::select! {
                _ = running => panic!("it ended by itself"),
                () = seen => {}
            }
        }
        ends(rig, &mark).await;
    }
}

pub(crate) async fn what_stays_behind_holds_nothing_up(rig: &Rig) {
    let begun = Instant::now();
    let output = rig
        .session
        .exec(Exec::script("sleep 20 & echo done", [] as [&str; 0]))
        .await
        .unwrap();
    assert_eq!(output.text(), "done\n");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

pub(crate) async fn a_slow_reader_gets_fewer_lines(rig: &Rig) {
    let (sender, mut lines) = mpsc::channel(10);
    let exec = Exec::new(["seq", "3000000"]).within(Duration::from_secs(120));
    // Nobody reads until the program has ended.
    let streaming = rig.session.stream(exec, sender);
    let others = async {
        let begun = Instant::now();
        let output = rig.session.exec(Exec::new(["echo", "still here"])).await.unwrap();
        assert_eq!(output.text(), "still here\n");
        assert!(
            begun.elapsed() < Duration::from_secs(15),
            "a slow reader held up the others"
        );
    };
    let (status, ()) = tokio::join!(streaming, others);
    assert_eq!(status.unwrap(), 0);
    let mut kept = 0;
    while let Ok(line) = lines.try_recv() {
        kept += 1;
        assert!(
            line.text.parse::<u32>().is_ok() || line.text.contains("left out"),
            "{line:?}"
        );
    }
    assert!((1..=10).contains(&kept));
}

pub(crate) async fn modes_and_folders_are_made(rig: &Rig) {
    let path = rig.path("a/b/.env");
    rig.session.write_file(&path, b"SECRET=1\n", 0o600).await.unwrap();
    let stat = Exec::new(["stat", "-c", "%a %u", &path, &rig.path("a/b")]).as_root();
    let mine = rig.session.exec(stat).await.unwrap().text();
    assert_eq!(mine, "600 0\n755 0\n");
    rig.session.write_file(&path, b"SECRET=2\n", 0o644).await.unwrap();
    let listed = Exec::new(["ls", "-A", &rig.path("a/b")]).as_root();
    assert_eq!(rig.session.exec(listed).await.unwrap().text(), ".env\n");
}

pub(crate) async fn a_folder_is_not_overwritten(rig: &Rig) {
    rig.session
        .write_file(&rig.path("folder/file"), b"x", 0o600)
        .await
        .unwrap();
    let error = rig
        .session
        .write_file(&rig.path("folder"), b"x", 0o600)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("folder"), "{error}");
    assert!(
        rig.session
            .read_file(&rig.path("folder/file"), 10)
            .await
            .unwrap()
            .is_some()
    );
}

pub(crate) async fn a_large_file_arrives(rig: &Rig) {
    let contents: Vec<u8> = (0..=255).cycle().take(60_000_000).collect();
    let path = rig.path("large");
    let begun = Instant::now();
    rig.session.write_file(&path, &contents, 0o755).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60));
    let sum = rig
        .session
        .exec(Exec::new(["sha256sum", &path]).as_root())
        .await
        .unwrap()
        .text();
    use sha2::Digest;
    let wanted: String = sha2::Sha256::digest(&contents)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert!(sum.starts_with(&wanted), "{sum}");
}

/// Something that listens on a socket on the machine and says back what it hears; Perl is on every Debian.
const ECHO: &str = r#"use IO::Socket::UNIX;
my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $ARGV[0], Listen => 100) or die "$!";
chmod 0666, $ARGV[0]; $| = 1; print "ready\n";
while (my $c = $s->accept) { if (fork == 0) { while (sysread($c, my $b, 65536)) { syswrite($c, $b) } exit 0 } close $c }"#;

pub(crate) async fn sockets_can_be_spoken_to(rig: &Rig) {
    // A path that every user can reach, and short enough for a socket.
    let path = format!("/tmp/hearth-{}", uuid::Uuid::now_v7().simple());
    let exec = Exec::new(["perl", "-e", ECHO, &path]).within(Duration::from_secs(60));
    let (sender, mut lines) = mpsc::channel::<Line>(10);
    let talking = async {
        let line = lines.recv().await.unwrap();
        assert_eq!(line.text, "ready", "{line:?}");
        let talks = (0..20u8).map(|n| {
            let path = &path;
            async move {
                let (mut read, mut write) = tokio::io::split(rig.session.socket(path).await.unwrap());
                let sent = vec![n; 1_000_000];
                let mut heard = vec![0; sent.len()];
                let (wrote, got) = tokio::join!(write.write_all(&sent), read.read_exact(&mut heard));
                wrote.unwrap();
                got.unwrap();
                assert!(heard == sent);
            }
        });
        futures::future::join_all(talks).await;
    };
    tokio::select! {
        status = rig.session.stream(exec, sender) => panic!("the echo ended: {status:?}"),
        () = talking => {}
    }
    let removed = rig.session.exec(Exec::new(["rm", "-f", &path])).await.unwrap();
    assert_eq!(removed.status, 0);
}
