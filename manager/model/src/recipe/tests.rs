//! Whole recipes: good ones, and each way to be wrong with the message that its author gets.

use super::*;
use proptest::prelude::*;
use std::{fs, path::Path, sync::LazyLock};

const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><path d=\"M0 0\"/></svg>\n";

fn files(name: &str) -> (&'static str, &'static str) {
    match name {
        "miniflux" => (
            include_str!("fixtures/miniflux/manifest.yaml"),
            include_str!("fixtures/miniflux/compose.yaml"),
        ),
        _ => (
            include_str!("fixtures/wordpress/manifest.yaml"),
            include_str!("fixtures/wordpress/compose.yaml"),
        ),
    }
}

static FIXTURES: LazyLock<[Recipe; 2]> = LazyLock::new(|| {
    ["miniflux", "wordpress"].map(|name| {
        let (manifest, compose) = files(name);
        Recipe::parse_in(Some(name), manifest, compose, ICON).unwrap_or_else(|found| panic!("{name}: {found:#?}"))
    })
});

/// A recipe to test with.
pub(crate) fn fixture(name: &str) -> Recipe {
    let found = FIXTURES.iter().find(|recipe| recipe.manifest.slug.as_str() == name);
    found.expect("a fixture").clone()
}

fn told(manifest: &str, compose: &str) -> Vec<String> {
    match Recipe::parse_in(Some("miniflux"), manifest, compose, ICON) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(ToString::to_string).collect(),
    }
}

fn manifest_with(from: &str, to: &str) -> Vec<String> {
    let (manifest, compose) = files("miniflux");
    assert!(manifest.contains(from), "the fixture has {from:?}");
    told(&manifest.replace(from, to), compose)
}

fn compose_with(from: &str, to: &str) -> Vec<String> {
    let (manifest, compose) = files("miniflux");
    assert!(compose.contains(from), "the fixture has {from:?}");
    told(manifest, &compose.replacen(from, to, 1))
}

#[test]
fn good_recipes_have_no_faults() {
    for name in ["miniflux", "wordpress"] {
        let recipe = fixture(name);
        assert_eq!(recipe.manifest.slug.as_str(), name);
    }
    assert_eq!(
        fixture("miniflux").compose.images(&|_| None),
        ["miniflux/miniflux:2.2.6", "postgres:17"]
    );
}

#[test]
fn every_fault_in_shape_is_told_at_once() {
    let (_, compose) = files("miniflux");
    let manifest = "schema: one\nslug: Mini Flux\nnme: Miniflux\nversion: 3.10\nsummary: [a]\ncategory: books\nlicense: MIT\n\
                    architectures: [amd64, x86]\nweb: {service: app, port: 99999, pth: /}\n\
                    needs:\n  memory: {min: 64XB, typical: 1, peak: 2}\n  storage: {initial: 1GiB, prefer: any}\n\
                    questions:\n  - {id: a, label: A, type: strin, env: A}\n  - text\n\
                    volumes: {db: {holds: data, backup: yes}}\n\
                    health: {http: {path: /}, within: soon}\n";
    insta::assert_snapshot!(told(manifest, compose).join("\n"));
}

