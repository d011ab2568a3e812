"""A deployment by Hearth against `docker compose up` of the same project on the same node."""

import statistics

from .bench import Bench
from .process import took

PAIRS = 5
APP = "hearth-web"
DIR = f"/var/lib/hearth/apps/{APP}"


def measure(bench: Bench) -> None:
    manager, node = bench.homelab(), bench.fleet.node(1)
    ours, bare = [], []
    for _ in range(PAIRS):
        ours.append(took(lambda: manager.done(manager.post(f"recipes/{APP}/deploy", {"node": "n1"}), 120)))
        node.shell(f"rm -rf /tmp/bare && cp -a {DIR} /tmp/bare")
        manager.done(manager.call("DELETE", f"apps/{APP}?keep_data=false"), 120)
        up = "cd /tmp/bare && docker compose -p bare up -d --wait"
        bare.append(took(lambda: node.ssh("sh", "-c", up)))
        node.shell("cd /tmp/bare && docker compose -p bare down -v; rm -rf /tmp/bare")
    mine, other = statistics.median(ours), statistics.median(bare)
    limit = 1.2 * other + 1
    bench.report.add(
        "a deployment",
        f"{mine:.1f} s",
        f"1.2 × bare + 1 s = {limit:.1f} s",
        mine <= limit,
        f"median of {PAIRS} pairs in turn, image present, until the app is healthy",
        f"bare `docker compose up --wait` over ssh: {other:.1f} s",
    )
