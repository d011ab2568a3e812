//! The support bundle.

use crate::support::Manager;
use flate2::read::GzDecoder;
use hearth::{
    engine::audit::Note,
    port::{
        ids::FakeIds,
        vault::{FakeVault, Plaintext, Vault as _},
    },
    store::secrets::{self, Secret},
};
use hearth_model::{
    account::{Actor, Role},
    id::SecretId,
    system::{JournalLine, Priority},
};
use serde_json::Value;
use std::{collections::BTreeMap, io::Read as _};
use uuid::Uuid;

const SECRET: &str = "tab\there \"quoted\"";

/// Keeps a secret, and writes it where none belongs.
async fn careless(manager: &Manager) {
    let id = SecretId(Uuid::from_u128(7));
    let secret = Secret {
        id,
        owner: "app:x".to_owned(),
        name: "PASSWORD".to_owned(),
        sealed: FakeVault.seal(&format!("secret:{id}"), &Plaintext::new(SECRET)),
    };
    manager.store.write(move |tx| secrets::put(tx, &secret)).await.unwrap();
    manager.journal.write(JournalLine {
        at: "2026-11-18T11:06:40Z".parse().unwrap(),
        from: "docker.service".to_owned(),
        priority: Priority::Error,
        text: format!("login with {SECRET} failed"),
    });
    let note = Note::new(&*manager.clock, &FakeIds::default(), &Actor::system(), "app.change").detail(SECRET);
    manager.store.write(move |tx| note.write(tx)).await.unwrap();
}

#[tokio::test]
async fn it_tells_all_but_secrets() {
    let manager = Manager::set_up().await;
    careless(&manager).await;
    let bundle = manager.services.support.bundle(&Actor::system()).await.unwrap();
    let folder = bundle.name.strip_suffix(".tar.gz").unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(&*bundle.bytes));
    let files: BTreeMap<String, String> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (path.strip_prefix(&format!("{folder}/")).unwrap().to_owned(), text)
        })
        .collect();
    let readme = &files["README.txt"];
    for (name, text) in &files {
        assert!(!text.contains("quoted"), "{name}: {text}");
        assert!(
            name == "README.txt" || readme.contains(name.as_str()),
            "{name} is not explained"
        );
        if name.ends_with(".json") {
            let document: Value = serde_json::from_str(text).unwrap();
            assert!(document["error"].is_null(), "{name}: {document}");
        }
    }
    let explained = readme
        .lines()
        .filter(|line| line.contains(".json") || line.contains(".txt"));
    assert_eq!(explained.count(), files.len() - 1, "and nothing else is explained");
    assert_eq!(
        files["journal.txt"],
        "2026-11-18T11:06:40Z error docker.service login with ******** failed\n"
    );
    assert!(files["audit.json"].contains("********"), "{}", files["audit.json"]);
    let of_the_box: Value = serde_json::from_str(&files["box.json"]).unwrap();
    assert_eq!(of_the_box["disks"]["items"][0]["name"], "sda", "{of_the_box}");
    assert!(of_the_box["mounts"]["items"].is_array(), "{of_the_box}");
    let update: Value = serde_json::from_str(&files["update.json"]).unwrap();
    assert_eq!(update["version"], "0.1.0");
}

#[tokio::test]
async fn it_is_for_admins() {
    let manager = Manager::set_up().await;
    let path = "/api/v1/system/support-bundle";
    let operator = manager.program(Role::Operator).await;
    operator.post(path, &Value::Null).await.assert_problem(403);
    let admin = manager.program(Role::Admin).await;
    let answer = admin.post(path, &Value::Null).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/gzip")
    );
    let name = answer.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"hearth-support-20"), "{name}");
    let audit = admin.get("/api/v1/audit").await.json();
    assert_eq!(audit["items"][0]["action"], "support.bundle");
    let browser = manager.browser("admin").await;
    assert!(browser.get("/settings").await.text.contains("Make and download it"));
    let downloaded = browser.form("/settings/support-bundle", "").await;
    assert_eq!(downloaded.header("content-type"), "application/gzip");
}
