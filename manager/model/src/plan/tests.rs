//! Plans of two recipes as snapshots, ports, and `.env` read back as Compose reads it.

use super::*;
use crate::{
    node::Host,
    recipe::{
        Recipe, fixture,
        manifest::{Port, Protocol, Question, QuestionKind},
        question::{Answers, check_answers},
    },
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

struct Case {
    recipe: Recipe,
    slug: Slug,
    host: Host,
    given: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretId>,
    taken: BTreeSet<u16>,
    kept: Vec<PublishedPort>,
}

impl Case {
    fn new(recipe: &str, slug: &str) -> Self {
        let recipe = fixture(recipe);
        let secrets = recipe.manifest.secrets.iter().zip(1u128..);
        Self {
            slug: slug.parse().expect("a name"),
            host: "192.168.1.20".parse().expect("a host"),
            given: BTreeMap::new(),
            secrets: secrets
                .map(|(secret, n)| (secret.id.clone(), SecretId(Uuid::from_u128(n))))
                .collect(),
            taken: BTreeSet::from([22, 80]),
            kept: Vec::new(),
            recipe,
        }
    }

    fn answers(&self) -> Answers {
        check_answers(&self.recipe.manifest, &self.given, &BTreeSet::new()).expect("good answers")
    }

    fn plan(&self) -> Result<DeployPlan, PlanError> {
        plan(&PlanInput {
            app: AppId(Uuid::from_u128(7)),
            slug: &self.slug,
            recipe: &self.recipe,
            node: NodeId(Uuid::from_u128(8)),
            host: &self.host,
            reason: "nas is the only node it fits on (87.7 of 100 points).",
            answers: &self.answers(),
            secrets: &self.secrets,
            ports_taken: &self.taken,
            ports_kept: &self.kept,
            timezone: "Europe/Vienna",
        })
    }

    fn made(&self) -> DeployPlan {
        self.plan().expect("a plan")
    }
}

fn given(plan: &DeployPlan) -> Vec<(&str, u16, &str)> {
    plan.ports
        .iter()
        .map(|port| (port.name.as_str(), port.given, port.protocol.as_str()))
        .collect()
}

#[test]
fn miniflux() {
    insta::assert_yaml_snapshot!(Case::new("miniflux", "miniflux").made());
}

#[test]
fn wordpress_beside_another() {
    let mut case = Case::new("wordpress", "blog-2");
    case.taken.extend([8080, 20_000, 20_001]);
    case.host = "fe80::1".parse().expect("a host");
    let plan = case.made();
    assert_eq!(plan.url.as_deref(), Some("http://[fe80::1]:20002/"));
    insta::assert_yaml_snapshot!(plan);
}

#[test]
fn the_same_input_gives_the_same_plan() {
    let case = Case::new("miniflux", "miniflux");
    assert_eq!(case.made(), case.made());
}

#[test]
fn the_recipes_text_is_unchanged() {
    let case = Case::new("miniflux", "miniflux");
    let plan = case.made();
    let (head, text) = plan
        .compose
        .split_at(plan.compose.len() - case.recipe.compose_text.len());
    assert_eq!(text, case.recipe.compose_text);
    assert!(head.lines().all(|line| line.is_empty() || line.starts_with('#')));
}

#[test]
fn ports_are_kept_when_an_app_is_rendered_anew() {
    let mut case = Case::new("miniflux", "miniflux");
    case.taken.insert(8080);
    case.kept = case.made().ports;
    assert_eq!(given(&case.made()), [("web", 20_000, "tcp")]);
    case.taken.remove(&8080);
    assert_eq!(
        given(&case.made()),
        [("web", 20_000, "tcp")],
        "the wish is free again, but people know the address"
    );
    case.taken.insert(20_000);
    assert_eq!(given(&case.made()), [("web", 8080, "tcp")]);
}

#[test]
fn transports_are_apart_unless_both_are_wished() {
    let mut case = Case::new("miniflux", "miniflux");
    let port = |name: &str, protocol| Port {
        name: name.to_owned(),
        service: "app".to_owned(),
        port: 22_000,
        protocol,
        env: format!("HEARTH_PORT_{}", name.to_uppercase()),
    };
    case.recipe.manifest.ports = vec![
        port("sync", Protocol::Tcp),
        port("quic", Protocol::Udp),
        port("dns", Protocol::Both),
    ];
    let plan = case.made();
    assert_eq!(
        given(&plan),
        [
            ("web", 8080, "tcp"),
            ("sync", 22_000, "tcp"),
            ("quic", 22_000, "udp"),
            ("dns", 20_000, "tcp"),
            ("dns", 20_000, "udp"),
        ]
    );
    assert_eq!(
        plan.env["HEARTH_PORT_DNS"],
        EnvValue::Plain {
            value: "20000".to_owned()
        }
    );
}

#[test]
fn an_app_without_pages_has_no_address() {
    let mut case = Case::new("miniflux", "miniflux");
    case.recipe.manifest.web = None;
    assert_eq!(case.made().url, None);
}

#[test]
fn ports_in_the_nodes_own_network_cannot_be_replaced() {
    let mut case = Case::new("miniflux", "miniflux");
    case.recipe.manifest.security.host_network = true;
    assert_eq!(given(&case.made()), [("web", 8080, "tcp")]);
    case.taken.insert(8080);
    assert!(matches!(case.plan(), Err(PlanError::NoPort { wanted: 8080, .. })));
}

#[test]
fn what_is_missing_is_told() {
    let mut case = Case::new("miniflux", "miniflux");
    case.secrets.remove("admin_password");
    let error = case.plan().expect_err("no secret");
    assert_eq!(error.to_string(), "the secret admin_password of miniflux has no value");
}

#[test]
fn passwords_are_sealed_and_time_zones_stand_in() {
    let mut case = Case::new("miniflux", "miniflux");
    let question = |id: &str, kind, env: &str| Question {
        id: id.to_owned(),
        label: id.to_owned(),
        help: None,
        kind,
        default: None,
        choices: Vec::new(),
        min: None,
        max: None,
        required: Some(false),
        env: env.to_owned(),
    };
    case.recipe.manifest.questions.extend([
        question("pw", QuestionKind::Password, "PW"),
        question("zone", QuestionKind::Timezone, "ZONE"),
        question("open", QuestionKind::String, "OPEN"),
    ]);
    let plan = case.made();
    assert_eq!(
        plan.env["ZONE"],
        EnvValue::Plain {
            value: "Europe/Vienna".to_owned()
        }
    );
    assert!(
        !plan.env.contains_key("OPEN") && !plan.env.contains_key("PW"),
        "left open"
    );
    let secret = SecretId(Uuid::from_u128(99));
    case.secrets.insert("pw".to_owned(), secret);
    case.given = BTreeMap::from([
        ("pw".to_owned(), "hunter22".to_owned()),
        ("zone".to_owned(), "Asia/Tokyo".to_owned()),
    ]);
    let plan = case.made();
    assert_eq!(plan.env["PW"], EnvValue::Sealed { secret });
    assert_eq!(
        plan.env["ZONE"],
        EnvValue::Plain {
            value: "Asia/Tokyo".to_owned()
        }
    );
    let stored = serde_json::to_string(&plan).expect("a plan as JSON");
    assert!(!stored.contains("hunter22"), "a plan holds no secret");
}

/// Reads `.env` as Compose does. Source: dotenv/parser.go of compose-go.
fn read_env(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let quote = after.chars().next().expect("a quote");
        let mut value = String::new();
        let mut chars = after[1..].char_indices();
        let end = loop {
            match chars.next().expect("a closing quote") {
                (at, c) if c == quote => break at,
                (_, '\\') if quote == '"' => match chars.next().expect("an escape").1 {
                    'n' => value.push('\n'),
                    'r' => value.push('\r'),
                    c => value.push(c),
                },
                (_, '$') if quote == '"' => panic!("a variable in {text}"),
                (_, c) => value.push(c),
            }
        };
        assert!(quote == '"' || !value.ends_with('\\'), "the quote is escaped in {text}");
        found.insert(name.to_owned(), value);
        rest = after[1 + end + 1..].strip_prefix('\n').expect("the end of the line");
    }
    found
}

