//! The published description has every route, and every operation says how it may fail.

use crate::support::Manager;
use hearth_model::account::Role;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn description() -> Value {
    serde_json::to_value(hearth::web::api::openapi()).unwrap()
}

/// Every route of the description with its method.
fn described() -> BTreeSet<(String, String)> {
    let api = description();
    let paths = api["paths"].as_object().unwrap();
    let all = paths
        .iter()
        .flat_map(|(path, item)| METHODS.iter().map(move |method| (path, item, *method)));
    let there = all.filter(|(_, item, method)| item.get(*method).is_some());
    there
        .map(|(path, _, method)| (path.clone(), method.to_owned()))
        .collect()
}

#[tokio::test]
async fn it_is_served_as_openapi_3_1() {
    let manager = Manager::set_up().await;
    let served = manager.client().get("/api/v1/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    let served = served.json();
    assert_eq!(served, description());
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(served["servers"][0]["url"], "/api/v1");
}

/// Handlers are marked by `#[utoipa::path(<method>, path = "<path>"`: each of them must be in the description.
#[test]
fn every_handler_is_in_it() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/api");
    let mut marked = BTreeSet::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for mark in text.split("#[utoipa::path(").skip(1) {
            let method = mark.trim_start().split(',').next().unwrap().trim().to_owned();
            let path = mark.split("path = \"").nth(1).unwrap().split('"').next().unwrap();
            marked.insert((path.to_owned(), method));
        }
    }
    let described = described();
    assert!(marked.len() > 40, "{marked:?}");
    assert_eq!(marked, described);
}

/// A router answers 405 with `Allow` for every method that a path does not have: so its routes can be told from outside.
#[tokio::test]
async fn every_route_is_in_it_with_its_methods() {
    let manager = Manager::set_up().await;
    let client = manager.program(Role::Admin).await;
    for (path, item) in description()["paths"].as_object().unwrap() {
        let concrete = path.replace(['{', '}'], "");
        let refused = client
            .send(axum::http::Method::TRACE, &format!("/api/v1{concrete}"), None, "")
            .await;
        refused.assert_problem(405);
        let allowed: BTreeSet<String> = refused
            .header("allow")
            .split(',')
            .map(|method| method.trim().to_ascii_lowercase())
            .filter(|method| method != "head")
            .collect();
        let described: BTreeSet<String> = METHODS
            .iter()
            .filter(|method| item.get(**method).is_some())
            .map(|method| (*method).to_owned())
            .collect();
        // Where a fixed path hides one with a name in it, the router tells of the fixed one alone.
        assert_eq!(allowed, described, "{path}");
    }
}

#[test]
fn every_operation_says_what_it_answers_and_how_it_may_fail() {
    let api = description();
    let mut ids = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let at = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{at} has no summary");
            assert!(operation["tags"][0].is_string(), "{at} has no tag");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{at} never succeeds"
            );
            for status in ["429", "500", "503"] {
                assert!(responses.contains_key(status), "{at}: {status}");
            }
            let open = operation.get("security").is_some();
            assert_eq!(open, !responses.contains_key("403"), "{at}: who may call?");
            if operation.get("requestBody").is_some() {
                for status in ["400", "413", "415", "422"] {
                    assert!(responses.contains_key(status), "{at}: {status}");
                }
            }
            if path.contains('{') {
                assert!(responses.contains_key("404"), "{at}: 404");
                let named = operation["parameters"].as_array().unwrap();
                assert!(named.iter().any(|parameter| parameter["in"] == "path"), "{at}");
            }
            for (status, response) in responses {
                assert!(response["description"].is_string(), "{at}: {status}");
                if status.starts_with(['4', '5']) {
                    let content = &response["content"]["application/problem+json"];
                    assert_eq!(
                        content["schema"]["$ref"], "#/components/schemas/Problem",
                        "{at}: {status}"
                    );
                }
            }
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{at}: {id} is not unique");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let api = description();
    let mut open = vec![&api];
    let mut count = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(api.pointer(pointer).is_some(), "{reference}");
                    count += 1;
                }
                open.extend(map.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(count > 100, "{count}");
}

/// The table of the guide: `| GET, POST \`/groups\` | … |`, several routes in a cell after commas.
fn in_the_guide() -> BTreeSet<(String, String)> {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/api.md");
    let text = std::fs::read_to_string(guide).unwrap();
    let mut found = BTreeSet::new();
    for row in text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(" `/"))
    {
        let cell = row.split('|').nth(1).unwrap();
        let mut methods = Vec::new();
        let mut fresh = true;
        for word in cell.split([' ', ',']).filter(|word| !word.is_empty()) {
            if let Some(path) = word.strip_prefix('`') {
                let path = path.trim_end_matches('`').split('?').next().unwrap();
                found.extend(methods.iter().map(|method: &String| (path.to_owned(), method.clone())));
                fresh = true;
            } else {
                if std::mem::take(&mut fresh) {
                    methods.clear();
                }
                methods.push(word.to_ascii_lowercase());
            }
        }
    }
    found
}

#[test]
fn every_route_is_in_the_guide() {
    let described = described();
    let guide = in_the_guide();
    let missing: Vec<_> = described.difference(&guide).collect();
    let invented: Vec<_> = guide.difference(&described).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:?}, invented {invented:?}"
    );
}
