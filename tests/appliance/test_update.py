"""Updates by RAUC alone: which slots are left again. What a person does is in test_manager_update.py."""

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
    # Three starts, each with the whole time that the manager is given.
    boot = box.boot_id()
    box.run("systemctl reboot", check=False)

    def back() -> bool:
        words = box.try_run("cat /proc/cmdline /proc/sys/kernel/random/boot_id") or boot
        return boot not in words and f"rauc.slot={good}" in words and box.is_healthy()

    box.wait("the good slot", back, 3 * 600)
    journal = box.run("journalctl --no-pager --output cat --unit hearth-fall-back.service")
    assert journal.count("is on trial") == 3
    assert f"{updates.ill().version}: the health check failed" in box.run("cat /data/system/failed-start")
