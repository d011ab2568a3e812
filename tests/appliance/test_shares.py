"""Shares of another machine in the network, added through the manager: a Samba and an NFS-Ganesha, with the real kernel and systemd."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hearth_appliance import Box, BoxManager, Lan, Shares, settings
from hearth_appliance.shares import PASSWORD
from support.manager import Problem

SMB = {"name": "media", "kind": "smb", "host": "10.88.0.1", "path": "media", "user": "anna", "password": PASSWORD}
NFS = {"name": "by-nfs", "kind": "nfs", "host": "10.88.0.1", "path": "/media"}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def lan(scratch: Path) -> Iterator[Lan]:
    lan = Lan(scratch / "lan-of-shares")
    yield lan
    lan.down()


@pytest.fixture(scope="module")
def shares(scratch: Path, lan: Lan) -> Iterator[Shares]:
    shares = Shares(lan)
    yield shares
    # The network ends them, too; but only then.
    shares.end()
    shares.remove()


@pytest.fixture(scope="module")
def box(make_box: Callable[..., Box], lan: Lan) -> Iterator[Box]:
    box = make_box(cable=lan.plug()).start()
    box.wait_good()
    box.wait("an address", lambda: box.try_run("ip -oneline -4 address show to 10.88.0.0/24 | grep inet"), settings.START)
    yield box
    box.remove()


@pytest.fixture(scope="module")
def manager(box: Box) -> BoxManager:
    return BoxManager(box).set_up()


def refused(manager: BoxManager, wish: dict[str, str], field: str, says: str) -> None:
    with pytest.raises(Problem) as problem:
        manager.post("system/mounts", wish, timeout=180)
    errors = problem.value.body["errors"]
    assert [error["pointer"] for error in errors] == [f"/{field}"], problem.value.body
    assert says in errors[0]["message"]


def listens(box: Box, port: int) -> None:
    box.wait(f"port {port}", lambda: box.try_run(f"curl --silent --max-time 2 telnet://10.88.0.1:{port} </dev/null; [ $? != 7 ]"), 60)


def nothing_is_left(box: Box) -> None:
    assert box.run("ls /data/media /data/mounts /run/hearth-mounts").split() == ["/data/media:", "/data/mounts:", "/run/hearth-mounts:"]
    assert box.run("systemctl list-units --all --plain --no-legend 'data-media-*'").strip() == ""
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""


def test_what_cannot_be_mounted_is_told_and_leaves_nothing(box: Box, manager: BoxManager, shares: Shares) -> None:
    refused(manager, SMB, "host", "offers no shares")
    refused(manager, NFS, "host", "offers no shares")
    shares.smb()
    listens(box, 445)
    refused(manager, {**SMB, "password": "another one"}, "password", "does not take this name and password")
    refused(manager, {**SMB, "path": "nothing"}, "path", "no such share")
    for absent in ("10.88.0.77", "no-such-machine"):
        refused(manager, {**SMB, "host": absent}, "host", "does not answer")
        refused(manager, {**NFS, "host": absent}, "host", "does not answer")
    shares.nfs()
    listens(box, 2049)
    refused(manager, {**NFS, "path": "/nothing"}, "path", "no such share")
    nothing_is_left(box)


def test_a_share_by_smb_is_for_every_app(box: Box, manager: BoxManager, shares: Shares) -> None:
    state = manager.post("system/mounts", SMB, timeout=180)["status"]
    assert state["state"] == "mounted"
    assert 0 < state["free"] < state["size"]
    box.run("systemd-run --quiet --wait --property User=nobody sh -c 'echo over-smb >/data/media/media/a'")
    assert (shares.media / "a").read_text() == "over-smb\n"
    assert box.run("ls /run/hearth-mounts").strip() == ""
    assert PASSWORD not in box.run("journalctl --no-pager; cat /proc/mounts /data/mounts/*; strings /data/hearth/hearth.db* 2>/dev/null || true")


def test_a_share_by_nfs(box: Box, manager: BoxManager, shares: Shares) -> None:
    state = manager.post("system/mounts", NFS, timeout=180)["status"]
    assert state["state"] == "mounted"
    assert 0 < state["free"] < state["size"]
    box.run("echo over-nfs >/data/media/by-nfs/b")
    assert (shares.media / "b").read_text() == "over-nfs\n"


def test_a_server_that_is_away_when_the_box_starts_is_found_later(box: Box, manager: BoxManager, shares: Shares) -> None:
    shares.end("smbd")
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    manager.mount_is("by-nfs", "mounted")
    assert box.run("cat /data/media/by-nfs/b").strip() == "over-nfs"
    assert "no shares of this kind" in manager.mount_is("media", "failed")["cause"]
    shares.smb()
    manager.mount_is("media", "mounted")
    assert box.run("cat /data/media/media/a").strip() == "over-smb"
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""


def test_a_server_that_goes_away_holds_up_nothing(box: Box, manager: BoxManager, shares: Shares) -> None:
    """Neither the list, nor that a share is removed whose server is gone for good."""
    shares.end()
    begin = time.monotonic()
    for _ in range(3):
        manager.get("system/mounts", timeout=60)
    assert time.monotonic() - begin < 60
    for name in ("media", "by-nfs"):
        manager.call("DELETE", f"system/mounts/{name}", timeout=90)
    assert manager.get("system/mounts")["items"] == []
    nothing_is_left(box)
    # What was being asked of it has an end, too.
    box.wait("the end of what hangs", lambda: box.run("ps -eo state= | grep -c D || true").strip() == "0", 300)
