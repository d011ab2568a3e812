"""Adoption of real machines: every way in, every failure with its cause and mend, and the way out."""

from pathlib import Path

import pytest
import variants
from hearth_fleet import Fleet, Node, settings
from support.manager import Manager, Problem, wait_until

pytestmark = pytest.mark.usefixtures("fleet")


def begin(manager: Manager, node: Node | str, user: str = "ada", password: str = "hearth-ada", **more: object) -> dict:
    address = node if isinstance(node, str) else node.address
    return manager.job(manager.post("nodes", {"address": address, "user": user, "password": password, **more}), 60)


def our_keys(node: Node, user: str) -> list[str]:
    home = "/root" if user == "root" else f"/home/{user}"
    text = node.shell(f"cat {home}/.ssh/authorized_keys 2>/dev/null || true")
    return [line for line in text.splitlines() if "hearth@" in line]


def test_with_a_password_as_root(manager: Manager, fleet: Fleet) -> None:
    node = manager.adopt(fleet.node(1).address, "root", "hearth-root")
    online = wait_until("facts", lambda: (n := manager.get(f"nodes/{node['name']}"))["facts"] and n, 20)
    assert online["state"] == "online"
    facts = online["facts"]
    assert facts["os_id"] == "debian"
    assert facts["arch"] == "amd64"
    assert facts["cpu_cores"] >= 1
    assert 7 * settings.GIB < facts["memory"] <= 8 * settings.GIB
    assert facts["engine"]["version"].startswith("26.1")
    assert any(disk["total"] > settings.GIB for disk in facts["disks"])
    assert any(settings.address(1) in interface["addresses"] for interface in facts["interfaces"])


def test_with_a_password_as_a_user_with_sudo(manager: Manager, fleet: Fleet) -> None:
    manager.adopt(fleet.node(2).address, "ada", "hearth-ada", name="second")
    assert manager.get("nodes/second")["link"]["user"] == "ada"
    assert len(our_keys(fleet.node(2), "ada")) >= 1


def test_with_a_password_that_only_pam_asks_for(manager: Manager, node: Node) -> None:
    with variants.applied(node, "keyboard-interactive"):
        assert begin(manager, node)["state"] == "succeeded"
        accepted = node.shell("journalctl --unit=ssh --since=-60s --output=cat --no-pager | grep Accepted")
    assert "Accepted keyboard-interactive/pam for ada" in accepted


def test_with_a_key(manager: Manager, fleet: Fleet) -> None:
    body = {"address": fleet.node(3).address, "user": "root", "key": settings.KEY.read_text()}
    manager.done(manager.post("nodes", body), 60)
    assert [node["link"]["user"] for node in manager.get("nodes")["items"] if node["link"]["kind"] == "ssh"] == ["root"]


def test_the_host_key_is_shown_before_it_is_pinned(manager: Manager, fleet: Fleet) -> None:
    node = fleet.node(1)
    shown = manager.post("nodes/host-key", {"address": node.address})["fingerprint"]
    real = node.shell("for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done")
    assert shown in real
    assert begin(manager, node, host_key=shown)["state"] == "succeeded"


def test_adopting_twice_changes_nothing(manager: Manager, fleet: Fleet) -> None:
    node = fleet.node(1)
    manager.adopt(node.address, "root", "hearth-root")
    before = our_keys(node, "root")
    manager.adopt(node.address, "root", "hearth-root")
    assert our_keys(node, "root") == before
    assert len([n for n in manager.get("nodes")["items"] if n["link"]["kind"] == "ssh"]) == 1


@pytest.mark.parametrize(
    ("variant", "cause"),
    [
        ("no-sudo", "no_sudo"),
        ("sudo-password", "no_sudo"),
        ("no-password-login", "wrong_password"),
        ("no-ssh", "refused"),
        ("unsupported-system", "unsupported_system"),
    ],
)
def test_a_machine_that_cannot_be_adopted_names_cause_and_mend(
    manager: Manager, node: Node, variant: str, cause: str
) -> None:
    before = our_keys(node, "ada")
    with variants.applied(node, variant):
        job = begin(manager, node)
    assert job["state"] in ("failed", "rolled_back")
    assert job["cause"] == cause, job["error"]
    assert len(job["error"]) > 40, "what, why and what next"
    assert our_keys(node, "ada") == before, "nothing is left of an adoption that failed"
    assert node.address not in str(manager.get("nodes"))


