//! Through the pages request by request, as a browser without scripts goes.

use crate::support::{Client, Manager, PASSWORD};
use futures::StreamExt;
use hearth_model::account::Role;

fn with_cookie(client: Client, set_cookie: &str) -> Client {
    let cookie = set_cookie.split(';').next().unwrap_or_default().to_owned();
    client.with("cookie", cookie)
}

/// The form of a page gives its token back.
fn token(page: &str) -> String {
    let start = "name=\"csrf\" value=\"";
    let at = page.find(start).expect("a form with a token") + start.len();
    page[at..].split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn first_boot_without_scripts() {
    let manager = Manager::new().await;
    let nobody = manager.client();
    let led = nobody.get("/").await;
    assert_eq!((led.status.as_u16(), led.header("location")), (303, "/setup"));
    let boot = nobody.get("/setup").await;
    assert!(boot.text.contains("Set up a new Hearth") && boot.text.contains("192.168.1.10"));
    let asked = nobody.get("/setup/name").await;
    assert!(asked.text.contains("name=\"time_zone\""));

    let refused = nobody
        .form(
            "/setup",
            "name=hearth&admin=anna&password=short&time_zone=Europe%2FZurich",
        )
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("id=\"password-error\"") && refused.text.contains("value=\"anna\""));
    let refused = nobody.form("/setup", "name=My+Box&admin=&password=&time_zone=").await;
    for field in ["name", "admin", "password", "time_zone"] {
        assert!(refused.text.contains(&format!("id=\"{field}-error\"")), "{field}");
    }

    let given = format!(
        "name=hearth&admin=anna&password={}&time_zone=Europe%2FZurich",
        PASSWORD.replace(' ', "+")
    );
    let done = nobody.form("/setup", &given).await;
    assert_eq!(done.status, 303);
    let next = done.header("location").to_owned();
    assert!(next.starts_with("/setup/machines?job="), "{next}");
    let anna = with_cookie(manager.client(), done.header("set-cookie"));
    let machines = anna.get(&next).await;
    assert_eq!(machines.status, 200);
    assert!(machines.text.contains("Your machines"));

    let again = nobody.form("/setup", &given).await;
    assert_eq!(again.status, 409);
    assert_eq!(nobody.get("/setup").await.header("location"), "/");
    assert_eq!(nobody.get("/live/boot").await.status, 404);
}

#[tokio::test]
async fn in_and_out() {
    let manager = Manager::set_up().await;
    let nobody = manager.client();
    let wrong = nobody.form("/login", "name=admin&password=nope").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("role=\"alert\"") && wrong.text.contains("value=\"admin\""));
    let form = format!("name=admin&password={}&next=%2Fnodes", PASSWORD.replace(' ', "+"));
    let right = nobody.form("/login", &form).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, "/nodes"));
    let elsewhere = nobody
        .form("/login", &form.replace("%2Fnodes", "%2F%2Fevil.example"))
        .await;
    assert_eq!(elsewhere.header("location"), "/");

    let admin = with_cookie(manager.client(), right.header("set-cookie"));
    let nodes = admin.get("/nodes").await;
    assert!(nodes.text.contains("No nodes yet"));
    let out = admin.form("/logout", &format!("csrf={}", token(&nodes.text))).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/login"));
    assert!(admin.get("/nodes").await.header("location").starts_with("/login"));
}

#[tokio::test]
async fn a_machine_that_does_not_answer_says_why_and_what_to_do() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let page = admin.get("/nodes/adopt?address=10.0.0.9&port=22").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("connection refused") && page.text.contains("What to do"),
        "{}",
        page.text
    );
    let page = admin.get("/nodes/adopt?address=not+good&port=99999").await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("id=\"address-error\"") && page.text.contains("id=\"port-error\""));
    assert!(page.text.contains("value=\"not good\""));
}

#[tokio::test]
async fn adopting_asks_for_a_login_and_names_what_is_missing() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let none = admin.form("/nodes/adopt", "user=root&password=x").await;
    assert_eq!(none.status, 422);
    let both = admin
        .form("/nodes/adopt", "machine=10.0.0.9%3A22&user=root&password=x&key=y")
        .await;
    assert_eq!(both.status, 422);
    let begun = admin
        .form("/nodes/adopt", "machine=10.0.0.9%3A22&user=root&password=x")
        .await;
    assert_eq!(begun.status, 303);
    let job = admin.get(begun.header("location")).await;
    assert!(job.text.contains("Adopt 10.0.0.9"), "{}", job.text);
    assert!(!job.text.contains("password=x"));
}

