//! Accounts over a real store, with a clock that is told to go on.

use super::*;
use crate::{
    engine::audit::{Audit, Slice},
    port::{clock::FakeClock, ids::FakeIds, vault::FakeVault},
};
use std::time::Duration;

const PASSWORD: &str = "mossy teapot glides north";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

struct Bench {
    accounts: Accounts,
    audit: Audit,
    clock: Arc<FakeClock>,
    admin: Actor,
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let clock = Arc::new(FakeClock::default());
        let accounts = Accounts::new(
            store.clone(),
            clock.clone(),
            Arc::new(FakeIds::default()),
            Arc::new(FakeVault),
        );
        let bench = Self {
            accounts,
            audit: Audit::new(store),
            clock,
            admin: Actor::system(),
            _dir: dir,
        };
        bench.add("ann", Role::Admin).await;
        bench
    }

    async fn add(&self, name: &str, role: Role) -> hearth_model::account::User {
        self.accounts
            .create_user(name, PASSWORD, role, &self.admin)
            .await
            .unwrap()
    }

    async fn actions(&self) -> Vec<String> {
        let slice = Slice {
            limit: 100,
            after: None,
        };
        let page = self.audit.list(slice).await.unwrap();
        page.items.into_iter().map(|entry| entry.action).collect()
    }
}

fn unauthenticated<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unauthenticated(_)))
}

#[tokio::test]
async fn a_login_lasts_thirty_days_from_its_last_use_and_ninety_in_all() {
    let bench = Bench::new().await;
    let session = bench.accounts.login("Ann", PASSWORD, Some("192.0.2.1")).await.unwrap();
    assert_eq!(session.actor.name, "ann");
    for _ in 0..3 {
        bench.clock.advance(29 * DAY);
        let seen = bench.accounts.session(&session.token, None).await.unwrap();
        assert_eq!(seen.unwrap().csrf, session.csrf);
    }
    bench.clock.advance(3 * DAY);
    assert!(
        bench.accounts.session(&session.token, None).await.unwrap().is_none(),
        "90 days"
    );

    let session = bench.accounts.login("ann", PASSWORD, None).await.unwrap();
    bench.clock.advance(30 * DAY);
    assert!(
        bench.accounts.session(&session.token, None).await.unwrap().is_none(),
        "30 days unused"
    );
}