@pytest.mark.parametrize(
    ("address", "more", "cause"),
    [
        (settings.address(2), {"password": "wrong"}, "wrong_password"),
        (settings.address(2), {"user": "nobody-here"}, "wrong_password"),
        (settings.address(2), {"host_key": "SHA256:" + "A" * 43}, "host_key_mismatch"),
        (settings.address(150), {}, "timed_out"),
        (settings.HOST_ADDRESS, {"port": settings.REGISTRY_PORT}, "not_ssh"),
        ("no-such-machine.invalid", {}, "unknown_host"),
    ],
)
def test_what_does_not_answer_as_it_should(manager: Manager, address: str, more: dict, cause: str) -> None:
    job = begin(manager, address, **more)
    assert job["state"] in ("failed", "rolled_back")
    accepted = {cause, "unreachable"} if cause == "timed_out" else {cause}
    assert job["cause"] in accepted, job["error"]


@pytest.mark.parametrize(
    ("variant", "cause", "mended_by_bootstrap"),
    [
        ("no-socket-rights", "no_socket_rights", True),
        ("no-forwarding", "forwarding_forbidden", False),
        ("no-stream-forwarding", "forwarding_forbidden", False),
        ("stopped-engine", "engine_down", True),
        ("old-engine", "engine_too_old", False),
        ("no-compose", "no_compose", True),
    ],
)
def test_preflight_names_what_an_adopted_machine_lacks(
    manager: Manager, node: Node, variant: str, cause: str, mended_by_bootstrap: bool
) -> None:
    with variants.applied(node, variant):
        assert begin(manager, node, name="subject")["state"] == "succeeded"
        found = manager.post("nodes/subject/preflight")
        faults = [check for check in found["checks"] if check["fault"]]
        assert cause in [check["fault"]["cause"] for check in faults], found
        assert all(check["mend"] for check in faults)
        lacking = next(check for check in faults if check["fault"]["cause"] == cause)
        assert lacking["bootstrap"] is mended_by_bootstrap


def test_the_password_is_not_kept(manager: Manager, fleet: Fleet) -> None:
    manager.adopt(fleet.node(1).address, "root", "hearth-root")
    begin(manager, fleet.node(2), password="a-password-that-is-wrong")
    kept = [path for path in Path(manager.data).rglob("*") if path.is_file()]
    assert any(path.name.endswith(".db") for path in kept)
    for path in [*kept, manager.log_path]:
        content = path.read_bytes()
        assert b"hearth-root" not in content, path
        assert b"a-password-that-is-wrong" not in content, path


def test_release_takes_our_key_away(manager: Manager, fleet: Fleet) -> None:
    node = fleet.node(3)
    before = our_keys(node, "root")
    adopted = manager.adopt(node.address, "root", "hearth-root")
    assert len(our_keys(node, "root")) == len(before) + 1
    manager.done(manager.call("DELETE", f"nodes/{adopted['name']}"))
    assert our_keys(node, "root") == before
    with pytest.raises(Problem) as gone:
        manager.get(f"nodes/{adopted['name']}")
    assert gone.value.status == 404


def test_bootstrap_brings_an_engine_and_an_app_runs_on_it(manager: Manager, plain_node: Node) -> None:
    manager.adopt(plain_node.address, "root", "hearth-root", name="plain")
    found = manager.post("nodes/plain/preflight")
    assert "no_engine" in [check["fault"]["cause"] for check in found["checks"] if check["fault"]]
    assert any("docker.io" in command for command in found["bootstrap"])
    manager.done(manager.post("nodes/plain/bootstrap"), 300)
    assert manager.post("nodes/plain/preflight")["ready"] is True
    manager.done(manager.post("recipes/hearth-web/deploy", {"node": "plain"}), 120)
    assert manager.app_state("hearth-web") == "running"


def test_bootstrap_that_fails_leaves_the_machine_as_it_was(manager: Manager, plain_node: Node) -> None:
    manager.adopt(plain_node.address, "root", "hearth-root", name="plain")
    before = plain_node.shell("dpkg-query -W -f '${Package}\\n' | sort")
    with variants.applied(plain_node, "no-package-source"):
        job = manager.job(manager.post("nodes/plain/bootstrap"), 300)
    assert job["state"] in ("failed", "rolled_back"), job
    assert job["error"]
    assert plain_node.shell("dpkg-query -W -f '${Package}\\n' | sort") == before
