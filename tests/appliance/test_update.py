"""Updates by RAUC alone: which slots are left again, and power cuts. What a person does is in test_manager_update.py."""

import random
import time
from collections.abc import Callable

import pytest
from hearth_appliance import Box, Update, Updates, settings


def install(box: Box, update: Update) -> str:
    """Brings the bundle to the box and installs it from the file."""
    box.put(update.path, "/data/update.raucb")
    return box.run("rauc install /data/update.raucb 2>&1", limit=settings.INSTALL)


def restart(box: Box) -> None:
    """Restarts and waits until it is up again, in whichever slot, and marked good."""
    boot = box.boot_id()
    box.run("systemctl reboot", check=False)
    box.boots_until(boot)
    box.wait_good()


def test_a_slot_that_panics_is_left_after_three_tries(box: Box, updates: Updates) -> None:
    good = box.slot()
    install(box, updates.panicking())
    begin = len(box.serial())
    restart(box)
    assert box.serial()[begin:].count("Kernel panic") >= 3
    assert box.slot() == good
    assert "never got as far as starting Hearth" in box.run("cat /data/system/failed-start")
    assert box.is_healthy()


@pytest.mark.long
def test_a_slot_that_is_not_well_is_left_after_three_tries(box: Box, updates: Updates) -> None:
    good = box.slot()
    install(box, updates.ill())
    # Three starts, each with the whole time that the health check is given.
    boot = box.boot_id()
    box.run("systemctl reboot", check=False)
    box.boots_until(boot)

    def back() -> bool:
        words = box.try_run("cat /proc/cmdline") or ""
        return f"rauc.slot={good}" in words and box.is_healthy()

    box.wait("the good slot", back, 3 * 600)
    journal = box.run("journalctl --no-pager --output cat --unit hearth-fall-back.service")
    assert journal.count("is on trial") == 3
    assert f"{updates.ill().version}: the health check failed" in box.run("cat /data/system/failed-start")


def test_a_power_cut_while_it_is_written_leaves_the_old_system(box: Box, updates: Updates) -> None:
    good = box.slot()
    box.put(updates.next_version().path, "/data/update.raucb")
    cut_while_installing(box, random.uniform(0.05, 0.95))
    box.start()
    box.wait_good()
    assert box.slot() == good
    assert box.is_healthy()


def cut_while_installing(box: Box, share: float) -> None:
    """Pulls the plug when about this share of the slot is written."""
    print(f"the plug is pulled at {share:.0%}")
    box.run("systemd-run --quiet --unit install rauc install /data/update.raucb")
    target = 3 if box.slot() == "A" else 2
    written = f"awk '{{ print $7 }}' /sys/class/block/vda{target}/stat"
    before = int(box.run(written))
    size = int(box.run("stat --format %s /data/update.raucb")) // 512
    end = time.monotonic() + settings.INSTALL * settings.PATIENCE
    while int(box.run(written)) - before < size * share:
        assert time.monotonic() < end, "the installation does not get on"
        if "inactive" in box.run("systemctl is-active install.service", check=False):
            break
    box.cut()


@pytest.mark.long
@pytest.mark.parametrize("turn", range(10))
def test_power_cuts_at_any_moment(make_box: Callable[..., Box], updates: Updates, turn: int) -> None:
    """Somewhere from the first byte of the installation to the new system's being marked good: it always comes up, with all data."""
    chance = random.Random(f"{turn} {random.getrandbits(32)}")
    box = make_box().start()
    box.wait_good()
    box.run("echo kept >/data/hearth/kept && sync")
    box.put(updates.next_version().path, "/data/update.raucb")
    if turn % 2:
        cut_while_installing(box, chance.random())
    else:
        box.run("rauc install /data/update.raucb", limit=settings.INSTALL)
        box.run("systemctl reboot", check=False)
        seconds = chance.uniform(0, 90)
        print(f"the plug is pulled {seconds:.1f} s after the restart was asked for")
        time.sleep(seconds)
        box.cut()
    box.start()
    box.wait_good()
    assert box.run("cat /data/hearth/kept").strip() == "kept"
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""
    # What was cut off can be done again.
    box.run("rauc install /data/update.raucb", limit=settings.INSTALL)
    box.remove()
