"""What the host has to offer: rights, Debian packages, and room.

Packages that bring a daemon are installed with services held back (policy-rc.d): the fleet starts
its own, on its own addresses.
"""

import os
import shutil
from pathlib import Path

from . import settings
from .process import FleetError, run, say

# A command that shows the package is there, and the package.
_PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "mkfs.xfs": "xfsprogs",
    "mkfs.ext4": "e2fsprogs",
    "dockerd": "docker.io",
    "docker-registry": "docker-registry",
    "dnsmasq": "dnsmasq-base",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "sshpass": "sshpass",
    "nsenter": "util-linux",
    "losetup": "mount",
}
_CAP_SYS_ADMIN = 21
_POLICY = Path("/usr/sbin/policy-rc.d")
_ROOM_GIB = 12


def why_not() -> str | None:
    """The reason that this machine cannot run a fleet, or None."""
    if os.geteuid() != 0:
        return "the test fleet needs root (namespaces, loop devices)"
    status = Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    if not int(effective, 16) >> _CAP_SYS_ADMIN & 1:
        return "the test fleet needs CAP_SYS_ADMIN (it mounts and makes namespaces)"
    for needed in ("/dev/loop-control", "/sys/fs/cgroup"):
        if not Path(needed).exists():
            return f"the test fleet needs {needed}"
    return None


def missing_packages() -> list[str]:
    return sorted(package for command, package in _PACKAGES.items() if shutil.which(command) is None)


def mirror() -> str:
    """Where this machine's own apt gets Debian from; the nodes' packages come from there too."""
    targets = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN)", "Identifier: Packages"]).stdout
    places = [line.split()[0].rstrip("/") for line in targets.splitlines() if line.endswith(" Debian")]
    main = [place for place in places if "security" not in place]
    if not main:
        raise FleetError("apt has no list of Debian's packages yet: run `apt-get update`")
    return main[0]


def ensure() -> None:
    """Installs what is missing; raises with what the person has to do when that is not possible."""
    reason = why_not()
    if reason:
        raise FleetError(reason)
    missing = missing_packages()
    if missing:
        if shutil.which("apt-get") is None:
            raise FleetError(f"please install: {' '.join(missing)} (Debian's package names)")
        _install(missing)
    settings.CACHE.mkdir(parents=True, exist_ok=True)
    if not settings.DISKS_FILE.exists():
        free = shutil.disk_usage(settings.CACHE).free
        if free < _ROOM_GIB * settings.GIB:
            raise FleetError(
                f"{settings.CACHE} has {free // settings.GIB} GiB free, the fleet needs {_ROOM_GIB};"
                " set HEARTH_CACHE to a directory with more room"
            )


def _install(packages: list[str]) -> None:
    say(f"installing {' '.join(packages)}")
    held_back = not _POLICY.exists()
    if held_back:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update"], env=environment)
        run(["apt-get", "install", "-y", "--no-install-recommends", *packages], env=environment)
    finally:
        if held_back:
            _POLICY.unlink()
