use super::*;
use crate::units::Bytes;
use proptest::prelude::*;
use semver::Version;
use serde_json::{Value, json};

fn release(version: &str, compatible: &str) -> Value {
    json!({
        "version": version,
        "released_at": "2026-11-01T00:00:00Z",
        "notes": "calmer",
        "bundles": [{"compatible": compatible, "url": format!("{version}.raucb"), "size": 7, "sha256": "a".repeat(64)}],
    })
}

fn feed(releases: &[Value]) -> Value {
    json!({"schema": 1, "channel": "stable", "serial": 5, "releases": releases})
}

fn parse(value: &Value) -> Result<Feed, FeedError> {
    Feed::parse(value.to_string().as_bytes(), Channel::Stable, 5)
}

#[test]
fn the_newest_release_for_this_board_is_offered() -> Result<(), FeedError> {
    let feed = parse(&feed(&[
        release("0.2.0", "hearth-x86_64"),
        release("0.10.0-rc.1", "hearth-x86_64"),
        release("0.9.0", "hearth-x86_64"),
        release("0.11.0", "hearth-rpi4"),
    ]))?;
    let newest = |board| feed.newest(board).map(|offer| offer.version.to_string());
    assert_eq!(newest("hearth-x86_64").as_deref(), Some("0.10.0-rc.1"));
    assert_eq!(newest("hearth-rpi4").as_deref(), Some("0.11.0"));
    assert_eq!(newest("hearth-rpi5"), None);
    Ok(())
}

#[test]
fn a_feed_that_was_swapped_is_refused() {
    let other = json!({"schema": 1, "channel": "beta", "serial": 9, "releases": []});
    assert!(matches!(parse(&other), Err(FeedError::OtherChannel { .. })));
    let old = json!({"schema": 1, "channel": "stable", "serial": 4, "releases": []});
    assert_eq!(parse(&old), Err(FeedError::Older { seen: 5, found: 4 }));
    let newer = json!({"schema": 2, "channel": "stable", "serial": 9, "mirrors": []});
    assert_eq!(parse(&newer), Err(FeedError::Schema(2)));
    let mut short = release("0.2.0", "hearth-x86_64");
    short["bundles"][0]["sha256"] = json!("abc");
    assert!(matches!(parse(&feed(&[short])), Err(FeedError::Release { .. })));
}

fn bundle(version: &str) -> BundleInfo {
    BundleInfo {
        compatible: "hearth-x86_64".to_owned(),
        version: version.to_owned(),
        description: String::new(),
        size: Bytes(1),
    }
}

#[test]
fn only_a_newer_version_for_this_board_goes_in_unasked() {
    let current = Version::new(0, 2, 0);
    let judged = |version, downgrade| judge(&bundle(version), "hearth-x86_64", &current, downgrade);
    assert_eq!(judged("0.3.0", false), Ok(Version::new(0, 3, 0)));
    assert_eq!(judged("0.2.0", true), Err(Refusal::Same(Version::new(0, 2, 0))));
    assert!(matches!(judged("0.1.9", false), Err(Refusal::Downgrade { .. })));
    assert_eq!(judged("0.1.9", true), Ok(Version::new(0, 1, 9)));
    assert_eq!(judged("latest", true), Err(Refusal::Version("latest".to_owned())));
    let elsewhere = judge(&bundle("0.3.0"), "hearth-rpi4", &current, true);
    assert!(matches!(elsewhere, Err(Refusal::OtherBoard { .. })));
}

fn slots(booted: &str) -> Slots {
    let slot = |name: &str, bootname: &str| Slot {
        name: name.to_owned(),
        bootname: bootname.to_owned(),
        boot: if bootname == booted {
            Boot::Booted
        } else {
            Boot::Inactive
        },
        health: Health::Good,
        version: None,
        installed_at: None,
    };
    Slots {
        compatible: "hearth-x86_64".to_owned(),
        slots: vec![slot("rootfs.0", "A"), slot("rootfs.1", "B")],
        next: Some("B".to_owned()),
    }
}

#[test]
fn after_the_restart_it_is_known_what_came_of_it() {
    let installed = Installed {
        from: "0.1.0".to_owned(),
        to: "0.2.0".to_owned(),
        slot: "B".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        boot_id: "first".to_owned(),
    };
    assert_eq!(settle(&installed, &slots("A"), "first"), Outcome::WaitsForRestart);
    assert_eq!(settle(&installed, &slots("B"), "second"), Outcome::Updated);
    assert_eq!(settle(&installed, &slots("A"), "second"), Outcome::FellBack);
}

proptest! {
    #[test]
    fn no_feed_panics(text in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Feed::parse(&text, Channel::Stable, 0);
    }
}
