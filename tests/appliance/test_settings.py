"""The box's own settings through the manager, as the user that it runs as, with the real systemd."""

import json
import ssl
from collections.abc import Callable, Iterator

import pytest
from hearth_appliance import Box, BoxManager
from support.manager import Problem


@pytest.fixture(scope="module")
def box(make_box: Callable[..., Box]) -> Iterator[Box]:
    """One for these alone: what they set would show elsewhere."""
    box = make_box().start()
    box.wait_good()
    yield box
    box.remove()


@pytest.fixture(scope="module")
def manager(box: Box) -> BoxManager:
    return BoxManager(box).set_up()


def certificate(box: Box) -> bytes:
    """What the box shows of itself; names stand in it as they are."""
    try:
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", box.tls_port), timeout=10))
    except OSError:
        return b""


def test_a_name_reaches_system_and_network(box: Box, manager: BoxManager) -> None:
    assert manager.post("system/hostname", {"name": "attic"})["address"] == "attic.local"
    assert box.run("cat /etc/hostname /proc/sys/kernel/hostname").split() == ["attic", "attic"]
    name = "busctl call org.freedesktop.Avahi / org.freedesktop.Avahi.Server GetHostNameFqdn"
    box.wait("the announcement", lambda: "attic.local" in (box.try_run(name) or ""), 60)
    box.wait("a certificate for the name", lambda: b"attic.local" in certificate(box), 60)
    manager.post("system/hostname", {"name": "hearth"})


def test_time_zone_and_servers(box: Box, manager: BoxManager) -> None:
    state = manager.post("system/time", {"time_zone": "Pacific/Auckland", "servers": ["192.0.2.1", "ntp.example.org"]})
    assert (state["time_zone"], state["unavailable"]) == ("Pacific/Auckland", None)
    assert box.run("date +%Z").strip() in ("NZST", "NZDT")
    shown = box.run("busctl get-property org.freedesktop.timesync1 /org/freedesktop/timesync1 org.freedesktop.timesync1.Manager SystemNTPServers")
    assert shown.split() == ["as", "2", '"192.0.2.1"', '"ntp.example.org"']
    manager.post("system/time", {"sync": False})
    assert box.run("systemctl is-active systemd-timesyncd", check=False).strip() == "inactive"
    manager.post("system/time", {"time_zone": "Etc/UTC", "sync": True, "servers": []})
    box.wait("the clock's service", lambda: box.try_run("systemctl is-active systemd-timesyncd"), 60)
    with pytest.raises(Problem, match="time zone"):
        manager.post("system/time", {"time_zone": "Mars/Olympus"})


def test_services_are_seen_and_restarted(box: Box, manager: BoxManager) -> None:
    services = {item["unit"]: item for item in manager.get("system/services")["items"]}
    hearth = services["hearth.service"]
    assert hearth["state"] == "active"
    assert hearth["memory"] > 1 << 20
    assert hearth["for_secs"] > 0
    before = box.run("systemctl show --property MainPID --value avahi-daemon")
    assert manager.post("system/services/avahi-daemon/restart")["state"] == "active"
    assert box.run("systemctl show --property MainPID --value avahi-daemon") != before
    with pytest.raises(Problem) as refused:
        manager.post("system/services/dbus/restart")
    assert refused.value.status == 404


def logs(manager: BoxManager, query: str) -> list[dict]:
    with manager.client() as client:
        answer = client.get(f"system/logs?{query}")
    answer.raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_journal_is_read_and_filtered(box: Box, manager: BoxManager) -> None:
    box.run("systemd-cat --identifier hearth-test --priority warning echo found by its text")
    found = box.wait("the line", lambda: logs(manager, "text=FOUND+by+its+text&priority=warning&tail=1"), 60)
    assert (found[0]["priority"], found[0]["text"]) == ("warning", "found by its text")
    of_hearth = logs(manager, "unit=hearth&tail=10000")
    assert of_hearth
    assert {line["from"] for line in of_hearth} <= {"hearth.service", "init.scope", "systemd"}


def address(box: Box) -> str:
    shown = json.loads(box.run("ip -json -4 address show scope global"))
    return next(link["addr_info"][0]["local"] for link in shown if link["ifname"].startswith("en"))


def test_a_network_that_nobody_confirms_comes_back(box: Box, manager: BoxManager) -> None:
    """A second address in QEMU's own network is as good as the first: what is forwarded still arrives at the first alone."""
    card = next(link for link in manager.get("system/network")["items"] if link["addresses"])
    assert card["settings"] == {"mode": "dhcp"}
    fixed = {"link": card["name"], "mode": "fixed", "address": "10.0.2.15/24", "gateway": "10.0.2.2", "dns": ["10.0.2.3"]}
    state = manager.post("system/network", fixed)
    assert state["unconfirmed"]["ends_in_secs"] > 30
    folder = "/data/network"
    assert "Address=10.0.2.15/24" in box.run(f"cat {folder}/50-hearth-{card['name']}.network")
    dhcp = "networkctl --json=short status " + card["name"]
    box.wait("the fixed address", lambda: '"ConfigSource":"static"' in (box.try_run(dhcp) or ""), 30)
    box.wait("the old settings", lambda: box.run(f"ls {folder}").strip() == "", 120)
    box.wait("the address of before", lambda: '"ConfigSource":"DHCPv4"' in (box.try_run(dhcp) or ""), 60)
    assert manager.get("system/network")["unconfirmed"] is None


def test_a_manager_killed_meanwhile_puts_the_network_back(box: Box, manager: BoxManager) -> None:
    card = next(link for link in manager.get("system/network")["items"] if link["addresses"])
    fixed = {"link": card["name"], "mode": "fixed", "address": "10.0.2.15/24", "gateway": "10.0.2.2", "dns": ["10.0.2.3"]}
    manager.post("system/network", fixed)
    box.run("systemctl kill --signal KILL hearth.service")
    box.wait("the old settings", lambda: box.run("ls /data/network").strip() == "", 60)
    manager.post("system/network", fixed)
    assert manager.post("system/network/confirm")["unconfirmed"] is None
    assert address(box) == "10.0.2.15"
    manager.post("system/network", {"link": card["name"], "mode": "dhcp"})
    manager.post("system/network/confirm")


def test_ssh_is_switched_on_and_off(box: Box, manager: BoxManager) -> None:
    """The virtual machine's own key keeps the server up here; the file is what counts on a box without one."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS anna@laptop"
    assert manager.post("system/ssh", {"on": True, "keys": [key]})["on"] is True
    assert box.run("systemd-run --quiet --pipe --wait --property User=hearth cat /data/ssh/keys/authorized_keys").strip() == key
    assert box.run("ls /data/ssh/keys").split() == ["authorized_keys", "on"]
    with pytest.raises(Problem, match="at least one key"):
        manager.post("system/ssh", {"keys": []})


@pytest.mark.long
def test_a_factory_reset_leaves_a_new_box(make_box: Callable[..., Box]) -> None:
    box = make_box().start()
    box.wait_good()
    manager = BoxManager(box).set_up()
    machine, boot = box.run("cat /etc/machine-id"), box.boot_id()
    box.run("mkdir -p /data/node/apps && echo data >/data/node/apps/something")
    with pytest.raises(Problem, match="confirm"):
        manager.post("system/factory-reset", {"confirm": "attic"})
    manager.post("system/factory-reset", {"confirm": manager.get("system/hostname")["name"]})
    box.boots_until(boot)
    box.wait_good()
    assert box.run("cat /etc/machine-id") != machine
    assert box.run("ls /data/node").strip() == ""
    assert BoxManager(box).get("setup")["set_up"] is False
