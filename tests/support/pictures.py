"""`make pictures`: the pictures of the user guide, taken of the gallery: every page, rendered with the data of an example."""

import functools
import http.server
import shutil
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "guide" / "pictures"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# Name of the picture: page of the gallery, size, colour scheme.
PICTURES = {
    "setup": ("setup-person", DESKTOP, "light"),
    "home": ("home", DESKTOP, "light"),
    "home-dark": ("home", DESKTOP, "dark"),
    "home-phone": ("home", PHONE, "light"),
    "apps": ("apps", DESKTOP, "light"),
    "app": ("app", DESKTOP, "light"),
    "deploy": ("app-new", DESKTOP, "light"),
    "nodes": ("nodes", DESKTOP, "light"),
    "node": ("node", DESKTOP, "light"),
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        pass


def main() -> int:
    handler = functools.partial(Quiet, directory=sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (page, size, scheme) in PICTURES.items():
            context = browser.new_context(viewport=size, color_scheme=scheme)
            tab = context.new_page()
            tab.goto(f"http://127.0.0.1:{server.server_port}/{page}.html")
            tab.screenshot(path=str(FOLDER / f"{name}.png"))
            context.close()
        browser.close()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
