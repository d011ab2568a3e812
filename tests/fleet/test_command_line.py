"""The command line from logging in to an app and back, and the WebSocket's events beside it."""

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hearth_fleet import Fleet
from support.manager import ADMIN, PASSWORD, Manager, wait_until
from test_deploy import clean
from websockets.sync.client import connect


class CommandLine:
    """`hearth` as a person types it, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *words: str, status: int = 0, stdin: str = "") -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        done = subprocess.run(
            [os.environ["HEARTH_BIN"], *words], env=environment, input=stdin, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if status == 0 else done.stderr

    def json(self, *words: str) -> dict:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def hearth(manager: Manager, fleet: Fleet, tmp_path: Path) -> Iterator[CommandLine]:
    home = tmp_path / "home"
    home.mkdir()
    yield CommandLine(home)
    clean(fleet.node(3))


def test_an_evening_on_the_command_line(
    hearth: CommandLine, manager: Manager, fleet: Fleet, tmp_path: Path
) -> None:
    refused = hearth.run("login", manager.url, "--user", ADMIN, "--password-stdin", status=2, stdin=PASSWORD + "\n")
    fingerprint = re.search(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", refused)[0]
    login = ["login", manager.url, "--user", ADMIN, "--password-stdin", "--ca-fingerprint", fingerprint]
    assert "wrong" in hearth.run(*login, status=1, stdin="not the password\n").lower()
    hearth.run(*login, stdin=PASSWORD + "\n")
    kept = hearth.home / ".config/hearth/login.json"
    assert kept.stat().st_mode & 0o777 == 0o600

    address = fleet.node(3).address
    hearth.run("node", "adopt", f"root@{address}", "--password-stdin", "--name", "one", stdin="hearth-root\n")
    assert "online" in hearth.run("node", "list")
    assert hearth.json("node", "show", "one")["link"]["host"] == address
    assert "ok" in hearth.run("node", "preflight", "one")
    assert "memory" in hearth.run("status")
    assert address in hearth.run("node", "discover", "10.77.0.8/29")

    assert hearth.json("group", "create", "upstairs", "one")["nodes"] == ["one"]
    assert "upstairs" in hearth.run("group", "list")
    assert "already" in hearth.run("group", "create", "upstairs", "one", status=2)
    hearth.run("group", "rename", "upstairs", "attic")
    assert "Debian" in hearth.run("group", "run", "attic", "refresh")
    assert "--yes" in hearth.run("group", "run", "attic", "bootstrap", status=2)
    assert "is gone" in hearth.run("group", "remove", "attic", "one")
    hearth.run("group", "delete", "attic", status=1)

    assert "miniflux" in hearth.run("recipe", "list", "feed")
    assert hearth.json("recipe", "show", "miniflux")["slug"] == "miniflux"
    assert "one" in hearth.run("app", "place", "hearth-web")
    assert hearth.json("app", "deploy", "hearth-web", "--dry-run")["plan"]["slug"] == "hearth-web"
    with watching(manager) as events:
        out = hearth.run("app", "deploy", "hearth-web", "--node", "one", "--set", "greeting=salut")
        assert "succeeded" in out
        seen = [json.loads(events.recv(timeout=5)) for _ in range(5)]
    assert {event["channel"] for event in seen} <= {"jobs", "apps"}
    assert [event["seq"] for event in seen] == sorted(event["seq"] for event in seen)
    assert "running" in hearth.run("app", "list")
    assert "starting on" in hearth.run("app", "logs", "hearth-web")
    assert "hearth-test/web:1" in hearth.run("app", "compose", "hearth-web")
    assert "docker compose" in hearth.run("app", "commands", "hearth-web")
    assert "Key" in hearth.run("app", "secrets", "hearth-web")
    fleet.node(3).shell("docker stop hearth-web-app-1")
    wait_until("an incident", lambda: hearth.json("incident", "list", "--open")["items"], 25)
    incident = hearth.json("incident", "list", "--unacknowledged", "--subject", "app hearth-web")["items"][0]
    assert "stopped" in incident["text"]
    assert f"{ADMIN} knows of it" in hearth.run("incident", "ack", incident["id"])
    assert not hearth.json("incident", "list", "--unacknowledged")["items"]
    hearth.run("app", "stop", "hearth-web")
    hearth.run("app", "start", "hearth-web")
    assert "--yes" in hearth.run("app", "remove", "hearth-web", status=2)
    hearth.run("app", "remove", "hearth-web", "--yes")
    assert "deploy" in hearth.run("job", "list")
    assert "app.deploy" in hearth.run("audit")
    bundle = tmp_path / "support.tar.gz"
    assert "look through it" in hearth.run("system", "support-bundle", "--output", str(bundle))
    with tarfile.open(bundle) as files:
        texts = [files.extractfile(file).read().decode() for file in files if file.isfile()]
    assert any('"kind": "deploy"' in text and "health_check" in text for text in texts)
    assert not any("hearth-root" in text or PASSWORD in text or "PRIVATE KEY" in text for text in texts)
    hearth.run("system", "support-bundle", "--output", str(bundle), status=1)

    secret = hearth.run("token", "create", "ci", "--role", "viewer").strip()
    assert "operator" in hearth.run("--token", secret, "app", "deploy", "hearth-web", status=1)
    hearth.run("token", "revoke", hearth.json("token", "list")["items"][0]["id"])
    hearth.run("--token", secret, "node", "list", status=1)
    assert "no node" in hearth.run("node", "show", "nothing", status=1)
    manager.stop()
    assert "not to be reached" in hearth.run("node", "list", status=3)


def watching(manager: Manager):
    """A WebSocket that has subscribed, before anything is begun."""
    url = manager.url.replace("https", "wss") + "/ws"
    headers = {"Authorization": f"Bearer {manager.token}"}
    socket = connect(url, ssl=manager.verify(), additional_headers=headers)
    socket.send(json.dumps({"action": "subscribe", "channels": ["jobs", "apps"]}))
    return socket


def test_what_packages_ship_beside_the_binary(hearth: CommandLine, tmp_path: Path) -> None:
    hearth.run("man", str(tmp_path / "man"))
    assert ".TH" in (tmp_path / "man/hearth.1").read_text()
    assert "hearth" in hearth.run("completions", "bash")


def test_a_machine_that_is_no_appliance_has_no_updates(hearth: CommandLine, manager: Manager, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text(httpx.get(f"http://127.0.0.1:{manager.http_port}/ca.crt").text)
    hearth.run("login", manager.url, "--ca", str(authority), "--user", ADMIN, "--password-stdin", stdin=PASSWORD)
    assert hearth.json("system", "update")["unavailable"]
    assert "channel  stable" in re.sub(" +", "  ", hearth.run("system", "update"))
    bundle = tmp_path / "new.raucb"
    bundle.write_bytes(b"x" * 1_000_000)
    assert hearth.run("system", "update", "install", "--file", str(bundle), status=1)
    assert "none of now, later" in hearth.run("system", "update", "rollback", "--restart", "soon", status=2)
    assert "channel" in hearth.run("system", "update", "set", "--channel", "nightly", status=1)
    window = hearth.json("system", "update", "set", "--restart", "03:00-05:00")["restart"]
    assert window == {"when": "window", "window": {"from": "03:00:00", "until": "05:00:00"}}
