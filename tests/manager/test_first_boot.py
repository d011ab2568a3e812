"""A manager alone: first boot, logging in, going on after a stop, bad input."""

import ssl
from collections.abc import Callable

import httpx
import pytest
from support.manager import ADMIN, PASSWORD, Manager, Problem

GOOD = {"name": "hearth", "admin": ADMIN, "password": PASSWORD, "time_zone": "Europe/Zurich"}


def test_a_new_box_asks_and_then_does_not(make_manager: Callable[..., Manager]) -> None:
    manager = make_manager().start()
    assert manager.get("setup")["set_up"] is False
    manager.set_up()
    assert manager.get("setup")["set_up"] is True
    with pytest.raises(Problem) as again:
        manager.post("setup", GOOD)
    assert again.value.status == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "password1234"),
        ("password", "aaaaaaaaaaaaaa"),
        ("admin", ""),
        ("admin", "a b"),
        ("name", "Not A Name"),
        ("time_zone", "Mars/Olympus"),
    ],
)
def test_a_bad_answer_names_its_field(make_manager: Callable[..., Manager], field: str, value: str) -> None:
    manager = make_manager().start()
    with pytest.raises(Problem) as refused:
        manager.post("setup", {**GOOD, field: value})
    assert refused.value.status == 422
    assert [error["pointer"] for error in refused.value.body["errors"]] == [f"/{field}"]
    assert manager.get("setup")["set_up"] is False


def test_a_second_start_goes_on_where_the_first_stopped(manager: Manager) -> None:
    authority = httpx.get(f"http://127.0.0.1:{manager.http_port}/ca.crt").text
    assert manager.stop() == 0
    log = manager.data / "hearth.db-wal"
    assert not log.exists() or log.stat().st_size == 0, "a copy of the database's file alone is whole"
    manager.start()
    manager.log_in()
    assert manager.get("setup")["set_up"] is True
    assert httpx.get(f"http://127.0.0.1:{manager.http_port}/ca.crt").text == authority


def test_data_belong_to_one_manager(manager: Manager, make_manager: Callable[..., Manager]) -> None:
    second = make_manager()
    second.data = manager.data
    second.launch()
    assert second.process.wait(timeout=20) != 0
    assert f"another Hearth is using {manager.data}" in second.log()
    assert manager.get("setup")["set_up"] is True


def test_a_taken_port_is_told(manager: Manager, make_manager: Callable[..., Manager]) -> None:
    second = make_manager()
    second.http_port = manager.http_port
    second.launch()
    assert second.process.wait(timeout=20) != 0
    assert f"cannot listen on 127.0.0.1:{manager.http_port}; --listen" in second.log()


def test_plain_http_only_leads_to_https(manager: Manager) -> None:
    answer = httpx.get(f"http://127.0.0.1:{manager.http_port}/nodes?x=1", headers={"Host": "localhost"})
    assert answer.status_code in (301, 302, 307, 308)
    assert answer.headers["location"] == f"https://localhost:{manager.tls_port}/nodes?x=1"


def test_only_its_own_authority_is_needed(manager: Manager) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{manager.url}/login", verify=ssl.create_default_context())
    assert httpx.get(f"{manager.url}/login", verify=manager.verify()).status_code == 200


def test_wrong_passwords_are_slowed_down(manager: Manager) -> None:
    statuses = []
    for _ in range(12):
        with pytest.raises(Problem) as refused:
            manager.call("POST", "auth/token", {"username": ADMIN, "password": "wrong wrong wrong"})
        statuses.append(refused.value.status)
        if refused.value.status == 429:
            assert int(refused.value.headers["retry-after"]) >= 1
            break
    assert statuses[0] == 401
    assert statuses[-1] == 429


@pytest.mark.parametrize("path", ["nodes", "apps", "jobs", "recipes", "resources", "audit", "auth/tokens"])
def test_nothing_is_told_to_strangers(manager: Manager, path: str) -> None:
    manager.token = None
    with pytest.raises(Problem) as refused:
        manager.get(path)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nodes/none", None, 404),
        ("GET", "apps/none", None, 404),
        ("GET", "jobs/none", None, 404),
        ("GET", "jobs/00000000-0000-7000-8000-000000000000", None, 404),
        ("GET", "recipes/NOT%20A%20SLUG", None, 404),
        ("GET", "nowhere", None, 404),
        ("DELETE", "resources", None, 405),
        ("GET", "nodes?limit=0", None, 422),
        ("GET", "nodes?limit=many", None, 422),
        ("POST", "nodes", {"address": "a b", "user": "root", "password": "x"}, 422),
        ("POST", "nodes", {"address": "10.77.0.11", "user": "root"}, 422),
        ("POST", "nodes", {"address": "10.77.0.11"}, 422),
        ("POST", "nodes", {"address": "10.77.0.11", "user": "root", "password": "x", "port": 70000}, 422),
        ("POST", "nodes/discover", {"subnets": ["10.0.0.0/8"]}, 422),
        ("POST", "nodes/discover", {"subnets": ["hello"]}, 422),
        ("POST", "recipes/none/deploy", {}, 404),
        ("POST", "recipes/miniflux/deploy", {"answers": {"nothing": "1"}}, 422),
        ("POST", "recipes/miniflux/deploy", {"name": "../etc"}, 422),
    ],
)
def test_bad_input_is_a_problem_of_the_asker(manager: Manager, method: str, path: str, body: object, status: int) -> None:
    with pytest.raises(Problem) as refused:
        manager.call(method, path, body)
    assert refused.value.status == status, str(refused.value)
    assert refused.value.body["status"] == status
    assert refused.value.body["title"]
    if status == 422:
        assert refused.value.body["errors"], refused.value.body


def test_a_body_that_is_no_json_and_one_too_large(manager: Manager) -> None:
    with manager.client() as client:
        kind = {"Content-Type": "application/json"}
        assert client.post("nodes", content=b"{not json", headers=kind).status_code in (400, 422)
        assert client.post("nodes", content=b'"' + b"x" * (2 << 20) + b'"', headers=kind).status_code == 413