fn rendered(value: &str) -> Result<String, EnvError> {
    let mut plan = Case::new("miniflux", "miniflux").made();
    plan.env = BTreeMap::from([(
        "A".to_owned(),
        EnvValue::Sealed {
            secret: SecretId(Uuid::from_u128(1)),
        },
    )]);
    render_env(&plan, |_| Some(value.to_owned()))
}

#[test]
fn values_are_quoted() {
    for (value, expected) in [
        ("plain", "A='plain'\n"),
        ("", "A=''\n"),
        ("pa$$ ${X} \"q\" #", "A='pa$$ ${X} \"q\" #'\n"),
        ("two\nlines", "A='two\nlines'\n"),
        ("it's $5", "A=\"it's \\$5\"\n"),
        ("back\\", "A=\"back\\\\\"\n"),
        ("a\r\nb", "A=\"a\\r\\nb\"\n"),
    ] {
        assert_eq!(rendered(value).as_deref(), Ok(expected), "{value:?}");
    }
    assert!(matches!(rendered("a\0"), Err(EnvError::ZeroByte { .. })));
    let plan = Case::new("miniflux", "miniflux").made();
    let error = render_env(&plan, |_| None).expect_err("no secrets");
    assert_eq!(error.to_string(), "the secret for ADMIN_PASSWORD is not at hand");
    insta::assert_snapshot!(render_env(&plan, |_| Some(REDACTED.to_owned())).expect("all there"));
}

