"""`make pictures`: the pictures of the user guide, taken of a Hearth with three nodes and two real apps."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from hearth_fleet import Fleet, host
from playwright.sync_api import Page, sync_playwright
from support.manager import ADMIN, PASSWORD, ROOT, Manager

FOLDER = ROOT / "docs" / "guide" / "pictures"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# Plots want some points: one comes every 15 s.
PLOTS_SECS = 300

PAGES = {
    "home": "/",
    "apps": "/apps",
    "app": "/apps/miniflux",
    "deploy": "/apps/new/vaultwarden",
    "nodes": "/nodes",
    "node": "/nodes/node-1",
    "activity": "/activity",
}


def main() -> int:
    reason = host.why_not()
    if reason:
        print(f"The test fleet cannot be brought up here: {reason}", file=sys.stderr)
        return 1
    fleet = Fleet()
    was_up = bool(fleet.nodes())
    fleet.up(3)
    with tempfile.TemporaryDirectory() as folder:
        manager = Manager(Path(folder) / "data")
        shutil.rmtree(manager.recipes)
        shutil.copytree(ROOT / "recipes", manager.recipes)
        try:
            manager.start()
            take(manager, "setup", "/setup/name", DESKTOP, "light", log_in=False)
            manager.set_up()
            for number in (1, 2, 3):
                manager.adopt(fleet.node(number).address, "root", "hearth-root", name=f"node-{number}")
            for recipe in ("miniflux", "wordpress"):
                manager.done(manager.post(f"recipes/{recipe}/deploy"), 300)
            time.sleep(PLOTS_SECS)
            for name, path in PAGES.items():
                take(manager, name, path, DESKTOP, "light")
            take(manager, "home-dark", "/", DESKTOP, "dark")
            take(manager, "home-phone", "/", PHONE, "light")
            for app in ("miniflux", "wordpress"):
                manager.done(manager.call("DELETE", f"apps/{app}?keep_data=false"), 120)
        finally:
            if manager.process is not None and manager.process.poll() is None:
                manager.kill()
            if not was_up:
                fleet.down()
    return 0


def take(manager: Manager, name: str, path: str, size: dict, scheme: str, *, log_in: bool = True) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=os.environ.get("CHROMIUM_FLAGS", "--no-sandbox").split()
        )
        context = browser.new_context(
            base_url=manager.url,
            viewport=size,
            color_scheme=scheme,
            ignore_https_errors=True,
            timezone_id="Europe/Zurich",
        )
        page = context.new_page()
        if log_in:
            enter(page)
        page.goto(path)
        page.wait_for_load_state("load")
        page.screenshot(path=str(FOLDER / f"{name}.png"))
        browser.close()


def enter(page: Page) -> None:
    page.goto("/login")
    page.get_by_role("textbox", name="Name").fill(ADMIN)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


if __name__ == "__main__":
    sys.exit(main())