#[tokio::test]
async fn who_only_looks_changes_nothing() {
    let manager = Manager::set_up().await;
    manager.add("vera", Role::Viewer).await;
    let vera = manager.browser("vera").await;
    for path in ["/nodes/adopt?address=10.0.0.9", "/setup/machines"] {
        assert_eq!(vera.get(path).await.status, 403, "{path}");
    }
    for (path, form) in [
        ("/nodes/adopt", "machine=10.0.0.9%3A22&user=root&password=x"),
        ("/nodes/discover", ""),
        ("/nodes/groups", "name=all&nodes=nuc"),
        ("/nodes/groups/all/run", "action=refresh"),
        ("/activity/incidents/x/ack", ""),
        ("/settings/box/name", "name=mine"),
        ("/settings/box/time", "time_zone=UTC"),
        ("/settings/network", "link=enp1s0&mode=dhcp"),
        ("/settings/network/confirm", ""),
        ("/settings/ssh", "on=yes"),
        ("/settings/disks/add", "kind=nfs&name=a&host=nas&path=%2Fa"),
        ("/settings/disks/sdb/format", "name=a&confirm=sdb"),
        ("/settings/disks/sdb/install", "confirm=sdb"),
        ("/settings/mounts/a/remove", ""),
        ("/settings/reset", "confirm=hearth"),
        ("/settings/services/docker.service/stop", ""),
        ("/settings/people", "name=max&password=x&role=admin"),
        ("/settings/tokens", "name=x&role=admin"),
    ] {
        assert_eq!(vera.form(path, form).await.status, 403, "{path}");
    }
    assert!(!vera.get("/settings/people").await.text.contains("admin</p>"));
}

#[tokio::test]
async fn a_group_is_made_changed_acted_on_and_deleted_without_scripts() {
    let manager = Manager::set_up().await;
    for node in super::fixtures::nodes().unwrap() {
        let node = hearth_model::node::Node {
            groups: Default::default(),
            ..node
        };
        let system = hearth_model::account::Actor::system();
        manager.roster.add(node, &system, String::new()).await.unwrap();
    }
    let admin = manager.browser("admin").await;
    let refused = admin.form("/nodes/groups", "name=Not+Good").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("id=\"name-error\"") && refused.text.contains("id=\"nodes-error\""));
    let made = admin.form("/nodes/groups", "name=always-on&nodes=nuc&nodes=nas").await;
    assert_eq!(
        (made.status.as_u16(), made.header("location")),
        (303, "/nodes/groups/always-on")
    );
    let twice = admin.form("/nodes/groups", "name=always-on&nodes=nuc").await;
    assert_eq!(twice.status, 422);
    let renamed = admin
        .form("/nodes/groups/always-on", "name=cellar&nodes=nuc&nodes=workshop")
        .await;
    assert_eq!(renamed.header("location"), "/nodes/groups/cellar");
    let page = admin.get("/nodes/groups").await;
    assert!(
        page.text.contains("nuc, workshop") && !page.text.contains("always-on\">"),
        "{}",
        page.text
    );

    let asked = admin.get("/nodes/groups/cellar/run?action=bootstrap").await;
    assert!(
        asked.text.contains("1 node does not answer") && asked.text.contains("from each machine"),
        "{}",
        asked.text
    );
    assert_eq!(admin.get("/nodes/groups/cellar/run?action=format").await.status, 404);
    let begun = admin.form("/nodes/groups/cellar/run", "action=refresh").await;
    assert_eq!(begun.status, 303);
    let job = admin.get(begun.header("location")).await;
    assert!(job.text.contains("Act on cellar"));
    let busy = admin.form("/nodes/groups/cellar/run", "action=refresh").await;
    assert_eq!(busy.status, 409);

    let unsure = admin.form("/nodes/groups/cellar/delete", "confirm=celar").await;
    assert!(unsure.status == 422 && unsure.text.contains("id=\"confirm-error\""));
    let gone = admin.form("/nodes/groups/cellar/delete", "confirm=cellar").await;
    assert_eq!(gone.header("location"), "/nodes/groups");
    assert!(admin.get("/nodes/groups").await.text.contains("No groups yet"));
}