#[test]
fn secrets_are_hidden_in_every_form() {
    let text = "PASSWORD=it's$5 \"it's\\$5\" longer it's$5x it";
    assert_eq!(
        Redactor::new(["it's$5", "it's$5x", ""]).redact(text),
        "PASSWORD=******** \"********\" longer ******** it"
    );
    assert_eq!(Redactor::new(["*"]).redact("***"), REDACTED.repeat(3));
    let json = serde_json::json!({ "line": "tab\there" }).to_string();
    assert_eq!(Redactor::new(["tab\there"]).redact(&json), r#"{"line":"********"}"#);
    assert_eq!(Redactor::default().redact("as it is"), "as it is");
}

proptest! {
    #[test]
    fn compose_reads_back_what_was_meant(value in "([ -~]|\n|\r|é|'|\"|\\\\|\\$|\\{){0,30}") {
        let text = rendered(&value).expect("no zero byte");
        prop_assert_eq!(&read_env(&text)["A"], &value);
    }

    #[test]
    fn no_secret_survives(before in "[a-c'$ ]{0,12}", secret in "[a-c'$\\\\]{1,6}", after in "[a-c'$ ]{0,12}") {
        let out = Redactor::new([secret.as_str()]).redact(&format!("{before}{secret}{after}"));
        prop_assert!(!out.contains(&secret), "{}", out);
    }

    #[test]
    fn no_port_is_given_twice_or_when_taken(
        taken in prop::collection::btree_set(prop_oneof![20_000..20_010u16, 8_078..8_083u16, any::<u16>()], 0..30),
        wishes in prop::collection::vec((8_078..8_083u16, 0..3usize), 0..6),
    ) {
        let mut case = Case::new("miniflux", "miniflux");
        case.taken = taken;
        case.recipe.manifest.ports = wishes
            .into_iter()
            .enumerate()
            .map(|(n, (port, protocol))| Port {
                name: format!("p{n}"),
                service: "app".to_owned(),
                port,
                protocol: [Protocol::Tcp, Protocol::Udp, Protocol::Both][protocol],
                env: format!("HEARTH_PORT_P{n}"),
            })
            .collect();
        let plan = case.made();
        let mut seen = BTreeSet::new();
        for port in &plan.ports {
            prop_assert!(!case.taken.contains(&port.given) && port.given != 0);
            prop_assert!(seen.insert((port.given, port.protocol.clone())));
        }
        case.kept = plan.ports.clone();
        prop_assert_eq!(case.made(), plan, "rendered anew it keeps its ports");
    }
}
