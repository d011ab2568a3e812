"""A person's first evening: the wizard, a machine, an app that is opened; wide and narrow, with and without scripts."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from hearth_fleet import Fleet
from playwright.sync_api import Browser, Page, expect
from support.manager import ADMIN, PASSWORD, Manager

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WALKS = [
    pytest.param(DESKTOP, "light", True, id="desktop"),
    pytest.param(PHONE, "light", True, id="phone"),
    pytest.param(DESKTOP, "dark", True, id="dark"),
    pytest.param(PHONE, "light", False, id="without-scripts"),
]


class Visit:
    """A page that is looked at: a picture is taken where one is wanted, axe must find nothing, nothing may stick out."""

    def __init__(self, page: Page, prefix: str, scripts: bool) -> None:
        self.page = page
        self.prefix = prefix
        self.scripts = scripts
        self.faults: list[str] = []
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def refused_on_purpose(self) -> None:
        """Forgets the browser's own words about an answer of 4xx that the test asked for."""
        self.faults = [fault for fault in self.faults if "the server responded with a status of 4" not in fault]

    def look(self, name: str) -> None:
        folder = os.environ.get("HEARTH_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{self.prefix}-{name}.png", full_page=True)
        if self.scripts:
            result = Axe().run(self.page)
            assert result.violations_count == 0, f"{name}: {result.generate_report()}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} is {wide} px wider than the screen"
        assert not self.faults, f"{name}: {self.faults}"


@pytest.mark.parametrize(("viewport", "scheme", "scripts"), WALKS)
def test_from_first_boot_to_an_open_app(
    make_manager: Callable[..., Manager],
    chromium: Browser,
    fleet: Fleet,
    request: pytest.FixtureRequest,
    viewport: dict,
    scheme: str,
    scripts: bool,
) -> None:
    manager = make_manager().start()
    node = fleet.node(3)
    context = chromium.new_context(
        base_url=manager.url,
        viewport=viewport,
        color_scheme=scheme,
        java_script_enabled=scripts,
        ignore_https_errors=True,
        bypass_csp=scripts,  # axe is put into the page
        timezone_id="Europe/Zurich",
        # A click that falls into the change from one page to the next would hit neither.
        reduced_motion="reduce",
    )
    page = context.new_page()
    visit = Visit(page, request.node.callspec.id, scripts)
    try:
        set_up(visit)
        adopt(visit, node.address)
        deploy(visit, context)
        group(visit)
        look_around(visit)
    finally:
        context.close()
        node.shell("docker ps -aq | xargs -r docker rm -f >/dev/null; docker volume ls -q | xargs -r docker volume rm -f >/dev/null; docker network prune -f >/dev/null; rm -rf /var/lib/hearth/apps")


def set_up(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/setup$"))
    visit.look("setup")
    page.get_by_role("link", name="Set up a new Hearth").click()
    page.get_by_label("Your name, to log in with").fill(ADMIN)
    if not visit.scripts:
        page.locator("[name=time_zone]").fill("Europe/Zurich")
    page.get_by_label("Password").fill("aaaaaaaaaaaaaa")
    page.get_by_role("button", name="Next: find machines").press("Enter")
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    visit.refused_on_purpose()
    expect(page.get_by_label("Your name, to log in with")).to_have_value(ADMIN)
    visit.look("setup-trouble")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Next: find machines").press("Enter")
    expect(page).to_have_url(re.compile(r"/setup/machines"))
    visit.look("setup-machines")


def adopt(visit: Visit, address: str) -> None:
    page = visit.page
    # As the wizard leads there.
    page.goto("/nodes/adopt?wizard=1")
    visit.look("adopt")
    page.get_by_role("textbox", name="Address").fill(address)
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_text("SHA256:")).to_be_visible()
    page.get_by_role("textbox", name="User").fill("root")
    page.locator("input[type=password]").first.fill("hearth-root")
    visit.look("adopt-confirm")
    page.get_by_role("button", name="Yes, adopt it").press("Enter")
    expect(page).to_have_url(re.compile(r"/setup/machines"))
    reach(visit, "/nodes", "n3")
    page.goto("/nodes/n3")
    visit.look("node")


def reach(visit: Visit, path: str, text: str) -> None:
    """Waits for a text: live where scripts run, by loading the page again where not."""
    for _ in range(60):
        visit.page.goto(path)
        if visit.page.get_by_text(text, exact=False).count():
            return
        visit.page.wait_for_timeout(500)
    raise AssertionError(f"{path} never said {text!r}")


def deploy(visit: Visit, context) -> None:
    page = visit.page
    page.goto("/apps?search=test+web")
    visit.look("catalogue")
    page.goto("/apps/new/hearth-web")
    # Where this machine's own engine runs, this machine is a node too, and may be the better one.
    page.locator("input[name=node][value=n3]").check()
    visit.look("deploy")
    page.get_by_role("button", name="Deploy", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs/"))
    job = page.url
    if visit.scripts:
        expect(page.get_by_text("http://10.77.0.13:").first).to_be_visible(timeout=60_000)
    else:
        reach(visit, job, "http://10.77.0.13:")
    visit.look("job")
    page.goto("/apps/hearth-web")
    if visit.scripts:
        expect(page.get_by_text("starting on").first).to_be_visible(timeout=15_000)
    address = page.locator("a[href^='http://10.77.0.13:']").first.get_attribute("href")
    assert address
    app = context.new_page()
    assert app.goto(address).status == 200
    expect(app.get_by_text("It works")).to_be_visible()
    app.close()


def group(visit: Visit) -> None:
    """A group is made, something is done on all of it with a result a node, and it is deleted."""
    page = visit.page
    page.goto("/nodes/groups")
    visit.look("groups")
    page.get_by_label("Name").fill("upstairs")
    page.get_by_label("n3").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Group upstairs")
    visit.look("group")
    page.get_by_role("link", name="Ask anew what each is").click()
    visit.look("group-run")
    page.get_by_role("button", name="Yes, on all of them").click()
    # A click does not wait for the page that it leads to, and loading another one would take it back.
    expect(page).to_have_url(re.compile(r"/jobs/"))
    result = page.get_by_role("region", name="On each node").get_by_role("listitem")
    reach(visit, page.url, "1 of 1 nodes succeeded")
    expect(result).to_contain_text("Debian")
    visit.look("group-result")
    page.goto("/nodes/groups/upstairs/delete")
    page.get_by_label("Type upstairs to confirm").fill("upstairs")
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="No groups yet")).to_be_visible()


def look_around(visit: Visit) -> None:
    for name, path in {
        "home": "/",
        "app": "/apps/hearth-web",
        "apps": "/apps",
        "nodes": "/nodes",
        "compare": "/nodes/compare?nodes=n3",
        "activity": "/activity",
        "audit": "/activity/audit",
        "incidents": "/activity/incidents",
        "settings": "/settings",
        "box": "/settings/box",
        "network": "/settings/network",
        "ssh": "/settings/ssh",
        "reset": "/settings/reset",
        "services": "/settings/services",
        "logs": "/settings/logs",
        "people": "/settings/people",
        "tokens": "/settings/tokens",
        "trust": "/trust",
        "discover": "/nodes/discover",
    }.items():
        visit.page.goto(path)
        visit.look(name)
    page = visit.page
    page.goto("/no-such-page")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    visit.refused_on_purpose()
    page.goto("/apps/hearth-web/remove")
    visit.look("remove")
