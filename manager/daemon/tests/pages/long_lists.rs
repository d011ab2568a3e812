//! More apps than a page shows: link by link through all of them, as a browser without scripts goes.

use super::fixtures;
use crate::support::Manager;
use hearth::store::{Store, apps, error::Error, nodes};
use hearth_model::app::App;
use std::collections::BTreeSet;
use uuid::Uuid;

const APPS: u128 = 60;

async fn fill(manager: &Manager) {
    let node = fixtures::nodes().expect("the fixtures are right").remove(0);
    let made = fixtures::apps().expect("the fixtures are right").remove(0);
    let installed: Vec<App> = (0..APPS)
        .map(|number| App {
            id: Uuid::from_u128(0xA000 + number).into(),
            slug: format!("app-{number:02}").parse().expect("a name"),
            node: node.id,
            ..made.clone()
        })
        .collect();
    let store = Store::open(&manager.dir().join("hearth.db")).expect("the manager's database");
    let written = store.write::<_, Error, _>(move |tx| {
        nodes::insert(tx, &node)?;
        installed.iter().try_for_each(|app| apps::put(tx, app))
    });
    written.await.expect("written");
}

/// Where the link to the next part leads.
fn next(page: &str) -> Option<String> {
    let link = page.split("rel=\"next\" href=\"").nth(1)?;
    let address = link.split('"').next()?.replace("&amp;", "&");
    Some(address.split('#').next()?.to_owned())
}

#[tokio::test]
async fn each_app_is_on_one_page_of_the_list() {
    let manager = Manager::set_up().await;
    fill(&manager).await;
    let admin = manager.browser("admin").await;
    let mut seen = BTreeSet::new();
    let mut at = Some("/apps?state=running".to_owned());
    while let Some(path) = at {
        let page = admin.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        for card in page.text.split("<h3 class=\"breaks\"><a href=\"/apps/").skip(1) {
            assert!(seen.insert(card[..6].to_owned()), "{path}: twice {}", &card[..6]);
        }
        at = next(&page.text);
    }
    assert_eq!(seen.len(), APPS as usize);

    let home = admin.get("/").await;
    assert_eq!(home.status, 200);
    let narrow = admin.get("/apps?name=P-41").await;
    assert!(narrow.text.contains("href=\"/apps/app-41\"") && narrow.text.contains("1 of 60 apps"));
    let none = admin.get("/apps?node=nowhere").await;
    assert!(none.text.contains("No app matches"));
}

#[tokio::test]
async fn the_api_goes_on_after_its_cursor() {
    let manager = Manager::set_up().await;
    fill(&manager).await;
    let admin = manager.browser("admin").await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = admin
            .get(&format!("/api/v1/apps?limit=25&state=running{after}"))
            .await
            .json();
        let items = page["items"].as_array().expect("items");
        seen.extend(
            items
                .iter()
                .map(|app| app["slug"].as_str().unwrap_or_default().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break,
        }
    }
    assert!(seen.is_sorted());
    assert_eq!(seen.len(), APPS as usize);
    let found = admin.get("/api/v1/apps?search=app-4&limit=3").await.json();
    assert_eq!(found["items"][0]["slug"], "app-40");
    assert_eq!(found["next"], "app-42");
}
