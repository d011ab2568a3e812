"""What a box has to bear: a torn boot state, a full disk, a clock that is wrong."""

from collections.abc import Callable

import pytest
from hearth_appliance import Box, BoxManager, Updates, settings

STATE = {"grub": "/mnt/boot/grub/grubenv", "uboot": "/mnt/boot/uboot/state"}[settings.BOOTLOADER]


@pytest.mark.skipif(settings.BOOTLOADER != "grub", reason="U-Boot's script writes its state anew at each start")
def test_a_torn_boot_state_is_mended(box: Box) -> None:
    """grub-editenv empties the file before it writes; the plug may be pulled in between."""
    before = box.boot_state()
    box.run(f": >{STATE} && systemctl restart hearth-repair-boot-state.service")
    assert box.run(f"stat --format %s {STATE}").strip() == "1024"
    mended = box.boot_state()
    assert mended["ORDER"].split()[0] == box.slot()
    assert mended[f"{box.slot()}_OK"] == "1"
    # And it can be written to again.
    box.run("systemctl restart hearth-mark-good.service")
    assert box.boot_state()[f"{box.slot()}_TRY"] == "0"
    box.run(f"grub-editenv {STATE} set " + " ".join(f"'{name}={value}'" for name, value in before.items()))


@pytest.mark.long
def test_a_torn_boot_state_does_not_stop_a_start(make_box: Callable[..., Box]) -> None:
    box = make_box().start()
    box.wait_good()
    box.run(f": >{STATE} && sync -f {STATE}")
    box.cut()
    box.start()
    box.wait_good()
    assert box.boot_state()["A_OK"] == "1"
    box.remove()


@pytest.mark.long
def test_a_full_disk_stops_neither_start_nor_page(make_box: Callable[..., Box]) -> None:
    # A small one: what is written takes room and minutes here, too.
    box = make_box(gib=4).start()
    box.wait_good()
    # As an app does it that is root in its container.
    app = "systemd-run --quiet --wait --property CapabilityBoundingSet=~CAP_SYS_RESOURCE"
    box.run(f"{app} dd if=/dev/zero of=/data/docker/full bs=1M 2>/dev/null; sync", check=False, limit=settings.INSTALL)
    assert int(box.run("df --output=avail /data | tail -n1")) < 1024
    box.cut()
    box.start()
    box.wait_good()
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""
    assert box.is_healthy()
    # The wizard, and whatever else the manager has to keep.
    assert BoxManager(box).set_up("attic").get("setup")["set_up"] is True
    box.remove()


@pytest.mark.long
@pytest.mark.parametrize("clock", ["1980-01-01", "2090-01-01T12:00:00"])
def test_a_wrong_clock_stops_nothing(make_box: Callable[..., Box], updates: Updates, clock: str) -> None:
    box = make_box(options=("-rtc", f"base={clock}")).start()
    box.wait_good()
    box.put(updates.next_version().path, "/data/update.raucb")
    box.run("rauc install /data/update.raucb", limit=settings.INSTALL)
    assert box.boot_state()["ORDER"] == "B A"
    box.remove()


@pytest.mark.long
def test_a_hang_is_ended_by_the_watchdog(make_box: Callable[..., Box]) -> None:
    box = make_box().start()
    box.wait_good()
    boot = box.boot_id()
    # The first process does not go on, as if it hung.
    box.run("echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze")
    box.boots_until(boot)
    box.wait_good()
    box.remove()
