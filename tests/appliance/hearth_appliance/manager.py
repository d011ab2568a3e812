"""The manager on a box, spoken to over its HTTP contract while the box restarts under it."""

import functools
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from support.manager import Contract, Problem, wait_until

from . import settings
from .box import Box, Files, FileServer
from .updates import Update


class BoxManager(Contract):
    """Of this box. Requests that only ask wait until the box is there again."""

    def __init__(self, box: Box) -> None:
        super().__init__(box.http_port, box.tls_port)
        self.box = box

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        if method != "GET":
            return super().call(method, path, body, **options)

        def answer() -> tuple[Any] | None:
            try:
                return (super(BoxManager, self).call(method, path, body, **options),)
            except httpx.TransportError:
                return None

        return self.box.wait(f"an answer to {path}", answer, settings.START)[0]

    def updates(self) -> dict[str, Any]:
        """How updates stand, from a RAUC that answers."""
        return self.box.wait("the slots", lambda: (state := self.get("system/update"))["slots"] and state, settings.START)

    def mount(self, name: str) -> dict[str, Any]:
        """How an added disk or share is."""
        return next(item["status"] for item in self.get("system/mounts")["items"] if item["name"] == name)

    def mount_is(self, name: str, state: str, limit: float = 120) -> dict[str, Any]:
        """Waits until an added disk or share is in a state, and answers how it is then."""
        return self.box.wait(f"{name} to be {state}", lambda: (found := self.mount(name))["state"] == state and found, limit)

    def upload(self, update: Update) -> dict[str, Any]:
        """Uploads a bundle as a browser would, and answers what it is said to be."""
        with self.client() as client, update.path.open("rb") as bundle:
            response = client.put(f"system/update/uploads/{update.path.name}", content=bundle, timeout=settings.INSTALL * settings.PATIENCE)
        if response.status_code >= 400:
            raise Problem(response)
        return response.json()

    def command(self, *words: str) -> str:
        """What the command line prints, run on this machine."""
        with tempfile.NamedTemporaryFile("w") as authority:
            authority.write(httpx.get(f"http://127.0.0.1:{self.http_port}/ca.crt", timeout=5).text)
            authority.flush()
            options = ["--server", self.url, "--ca", authority.name, "--token", self.token]
            # The one in the box may be for another processor.
            command = [os.environ.get("HEARTH_CLI") or os.environ["HEARTH_BIN"], *options, *words]
            done = subprocess.run(command, capture_output=True, text=True, timeout=(settings.INSTALL + settings.START) * settings.PATIENCE)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def install(self, **wish: Any) -> dict[str, Any]:
        return self.post("system/update/install", {"restart": {"when": "now"}, **wish})

    def job(self, begun: dict[str, Any], limit: float = settings.INSTALL + settings.START) -> dict[str, Any]:
        return super().job(begun, limit * settings.PATIENCE)

    def waits_for_restart(self, begun: dict[str, Any]) -> None:
        """Waits until a job has installed and waits for a person."""
        path = f"jobs/{begun['job']['id']}"

        def step() -> bool:
            job = self.get(path)
            assert job["state"] in ("queued", "running"), job["error"]
            return job["steps"][3]["message"].startswith("waits")

        wait_until("the end of the installation", step, settings.INSTALL * settings.PATIENCE)


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """Hands a folder out to the boxes; answers its address as they see it."""
    handler = functools.partial(Files, directory=str(folder))
    with FileServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # What QEMU's own network calls 10.0.2.2 is this machine's loopback.
        yield f"http://10.0.2.2:{server.server_address[1]}"
        server.shutdown()
