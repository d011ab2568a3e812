//! Forms of pages: who may send them, and what becomes of them.

use crate::support::{Client, Manager};
use axum::{
    Json, Router,
    routing::{get, post},
};
use hearth::web::{
    layers::around,
    problem::Problem,
    security::{CsrfForm, Login, OpenForm},
};
use hearth_model::account::Role;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    name: String,
    #[serde(default)]
    ports: Vec<u16>,
}

async fn page(login: Login) -> String {
    login.csrf
}

async fn change(CsrfForm { login, form }: CsrfForm<Wish>) -> Result<Json<Wish>, Problem> {
    login.require(Role::Operator)?;
    Ok(Json(form))
}

async fn open(OpenForm(form): OpenForm<Wish>) -> Json<Wish> {
    Json(form)
}

fn pages(manager: &Manager) -> Router {
    let routes = Router::new()
        .route("/page", get(page))
        .route("/change", post(change))
        .route("/open", post(open));
    around(routes, manager.services.clone())
}

/// A browser of a person, without the header: forms carry the token in a field.
async fn browser(manager: &Manager, name: &str) -> (Client, String) {
    let browser = manager.browser(name).await.on(pages(manager)).without("x-csrf-token");
    let csrf = browser.get("/page").await.text;
    assert!(csrf.len() >= 43, "{csrf}");
    (browser, csrf)
}

#[tokio::test]
async fn a_form_carries_the_token_in_a_field_or_a_header() {
    let manager = Manager::set_up().await;
    let (browser, csrf) = browser(&manager, "admin").await;
    let by_field = browser
        .form("/change", &format!("name=a&ports=1&csrf={csrf}&ports=2"))
        .await;
    assert_eq!(by_field.json(), json!({"name": "a", "ports": [1, 2]}), "{by_field:?}");
    let by_header = browser
        .clone()
        .with("x-csrf-token", csrf)
        .form("/change", "name=a")
        .await;
    assert_eq!(by_header.status, 200);
    browser.form("/change", "name=a").await.assert_problem(403);
    browser.form("/change", "name=a&csrf=guessed").await.assert_problem(403);
}

#[tokio::test]
async fn a_form_that_is_not_right_names_the_field() {
    let manager = Manager::set_up().await;
    let (browser, csrf) = browser(&manager, "admin").await;
    let wrong = browser.form("/change", &format!("name=a&ports=x&csrf={csrf}")).await;
    wrong.assert_problem(422);
    let unknown = browser.form("/change", &format!("name=a&nmae=b&csrf={csrf}")).await;
    unknown.assert_invalid("/nmae");
    let long = format!("csrf={csrf}&name={}", "x".repeat(1 << 20));
    browser.form("/change", &long).await.assert_problem(413);
    browser.post("/change", &json!({"name": "a"})).await.assert_problem(415);
}

#[tokio::test]
async fn a_role_that_is_too_low_is_refused() {
    let manager = Manager::set_up().await;
    manager.add("vic", Role::Viewer).await;
    let (browser, csrf) = browser(&manager, "vic").await;
    let refused = browser.form("/change", &format!("name=a&csrf={csrf}")).await;
    assert!(
        refused.assert_problem(403)["detail"]
            .as_str()
            .unwrap()
            .contains("operator")
    );
}

#[tokio::test]
async fn who_is_not_logged_in_is_led_to_the_login_and_back() {
    let manager = Manager::set_up().await;
    let nobody = Client::new(pages(&manager));
    let led = nobody.get("/page?a=b").await;
    assert_eq!(
        (led.status.as_u16(), led.header("location")),
        (303, "/login?next=%2Fpage%3Fa%3Db")
    );
    let led = nobody.form("/change", "name=a").await;
    assert_eq!((led.status.as_u16(), led.header("location")), (303, "/login"));
    let script = nobody.with("hx-request", "true").get("/page").await;
    assert_eq!(
        (script.status.as_u16(), script.header("hx-redirect")),
        (401, "/login?next=%2Fpage")
    );
}

#[tokio::test]
async fn before_first_boot_everybody_is_led_there() {
    let manager = Manager::new().await;
    let led = Client::new(pages(&manager)).get("/page").await;
    assert_eq!((led.status.as_u16(), led.header("location")), (303, "/setup"));
}

#[tokio::test]
async fn a_program_with_a_token_is_no_browser() {
    let manager = Manager::set_up().await;
    let program = manager.program(Role::Admin).await.on(pages(&manager));
    assert_eq!(program.get("/page").await.status, 303);
}
