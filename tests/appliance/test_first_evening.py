"""A person's first evening with a box: the wizard in a browser, the box as a node, an app by a recipe that ships, an update by hand."""

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hearth_appliance import Box, BoxManager, Updates, settings
from hearth_fleet import images
from hearth_fleet import settings as fleet
from playwright.sync_api import Browser, Page, expect
from support.manager import ADMIN, PASSWORD, free_port, wait_until

# Waits of the browser, in milliseconds.
PAGE = 60_000
TURN = settings.START * 1000


@pytest.fixture(scope="module")
def box(make_box: Callable[..., Box]) -> Iterator[Box]:
    box = make_box().start()
    box.wait_good()
    yield box
    box.remove()


@pytest.fixture(scope="module")
def manager(box: Box) -> BoxManager:
    return BoxManager(box)


@pytest.fixture
def page(manager: BoxManager, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=manager.url, ignore_https_errors=True, timezone_id="Europe/Zurich", reduced_motion="reduce")
    context.set_default_timeout(PAGE)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    """The test images under their public names, as the boxes see them."""
    images.prepare()
    port = free_port()
    config = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(fleet.REGISTRY_STORAGE)}, "maintenance": {"readonly": {"enabled": True}}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump(config, file)  # JSON is YAML
        file.flush()
        registry = subprocess.Popen(["docker-registry", "serve", file.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # What QEMU's own network calls 10.0.2.2 is this machine's loopback.
        yield f"http://10.0.2.2:{port}"
        registry.terminate()
        registry.wait(timeout=20)


def log_in(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("Name").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").press("Enter")
    expect(page).not_to_have_url(re.compile("/login"), timeout=PAGE)


def test_the_wizard_sets_it_up(manager: BoxManager, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{manager.http_port}/")
    assert page.locator("a[href^='https://']").count()
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/setup$"))
    page.get_by_role("link", name="Set up a new Hearth").click()
    page.get_by_label("Your name, to log in with").fill(ADMIN)
    expect(page.locator("[name=time_zone]")).to_have_value("Europe/Zurich")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Next: find machines").press("Enter")
    expect(page).to_have_url(re.compile(r"/setup/machines"), timeout=PAGE)
    manager.log_in()
    assert manager.get("setup")["set_up"]


@pytest.mark.engine
def test_the_box_is_a_node_and_runs_an_app(box: Box, manager: BoxManager, page: Page, mirror: str) -> None:
    def node() -> dict | None:
        found = [node for node in manager.get("nodes")["items"] if node["state"] == "online"]
        return found[0] if found else None

    assert box.wait("the box as a node", node, 120)["link"]["kind"] == "local"
    # The engine's own settings cannot be written: for this one start others stand in their place.
    config = json.loads(box.run("cat /etc/docker/daemon.json"))
    config["registry-mirrors"] = [mirror]
    box.run(f"echo '{json.dumps(config)}' >/run/daemon.json && mount --bind /run/daemon.json /etc/docker/daemon.json && systemctl reload docker")
    log_in(page)
    page.goto("/apps/new/miniflux")
    page.get_by_role("button", name="Deploy", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs/"), timeout=PAGE)
    manager.done({"job": {"id": page.url.rsplit("/", 1)[1], "kind": "deploy"}}, 2 * settings.START)
    app = manager.get("apps/miniflux")
    assert app["state"] == "running"
    # At the address that the box has in its network.
    address, port = re.fullmatch(r"http://([0-9.]+):([0-9]+)/?", app["url"]).groups()
    assert f" {address}/" in box.run("ip -o -4 address show dev $(ip -o route show default | sed 's/.* dev //; s/ .*//')")
    assert "Miniflux" in box.run(f"curl --silent --show-error --fail --location http://127.0.0.1:{port}/")
    # It comes back with the box.
    box.run("sync")
    box.cut()
    box.start()
    box.wait_good()
    answers = f"curl --silent --fail --location http://127.0.0.1:{port}/"
    box.wait("the app", lambda: "Miniflux" in (box.try_run(answers) or ""), settings.START)
    wait_until("what Hearth says of it", lambda: manager.app_state("miniflux") == "running", 120)
    manager.done(manager.call("DELETE", "apps/miniflux"), settings.START)
    assert not box.run("docker ps --all --quiet").strip()


def test_a_browser_uploads_a_bundle(manager: BoxManager, page: Page, updates: Updates) -> None:
    log_in(page)
    page.goto("/settings/update")

    def upload(path: Path) -> None:
        page.get_by_label("Bundle").set_input_files(path)
        page.get_by_role("button", name="Upload it").click()

    upload(updates.foreign().path)
    expect(page.get_by_text("signature").first).to_be_visible(timeout=TURN)
    assert page.get_by_role("button", name="Install the upload").count() == 0
    good = updates.panicking().path
    upload(good)
    expect(page.get_by_text(f"{good.name} is here, and its signature is good.")).to_be_visible(timeout=TURN)
    expect(page.get_by_role("button", name="Install the upload")).to_be_visible()
