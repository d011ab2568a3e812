"""Facts of 20 and 50 machines, by Hearth and by Ansible's gather_facts; and 200 held connections to a real sshd.

One real node answers at many addresses: its sshd, its shell and its processor are shared by all of them.
"""

import json
import os
import subprocess
from pathlib import Path

from hearth_fleet import Fleet, settings
from support.manager import Manager, wait_until

from . import farm
from .process import cpu_over, cpu_secs, rss_mb, took
from .report import Report

FIRST = "10.99.0.1"
COUNTS = [20, 50]
HELD = 200
WATCH_SECS = 60


def measure(make_manager, fleet: Fleet, report: Report, scratch: Path) -> None:
    node = fleet.node(3)
    node.shell("ip route add local 10.99.0.0/22 dev lo || true; printf 'MaxStartups 500\\nMaxSessions 500\\n' >/etc/ssh/sshd_config.d/00-bench.conf; systemctl reload ssh")
    subprocess.run(["ip", "route", "replace", "10.99.0.0/22", "via", node.address], check=True)
    try:
        for count in COUNTS:
            ours, cpu = hearth(make_manager(), node, count)
            theirs, their_cpu = ansible(scratch, count)
            report.add(
                f"facts of {count} machines against Ansible's gather_facts",
                f"{ours:.1f} s and {cpu:.1f} s of CPU, against {theirs:.1f} s and {their_cpu:.1f} s",
                "faster",
                ours < theirs,
                "cold connections on both sides; Ansible with forks = hosts, pipelining and ControlPersist",
            )
        held(make_manager(), node, report)
    finally:
        subprocess.run(["ip", "route", "del", "10.99.0.0/22"], check=False)


def prepare(manager: Manager, node, count: int) -> None:
    """A stopped manager that will find its key on `count` machines it has never seen."""
    manager.start().set_up()
    adopted = manager.adopt(node.address, "root", "hearth-root", name="real")
    manager.stop()
    farm.seed(manager.data, count, 0, f"{FIRST}:22", "unseen", json.dumps(adopted["link"]["host_key"]))


def hearth(manager: Manager, node, count: int) -> tuple[float, float]:
    prepare(manager, node, count)
    manager.launch()

    def known() -> bool:
        return sum(1 for n in manager.get("nodes?limit=1000")["items"] if n["facts"]) >= count + 1

    def all_known() -> None:
        wait_until("the manager", manager._healthy, 30, every=0.05)
        wait_until("all facts", known, 120, every=0.1)

    secs = took(all_known)
    used = cpu_secs(manager.process.pid)
    manager.stop()
    return secs, used


def ansible(scratch: Path, count: int) -> tuple[float, float]:
    hosts = scratch / f"hosts-{count}"
    base = int(FIRST.rsplit(".", 1)[1])
    hosts.write_text("".join(f"10.99.0.{base + n}\n" for n in range(count)))
    environment = {
        **os.environ,
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_SSH_ARGS": f"-o ControlMaster=auto -o ControlPersist=60s -o ControlPath={scratch}/%h-{count}",
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        "ANSIBLE_NOCOLOR": "1",
    }
    program = Path(os.sys.executable).parent / "ansible"
    words = ["/usr/bin/time", "-f", "%U %S", str(program), "all", "-i", str(hosts), "-m", "setup", "-f", str(count)]
    words += ["-u", "root", "--private-key", str(settings.KEY)]
    done: list[subprocess.CompletedProcess[str]] = []
    secs = took(lambda: done.append(subprocess.run(words, env=environment, capture_output=True, text=True)))
    assert done[0].returncode == 0, done[0].stdout[-2000:] + done[0].stderr[-2000:]
    return secs, sum(float(word) for word in done[0].stderr.split()[-2:])


def held(manager: Manager, node, report: Report) -> None:
    prepare(manager, node, HELD)
    manager.start()
    manager.log_in()
    wait_until("all online", lambda: manager.get("resources")["nodes_online"] >= HELD + 1, 120, every=1)
    used = cpu_over(manager.process.pid, WATCH_SECS)
    report.add(
        f"{HELD} held connections to a real sshd",
        f"{used * 100 / WATCH_SECS:.1f} % of a core, {rss_mb(manager.process.pid):.0f} MB",
        "-",
        None,
        f"one real node at {HELD} addresses, over {WATCH_SECS} s",
    )
    manager.stop()
