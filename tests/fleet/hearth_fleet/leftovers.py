"""What a fleet that is down must not leave on the host. Looks at the host, not at our records."""

from pathlib import Path

from . import cgroups, network, settings
from .process import run


def find() -> list[str]:
    """Mounts, loop devices, namespaces, links, control groups and processes of the fleet."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    loops = run(["losetup", "--noheadings", "--output", "BACK-FILE"]).stdout.split()
    found = [f"mount {mount}" for mount in mounts if mount.startswith(str(settings.RUN))]
    found += [f"loop device on {file}" for file in loops if file == str(settings.DISKS_FILE) or file in _node_files()]
    found += network.leftovers() + cgroups.leftovers() + _processes()
    return found


def _node_files() -> set[str]:
    """Disk images as losetup names them once their file system is no longer mounted here."""
    return {f"/{settings.name(number)}.img" for number in range(1, settings.MAX_NODES + 1)}


def _processes() -> list[str]:
    """Supervisors and services, known by a word of their command lines that nobody else uses."""
    telling = {str(settings.RUN / f"{name}.yml") for name in ("registry", "registry-gateway", "registry-build")}
    telling |= {f"--listen-address={settings.GATEWAY_ADDRESS}", str(settings.APT_REPOSITORY)}
    supervise = [str(settings.SOURCE / "fleet"), "supervise"]
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended meanwhile.
        if telling.intersection(words) or words[1:3] == supervise:
            found.append(f"process {path.parent.name}: {' '.join(words)}")
    return found
