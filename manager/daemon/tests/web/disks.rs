//! Disks and shares: added, seen, refused by field, removed.

use crate::support::Manager;
use hearth::port::mounts::MountFault;
use hearth_model::account::Role;
use serde_json::json;

const MOUNTS: &str = "/api/v1/system/mounts";
const STICK: &str = "1A2B-3C4D";

#[tokio::test]
async fn a_disk_is_added_seen_and_removed() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let disks = admin.get("/api/v1/system/disks").await.json();
    let stick = &disks["items"][0];
    assert_eq!(
        (&stick["name"], &stick["volumes"][0]["uuid"]),
        (&json!("sda"), &json!(STICK))
    );
    assert!(
        disks["items"][2]["kept_because"]
            .as_str()
            .unwrap()
            .contains("runs from")
    );

    let added = admin
        .post(MOUNTS, &json!({"name": "photos", "kind": "disk", "uuid": STICK}))
        .await;
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(added.json()["path"], "/data/media/photos");
    let list = admin.get(MOUNTS).await.json();
    assert_eq!(
        list["items"][0]["source"],
        json!({"kind": "disk", "uuid": STICK, "file_system": "exfat"})
    );
    assert_eq!(list["items"][0]["status"]["state"], "mounted");
    assert_eq!(manager.mounts.state().kept.len(), 1);

    manager.mounts.state().mounted.clear();
    manager.disks.all().remove(0);
    let list = admin.get(MOUNTS).await.json();
    assert_eq!(list["items"][0]["status"], json!({"state": "missing"}));
    let browser = manager.browser("admin").await;
    assert!(browser.get("/settings/disks").await.text.contains("not plugged in"));

    manager.mounts.state().busy.insert("photos".parse().unwrap());
    let refused = browser.form("/settings/mounts/photos/remove", "").await;
    assert!(refused.status == 409 && refused.text.contains("in use by an app: jellyfin"));
    manager.mounts.state().busy.clear();
    let path = format!("{MOUNTS}/photos");
    assert_eq!(
        admin.send(axum::http::Method::DELETE, &path, None, "").await.status,
        204
    );
    assert!(manager.mounts.state().kept.is_empty());
    assert_eq!(admin.get(MOUNTS).await.json()["items"], json!([]));
    admin
        .send(axum::http::Method::DELETE, &path, None, "")
        .await
        .assert_problem(404);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_field_and_nothing_is_added() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    manager.disks.all()[1].volumes = vec![{
        let mut other = manager.disks.all()[0].volumes[0].clone();
        other.uuid = Some("aaaa-bbbb".parse().unwrap());
        (other.content, other.file_system) = (Some("crypto_LUKS".into()), None);
        other
    }];
    let smb = |more: serde_json::Value| {
        let mut body = json!({"name": "nas", "kind": "smb", "host": "nas", "path": "media"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, pointer) in [
        (json!({"name": "a", "kind": "disk"}), "/uuid"),
        (json!({"name": "a", "kind": "disk", "uuid": "ffff-ffff"}), "/uuid"),
        (json!({"name": "a", "kind": "disk", "uuid": "aaaa-bbbb"}), "/uuid"),
        (json!({"name": "a", "kind": "disk", "uuid": "../sda"}), "/uuid"),
        (json!({"name": "../a", "kind": "disk", "uuid": STICK}), "/name"),
        (
            json!({"name": "a", "kind": "disk", "uuid": STICK, "host": "nas"}),
            "/host",
        ),
        (json!({"name": "a", "kind": "nfs", "host": "nas"}), "/path"),
        (json!({"name": "a", "kind": "nfs", "path": "/a"}), "/host"),
        (json!({"name": "a", "kind": "nfs", "host": "nas", "path": "a"}), "/path"),
        (
            json!({"name": "a", "kind": "nfs", "host": "a,b", "path": "/a"}),
            "/host",
        ),
        (
            json!({"name": "a", "kind": "nfs", "host": "nas", "path": "/a\nb"}),
            "/path",
        ),
        (
            json!({"name": "a", "kind": "nfs", "host": "nas", "path": "/a", "user": "x"}),
            "/user",
        ),
        (json!({"name": "a", "kind": "tape"}), "/kind"),
        (smb(json!({"path": "/media"})), "/path"),
        (smb(json!({"password": "x"})), "/user"),
        (smb(json!({"user": "anna", "password": "x\ny"})), "/password"),
    ] {
        admin.post(MOUNTS, &body).await.assert_invalid(pointer);
    }
    for (fault, pointer) in [
        (MountFault::Login, "/password"),
        (MountFault::Denied, "/path"),
        (MountFault::Unreachable, "/host"),
        (MountFault::NoServer, "/host"),
        (MountFault::NoShare, "/path"),
        (MountFault::Protocol, "/version"),
    ] {
        manager.mounts.state().faults.insert("nas".to_owned(), fault);
        let body = smb(json!({"user": "anna", "password": "hunter2 is long"}));
        admin.post(MOUNTS, &body).await.assert_invalid(pointer);
    }
    manager
        .mounts
        .state()
        .faults
        .insert("nas".to_owned(), MountFault::Other);
    admin.post(MOUNTS, &smb(json!({}))).await.assert_problem(409);
    assert!(manager.mounts.state().kept.is_empty());
    let viewer = manager.program(Role::Operator).await;
    viewer.post(MOUNTS, &smb(json!({}))).await.assert_problem(403);

    let browser = manager.browser("admin").await;
    manager
        .mounts
        .state()
        .faults
        .insert("nas".to_owned(), MountFault::Login);
    let form = "kind=smb&name=nas&host=nas&path=media&user=anna&password=hunter2+is+long";
    let refused = browser.form("/settings/disks/add", form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("password-error") && !refused.text.contains("hunter2"));
    manager.mounts.state().faults.clear();
    let done = browser.form("/settings/disks/add", form).await;
    assert_eq!(done.header("location"), "/settings/disks");
    let given = manager.mounts.state().password.clone();
    assert_eq!(given.unwrap().expose_str(), Some("hunter2 is long"));
    let list = admin.get(MOUNTS).await;
    assert!(!list.text.contains("hunter2"));
    let audit = admin.get("/api/v1/audit").await;
    assert!(audit.text.contains("nas: SMB //nas/media as anna") && !audit.text.contains("hunter2"));
    admin.post(MOUNTS, &smb(json!({}))).await.assert_invalid("/name");
}

#[tokio::test]
async fn a_disk_is_formatted_only_when_it_may_be() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = |disk: &str| format!("/api/v1/system/disks/{disk}/format");
    let body = |confirm: &str| json!({"name": "media", "confirm": confirm});
    admin.post(&path("sdb"), &body("sda")).await.assert_invalid("/confirm");
    admin.post(&path("sdz"), &body("sdz")).await.assert_problem(404);
    admin.post(&path("a%20b"), &body("x")).await.assert_problem(404);
    let own = admin.post(&path("vda"), &body("vda")).await.assert_problem(409);
    assert!(own["detail"].as_str().unwrap().contains("runs from"));
    manager.disks.all()[0].volumes[0].mounted_at = vec!["/data/media/photos".into()];
    admin.post(&path("sda"), &body("sda")).await.assert_problem(409);
    let begun = admin.post(&path("sdb"), &body("sdb")).await;
    assert_eq!(begun.status, 202);
    assert_eq!(begun.json()["job"]["kind"], "format_disk");
    let browser = manager.browser("admin").await;
    let refused = browser
        .form("/settings/disks/sda/format", "name=x&confirm=nothing")
        .await;
    assert!(refused.status == 409 && refused.text.contains("What is lost"));
}