#[test]
fn faults_in_the_manifest() {
    let faults = [
        ("schema: 1", "schema: 2"),
        ("slug: miniflux", "slug: minflux"),
        ("license: Apache-2.0", "license: \"\""),
        ("license: Apache-2.0", "license: \"<b>\""),
        ("architectures: [amd64, arm64]", "architectures: []"),
        ("service: app, port: 8080, path: /", "service: web, port: 8080, path: /"),
        ("port: 8080, path: /", "port: 80, path: x"),
        ("{min: 96MiB, typical: 128MiB", "{min: 256MiB, typical: 128MiB"),
        ("devices: []", "devices: [/etc/shadow]"),
        ("  - figure: memory", "  - figure: storage"),
        ("versions: \">=13, <18\"", "versions: new"),
        ("replaces: db", "replaces: postgres"),
        ("default: http://localhost", "default: localhost"),
        ("type: string", "type: password"),
        ("id: base_url", "id: admin_username"),
        ("env: BASE_URL", "env: HEARTH_URL"),
        (
            "default: http://localhost\n    required: false\n    env: BASE_URL",
            "required: false\n    env: ADMIN_PASSWORD",
        ),
        ("length: 24", "length: 8"),
        (
            "  db: {holds: data, backup: true}",
            "  data: {holds: data, backup: true}",
        ),
        ("exclude: []", "exclude: [cache/x]"),
        (
            "health: {http: {path: /healthcheck, status: 200}",
            "health: {http: {path: /}, tcp: web",
        ),
        ("health: {http: {path: /healthcheck, status: 200}", "health: {tcp: mqtt"),
        (
            "health: {http: {path: /healthcheck, status: 200}",
            "health: {container: none",
        ),
        ("within: 120s", "within: 2h"),
        ("docker_socket: false", "docker_socket: true"),
        ("home: https://miniflux.app/", "home: \"javascript:alert(1)\""),
    ];
    let mut text = String::new();
    for (from, to) in faults {
        let told = manifest_with(from, to);
        assert!(!told.is_empty(), "{to:?} is a fault");
        text.push_str(&format!("# {to}\n{}\n\n", told.join("\n")));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn faults_in_the_compose_file() {
    let faults = [
        ("services:", "name: x\nservices:"),
        ("image: postgres:17", "image: postgres"),
        ("image: postgres:17", "image: registry:5000/postgres:latest"),
        ("image: postgres:17", "image: \"postgres:${TAG:?}\""),
        ("image: postgres:17", "build: ."),
        ("    restart: unless-stopped", "    container_name: x"),
        ("    restart: unless-stopped", "    privileged: true"),
        ("    restart: unless-stopped", "    network_mode: host"),
        ("    restart: unless-stopped", "    pid: host"),
        ("    restart: unless-stopped", "    privileged: \"${P:-true}\""),
        ("    restart: unless-stopped", "    network_mode: \"${N:-host}\""),
        (
            "    restart: unless-stopped",
            "    post_start: [{command: [id], privileged: true}]",
        ),
        (
            "security_opt: [\"no-new-privileges:true\"]",
            "security_opt: [\"apparmor:unconfined\"]",
        ),
        ("    restart: unless-stopped", "    provider: {type: sh}"),
        ("    restart: unless-stopped", "    cap_add: [SYS_ADMIN]"),
        (
            "    restart: unless-stopped",
            "    volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]",
        ),
        (
            "    restart: unless-stopped",
            "    volumes: [\"./conf:/conf\", \"/:/host\", \"other:/x\"]",
        ),
        ("    restart: unless-stopped", "    devices: [/dev/dri]"),
        ("    restart: unless-stopped", "    env_file: secrets.env"),
        ("\"${HEARTH_PORT:-8080}:8080\"", "\"8080:8080\""),
        ("\"${HEARTH_PORT:-8080}:8080\"", "\"${HEARTH_PORT:-8081}:8080\""),
        (
            "\"${HEARTH_PORT:-8080}:8080\"",
            "\"${HEARTH_PORT:-8080}:8080\"\n      - \"${HEARTH_PORT_X:-1}:1\"",
        ),
        (
            "POSTGRES_PASSWORD: \"${POSTGRES_PASSWORD:?}\"",
            "POSTGRES_PASSWORD: hunter2",
        ),
        (
            "POSTGRES_PASSWORD: \"${POSTGRES_PASSWORD:?}\"",
            "POSTGRES_PASSWORD: \"${POSTGRES_PASSWORD:-hunter2}\"",
        ),
        ("miniflux:${POSTGRES_PASSWORD:?}@", "miniflux:hunter2@"),
        ("RUN_MIGRATIONS: \"1\"", "RUN_MIGRATIONS: \"${NOBODY}\""),
        ("${BASE_URL:-http://localhost}", "http://localhost"),
        ("  db:\n", "  db:\n    external: true\n"),
    ];
    let mut text = String::new();
    for (from, to) in faults {
        let told = if from == "  db:\n" {
            let (manifest, compose) = files("miniflux");
            told(manifest, &format!("{compose}    external: true\n"))
        } else {
            compose_with(from, to)
        };
        assert!(!told.is_empty(), "{to:?} is a fault");
        text.push_str(&format!("# {}\n{}\n\n", to.replace('\n', "\\n"), told.join("\n")));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn admitted_rights_are_let_pass() {
    let (manifest, compose) = files("miniflux");
    let manifest = manifest
        .replace("docker_socket: false", "docker_socket: true")
        .replace("privileged: false", "privileged: true");
    let compose = compose.replacen(
        "    restart: unless-stopped",
        "    privileged: true\n    volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]",
        1,
    );
    assert_eq!(told(&manifest, &compose), Vec::<String>::new());
}

#[test]
fn icons_are_pictures_and_nothing_else() {
    let (manifest, compose) = files("miniflux");
    for icon in [
        "",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=\"alert(1)\"/>",
        "<svg/onload = alert(1)>",
        "<svg><a href=\"http://x\"/></svg>",
        "<!DOCTYPE svg [<!ENTITY x \"y\">]><svg/>",
    ] {
        let found = Recipe::parse(manifest, compose, icon).expect_err(icon);
        assert!(found.iter().all(|finding| finding.file == ICON_FILE), "{found:?}");
    }
}

#[test]
fn broken_and_huge_files() {
    let (manifest, compose) = files("miniflux");
    assert_eq!(
        told(manifest, "services: [\n")[0].split(':').next(),
        Some("compose.yaml")
    );
    assert_eq!(told("slug: \"\n", "services: [\n").len(), 2, "both files are told");
    let huge = " ".repeat(MAX_FILE_BYTES + 1);
    assert_eq!(
        told(manifest, &huge),
        ["compose.yaml:1: has 65537 bytes, at most 65536 are read"]
    );
    assert!(Recipe::parse(manifest, compose, &huge).is_err());
}

/// The recipes that are shipped.
#[test]
fn shipped_recipes_have_no_faults() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let mut faults = String::new();
    let mut count = 0;
    let mut known = std::collections::BTreeSet::new();
    for entry in fs::read_dir(&folder).expect("the recipes") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        if !path.is_dir() || name == "profiles" {
            continue;
        }
        let read = |file: &str| fs::read_to_string(path.join(file)).expect(file);
        count += 1;
        match Recipe::parse_in(Some(&name), &read(MANIFEST_FILE), &read(COMPOSE_FILE), &read(ICON_FILE)) {
            Ok(recipe) => drop(known.insert(recipe.manifest.slug)),
            Err(found) => found
                .iter()
                .for_each(|finding| faults.push_str(&format!("{name}/{finding}\n"))),
        }
    }
    for entry in fs::read_dir(folder.join("profiles")).expect("the profiles") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let text = fs::read_to_string(&path).expect("a profile");
        if let Err(found) = profile::Profile::parse(file, &text, &known) {
            found
                .iter()
                .for_each(|finding| faults.push_str(&format!("profiles/{finding}\n")));
        }
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(count >= 15, "{count} recipes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_damaged_recipe_panics(
        which in 0..2usize,
        at in any::<prop::sample::Index>(),
        with in "(\\PC|\n|: |- |\\[|\\{|\\$\\{){0,12}",
        gone in 0..40usize,
    ) {
        let (manifest, compose) = files("miniflux");
        let mut texts = [manifest.to_owned(), compose.to_owned()];
        let text = &mut texts[which];
        let from = text.floor_char_boundary(at.index(text.len()));
        let to = text.ceil_char_boundary((from + gone).min(text.len()));
        text.replace_range(from..to, &with);
        let _ = Recipe::parse(&texts[0], &texts[1], ICON);
    }
}