#[tokio::test]
async fn logging_out_ends_the_login() {
    let bench = Bench::new().await;
    let session = bench.accounts.login("ann", PASSWORD, None).await.unwrap();
    bench.accounts.logout(&session.token).await.unwrap();
    assert!(bench.accounts.session(&session.token, None).await.unwrap().is_none());
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_look_the_same_and_are_slowed_down() {
    let bench = Bench::new().await;
    let texts = [("ann", "wrong password"), ("eve", PASSWORD)].map(|(name, password)| async {
        bench
            .accounts
            .login(name, password, None)
            .await
            .map(|_| ())
            .unwrap_err()
            .to_string()
    });
    let [wrong_password, wrong_name] = texts;
    assert_eq!(wrong_password.await, wrong_name.await);
    for _ in 0..4 {
        assert!(unauthenticated(
            bench.accounts.login("ann", "wrong password", None).await
        ));
    }
    let wait = match bench.accounts.login("ann", PASSWORD, None).await {
        Err(Error::TooMany { retry_after_secs }) => retry_after_secs,
        _ => panic!("not slowed down"),
    };
    bench.clock.advance(Duration::from_secs(wait));
    assert!(bench.accounts.login("ann", PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn a_signed_token_ends_by_itself() {
    let bench = Bench::new().await;
    let (token, until) = bench.accounts.issue("ann", PASSWORD, Some(60), None).await.unwrap();
    assert_eq!(until, bench.clock.now() + SignedDuration::from_secs(60));
    assert_eq!(bench.accounts.bearer(&token, None).await.unwrap().role, Role::Admin);
    bench.clock.advance(Duration::from_secs(60));
    assert!(unauthenticated(bench.accounts.bearer(&token, None).await));
}

#[tokio::test]
async fn a_signed_token_cannot_be_made_up_or_changed() {
    let bench = Bench::new().await;
    let (token, _) = bench.accounts.issue("ann", PASSWORD, None, None).await.unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (_, body) = head.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
    for forged in [
        unsigned,
        format!("{head}.{}", signature.chars().rev().collect::<String>()),
        head.to_owned(),
        "x".repeat(9000),
    ] {
        assert!(unauthenticated(bench.accounts.bearer(&forged, None).await), "{forged}");
    }
    for ttl in [0, 59, 86_401, u64::MAX] {
        assert!(matches!(
            bench.accounts.issue("ann", PASSWORD, Some(ttl), None).await,
            Err(Error::Invalid(_))
        ));
    }
}

#[tokio::test]
async fn a_new_password_ends_other_logins_and_signed_tokens() {
    let bench = Bench::new().await;
    let kept = bench.accounts.login("ann", PASSWORD, None).await.unwrap();
    let other = bench.accounts.login("ann", PASSWORD, None).await.unwrap();
    let (token, _) = bench.accounts.issue("ann", PASSWORD, None, None).await.unwrap();
    let ann = bench.accounts.user("ann").await.unwrap();
    bench
        .accounts
        .set_password(ann.id, "gravel hums over violet maps", Some(&kept.token), &bench.admin)
        .await
        .unwrap();
    assert!(bench.accounts.session(&kept.token, None).await.unwrap().is_some());
    assert!(bench.accounts.session(&other.token, None).await.unwrap().is_none());
    assert!(unauthenticated(bench.accounts.bearer(&token, None).await));
    assert!(unauthenticated(bench.accounts.login("ann", PASSWORD, None).await));
}

#[tokio::test]
async fn a_long_lived_token_works_until_it_is_revoked() {
    let bench = Bench::new().await;
    let (token, text) = bench
        .accounts
        .create_token("ci", Role::Operator, &bench.admin)
        .await
        .unwrap();
    assert!(text.starts_with(TOKEN_PREFIX) && text.len() == TOKEN_PREFIX.len() + 43);
    bench.clock.advance(HOUR);
    let actor = bench.accounts.bearer(&text, Some("192.0.2.7")).await.unwrap();
    assert_eq!((actor.name.as_str(), actor.role), ("token:ci", Role::Operator));
    assert_eq!(
        bench.accounts.tokens().await.unwrap()[0].last_used_at,
        Some(bench.clock.now())
    );
    let twice = bench.accounts.create_token("CI", Role::Viewer, &bench.admin).await;
    assert!(matches!(twice, Err(Error::Conflict(_))));
    bench.accounts.revoke_token(token.id, &bench.admin).await.unwrap();
    assert!(unauthenticated(bench.accounts.bearer(&text, None).await));
    assert!(matches!(
        bench.accounts.revoke_token(token.id, &bench.admin).await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn nobody_makes_a_token_above_their_own_role() {
    let bench = Bench::new().await;
    let viewer = Actor {
        role: Role::Viewer,
        ..Actor::system()
    };
    let made = bench.accounts.create_token("mine", Role::Operator, &viewer).await;
    assert!(matches!(made, Err(Error::Forbidden { needed: "operator" })));
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let bench = Bench::new().await;
    let ann = bench.accounts.user("ann").await.unwrap();
    assert!(matches!(
        bench.accounts.remove_user(ann.id, &bench.admin).await,
        Err(Error::Conflict(_))
    ));
    assert!(matches!(
        bench.accounts.set_role(ann.id, Role::Viewer, &bench.admin).await,
        Err(Error::Conflict(_))
    ));
    let bob = bench.add("bob", Role::Viewer).await;
    bench
        .accounts
        .set_role(bob.id, Role::Admin, &bench.admin)
        .await
        .unwrap();
    let session = bench.accounts.login("ann", PASSWORD, None).await.unwrap();
    bench.accounts.remove_user(ann.id, &bench.admin).await.unwrap();
    assert!(bench.accounts.session(&session.token, None).await.unwrap().is_none());
    assert!(bench.accounts.is_set_up().await.unwrap());
}

#[tokio::test]
async fn names_are_checked_and_taken_once() {
    let bench = Bench::new().await;
    for name in ["", "system", "a b", "token:ci", "ünï", &"a".repeat(33)] {
        let made = bench
            .accounts
            .create_user(name, PASSWORD, Role::Viewer, &bench.admin)
            .await;
        assert!(matches!(made, Err(Error::Invalid(_))), "{name:?}");
    }
    let made = bench
        .accounts
        .create_user("ANN", PASSWORD, Role::Viewer, &bench.admin)
        .await;
    assert!(matches!(made, Err(Error::Conflict(_))));
    assert!(matches!(
        bench.accounts.user("nobody").await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn every_change_is_in_the_audit_log() {
    let bench = Bench::new().await;
    let bob = bench.add("bob", Role::Viewer).await;
    bench
        .accounts
        .set_role(bob.id, Role::Operator, &bench.admin)
        .await
        .unwrap();
    bench
        .accounts
        .set_password(bob.id, "gravel hums over violet maps", None, &bench.admin)
        .await
        .unwrap();
    bench.accounts.remove_user(bob.id, &bench.admin).await.unwrap();
    let (token, _) = bench
        .accounts
        .create_token("ci", Role::Viewer, &bench.admin)
        .await
        .unwrap();
    bench.accounts.revoke_token(token.id, &bench.admin).await.unwrap();
    bench.accounts.login("ann", PASSWORD, None).await.unwrap();
    assert!(bench.accounts.login("ann", "wrong", None).await.is_err());
    let expected = [
        "login.refused",
        "login",
        "token.revoke",
        "token.create",
        "user.remove",
        "user.password",
        "user.role",
        "user.create",
        "user.create",
    ];
    assert_eq!(bench.actions().await, expected);
}

#[tokio::test]
async fn the_audit_log_comes_in_pages() {
    let bench = Bench::new().await;
    for i in 0..4 {
        bench.add(&format!("user{i}"), Role::Viewer).await;
    }
    let first = bench.audit.list(Slice { limit: 3, after: None }).await.unwrap();
    assert_eq!(first.items.len(), 3);
    let second = bench
        .audit
        .list(Slice {
            limit: 3,
            after: first.next,
        })
        .await
        .unwrap();
    assert_eq!((second.items.len(), second.next), (2, None));
    assert!(first.items[2].id > second.items[0].id);
    for slice in [
        Slice { limit: 0, after: None },
        Slice {
            limit: 1001,
            after: None,
        },
        Slice {
            limit: 1,
            after: Some("x".into()),
        },
    ] {
        assert!(matches!(bench.audit.list(slice).await, Err(Error::Invalid(_))));
    }
}