#[tokio::test]
async fn hearth_is_installed_only_where_it_fits() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = |disk: &str| format!("/api/v1/system/disks/{disk}/install");
    admin
        .post(&path("sdb"), &json!({"confirm": "sda"}))
        .await
        .assert_invalid("/confirm");
    admin
        .post(&path("sdz"), &json!({"confirm": "sdz"}))
        .await
        .assert_problem(404);
    admin
        .post(&path("vda"), &json!({"confirm": "vda"}))
        .await
        .assert_problem(409);
    let list = admin.get("/api/v1/system/disks").await.json();
    let fits: Vec<&serde_json::Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|disk| &disk["installable"])
        .collect();
    assert_eq!(fits, [true, true, false]);
    manager.disks.all()[1].size = hearth_model::units::Bytes::gib(1);
    let small = admin
        .post(&path("sdb"), &json!({"confirm": "sdb"}))
        .await
        .assert_problem(409);
    assert!(small["detail"].as_str().unwrap().contains("too small"));
    let operator = manager.program(Role::Operator).await;
    operator
        .post(&path("sda"), &json!({"confirm": "sda"}))
        .await
        .assert_problem(403);
    let browser = manager.browser("admin").await;
    let refused = browser.form("/settings/disks/sda/install", "confirm=x").await;
    assert!(refused.status == 422 && refused.text.contains("confirm-error"));
    let begun = browser.form("/settings/disks/sda/install", "confirm=sda").await;
    assert!(begun.header("location").starts_with("/jobs/"));
    let job = browser.get(begun.header("location")).await;
    assert!(job.text.contains("Install Hearth onto sda"), "{}", job.text);
}
