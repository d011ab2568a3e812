//! The settings of the box itself: who may, what is refused, what is kept.

use crate::support::Manager;
use futures::StreamExt as _;
use hearth::port::appliance::ApplianceError;
use hearth_model::{
    account::Role,
    system::{JournalLine, Priority},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn the_box_is_given_a_name() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/hostname";
    let before = admin.get(path).await.json();
    assert_eq!(
        (&before["name"], &before["unavailable"]),
        (&json!("hearth"), &json!(null))
    );
    for (name, wrong) in [
        ("attic", false),
        ("Attic", true),
        ("a.b", true),
        ("-a", true),
        ("", true),
    ] {
        let answer = admin.post(path, &json!({ "name": name })).await;
        if wrong {
            answer.assert_invalid("/name");
        } else {
            assert_eq!(answer.json()["address"], "attic.local");
        }
    }
    assert_eq!(
        manager.services.setup.state().await.unwrap().name,
        "attic",
        "for its certificate"
    );
    let audit = admin.get("/api/v1/audit").await.json();
    let last = &audit["items"][0];
    assert_eq!(
        (&last["action"], &last["detail"]),
        (&json!("box.name"), &json!("attic"))
    );

    let operator = manager.program(Role::Operator).await;
    operator
        .post(path, &json!({"name": "cellar"}))
        .await
        .assert_problem(403);
    let browser = manager.browser("admin").await;
    let done = browser.form("/settings/box/name", "name=loft").await;
    assert_eq!(done.header("location"), "/settings/box?named=yes");
    let page = browser.get("/settings/box?named=yes").await;
    assert!(page.text.contains("href=\"https://loft.local/settings/box\""));
    let refused = browser.form("/settings/box/name", "name=My+Box").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"My Box\"") && refused.text.contains("name-error"));
}

#[tokio::test]
async fn the_page_says_at_which_name_it_answers_when_its_own_is_taken() {
    let manager = Manager::set_up().await;
    let page = manager.browser("admin").await.get("/settings/box").await;
    assert!(page.text.contains("hearth.local") && !page.text.contains("hearth-2.local"));
    manager.host_names.taken.store(true, Ordering::Relaxed);
    let state = manager
        .program(Role::Viewer)
        .await
        .get("/api/v1/system/hostname")
        .await
        .json();
    assert_eq!(
        (&state["name"], &state["address"]),
        (&json!("hearth"), &json!("hearth-2.local"))
    );
    let page = manager.browser("admin").await.get("/settings/box").await;
    assert!(page.text.contains("Another machine has this name") && page.text.contains("hearth-2.local"));
}

#[tokio::test]
async fn where_it_is_no_appliance_that_is_said() {
    let manager = Manager::set_up().await;
    *manager.host_names.error.lock().unwrap() = Some(ApplianceError::NoAppliance);
    let admin = manager.program(Role::Admin).await;
    let state = admin.get("/api/v1/system/hostname").await.json();
    assert_eq!(state["name"], "hearth");
    assert!(state["unavailable"].as_str().unwrap().contains("own image"));
    let refused = admin.post("/api/v1/system/hostname", &json!({"name": "attic"})).await;
    refused.assert_problem(409);
    let page = manager.browser("admin").await.get("/settings/box").await;
    assert!(page.text.contains("Nothing to set here") && !page.text.contains("action=\"/settings/box"));
}

#[tokio::test]
async fn time_zone_and_servers() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/time";
    let state = admin.get(path).await.json();
    assert_eq!(state["sync"], json!({"on": true, "servers": []}));
    let body = json!({"time_zone": "Pacific/Auckland", "servers": ["ntp.example.org", "192.0.2.1"]});
    let state = admin.post(path, &body).await.json();
    assert_eq!(state["time_zone"], "Pacific/Auckland");
    assert_eq!(state["sync"]["servers"][1], "192.0.2.1");
    let state = admin.post(path, &json!({"sync": false})).await.json();
    assert_eq!(state["sync"]["servers"][0], "ntp.example.org", "what is left out stays");
    assert_eq!(manager.services.setup.time_zone().await.unwrap(), "Pacific/Auckland");
    for (body, pointer) in [
        (json!({"time_zone": "Mars/Olympus"}), "/time_zone"),
        (json!({"time_zone": "../../etc/shadow"}), "/time_zone"),
        (json!({"servers": ["a b"]}), "/servers/0"),
        (json!({"servers": vec!["a"; 9]}), "/servers"),
        (json!({"sync": "yes"}), "/sync"),
    ] {
        admin.post(path, &body).await.assert_invalid(pointer);
    }
    let browser = manager.browser("admin").await;
    let done = browser
        .form("/settings/box/time", "time_zone=Europe%2FZurich&servers=a,+b&sync=yes")
        .await;
    assert_eq!(done.header("location"), "/settings/box");
    let page = browser.get("/settings/box").await;
    assert!(page.text.contains("value=\"a b\"") && page.text.contains("Europe/Zurich"));
    let refused = browser
        .form("/settings/box/time", "time_zone=Nowhere&servers=a%0ab")
        .await;
    assert_eq!(refused.status, 422);
}

