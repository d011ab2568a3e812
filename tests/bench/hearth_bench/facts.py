"""Facts of 20 and 50 machines by Hearth and by Ansible, with fresh connections and with held ones."""

import json
from ipaddress import IPv4Address

from support.manager import Manager, wait_until

from . import ansible, farm
from .bench import FIRST, Bench
from .process import Took, cpu_secs, took

COUNTS = [20, 50]
GROUP = "bench"
LIMIT_SECS = 180


def measure(bench: Bench) -> None:
    with bench.many() as node:
        for count in COUNTS:
            ours = hearth(bench.manager(), node.address, count)
            theirs, forks = by_ansible(bench, count)
            for state, mine in ours.items():
                add(bench, count, state, mine, theirs[state], forks)


def add(bench: Bench, count: int, state: str, mine: Took, theirs: dict[str, Took], forks: int) -> None:
    begin = "from its start" if state == "fresh" else "from the request"
    method = (
        f"one node at {count} addresses, its cores shared by all; Ansible {ansible.version()}: a play that gathers and no "
        f"more, {forks} forks (the quicker of 10 and {count}), pipelining, ControlPersist, gathering smart, no cache, "
        f"processor time without its ssh masters; Hearth: everything it asks, the engine too, {begin} until its API has all"
    )
    bench.report.add(
        f"facts of {count} machines, {state} connections",
        words(mine),
        "faster than Ansible's min",
        mine.secs < theirs["min"].secs,
        method,
        "; ".join(f"Ansible's {subset}: {words(it)}" for subset, it in theirs.items()),
    )


def words(it: Took) -> str:
    return f"{it.secs:.1f} s, {it.cpu_secs:.1f} s of CPU"


def addresses(count: int) -> list[str]:
    return [str(IPv4Address(FIRST) + number) for number in range(count)]


def prepare(manager: Manager, address: str, count: int) -> None:
    """A stopped manager that will find its key on `count` machines it has never seen."""
    manager.start().set_up()
    adopted = manager.adopt(address, "root", "hearth-root", name="real")
    manager.stop()
    farm.seed(manager.data, count, 0, f"{FIRST}:22", "unseen", json.dumps(adopted["link"]["host_key"]))


def hearth(manager: Manager, address: str, count: int) -> dict[str, Took]:
    prepare(manager, address, count)

    def all_known() -> None:
        manager.launch()
        wait_until("the manager", manager._healthy, 30, every=0.05)
        wait_until("all facts", lambda: len(known(manager)) == count, LIMIT_SECS, every=0.05)

    fresh = Took(took(all_known), cpu_secs(manager.process.pid))
    manager.post("groups", {"name": GROUP, "nodes": known(manager)})
    before = cpu_secs(manager.process.pid)
    secs = took(lambda: ask_anew(manager))
    held = Took(secs, cpu_secs(manager.process.pid) - before)
    manager.stop()
    return {"fresh": fresh, "held": held}


def known(manager: Manager) -> list[str]:
    """Those of the machines never seen before whose facts are there; the seed names them so."""
    nodes = manager.get("nodes?limit=1000")["items"]
    return [node["name"] for node in nodes if node["facts"] and node["name"].startswith("node-")]


def ask_anew(manager: Manager) -> None:
    path = f"jobs/{manager.post(f'groups/{GROUP}/actions', {'action': 'refresh'})['job']['id']}"

    def succeeded() -> bool:
        state = manager.get(path)["state"]
        assert state in ("queued", "running", "succeeded"), state
        return state == "succeeded"

    wait_until("the group's job", succeeded, LIMIT_SECS, every=0.05)


def by_ansible(bench: Bench, count: int) -> tuple[dict[str, dict[str, Took]], int]:
    """By state of the connections and subset; and the number of forks that was the quickest."""

    def gather(subset: str, forks: int) -> dict[str, Took]:
        folder = bench.scratch / f"a{count}-{forks}-{subset}"
        with ansible.connecting_to(folder, addresses(count)) as it:
            return {"fresh": it.gather(subset, forks), "held": it.gather(subset, forks)}

    least = {forks: gather("min", forks) for forks in (10, count)}
    best = min(least, key=lambda forks: least[forks]["fresh"].secs)
    everything = gather("all", best)
    return {state: {"min": least[best][state], "all": everything[state]} for state in everything}, best
