"""Updates as a person makes them: through the manager, with the real RAUC, over restarts."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from hearth_appliance import Box, BoxManager, Updates, published, settings
from support.manager import Problem


@pytest.fixture(scope="module")
def manager(box: Box) -> BoxManager:
    return BoxManager(box).set_up()


def slot(state: dict, bootname: str) -> dict:
    return next(slot for slot in state["slots"]["slots"] if slot["bootname"] == bootname)


def other(box: Box) -> str:
    return "B" if box.slot() == "A" else "A"


def test_both_slots_are_shown(box: Box, manager: BoxManager) -> None:
    state = manager.updates()
    assert state["slots"]["compatible"] == f"hearth-{settings.BOARD}"
    assert slot(state, box.slot())["boot"] == "booted"
    assert slot(state, box.slot())["health"] == "good"
    assert slot(state, other(box))["boot"] == "inactive"
    assert state["slots"]["next"] == box.slot()
    assert state["last"] is None


@pytest.mark.parametrize(("kind", "says"), [("foreign", "signature"), ("other_board", settings.OTHER_BOARD), ("cut_off", "not trusted")])
def test_what_is_not_for_this_box_is_not_even_kept(box: Box, manager: BoxManager, updates: Updates, kind: str, says: str) -> None:
    before = box.boot_state()
    update = getattr(updates, kind)()
    with pytest.raises(Problem, match=says) as refused:
        manager.upload(update)
    assert refused.value.status == 422
    with pytest.raises(Problem) as missing:
        manager.install(upload=update.path.name)
    assert missing.value.status == 404
    assert box.boot_state() == before
    assert box.run("ls /data/hearth/updates/uploads").strip() == ""


@pytest.mark.parametrize(("kind", "says"), [("older", "is older than"), ("damaged", "could not install")])
def test_what_may_not_run_is_not_started(box: Box, manager: BoxManager, updates: Updates, kind: str, says: str) -> None:
    update = getattr(updates, kind)()
    manager.upload(update)
    job = manager.job(manager.install(upload=update.path.name))
    assert says in job["error"]
    assert (job["state"], job["steps"][3]["state"]) == ("failed" if kind == "older" else "rolled_back", "pending")
    # What is found only while it is written leaves the other slot unusable, and this one first.
    assert box.boot_state()["ORDER"].split()[0] == box.slot()
    assert manager.updates()["slots"]["next"] == box.slot()


def test_an_upload_runs_after_the_restart(box: Box, manager: BoxManager, updates: Updates) -> None:
    update, target = updates.next_version(), other(box)
    box.run("echo kept >/data/hearth/kept")
    assert manager.upload(update)["version"] == update.version
    begun = manager.install(upload=update.path.name, restart={"when": "later"})
    manager.waits_for_restart(begun)
    state = box.boot_state()
    assert state["ORDER"].split()[0] == target
    assert manager.updates()["last"]["outcome"] == "waits_for_restart"

    manager.post("system/reboot")
    job = manager.job(begun)
    assert (job["state"], job["error"]) == ("succeeded", None)
    assert job["steps"][4]["message"] == f"{update.version} runs from slot {target} and is found good"
    assert box.slot() == target
    assert f'VERSION_ID="{update.version}"' in box.run("cat /etc/os-release")
    state = box.boot_state()
    assert (state["ORDER"].split()[0], state[f"{target}_OK"], state[f"{target}_TRY"], state[f"{other(box)}_OK"]) == (target, "1", "0", "1")
    assert box.run("cat /data/hearth/kept").strip() == "kept"
    now = manager.updates()
    assert (now["version"], now["last"]["outcome"], now["last"]["reason"]) == (update.version, "updated", None)
    with closing(manager.browser()) as browser:
        assert f"{update.version} runs" in browser.get("/settings/update").text


@pytest.mark.long
def test_a_second_update_comes_by_the_feed(box: Box, manager: BoxManager, updates: Updates, tmp_path: Path) -> None:
    update, target = updates.later(), other(box)
    feed = updates.feed(tmp_path / "feed", "Calmer at night.\n", update)
    with published(feed) as address:
        box.wait("the slots", lambda: manager.updates(), settings.START)
        settings_now = {"channel": "stable", "feed": address, "restart": {"when": "now"}}
        manager.call("PATCH", "system/update", settings_now)
        manager.done(manager.post("system/update/check"))
        offer = manager.updates()["offer"]
        assert (offer["version"], offer["notes"]) == (update.version, "Calmer at night.\n")
        begin = time.monotonic()
        begun = manager.post("system/update/install")
        box.wait("the restart", lambda: not box.is_healthy(), settings.INSTALL, 0.2)
        down = time.monotonic()
        box.wait_healthy()
        up = time.monotonic()
        job = manager.job(begun)
    assert (job["state"], job["error"]) == ("succeeded", None)
    assert box.slot() == target
    size = update.path.stat().st_size / 1e6
    print(f"update by feed: {size:.0f} MB, {down - begin:.0f} s until the restart, {up - down:.0f} s without an answer")
    state = manager.updates()
    assert (state["version"], state["offer"], state["last"]["outcome"]) == (update.version, None, "updated")


@pytest.mark.long
def test_one_goes_back_by_hand(box: Box, manager: BoxManager) -> None:
    target = other(box)
    was = slot(manager.updates(), target)["version"] or "what is in the other slot"
    # By the command line, which follows the job over the restart.
    job = json.loads(manager.command("system", "update", "rollback", "--restart", "now", "--json"))
    assert job["steps"][4]["message"] == f"{was} runs from slot {target} and is found good"
    assert box.slot() == target
    assert was in (manager.updates()["version"], "what is in the other slot"), "the version of a flashed slot is not known before"


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "says"),
    [("cannot_migrate", "its database could not be brought to the new version"), ("panicking", "never got as far as starting Hearth")],
)
def test_why_the_box_fell_back_is_told(box: Box, manager: BoxManager, updates: Updates, kind: str, says: str) -> None:
    good, update = box.slot(), getattr(updates, kind)()
    version = manager.updates()["version"]
    manager.upload(update)
    job = manager.job(manager.install(upload=update.path.name))
    assert job["state"] == "rolled_back"
    assert f"{update.version} did not come up, and the box fell back to {version}" in job["error"]
    assert says in job["error"]
    assert box.slot() == good
    state = manager.updates()
    assert (state["last"]["outcome"], state["slots"]["next"]) == ("fell_back", good)
    assert says in state["last"]["reason"]
    with closing(manager.browser()) as browser:
        assert f"{update.version} did not come up; {version} runs again" in browser.get("/settings/update").text


@pytest.mark.long
def test_an_older_manager_finds_its_own_database(box: Box, manager: BoxManager) -> None:
    """The database is made one of a Hearth to come; the copy from before lies beside it."""
    copy = "cp /data/hearth/hearth.db /data/hearth/hearth.db.before-$v"
    # The version stands in the file's first page, from byte 60 on.
    version = "v=$(od -An -tu1 -j63 -N1 /data/hearth/hearth.db | tr -d ' ')"
    newer = "printf '\\143' | dd of=/data/hearth/hearth.db bs=1 seek=63 conv=notrunc status=none"
    box.run(f"systemctl stop hearth.service hearth-migrate.service && {version} && {copy} && {newer}; chown hearth: /data/hearth/*")
    box.run("systemctl start hearth.service")
    box.wait_healthy()
    assert "its own copy is taken up" in box.run("journalctl --boot --no-pager --unit hearth-migrate.service")
    incidents = manager.get("incidents?open=true&subject=box this box")["items"]
    assert ["hearth.db.from-99" in incident["text"] for incident in incidents] == [True]
    box.wait("the mark", lambda: box.try_run("systemctl start hearth-mark-good.service"), settings.START)
