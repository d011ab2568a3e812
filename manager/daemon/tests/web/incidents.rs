//! Incidents: listed, acknowledged, told.

use crate::support::Manager;
use hearth::store;
use hearth_model::{account::Role, event::Channel, id::IncidentId};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// A manager with an incident that goes on, of `app notes`, and one that is over, of `app wiki`.
async fn with_incidents() -> Manager {
    let manager = Manager::set_up().await;
    let at = Timestamp::from_second(1_795_000_000).unwrap();
    let written = manager.store.write(move |tx| {
        let id = |n| IncidentId(Uuid::from_u128(n));
        store::incidents::open(tx, id(1), at, "app wiki", "On m1: its containers were removed.")?;
        store::incidents::close(tx, at, "app wiki", "It is as it should be again.")?;
        store::incidents::open(tx, id(2), at, "app notes", "On m1: the container of db was stopped.")
    });
    written.await.unwrap();
    manager
}

#[tokio::test]
async fn they_are_listed_newest_first_and_by_what_one_asks_for() {
    let manager = with_incidents().await;
    let viewer = manager.program(Role::Viewer).await;
    for (query, subjects) in [
        ("", vec!["app notes", "app wiki"]),
        ("?open=true", vec!["app notes"]),
        ("?open=false", vec!["app wiki"]),
        ("?acknowledged=true", vec![]),
        ("?acknowledged=false&limit=1", vec!["app notes"]),
        ("?subject=app%20wiki", vec!["app wiki"]),
    ] {
        let page = viewer.get(&format!("/api/v1/incidents{query}")).await.json();
        let items = page["items"].as_array().unwrap();
        let found: Vec<&str> = items.iter().map(|item| item["subject"].as_str().unwrap()).collect();
        assert_eq!(found, subjects, "{query}");
    }
    let first = viewer.get("/api/v1/incidents?limit=1").await.json();
    let next = first["next"].as_str().unwrap();
    let second = viewer
        .get(&format!("/api/v1/incidents?limit=1&after={next}"))
        .await
        .json();
    assert_eq!(second["items"][0]["done"], "It is as it should be again.");
    assert!(second["next"].is_null());
    for (query, pointer) in [
        ("?limit=0", "/limit"),
        ("?after=x", "/after"),
        ("?open=perhaps", "/open"),
    ] {
        viewer
            .get(&format!("/api/v1/incidents{query}"))
            .await
            .assert_invalid(pointer);
    }
}

#[tokio::test]
async fn an_operator_says_that_they_know_and_watchers_are_told() {
    let manager = with_incidents().await;
    let mut events = manager.services.events.watch();
    let path = format!("/api/v1/incidents/{}/ack", Uuid::from_u128(2));
    let viewer = manager.program(Role::Viewer).await;
    viewer.post(&path, &json!({})).await.assert_problem(403);
    let operator = manager.program(Role::Operator).await;
    let known = operator.post(&path, &json!({})).await.json();
    assert_eq!(known["acked_by"], "token:operator 2");
    let event = events.try_recv().unwrap();
    assert_eq!(
        (event.channel, event.event.as_str()),
        (Channel::Incidents, "acknowledged")
    );
    let again = manager.program(Role::Admin).await.post(&path, &json!({})).await.json();
    assert_eq!(again["acked_by"], known["acked_by"], "who said so first stays");
    for missing in ["none".to_owned(), Uuid::from_u128(9).to_string()] {
        let path = format!("/api/v1/incidents/{missing}/ack");
        operator.post(&path, &json!({})).await.assert_problem(404);
    }
}

#[tokio::test]
async fn the_page_shows_them_and_its_button_works_without_scripts() {
    let manager = with_incidents().await;
    let admin = manager.browser("admin").await;
    let page = admin.get("/activity/incidents").await;
    assert!(page.text.contains("the container of db was stopped") && page.text.contains("It is as it should be again"));
    let path = format!("/activity/incidents/{}/ack", Uuid::from_u128(2));
    let done = admin.form(&path, "").await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, "/activity/incidents")
    );
    let page = admin.get("/activity/incidents?state=open").await;
    assert!(page.text.contains("admin knows of it"), "{}", page.text);
    assert!(!page.text.contains("its containers were removed"));
}
