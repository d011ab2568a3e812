"""Disks that are plugged in, added through the manager, with the real kernel and systemd."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hearth_appliance import Box, BoxManager, qmp, tool
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
    box.run("systemd-run --quiet --wait --property User=nobody sh -c 'echo seen >/data/media/my-photos/a' && sync")
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
    assert manager.mount_is("films", "mounted")["free"] > 300 << 20
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
        said = box.run(f"systemd-run --quiet --pipe --wait --property User=hearth {allowed} {unit} replace 2>&1", check=False)
        assert "denied" in said.lower() or "authentication" in said.lower(), said


def test_a_disk_that_is_pulled_is_told_and_comes_back(box: Box, manager: BoxManager) -> None:
    qmp(box.qmp_path, "device_del", id="stick")
    manager.mount_is("my-photos", "missing")
    assert "not permitted" in box.run("touch /data/media/my-photos/x 2>&1", check=False)
    qmp(box.qmp_path, "device_add", driver="usb-storage", id="stick", drive="stick", bus="usb.0", removable=True, serial="4711")
    manager.mount_is("my-photos", "mounted")
    assert box.run("cat /data/media/my-photos/a").strip() == "seen"


def test_what_is_in_use_is_not_removed(box: Box, manager: BoxManager) -> None:
    """A container has it mounted elsewhere, which the kernel does not count."""
    box.run("systemd-run --quiet --unit user.service --property=PrivateMounts=yes sh -c 'mount --bind /data/media/films /mnt/boot && exec sleep 1000'")
    box.wait("its mount", lambda: box.try_run("grep -q ' /mnt/boot .*- ext4' /proc/$(systemctl show --property MainPID --value user)/mountinfo"), 30)
    with pytest.raises(Problem, match="in use by an app: sleep") as refused:
        manager.call("DELETE", "system/mounts/films")
    assert refused.value.status == 409
    assert manager.mount("films")["state"] == "mounted"
    box.run("systemctl stop user.service")


@pytest.mark.engine
def test_after_a_restart_all_is_there_before_the_engine(box: Box, manager: BoxManager) -> None:
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    for name in ("films", "my-photos"):
        manager.mount_is(name, "mounted")
        assert box.run(f"cat /data/media/{name}/a").strip() == "seen"
    since = "systemctl show --property ActiveEnterTimestampMonotonic --value"
    engine = int(box.run(f"{since} docker.service"))
    assert all(0 < int(box.run(f"{since} '{unit}'")) < engine for unit in (r"data-media-films.mount", r"data-media-my\x2dphotos.mount"))


def test_without_its_disk_the_box_starts_as_fast_as_ever(box: Box, manager: BoxManager) -> None:
    manager.call("DELETE", "system/mounts/films")
    assert box.run("ls /data/mounts").split() == ["my-photos"]
    qmp(box.qmp_path, "device_del", id="stick")
    manager.mount_is("my-photos", "missing")
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    assert manager.mount("my-photos")["state"] == "missing"
    assert box.run("ls /data/media").split() == ["my-photos"]
    manager.call("DELETE", "system/mounts/my-photos")
    assert manager.get("system/mounts")["items"] == []
