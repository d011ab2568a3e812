"""From a USB stick onto the disk inside: through the manager, then started from that disk alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hearth_appliance import Box, BoxManager, settings
from support.manager import Problem

INSIDE = 4 << 30


def inside(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """An empty disk inside the machine, and QEMU's options for it."""
    folder.mkdir()
    disk = folder / "inside.img"
    with disk.open("wb") as file:
        file.truncate(INSIDE)
    blockdev = f"driver=raw,node-name=inside,discard=unmap,file.driver=file,file.filename={disk}"
    return disk, ("-blockdev", blockdev, "-device", "virtio-blk-pci,drive=inside,serial=inside")


def shut_down(box: Box, manager: BoxManager) -> None:
    manager.post("system/shutdown")
    assert box.process is not None
    box.process.wait(timeout=settings.COMMAND * settings.PATIENCE)
    box.cut()


@pytest.mark.long
@pytest.mark.skipif(settings.BOOTLOADER != "grub", reason="boxes with U-Boot are not installed from within: the image is written to their disk")
def test_from_a_stick_onto_the_disk_inside(make_box: Callable[..., Box], scratch: Path) -> None:
    disk, options = inside(scratch / "install")
    box = make_box(options=options, stick=True).start()
    box.wait_good()
    manager = BoxManager(box).set_up("attic")
    disks = {item["name"]: item for item in manager.get("system/disks")["items"]}
    assert (disks["sda"]["own"], disks["sda"]["bus"], disks["sda"]["installable"]) == (True, "usb", False)
    assert disks["vda"]["installable"]
    with pytest.raises(Problem, match="confirm"):
        manager.post("system/disks/vda/install", {"confirm": "sda"})
    with pytest.raises(Problem, match="runs from"):
        manager.post("system/disks/sda/install", {"confirm": "sda"})

    # Cancelled, the manager killed, the plug pulled: each leaves a disk that it can be begun again on.
    def copying() -> int | None:
        return manager.get(f"jobs/{begun['job']['id']}")["steps"][0]["progress"]

    begun = manager.post("system/disks/vda/install", {"confirm": "vda"})
    assert 0 < box.wait("the copying", copying, 180) < 100
    manager.post(f"jobs/{begun['job']['id']}/cancel")
    assert manager.job(begun)["state"] == "cancelled"
    assert box.run("systemctl is-active 'hearth-install@*'", check=False).strip() in ("", "inactive")
    begun = manager.post("system/disks/vda/install", {"confirm": "vda"})
    box.wait("the copying", copying, 180)
    box.run("systemctl kill --signal KILL hearth.service")
    told = box.run("cat /run/hearth-install/progress")
    box.wait_healthy()
    box.wait("that it goes on", lambda: box.try_run("cat /run/hearth-install/progress") not in (None, told.strip()), 180)
    box.cut()
    box.start()
    box.wait_good()
    assert manager.job(begun, settings.INSTALL)["state"] == "succeeded"
    assert "read back" in manager.get(f"jobs/{begun['job']['id']}")["steps"][0]["message"]

    # Both disks have partitions of the same names: the next start is of the one that it came from, whichever that is.
    boot = box.boot_id()
    manager.post("system/reboot")
    box.boots_until(boot)
    box.wait_good()
    assert box.run("readlink -f /dev/hearth/data").strip().startswith("/dev/sda")
    assert manager.get("setup")["set_up"] is True
    shut_down(box, manager)

    alone = Box(disk, scratch / "installed", gib=INSIDE >> 30).start()
    try:
        alone.wait_good()
        wizard = BoxManager(alone)
        assert wizard.get("setup")["set_up"] is False
        assert alone.boot_state()["ORDER"] == "A B"
        wizard.set_up("cellar")
        slots = wizard.updates()["slots"]["slots"]
        assert [(slot["bootname"], slot["health"]) for slot in slots] == [("A", "good"), ("B", "good")]
        data = alone.run("findmnt --noheadings --output SIZE,FSTYPE --bytes /data").split()
        assert int(data[0]) > INSIDE - (1400 << 20)
        assert data[1] == "ext4"
        # The other slot is there to fall back to.
        boot = alone.boot_id()
        wizard.post("system/update/rollback", {"restart": {"when": "now"}})
        alone.boots_until(boot)
        alone.wait_good()
        assert alone.slot() == "B"
    finally:
        alone.remove()


@pytest.mark.long
@pytest.mark.skipif(settings.BOOTLOADER != "grub", reason="started from a stick by UEFI")
def test_a_disk_that_was_flashed_from_the_same_image_is_another(make_box: Callable[..., Box], image: Path) -> None:
    """A box's old disk, or the next one, is plugged in beside the disk that it runs from, where the kernel finds it sooner."""
    box = make_box(stick=True).start()
    box.wait_good()
    box.run("echo kept >/data/hearth/kept && sync")
    box.cut()
    box.options = ("-drive", f"file={image},format=raw,if=none,id=twin,snapshot=on", "-device", "virtio-blk-pci,drive=twin")
    box.start()
    box.wait_good()
    assert box.run("ls /sys/block/vda/device /dev/vda4").strip()
    assert box.run("readlink -f /dev/hearth/data /dev/hearth/boot").split() == ["/dev/sda4", "/dev/sda1"]
    assert box.run("cat /data/hearth/kept").strip() == "kept"
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""
    box.remove()
