"""Deployments on real nodes, by recipes that nobody wrote for the test, and by a small one made for it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import variants
from hearth_fleet import Fleet, Node
from support.manager import Manager, Problem, wait_until

NOTICED_WITHIN_SECS = 20


@pytest.fixture
def adopted(manager: Manager, fleet: Fleet) -> Iterator[Manager]:
    """A manager with three nodes n1, n2, n3; what a test leaves on them is removed."""
    for number in (1, 2, 3):
        fleet.node(number).restore()
        manager.adopt(fleet.node(number).address, "root", "hearth-root", name=f"n{number}")
    yield manager
    for number in (1, 2, 3):
        fleet.node(number).restore()
        clean(fleet.node(number))


def clean(node: Node) -> None:
    node.shell(
        "docker ps -aq | xargs -r docker rm -f >/dev/null; docker volume ls -q | xargs -r docker volume rm -f >/dev/null; "
        "docker network prune -f >/dev/null; rm -rf /var/lib/hearth/apps"
    )


def left_over(node: Node, app: str) -> str:
    """Everything of an app that is on a node."""
    label = f"--filter label=com.docker.compose.project={app}"
    return node.shell(
        f"docker ps -aq {label}; docker network ls -q {label}; docker volume ls -q {label}; "
        f"ls -d /var/lib/hearth/apps/{app} 2>/dev/null || true"
    ).strip()


def test_miniflux_by_its_recipe(adopted: Manager, fleet: Fleet) -> None:
    job = adopted.done(adopted.post("recipes/miniflux/deploy"), 240)
    assert [step["name"] for step in job["steps"]] == [
        "validating",
        "preparing",
        "deploying",
        "configuring",
        "health_check",
    ]
    app = adopted.get("apps/miniflux")
    assert app["state"] == "running"
    assert httpx.get(app["url"], follow_redirects=True).status_code == 200
    secrets = {secret["id"]: secret["value"] for secret in adopted.get("apps/miniflux/secrets")["items"]}
    with httpx.Client(base_url=app["url"], auth=("admin", secrets["admin_password"])) as client:
        assert client.get("v1/me").json()["username"] == "admin"
    shown = adopted.get("apps/miniflux/compose")
    assert "miniflux/miniflux:2.2.6" in shown["compose"]
    assert secrets["admin_password"] not in shown["env"]
    commands = str(adopted.get("apps/miniflux/commands"))
    assert "compose" in commands
    assert secrets["admin_password"] not in commands
    assert "Starting HTTP server" in adopted.get("apps/miniflux/logs?tail=200") or adopted.get("apps/miniflux/logs")
    node = next(n for n in fleet.nodes() if n.address == httpx.URL(app["url"]).host)
    adopted.done(adopted.call("DELETE", "apps/miniflux?keep_data=false"))
    assert left_over(node, "miniflux") == ""


def test_wordpress_by_its_recipe(adopted: Manager, fleet: Fleet) -> None:
    adopted.done(adopted.post("recipes/wordpress/deploy", {"node": "n1"}), 300)
    url = adopted.get("apps/wordpress")["url"]
    page = httpx.get(url, follow_redirects=True)
    assert page.status_code == 200
    assert "WordPress" in page.text
    adopted.done(adopted.call("DELETE", "apps/wordpress?keep_data=true"))
    volumes = fleet.node(1).shell("docker volume ls -q --filter label=com.docker.compose.project=wordpress")
    assert volumes.strip(), "the data was to be kept"


def test_an_apps_day(adopted: Manager, fleet: Fleet) -> None:
    """Start, stop, restart, change answers; the dry run before changed nothing."""
    preview = adopted.post("recipes/hearth-web/deploy?dry_run=true", {"node": "n2"})
    assert preview["plan"]["slug"] == "hearth-web"
    assert adopted.get("apps")["items"] == []
    assert left_over(fleet.node(2), "hearth-web") == ""
    adopted.done(adopted.post("recipes/hearth-web/deploy", {"node": "n2"}))
    url = adopted.get("apps/hearth-web")["url"]
    assert url == f"http://{fleet.node(2).address}:8080/"
    adopted.done(adopted.post("apps/hearth-web/stop"))
    assert adopted.app_state("hearth-web") == "stopped"
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    adopted.done(adopted.post("apps/hearth-web/start"))
    adopted.done(adopted.post("apps/hearth-web/restart"))
    assert httpx.get(url + "health").status_code == 200
    key = adopted.get("apps/hearth-web/secrets")["items"]
    adopted.done(adopted.call("PATCH", "apps/hearth-web", {"answers": {"greeting": "it's $5 \"now\""}}))
    inspect = fleet.node(2).shell("docker inspect hearth-web-app-1 --format '{{json .Config.Env}}'")
    assert "GREETING=it's $5 \\\"now\\\"" in inspect
    assert adopted.get("apps/hearth-web/secrets")["items"] == key, "secrets stay"


def test_a_taken_port_is_replaced(adopted: Manager, fleet: Fleet) -> None:
    fleet.node(1).shell("docker run -d --name squatter -p 8080:8080 hearth-test/web:1")
    adopted.done(adopted.post("recipes/hearth-web/deploy", {"node": "n1"}))
    port = adopted.get("apps/hearth-web")["ports"][0]
    assert port["wanted"] == 8080
    assert port["given"] != 8080
    assert httpx.get(adopted.get("apps/hearth-web")["url"] + "health").status_code == 200


def test_a_port_that_only_the_engine_knows_is_taken(adopted: Manager, node: Node) -> None:
    with variants.applied(node, "no-userland-proxy"):
        node.shell("docker run -d --name squatter -p 8080:8080 hearth-test/web:1")
        adopted.done(adopted.post("recipes/hearth-web/deploy", {"node": "n2"}))
        port = adopted.get("apps/hearth-web")["ports"][0]
        assert port["given"] != 8080
        assert httpx.get(adopted.get("apps/hearth-web")["url"] + "health").status_code == 200


def test_an_app_that_never_gets_healthy_is_undone(adopted: Manager, fleet: Fleet) -> None:
    job = adopted.job(adopted.post("recipes/hearth-web/deploy", {"node": "n3", "answers": {"never": "yes"}}), 120)
    assert job["state"] == "rolled_back"
    assert "health" in job["error"].lower()
    assert adopted.app_state("hearth-web") == "rolled_back"
    assert left_over(fleet.node(3), "hearth-web") == ""
    assert adopted.job_log(job), "the log says what was undone"
    adopted.done(adopted.post("recipes/hearth-web/deploy", {"node": "n3"}))


def test_a_bad_change_is_undone_and_the_app_runs_on(adopted: Manager) -> None:
    adopted.done(adopted.post("recipes/hearth-web/deploy", {"node": "n3"}))
    job = adopted.job(adopted.call("PATCH", "apps/hearth-web", {"answers": {"never": "yes"}}), 120)
    assert job["state"] == "rolled_back"
    wait_until("running again", lambda: adopted.app_state("hearth-web") == "running", 40)
    assert adopted.get("apps/hearth-web")["answers"].get("never", "") == ""


def test_a_full_disk_is_told_and_leaves_nothing(adopted: Manager, fleet: Fleet) -> None:
    node = fleet.node(2)
    node.shell("docker image rm -f hearth-test/big:1 >/dev/null 2>&1 || true")
    node.fill_disk()
    job = adopted.job(adopted.post("recipes/hearth-web/deploy", {"node": "n2"}), 120) if fits(adopted) else None
    node.free_disk()
    if job is not None:
        assert job["state"] in ("rolled_back", "failed")
        assert "space" in job["error"].lower() or "disk" in job["error"].lower(), job["error"]
    assert left_over(node, "hearth-web") == ""


def fits(manager: Manager) -> bool:
    """Whether placement, which knows the disk of the last poll, still lets the deployment begin."""
    verdicts = manager.post("recipes/hearth-web/placement")["nodes"]
    return next(verdict for verdict in verdicts if verdict["name"] == "n2")["fits"]


def test_a_cut_during_the_pull_is_survived(adopted: Manager, fleet: Fleet) -> None:
    node = fleet.node(1)
    node.shell("docker image rm -f hearth-test/big:1 >/dev/null 2>&1 || true")
    begun = adopted.post("recipes/hearth-big/deploy", {"node": "n1"})
    in_step(adopted, begun, "preparing")
    node.cut()
    threading.Timer(8, node.heal).start()
    job = adopted.job(begun, 240)
    node.heal()
    if job["state"] == "succeeded":
        assert adopted.app_state("hearth-big") == "running"
    else:
        assert job["state"] == "rolled_back", job["error"]
        assert left_over(node, "hearth-big") == ""


def test_a_node_killed_during_the_health_check(adopted: Manager, fleet: Fleet) -> None:
    node = fleet.node(3)
    begun = adopted.post("recipes/hearth-web/deploy", {"node": "n3", "answers": {"delay": "6"}})
    in_step(adopted, begun, "health_check")
    node.kill()
    node.boot()
    job = adopted.job(begun, 300)
    if job["state"] == "succeeded":
        wait_until("running", lambda: adopted.app_state("hearth-web") == "running", 40)
    else:
        assert job["state"] == "rolled_back", job["error"]
        assert left_over(node, "hearth-web") == ""


def in_step(manager: Manager, begun: dict, step: str) -> None:
    def there() -> bool:
        job = manager.get(f"jobs/{begun['job']['id']}")
        return any(s["name"] == step and s["state"] != "pending" for s in job["steps"])

    wait_until(f"step {step}", there, 60, every=0.05)


def test_cancel_undoes(adopted: Manager, fleet: Fleet) -> None:
    begun = adopted.post("recipes/hearth-web/deploy", {"node": "n1", "answers": {"delay": "15"}})
    in_step(adopted, begun, "health_check")
    adopted.post(f"jobs/{begun['job']['id']}/cancel")
    job = adopted.job(begun, 60)
    assert job["state"] in ("cancelled", "rolled_back")
    assert left_over(fleet.node(1), "hearth-web") == ""


def test_the_same_key_gives_the_same_job(adopted: Manager) -> None:
    headers = {"Idempotency-Key": "a-key-of-this-test"}
    body = {"node": "n1", "name": "one"}
    first = adopted.post("recipes/hearth-web/deploy", body, headers=headers)
    second = adopted.post("recipes/hearth-web/deploy", body, headers=headers)
    assert first["job"]["id"] == second["job"]["id"]
    with pytest.raises(Problem) as other:
        adopted.post("recipes/hearth-web/deploy", {**body, "name": "two"}, headers=headers)
    assert other.value.status in (409, 422)
    adopted.done(first)


def test_several_at_once_do_not_pile_up(adopted: Manager) -> None:
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda n: adopted.post("recipes/hearth-web/deploy", {"name": f"web-{n}"}), range(6)))
    for job in begun:
        adopted.done(job, 240)
    apps = adopted.get("apps")["items"]
    assert len(apps) == 6
    places = {(app["node"], port["given"]) for app in apps for port in app["ports"]}
    assert len(places) == 6, "no two apps have the same port on the same node"


def test_what_somebody_else_does_is_noticed(adopted: Manager, fleet: Fleet) -> None:
    node = fleet.node(2)
    adopted.done(adopted.post("recipes/hearth-web/deploy", {"node": "n2"}))

    def differs() -> bool:
        return adopted.app_state("hearth-web") in ("drifted", "unhealthy")

    def well() -> bool:
        return adopted.app_state("hearth-web") == "running"

    wait_until("running", well, NOTICED_WITHIN_SECS)
    node.shell("docker stop -t 0 hearth-web-app-1")
    wait_until("the stopped container", differs, NOTICED_WITHIN_SECS)
    node.shell("docker start hearth-web-app-1")
    wait_until("running again", well, NOTICED_WITHIN_SECS + 15)
    node.shell("echo '# edited' >> /var/lib/hearth/apps/hearth-web/compose.yaml")
    wait_until("the edited file", differs, NOTICED_WITHIN_SECS)
    assert "compose.yaml" in str(adopted.get("apps/hearth-web")["differences"])
    node.shell("sed -i '$d' /var/lib/hearth/apps/hearth-web/compose.yaml")
    wait_until("running again", well, NOTICED_WITHIN_SECS + 15)
    node.shell("docker compose -p hearth-web down")
    wait_until("the removed project", differs, NOTICED_WITHIN_SECS)