#[tokio::test]
async fn who_adopts_from_the_wizard_stays_in_it() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    for query in [
        "wizard=1",
        "wizard=1&address=10.0.0.9&port=22",
        "wizard=1&machine=10.0.0.9%3A22",
    ] {
        let page = admin.get(&format!("/nodes/adopt?{query}")).await;
        assert!(page.text.contains("aria-label=\"Steps of the set-up\""), "{query}");
        assert!(!page.text.contains("aria-label=\"Main\""), "{query}");
        assert!(
            !page.text.contains("href=\"/nodes/adopt\""),
            "{query}: the way back stays in it too"
        );
    }
    let refused = admin
        .form("/nodes/adopt", "wizard=1&machine=10.0.0.9%3A22&user=root")
        .await;
    assert!(refused.status == 422 && refused.text.contains("aria-label=\"Steps of the set-up\""));
    let begun = admin
        .form("/nodes/adopt", "wizard=1&machine=10.0.0.9%3A22&user=root&password=x")
        .await;
    assert_eq!(begun.header("location"), "/setup/machines");
}

#[tokio::test]
async fn people_and_tokens_come_and_go() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let short = admin
        .form("/settings/people", "name=max&password=short&role=viewer")
        .await;
    assert_eq!(short.status, 422);
    assert!(short.text.contains("id=\"password-error\"") && short.text.contains("value=\"max\""));
    let form = "name=max&password=quiet+lamp+under+seven&role=viewer";
    assert_eq!(admin.form("/settings/people", form).await.status, 303);
    assert!(admin.get("/settings/people").await.text.contains("max"));
    let made = admin.form("/settings/tokens", "name=script&role=viewer").await;
    assert!(made.text.contains("It is shown this once"));
    assert!(
        !admin
            .get("/settings/tokens")
            .await
            .text
            .contains("It is shown this once")
    );
    assert_eq!(
        admin.form("/settings/tokens", "name=script&role=king").await.status,
        422
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await.with("accept", "text/html");
    for path in [
        "/nodes/none",
        "/jobs/none",
        "/no-such-page",
        "/nodes/none/release",
        "/nodes/groups/none",
        "/nodes/groups/none/run?action=refresh",
        "/nodes/discover?job=none",
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text.contains("There is nothing here"), "{path}");
    }
}

#[tokio::test]
async fn a_live_part_begins_with_what_is_so_now() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let begun = admin.form("/nodes/discover", "subnets=&port=22").await;
    let job = begun
        .header("location")
        .split('=')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let path = format!("/live/discover/{job}");
    let mut stream = admin.stream(&path).await;
    let first = stream.next().await.expect("a message");
    assert!(
        first.contains("<hx-partial hx-target=\"#found\" hx-swap=\"innerMorph\">"),
        "{first}"
    );
    for (path, part) in [
        ("/live/nodes?view=table", "nodes"),
        ("/live/activity?state=running", "jobs"),
    ] {
        let first = admin.stream(path).await.next().await.expect("a message");
        assert!(first.contains(&format!("<hx-partial hx-target=\"#{part}\"")), "{first}");
    }
    assert_eq!(admin.get("/live/activity?after=x").await.status, 422);
    assert_eq!(admin.get("/live/jobs/none").await.status, 404);
    assert_eq!(manager.client().get("/live/home").await.status, 303);
}

#[tokio::test]
async fn every_place_has_a_page_before_there_is_anything() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    for (path, says) in [
        ("/", "Bring your machines in"),
        ("/apps?search=feed&category=reading&arch=arm64", "Catalogue"),
        ("/apps?category=none&arch=vax", "Catalogue"),
        ("/nodes", "No nodes yet"),
        ("/nodes/adopting", "No adoptions yet"),
        ("/nodes/compare?nodes=a,b", "Nothing to compare"),
        ("/activity?state=stuck", "No jobs"),
        ("/activity/audit", "Audit log"),
        ("/activity/incidents?state=open", "No incidents"),
        ("/nodes/groups", "No groups yet"),
        ("/settings", "This Hearth"),
        ("/settings/box", "Set by"),
        ("/settings/network", "How this box is reached"),
        ("/settings/ssh", "look under the bonnet"),
        ("/settings/disks", "Plugged in"),
        ("/settings/disks/add?kind=disk&uuid=1A2B-3C4D", "PHOTOS"),
        ("/settings/disks/add?kind=nfs", "/export/media"),
        ("/settings/disks/add?kind=smb", "Kept sealed"),
        ("/settings/disks/sda/format", "What is lost"),
        ("/settings/disks/sda/install", "a new box"),
        ("/settings/reset", "What is lost"),
        ("/settings/services", "What runs on this box"),
        ("/settings/logs", "Newest at the end"),
        ("/setup/app", "A first app"),
        ("/trust", "Download the certificate"),
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains(says), "{path}: {}", page.text);
    }
    for path in [
        "/apps/none",
        "/apps/none/change",
        "/apps/none/remove",
        "/apps/none/log.txt",
        "/apps/new/none",
        "/apps/icons/none.svg",
    ] {
        assert_eq!(admin.get(path).await.status, 404, "{path}");
    }
}
