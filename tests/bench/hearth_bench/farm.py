"""A thousand nodes behind the small SSH server, and a database with them and their apps: polls, and answers under that load."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from support.manager import Manager, free_port, wait_until

from .bench import Bench
from .process import cpu_over, percentile, rss_mb
from .report import Report

NODES = 1000
APPS = 5000
POLL_SECS = 15
WATCH_SECS = 60
REQUESTS = 200
PATHS = ["/", "/nodes", "/nodes?search=node-09", "/nodes/node-0500", "/apps", "/apps?name=499", "/apps/new/miniflux", "/nodes/groups", "/activity"]
API_PATHS = [
    "resources",
    "nodes?limit=100",
    "nodes?search=node-09",
    "nodes/node-0500",
    "apps?limit=100",
    "apps?state=running&limit=100",
    "apps?search=499",
    "apps/app-2500",
    "jobs",
]
PLACEMENT = "recipes/miniflux/placement"


@contextmanager
def running(count: int) -> Iterator[tuple[int, str]]:
    """The server's port and host key."""
    port = free_port()
    server = subprocess.Popen([f"{os.environ['HEARTH_EXAMPLES']}/ssh_farm", str(port), str(count)], stdout=subprocess.PIPE, text=True)
    try:
        yield port, server.stdout.readline()
    finally:
        server.terminate()
        server.wait()


def seed(data: Path, nodes: int, apps: int, first: str, seen: str, host_key: str) -> None:
    database = next(data.glob("*.db"))
    words = [f"{os.environ['HEARTH_EXAMPLES']}/seed", database, str(nodes), str(apps), first, seen]
    subprocess.run(words, input=host_key, text=True, check=True)


def measure(bench: Bench) -> None:
    manager, report = bench.manager().start().set_up(), bench.report
    with running(NODES) as (port, host_key):
        manager.stop()
        seed(manager.data, NODES, APPS, f"127.1.0.0:{port}", "seen", host_key)
        manager.start(limit=120)
        manager.log_in()
        wait_until("all nodes online", lambda: manager.get("resources")["nodes_online"] >= NODES, 300, every=2)
        time.sleep(2 * POLL_SECS)
        used = cpu_over(manager.process.pid, WATCH_SECS)
        each_ms = used * 1000 / (NODES * WATCH_SECS / POLL_SECS)
        share = used * 100 / WATCH_SECS
        method = f"{NODES} held SSH connections to one small server, processor time of the manager over {WATCH_SECS} s"
        report.add("a poll of a node", f"{each_ms:.2f} ms of CPU", "10 ms", each_ms < 10, method)
        report.add(f"{NODES} nodes every {POLL_SECS} s", f"{share:.0f} % of a core, {rss_mb(manager.process.pid):.0f} MB", "one core", share < 100, method)
        answers(manager, report)


def answers(manager: Manager, report: Report) -> None:
    with manager.client() as api:
        for path in API_PATHS:
            times = [timed(api, path) for _ in range(REQUESTS)]
            add(report, f"API {path}", times)
        add(report, f"API {PLACEMENT}", [timed(api, PLACEMENT, "POST") for _ in range(REQUESTS)])
    with closing(manager.browser()) as browser:
        for path in PATHS:
            times = [timed(browser, path) for _ in range(REQUESTS)]
            add(report, f"page {path}", times)


def timed(client, path: str, method: str = "GET") -> float:
    begun = time.monotonic()
    response = client.request(method, path)
    response.raise_for_status()
    return (time.monotonic() - begun) * 1000


def add(report: Report, what: str, times: list[float]) -> None:
    p50, p99 = percentile(times, 50), percentile(times, 99)
    method = f"{REQUESTS} requests on one kept connection over HTTPS, while {NODES} nodes are polled; {APPS} apps"
    report.add(what, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "p99 20 ms", p99 < 20, method)


def placements(bench: Bench) -> None:
    done = subprocess.run([os.environ["HEARTH_PLACEMENTS"]], check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)
    method = "one after the other, each taking its share, in one thread"
    bench.report.add("1,000 placements among 1,000 nodes", f"{result['seconds']:.2f} s", "1 s", result["seconds"] < 1, method)
