"""The plug is pulled at random moments of an update: the box always comes up, with the old or the new system and all data."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hearth_appliance import Box, BoxManager, Updates, published, settings

# Cuts of one box, and the longest time from its being well to the next cut: an update on a quiet machine takes 100 s.
CUTS = 10
LONGEST = 120


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


def test_a_power_cut_at_the_first_start_of_the_new_system(box: Box, updates: Updates) -> None:
    box.put(updates.next_version().path, "/data/update.raucb")
    box.run("echo kept >/data/hearth/kept && rauc install /data/update.raucb && sync", limit=settings.INSTALL)
    boot = box.boot_id()
    box.run("systemctl reboot", check=False)
    seconds = random.uniform(0, 60)
    print(f"the plug is pulled {seconds:.1f} s after the restart was asked for")
    time.sleep(seconds)
    box.cut()
    box.start()
    box.boots_until(boot)
    box.wait_good()
    assert box.run("cat /data/hearth/kept").strip() == "kept"
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""


@pytest.mark.long
@pytest.mark.parametrize("turn", range(5))
def test_power_cuts_at_any_moment(make_box: Callable[..., Box], updates: Updates, tmp_path: Path, turn: int) -> None:
    """Of updates by the feed and of going back, one after the other: download, installation, restart, migration, being marked good."""
    seed = random.getrandbits(32)
    print(f"turn {turn}: seed {seed}")
    chance = random.Random(seed)
    box = make_box().start()
    box.wait_good()
    manager = BoxManager(box).set_up()
    box.run("echo kept >/data/hearth/kept && sync")
    update = updates.later()
    with published(updates.feed(tmp_path / "feed", "", update)) as address:
        manager.call("PATCH", "system/update", {"channel": "stable", "feed": address, "restart": {"when": "now"}})
        manager.done(manager.post("system/update/check"))
        for _ in range(CUTS):
            keep_going(manager, update.version)
            seconds = chance.uniform(0, LONGEST)
            print(f"the plug is pulled after {seconds:.1f} s: {manager.get('jobs?limit=1')['items'][0]['steps']}")
            time.sleep(seconds)
            box.cut()
            box.start()
            box.wait_healthy()
            assert manager.get("setup")["set_up"]
        box.wait_good()
        assert box.run("cat /data/hearth/kept").strip() == "kept"
        assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""
        # Left alone, what was begun comes to its end, and what did not can be done again.
        box.wait("the end of what was begun", lambda: not at_work(manager), settings.INSTALL + settings.START)
        if manager.updates()["version"] != update.version:
            manager.done(manager.post("system/update/install"), settings.INSTALL + settings.START)
        assert manager.updates()["version"] == update.version
    box.remove()


def at_work(manager: BoxManager) -> bool:
    return any(job["state"] in ("queued", "running") for job in manager.get("jobs?limit=5")["items"])


def keep_going(manager: BoxManager, newest: str) -> None:
    """Begins an update, or goes back from it, unless one of them is on its way."""
    state = manager.updates()
    if not at_work(manager):
        manager.post("system/update/rollback" if state["version"] == newest else "system/update/install", {"restart": {"when": "now"}})