#[tokio::test]
async fn services_are_listed_and_told_what_to_do() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let list = admin.get("/api/v1/system/services").await.json();
    let names: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["unit"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "hearth.service",
            "docker.service",
            "hearth-mark-good.service",
            "odd.service"
        ]
    );
    assert_eq!(list["items"][0]["verbs"], json!(["restart"]), "it does not stop itself");
    assert_eq!(list["items"][2]["verbs"], json!([]), "that is only looked at");
    assert_eq!(list["items"][3]["verbs"], json!([]));

    let act = |unit: &str, verb: &str| format!("/api/v1/system/services/{unit}/{verb}");
    let stopped = admin.post(&act("docker", "stop"), &json!({})).await.json();
    assert_eq!(
        (&stopped["unit"], &stopped["state"]),
        (&json!("docker.service"), &json!("inactive"))
    );
    let audit = admin.get("/api/v1/audit").await.json();
    assert_eq!(audit["items"][0]["detail"], "stop docker.service");
    for (unit, verb, status) in [
        ("hearth", "stop", 409),
        ("odd", "start", 404),
        ("ssh", "start", 404),
        ("docker", "explode", 404),
        ("a%20b", "start", 404),
        ("rauc", "restart", 409),
    ] {
        admin.post(&act(unit, verb), &json!({})).await.assert_problem(status);
    }
    let operator = manager.program(Role::Operator).await;
    operator
        .post(&act("docker", "start"), &json!({}))
        .await
        .assert_problem(403);

    let browser = manager.browser("admin").await;
    let page = browser.get("/settings/services").await;
    assert!(page.text.contains("action=\"/settings/services/docker.service/start\""));
    let done = browser.form("/settings/services/docker.service/start", "").await;
    assert_eq!(done.header("location"), "/settings/services");
    let refused = browser.form("/settings/services/hearth.service/stop", "").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("can be told to restart and not stop"));
}

fn written(n: i64) -> JournalLine {
    JournalLine {
        at: Timestamp::from_second(1_795_000_000 + n).unwrap(),
        from: if n % 2 == 0 { "docker.service" } else { "hearth.service" }.to_owned(),
        priority: Priority::ALL[usize::try_from(n).unwrap() % 8],
        text: format!("line <{n}>"),
    }
}

fn texts(answer: &str) -> Vec<String> {
    let lines = answer.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn logs_are_filtered_and_followed() {
    let manager = Manager::set_up().await;
    (0..20).for_each(|n| manager.journal.write(written(n)));
    let viewer = manager.program(Role::Viewer).await;
    for (query, expected) in [
        ("tail=2", vec!["line <18>", "line <19>"]),
        ("unit=docker&tail=2", vec!["line <16>", "line <18>"]),
        ("priority=alert&tail=3", vec!["line <9>", "line <16>", "line <17>"]),
        ("text=LINE+%3C7", vec!["line <7>"]),
        ("since=2026-11-18T11:06:58Z", vec!["line <18>", "line <19>"]),
        ("unit=absent", vec![]),
    ] {
        let answer = viewer.get(&format!("/api/v1/system/logs?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        assert_eq!(texts(&answer.text), expected, "{query}");
    }
    for (query, pointer) in [
        ("tail=10001", "/tail"),
        ("tail=-1", "/tail"),
        ("unit=a%20b", "/unit"),
        ("priority=loud", "/priority"),
        ("since=yesterday", "/since"),
        (&format!("text={}", "x".repeat(201)), "/text"),
    ] {
        viewer
            .get(&format!("/api/v1/system/logs?{query}"))
            .await
            .assert_invalid(pointer);
    }
    let mut stream = viewer
        .stream("/api/v1/system/logs?unit=docker&tail=1&follow=true")
        .await;
    assert_eq!(texts(&stream.next().await.unwrap()), ["line <18>"]);
    manager.journal.write(written(21));
    manager.journal.write(written(22));
    assert_eq!(texts(&stream.next().await.unwrap()), ["line <22>"]);

    let browser = manager.browser("admin").await;
    let page = browser.get("/settings/logs?unit=docker.service&text=line").await;
    assert!(page.text.contains("line &lt;18&gt;") && !page.text.contains("line &lt;19&gt;"));
    assert!(page.text.contains("/live/box/logs?unit=docker.service&amp;text=line"));
    let mut live = browser.stream("/live/box/logs?unit=docker.service").await;
    let mut seen = String::new();
    while !seen.contains("line &lt;18&gt;") {
        seen += &live.next().await.expect("the lines");
    }
    assert_eq!(browser.get("/settings/logs?unit=a+b").await.status, 422);
    assert_eq!(browser.get("/live/box/logs?unit=a+b").await.status, 422);
}
