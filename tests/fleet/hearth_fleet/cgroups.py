"""A node's control groups, so that limits inside it are real and its end is complete.

Both layouts are handled: one tree for each controller (v1), or the unified tree (v2).
"""

import os
from pathlib import Path

from . import settings
from .process import FleetError, wait_until

ROOT = Path("/sys/fs/cgroup")
PARENT = "hearth"


def version() -> int:
    return 2 if (ROOT / "cgroup.controllers").exists() else 1


def _trees() -> list[Path]:
    """The mounted hierarchies that a node gets a group in."""
    if version() == 2:
        return [ROOT]
    own = Path("/proc/self/cgroup").read_text().splitlines()
    names = [line.split(":")[1].removeprefix("name=") for line in own if line.split(":")[1]]
    return [ROOT / name for name in names if (ROOT / name / "cgroup.procs").exists()]


def _groups(number: int) -> list[Path]:
    return [tree / PARENT / settings.name(number) for tree in _trees()]


def create(number: int) -> None:
    for group in _groups(number):
        group.mkdir(parents=True, exist_ok=True)
        if version() == 2:
            for parent in (ROOT, group.parent):
                _enable_controllers(parent)
        elif (group / "cpuset.cpus").exists():
            # A new cpuset is empty, and takes no process until it is not.
            for place in (group.parent, group):
                for file in ("cpuset.cpus", "cpuset.mems"):
                    (place / file).write_text((place.parent / file).read_text())
        for limit in ("memory.limit_in_bytes", "memory.max"):
            if (group / limit).exists():
                (group / limit).write_text(str(settings.memory_bytes(number)))


def _enable_controllers(group: Path) -> None:
    for controller in (group / "cgroup.controllers").read_text().split():
        try:
            (group / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError:
            # A controller may be bound elsewhere (real-time cpu, a v1 tree): the node does without.
            continue


def join(number: int) -> None:
    """Puts the calling process into the node's groups; runs between fork and exec."""
    for group in _groups(number):
        (group / "cgroup.procs").write_text(str(os.getpid()))


def release(pid: int) -> None:
    """Takes the process outside the node that waits for its process 1 out of the node's group.

    In the unified tree a group that holds processes cannot hand controllers down, so the node's
    systemd needs its top group for itself. One tree for each controller knows no such rule.
    """
    if version() == 2:
        own = Path("/proc/self/cgroup").read_text().strip().removeprefix("0::/")
        (ROOT / own / "cgroup.procs").write_text(str(pid))


def remove(number: int) -> None:
    """Deletes a dead node's groups; waits for its last processes, which take a moment to go."""
    groups = _groups(number)
    wait_until(
        lambda: all([_remove_tree(group) for group in groups]), 10, f"end of {groups[0]} and its like", pause=0.02
    )


def remove_parent() -> None:
    for tree in _trees():
        parent = tree / PARENT
        if parent.exists():
            try:
                parent.rmdir()
            except OSError as error:
                raise FleetError(f"control group {parent} is still in use: {error}") from error


def leftovers() -> list[str]:
    return [f"control group {tree / PARENT}" for tree in _trees() if (tree / PARENT).exists()]


def _remove_tree(group: Path) -> bool:
    for path, _, _ in os.walk(group, topdown=False):
        try:
            Path(path).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False  # A dying process still holds it; the caller asks again.
    return True
