"""200 held connections to a real sshd: what polling them costs the manager."""

import time

from support.manager import wait_until

from .bench import Bench
from .facts import prepare
from .farm import POLL_SECS
from .process import cpu_over, rss_mb

NODES = 200
WATCH_SECS = 60


def measure(bench: Bench) -> None:
    with bench.many() as node:
        manager = bench.manager()
        prepare(manager, node.address, NODES)
        manager.start()
        manager.log_in()
        wait_until("all online", lambda: manager.get("resources")["nodes_online"] > NODES, 180, every=1)
        time.sleep(2 * POLL_SECS)
        pid = manager.process.pid
        used, memory = cpu_over(pid, WATCH_SECS), rss_mb(pid)
        each_ms = used * 1000 / ((NODES + 1) * WATCH_SECS / POLL_SECS)
        method = (
            f"one node at {NODES} addresses, each with a connection to its OpenSSH that is held; processor time and VmRSS "
            f"of the manager over {WATCH_SECS} s of polls every {POLL_SECS} s"
        )
        share = used * 100 / WATCH_SECS
        bench.report.add(f"{NODES} nodes behind a real sshd", f"{share:.1f} % of a core, {memory:.0f} MB", "-", None, method)
        bench.report.add("a poll of one of them", f"{each_ms:.2f} ms of CPU", "10 ms", each_ms < 10, method)
        manager.stop()
