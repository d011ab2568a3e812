"""Disks that are plugged in and shares of other machines, added through the manager, with the real kernel and systemd."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hearth_appliance import Box, BoxManager, Lan, Shares, qmp, settings, tool
from hearth_appliance.shares import PASSWORD
from support.manager import Problem

STICK = "1A2B-3C4D"


def stick(path: Path) -> tuple[str, ...]:
    """A USB stick with a FAT file system, and an empty disk beside it."""
    path.mkdir()
    image, empty = path / "stick.img", path / "empty.img"
    for file in (image, empty):
        with file.open("wb") as disk:
            disk.truncate(512 << 20)
    tool("mkfs.vfat", "-n", "PHOTOS", "-i", STICK.replace("-", ""), str(image))
    return (
        *("-device", "qemu-xhci,id=usb"),
        *("-blockdev", f"driver=raw,node-name=stick,file.driver=file,file.filename={image}"),
        *("-device", "usb-storage,id=stick,drive=stick,bus=usb.0,removable=on,serial=4711"),
        *("-blockdev", f"driver=raw,node-name=empty,file.driver=file,file.filename={empty}", "-device", "virtio-blk-pci,drive=empty"),
    )


@pytest.fixture(scope="module")
def box(make_box: Callable[..., Box], scratch: Path) -> Iterator[Box]:
    box = make_box(options=stick(scratch / "disks")).start()
    box.wait_good()
    yield box
    box.remove()


@pytest.fixture(scope="module")
def manager(box: Box) -> BoxManager:
    return BoxManager(box).set_up()


def disk(manager: BoxManager, bus: str) -> dict[str, Any]:
    """The one disk of this kind that Hearth does not run from."""
    found = [disk for disk in manager.get("system/disks")["items"] if disk["bus"] == bus and not disk["own"]]
    assert len(found) == 1, found
    return found[0]


def status(manager: BoxManager, name: str) -> dict[str, Any]:
    return next(item["status"] for item in manager.get("system/mounts")["items"] if item["name"] == name)


def wait_state(box: Box, manager: BoxManager, name: str, state: str, limit: float = 120) -> dict[str, Any]:
    return box.wait(f"{name} to be {state}", lambda: (found := status(manager, name))["state"] == state and found, limit)


def test_what_is_plugged_in_is_seen(manager: BoxManager) -> None:
    own = [disk for disk in manager.get("system/disks")["items"] if disk["own"]]
    assert [volume["label"] for volume in own[0]["volumes"]][-1] == "data"
    assert "runs from" in own[0]["kept_because"]
    found = disk(manager, "usb")
    assert (found["serial"], found["removable"]) == ("4711", True)
    volume = found["volumes"][0]
    assert (volume["uuid"], volume["label"], volume["file_system"]) == (STICK, "PHOTOS", "vfat")
    assert disk(manager, "virtio")["volumes"] == []


def test_a_stick_is_added_and_is_for_every_app(box: Box, manager: BoxManager) -> None:
    added = manager.post("system/mounts", {"name": "my-photos", "kind": "disk", "uuid": STICK})
    assert added["status"]["state"] == "mounted"
    options = box.run("findmnt --noheadings --output OPTIONS /data/media/my-photos")
    assert {"nosuid", "nodev", "noexec"} <= set(options.strip().split(","))
    box.run("runuser -u nobody -- sh -c 'echo seen >/data/media/my-photos/a' && sync")
    with pytest.raises(Problem, match="in use at"):
        manager.post("system/mounts", {"name": "again", "kind": "disk", "uuid": STICK})


def test_a_disk_is_formatted_and_added(box: Box, manager: BoxManager) -> None:
    own = next(disk for disk in manager.get("system/disks")["items"] if disk["own"])["name"]
    for name in (own, disk(manager, "usb")["name"]):
        with pytest.raises(Problem) as refused:
            manager.post(f"system/disks/{name}/format", {"name": "x", "confirm": name})
        assert refused.value.status == 409
    name = disk(manager, "virtio")["name"]
    with pytest.raises(Problem, match="confirm"):
        manager.post(f"system/disks/{name}/format", {"name": "films", "confirm": own})
    manager.done(manager.post(f"system/disks/{name}/format", {"name": "films", "confirm": name}))
    assert wait_state(box, manager, "films", "mounted")["free"] > 300 << 20
    assert box.run("findmnt --noheadings --output FSTYPE /data/media/films").strip() == "ext4"
    box.run("echo seen >/data/media/films/a && sync")


def test_what_formats_looks_itself_before_it_does(box: Box) -> None:
    """The manager is not the one to be trusted with the disk that the system is on."""
    own = box.run("basename $(dirname $(readlink -f /sys/dev/block/$(mountpoint -d /)))").strip()
    seq = box.run(f"cat /sys/block/{own}/diskseq").strip()
    other = box.run("readlink -f /dev/disk/by-label/hearth-disk").strip().removeprefix("/dev/").rstrip("1")
    for disk_and_seq, why in ((f"{own}-{seq}", "runs from"), (f"{own}-99", "another disk"), (f"{other}-99", "another disk"), ("sdz-1", "no disk")):
        said = box.run(f"/usr/lib/hearth/format {disk_and_seq} 2>&1", check=False)
        assert why in said, said
    allowed = "busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartUnit ss"
    for unit in ("data-media.mount", "hearth-format@sda.service", "systemd-repart.service"):
        said = box.run(f"runuser -u hearth -- {allowed} {unit} replace 2>&1", check=False)
        assert "denied" in said.lower() or "authentication" in said.lower(), said


def test_a_disk_that_is_pulled_is_told_and_comes_back(box: Box, manager: BoxManager) -> None:
    qmp(box.qmp_path, "device_del", id="stick")
    wait_state(box, manager, "my-photos", "missing")
    assert "not permitted" in box.run("touch /data/media/my-photos/x 2>&1", check=False)
    qmp(box.qmp_path, "device_add", driver="usb-storage", id="stick", drive="stick", bus="usb.0", removable=True, serial="4711")
    wait_state(box, manager, "my-photos", "mounted")
    assert box.run("cat /data/media/my-photos/a").strip() == "seen"


def test_what_is_in_use_is_not_removed(box: Box, manager: BoxManager) -> None:
    """A container has it mounted elsewhere, which the kernel does not count."""
    box.run("systemd-run --quiet --unit user.service --property=PrivateMounts=yes sh -c 'mount --bind /data/media/films /mnt/boot && exec sleep 1000'")
    box.wait("its mount", lambda: box.try_run("grep -q ' /mnt/boot .*- ext4' /proc/$(systemctl show --property MainPID --value user)/mountinfo"), 30)
    with pytest.raises(Problem, match="in use by an app: sleep") as refused:
        manager.call("DELETE", "system/mounts/films")
    assert refused.value.status == 409
    assert status(manager, "films")["state"] == "mounted"
    box.run("systemctl stop user.service")


def test_after_a_restart_all_is_there_before_the_engine(box: Box, manager: BoxManager) -> None:
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    for name in ("films", "my-photos"):
        wait_state(box, manager, name, "mounted")
        assert box.run(f"cat /data/media/{name}/a").strip() == "seen"
    since = "systemctl show --property ActiveEnterTimestampMonotonic --value"
    engine = int(box.run(f"{since} docker.service"))
    assert all(0 < int(box.run(f"{since} '{unit}'")) < engine for unit in (r"data-media-films.mount", r"data-media-my\x2dphotos.mount"))


def test_without_its_disk_the_box_starts_as_fast_as_ever(box: Box, manager: BoxManager) -> None:
    manager.call("DELETE", "system/mounts/films")
    assert box.run("ls /data/mounts").split() == ["my-photos"]
    qmp(box.qmp_path, "device_del", id="stick")
    wait_state(box, manager, "my-photos", "missing")
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    assert status(manager, "my-photos")["state"] == "missing"
    assert box.run("ls /data/media").split() == ["my-photos"]
    manager.call("DELETE", "system/mounts/my-photos")
    assert manager.get("system/mounts")["items"] == []


@pytest.fixture
def lan(scratch: Path) -> Iterator[Lan]:
    lan = Lan(scratch / "lan-of-shares")
    yield lan
    lan.down()


@pytest.mark.long
def test_shares_of_another_machine(make_box: Callable[..., Box], lan: Lan) -> None:
    shares = Shares(lan)
    box = make_box(cable=lan.plug()).start()
    box.wait_good()
    manager = BoxManager(box).set_up()
    box.wait("an address", lambda: box.try_run("ip -oneline -4 address show to 10.88.0.0/24 | grep inet"), settings.START)
    smb = {"name": "media", "kind": "smb", "host": "10.88.0.1", "path": "media", "user": "anna", "password": PASSWORD}

    def refused(field: str, **other: str) -> None:
        with pytest.raises(Problem) as problem:
            manager.post("system/mounts", {**smb, **other}, timeout=180)
        found = [error["pointer"] for error in problem.value.body["errors"]]
        assert found == [f"/{field}"], problem.value.body

    refused("host")
    samba = shares.smb()
    box.wait("Samba", lambda: box.try_run("curl --silent --max-time 2 telnet://10.88.0.1:445 </dev/null; [ $? != 7 ]"), 60)
    refused("password", password="another one")
    refused("path", path="nothing")
    refused("host", host="10.88.0.77")
    refused("host", host="no-such-machine")
    added = manager.post("system/mounts", smb, timeout=180)
    assert added["status"]["state"] == "mounted"
    box.run("runuser -u nobody -- sh -c 'echo over-smb >/data/media/media/a'")
    assert (shares.media / "a").read_text() == "over-smb\n"
    assert box.run("ls /run/hearth-mounts").strip() == ""
    assert PASSWORD not in box.run("journalctl --no-pager; cat /proc/mounts /data/mounts/*; strings /data/hearth/hearth.db* 2>/dev/null || true")

    nfs = {"name": "by-nfs", "kind": "nfs", "host": "10.88.0.1", "path": "/media"}
    with pytest.raises(Problem):
        manager.post("system/mounts", nfs, timeout=180)
    shares.nfs()
    box.wait("NFS", lambda: box.try_run("curl --silent --max-time 2 telnet://10.88.0.1:2049 </dev/null; [ $? != 7 ]"), 60)
    with pytest.raises(Problem) as problem:
        manager.post("system/mounts", {**nfs, "path": "/nothing"}, timeout=180)
    assert problem.value.body["errors"][0]["pointer"] == "/path"
    assert manager.post("system/mounts", nfs, timeout=180)["status"]["state"] == "mounted"
    box.run("echo over-nfs >/data/media/by-nfs/b")
    assert (shares.media / "b").read_text() == "over-nfs\n"

    # A server that is away when the box starts is no reason to wait, and is found when it is there again.
    samba.terminate()
    samba.wait(timeout=30)
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    wait_state(box, manager, "by-nfs", "mounted")
    assert "no shares of this kind" in wait_state(box, manager, "media", "failed")["cause"]
    shares.smb()
    wait_state(box, manager, "media", "mounted")
    assert box.run("cat /data/media/media/a").strip() == "over-smb"
    for name in ("media", "by-nfs"):
        manager.call("DELETE", f"system/mounts/{name}")
    box.remove()
