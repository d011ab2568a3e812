"""A real `hearth serve` under test: its process, its data, and a client for its HTTP contract."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[2]
ADMIN = "ada"
PASSWORD = "a warm place by the fire"

Answer = TypeVar("Answer")


class Problem(Exception):
    """An answer of 4xx or 5xx, with its problem document."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
        self.body: dict[str, Any] = response.json() if is_problem else {}
        super().__init__(f"{response.request.method} {response.request.url}: {self.status} {response.text[:500]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def wait_until(what: str, ask: Callable[[], Answer | None], limit: float, every: float = 0.2) -> Answer:
    """Asks until there is an answer that is not false; fails by naming what was waited for."""
    end = time.monotonic() + limit
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit:.0f} s for {what}; last answer: {answer!r}")
        time.sleep(every)


class Contract:
    """The HTTP contract of a manager that runs somewhere and is reached at two ports of this machine."""

    def __init__(self, http_port: int, tls_port: int) -> None:
        self.http_port = http_port
        self.tls_port = tls_port
        self.token: str | None = None
        self.trust: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.tls_port}"

    def verify(self) -> ssl.SSLContext:
        """Trusts this manager's own authority, which stays the same for its data, and nothing else."""
        if self.trust is None:
            answer = httpx.get(f"http://127.0.0.1:{self.http_port}/ca.crt", timeout=5)
            answer.raise_for_status()
            self.trust = ssl.create_default_context(cadata=answer.text)
        return self.trust

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.Client(base_url=f"{self.url}/api/v1", verify=self.verify(), headers=headers, timeout=30)

    def browser(self) -> httpx.Client:
        """A logged-in browser without scripts: it keeps cookies and follows redirects."""
        client = httpx.Client(base_url=self.url, verify=self.verify(), follow_redirects=True, timeout=30)
        page = client.get("/login")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        form = {"name": ADMIN, "password": PASSWORD, **({"csrf": csrf[1]} if csrf else {})}
        response = client.post("/login", data=form, headers={"Origin": self.url})
        if response.status_code != 200 or response.url.path == "/login":
            raise Problem(response)
        return client

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """One request of the contract; a problem is raised."""
        if body is not None:
            options["json"] = body
        with self.client() as client:
            response = client.request(method, path.lstrip("/"), **options)
        if response.status_code >= 400:
            raise Problem(response)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return response.json() if is_json else response.text

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.call("POST", path, {} if body is None else body, **options)

    def set_up(self, name: str = "hearth") -> Self:
        """Answers the wizard's questions and logs in."""
        self.post("setup", {"name": name, "admin": ADMIN, "password": PASSWORD, "time_zone": "Europe/Zurich"})
        self.log_in()
        return self

    def log_in(self) -> None:
        self.token = None
        self.token = self.post("auth/token", {"username": ADMIN, "password": PASSWORD, "ttl_s": 7200})["token"]

    def job(self, begun: dict[str, Any], limit: float = 180) -> dict[str, Any]:
        """Waits for the end of a job that a request began."""
        path = f"jobs/{begun['job']['id']}"
        final = {"succeeded", "failed", "rolled_back", "cancelled", "stuck"}

        def ended() -> dict[str, Any] | None:
            job = self.get(path)
            return job if job["state"] in final else None

        return wait_until(f"the end of job {begun['job']['kind']}", ended, limit)

    def done(self, begun: dict[str, Any], limit: float = 180) -> dict[str, Any]:
        """Waits for a job and demands that it succeeds."""
        job = self.job(begun, limit)
        assert job["state"] == "succeeded", f"{job['state']}: {job['error']}\n{self.job_log(job)}"
        return job

    def job_log(self, job: dict[str, Any]) -> str:
        lines = self.get(f"jobs/{job['id']}/log?limit=1000")["items"]
        return "\n".join(f"{line['step']}: {line['text']}" for line in lines)

    def adopt(self, address: str, user: str = "root", password: str = "hearth-root", **more: Any) -> dict[str, Any]:
        """Adopts a machine by password and answers its node."""
        self.done(self.post("nodes", {"address": address, "user": user, "password": password, **more}), 60)
        found = [node for node in self.get("nodes")["items"] if node["link"].get("host") == address]
        assert len(found) == 1, found
        return found[0]

    def app_state(self, app: str) -> str:
        return self.get(f"apps/{app}")["state"]


class Manager(Contract):
    """One manager with a data folder of its own. It can be started, stopped and killed again and again."""

    def __init__(self, data: Path, *, bind: str = "127.0.0.1", env: dict[str, str] | None = None) -> None:
        super().__init__(free_port(), free_port())
        self.data = data
        self.bind = bind
        self.env = env or {}
        self.recipes = data.parent / f"{data.name}-recipes"
        for source in (ROOT / "recipes", ROOT / "tests" / "fixtures" / "recipes"):
            shutil.copytree(source, self.recipes, dirs_exist_ok=True)
        self.log_path = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, limit: float = 30, **env: str) -> "Manager":
        """Starts it and waits until it answers."""
        self.launch(**env)
        wait_until("the manager's health", self._healthy, limit)
        return self

    def launch(self, **env: str) -> None:
        """Starts it without waiting; `env` holds further variables for this start alone."""
        assert self.process is None or self.process.poll() is not None, "it runs already"
        arguments = [os.environ["HEARTH_BIN"], "serve", "--data", str(self.data)]
        arguments += ["--listen", f"{self.bind}:{self.http_port}", "--tls-listen", f"{self.bind}:{self.tls_port}"]
        arguments += ["--recipes", str(self.recipes), "--tools", os.environ["HEARTH_TOOLS"]]
        with self.log_path.open("ab") as log:
            # Without backtraces: a test that fails shows the end of the log, where the cause should stand.
            variables = {**os.environ, "RUST_BACKTRACE": "0", **self.env, **env}
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, env=variables)

    def _healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.log()[-3000:]}"
        try:
            return httpx.get(f"http://127.0.0.1:{self.http_port}/api/v1/system/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Asks it to end, as systemd does; answers its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        """Ends it without a chance to tidy up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")
