"""The life of one node's machine: switched on, running, rebooting, dead.

A supervisor process a node does what the power supply and the firmware do: it makes the namespaces,
starts process 1 in them, starts it again after a `reboot`, and clears up when it ends otherwise.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from . import cgroups, disks, network, settings
from .process import FleetError, Record, children, run, wait_until

_AVAHI_NODE = 1
_KIB = 1024


def supervisor(number: int) -> Record:
    return Record(settings.run_directory(number) / "supervisor.pid")


def init(number: int) -> Record:
    """Process 1 of the node, as the host sees it."""
    return Record(settings.run_directory(number) / "init.pid")


def log(number: int) -> Path:
    return settings.run_directory(number) / "log"


def power_on(number: int) -> None:
    """Starts a node from its disk, if it is not running."""
    if supervisor(number).pid() is None:
        _clear(number)
        supervisor(number).start([sys.executable, settings.SOURCE / "fleet", "supervise", str(number)], log(number))
    wait_until(lambda: _started(number), 20, f"start of node {number} (see {log(number)})", pause=0.05)


def power_off(number: int) -> None:
    """Ends a node as a pulled plug does, and waits until nothing of it is left but its disk."""
    if network.link_is_up(number):
        network.set_link(number, up=False)
    init(number).stop(signals=[signal.SIGKILL])
    wait_until(lambda: supervisor(number).pid() is None, 10, f"end of node {number}", pause=0.02)
    _clear(number)


def supervise(number: int) -> None:
    """The supervisor itself: runs until the node is killed or switched off."""
    while True:
        status = _run_once(number)
        _clear(number)
        # reboot(2) in a pid namespace ends its process 1 with SIGHUP for a restart.
        if status != -signal.SIGHUP:
            break
    supervisor(number).path.unlink(missing_ok=True)


def meminfo(number: int, available_bytes: int | None = None) -> str:
    """What the node's /proc/meminfo says; three quarters are available unless told otherwise."""
    total = settings.memory_bytes(number) // _KIB
    available = total * 3 // 4 if available_bytes is None else available_bytes // _KIB
    free = available * 2 // 3
    cached = available - free
    figures = {
        "MemTotal": total,
        "MemFree": free,
        "MemAvailable": available,
        "Buffers": 0,
        "Cached": cached,
        "SwapCached": 0,
        "Active": total - free,
        "Inactive": 0,
        "SwapTotal": 0,
        "SwapFree": 0,
        "Dirty": 0,
        "Writeback": 0,
        "AnonPages": total - available,
        "Mapped": 0,
        "Shmem": 0,
        "Slab": 0,
        "SReclaimable": 0,
        "CommitLimit": total,
        "Committed_AS": total - available,
    }
    return "".join(f"{name + ':':<16}{value:>8} kB\n" for name, value in figures.items())


def set_available_memory(number: int, available_bytes: int) -> None:
    """Changes the figures of a running node; the file is bound by its inode, so written in place."""
    pid = init(number).pid()
    Path(f"/proc/{pid}/root/proc/meminfo").write_text(meminfo(number, available_bytes))


def _run_once(number: int) -> int:
    """One boot, from power to the end of process 1; answers how it ended."""
    network.attach(number)
    cgroups.create(number)
    directory = settings.run_directory(number)
    (directory / "meminfo").write_text(meminfo(number))
    root = directory / "root"
    root.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [
            # A node does not outlive its supervisor, however that ends.
            "setpriv",
            "--pdeathsig",
            "KILL",
            "ip",
            "netns",
            "exec",
            settings.namespace(number),
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--uts",
            "--ipc",
            "--cgroup",
            "--kill-child",
            "--propagation",
            "private",
            settings.SOURCE / "node" / "init.sh",
        ],
        preexec_fn=lambda: cgroups.join(number),
        env={
            "PATH": os.environ["PATH"],
            "NODE": settings.name(number),
            "DISK": str(disks.disk(number)),
            "ROOT": str(root),
            "MEMINFO": str(directory / "meminfo"),
            "CGROUP_VERSION": str(cgroups.version()),
            "AVAHI": "1" if number == _AVAHI_NODE else "0",
        },
    )
    try:
        wait_until(lambda: bool(children(process.pid)) or process.poll() is not None, 10, "process 1", pause=0.01)
    except FleetError:
        process.kill()
        raise
    for pid in children(process.pid):
        init(number).write(pid)
        cgroups.release(process.pid)
    return process.wait()


def _started(number: int) -> bool:
    """Process 1 is systemd: the script that prepared the machine has become it."""
    pid = init(number).pid()
    if pid is None:
        if supervisor(number).pid() is None:
            raise FleetError(f"node {number} did not start:\n{tail(log(number))}")
        return False
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "systemd"
    except (FileNotFoundError, ProcessLookupError):
        return False


def tail(path: Path, lines: int = 20) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""


def _clear(number: int) -> None:
    """Removes what a dead node leaves: without this its namespace keeps answering for its address."""
    init(number).stop(signals=[signal.SIGKILL])
    network.detach(number)
    cgroups.remove(number)


def inside(number: int, command: list[str]) -> list[str]:
    """The command, to be run in the node as its root, also when its network is cut."""
    pid = init(number).pid()
    if pid is None:
        raise FleetError(f"node {number} is not running")
    environment = [
        "env",
        "-i",
        "HOME=/root",
        "USER=root",
        "LANG=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    return [
        "nsenter",
        "--target",
        str(pid),
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--cgroup",
        "--root",
        "--wd",
        *environment,
        *command,
    ]


def exec_in(
    number: int, command: list[str], *, check: bool = True, limit: float = 120, input: str | None = None
) -> subprocess.CompletedProcess[str]:
    return run(inside(number, command), check=check, limit=limit, input=input)


def main_supervise(number: int) -> None:
    """Entry of the supervisor's process; its errors land in the node's log."""
    try:
        supervise(number)
    except (FleetError, OSError) as error:
        print(f"supervisor of node {number}: {error}", file=sys.stderr, flush=True)
        raise SystemExit(1) from error
