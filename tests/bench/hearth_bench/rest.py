"""Memory and processor use at rest with 3 nodes and 20 apps."""

from .bench import Bench
from .process import cpu_over, rss_mb

APPS = 20
WATCH_SECS = 60


def measure(bench: Bench) -> None:
    manager, report = bench.homelab(), bench.report
    for number in range(APPS):
        body = {"node": f"n{number % 3 + 1}", "name": f"rest-{number}"}
        manager.done(manager.post("recipes/hearth-web/deploy", body), 120)
    cpu_over(manager.process.pid, 30)
    used = cpu_over(manager.process.pid, WATCH_SECS)
    memory, share = rss_mb(manager.process.pid), used * 100 / WATCH_SECS
    method = f"VmRSS after deploying, then processor time over {WATCH_SECS} s of polls, container stats and checks"
    report.add("memory at rest, 3 nodes and 20 apps", f"{memory:.1f} MB", "30 MB", memory <= 30, method)
    report.add("processor at rest, 3 nodes and 20 apps", f"{share:.2f} % of a core", "1 %", share < 1, method)
    for number in range(APPS):
        manager.done(manager.call("DELETE", f"apps/rest-{number}?keep_data=false"), 120)
