"""What Hearth sees of its nodes over time: cut off, back, killed, another host key, and its series."""

import time
from collections.abc import Callable

import pytest
from hearth_fleet import Fleet, Node
from support.manager import Manager, wait_until

NOTICED_WITHIN_SECS = 20


@pytest.fixture
def watched(manager: Manager, node: Node) -> dict:
    adopted = manager.adopt(node.address, "root", "hearth-root", name="watched")
    wait_until("a first sample", lambda: manager.get("nodes/watched/stats?range=3600")["now"], 40)
    return adopted


def state(manager: Manager) -> Callable[[], str]:
    return lambda: manager.get("nodes/watched")["state"]


def test_a_cut_is_seen_and_so_is_the_return(manager: Manager, node: Node, watched: dict) -> None:
    node.cut()
    wait_until("offline", lambda: state(manager)() == "offline", NOTICED_WITHIN_SECS)
    fault = manager.get("nodes/watched")["fault"]
    assert fault["cause"] in ("timed_out", "disconnected", "unreachable")
    time.sleep(12)  # long enough that a storm of reconnections would show
    node.heal()
    wait_until("online", lambda: state(manager)() == "online", NOTICED_WITHIN_SECS)
    sessions = node.shell("journalctl --unit=ssh --since=-30s --output=cat --no-pager | grep -c 'Accepted publickey' || true")
    assert int(sessions) <= 3, "one connection is opened anew, not many"


def test_a_killed_node_comes_back(manager: Manager, node: Node, watched: dict) -> None:
    node.kill()
    wait_until("offline", lambda: state(manager)() == "offline", NOTICED_WITHIN_SECS)
    node.boot()
    wait_until("online", lambda: state(manager)() == "online", NOTICED_WITHIN_SECS)


def test_another_host_key_is_not_trusted(manager: Manager, fleet: Fleet, node: Node, watched: dict) -> None:
    node.rekey()
    node.kill()
    node.boot()
    wait_until(
        "the changed key is told",
        lambda: manager.get("nodes/watched").get("fault", {}).get("cause") == "host_key_changed",
        40,
    )


def test_series_grow_and_tell_the_truth(manager: Manager, node: Node, watched: dict) -> None:
    stats = manager.get("nodes/watched/stats?range=3600")
    assert stats["step_secs"] == 15
    now = stats["now"]
    assert 3 * 2**30 < now["memory_total"] <= 4 * 2**30
    assert 0 < now["memory_used"] < now["memory_total"]
    assert now["disk_total"] > 2**30
    # The first answer has no rates; two more come 15 s apart, each kept at most 15 s later: 45 s after the first.
    wait_until("a second point", lambda: len(manager.get("nodes/watched/stats?range=3600")["series"]) >= 2, 60)
    resources = manager.get("resources")
    assert resources["memory"]["total"] >= now["memory_total"]
    assert resources["nodes_online"] >= 1


def test_discovery_finds_the_fleet(manager: Manager, fleet: Fleet, watched: dict) -> None:
    begun = manager.post("nodes/discover", {"subnets": ["10.77.0.8/29"]})
    manager.done(begun, 60)
    found = {machine["address"]: machine for machine in manager.get(f"nodes/discover/{begun['job']['id']}")["items"]}
    for number in (1, 2, 3):
        machine = found[fleet.node(number).address]
        assert machine["ssh_port"] == 22
        assert "scan" in machine["by"]
        assert machine["banner"].startswith("SSH-2.0-")
    assert found[fleet.node(2).address]["node"] == watched["id"]
