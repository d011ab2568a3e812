"""Every name, address, size and path of the fleet, so that no other file holds a literal of them."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("HEARTH_CACHE", "/var/cache/hearth")) / "fleet"
RUN = Path("/run/hearth-fleet")

# What lasts between runs.
DISKS_FILE = CACHE / "disks.xfs"
REGISTRY_STORAGE = CACHE / "registry"
APT_REPOSITORY = CACHE / "apt"
STATE = CACHE / "state"
KEY = STATE / "id_ed25519"
LOCK = Path("/run/lock/hearth-fleet.lock")  # One fleet a machine, wherever its cache is.

# What lives while the fleet is up.
DISKS = RUN / "disks"

HOST_ADDRESS = "10.77.0.1"
GATEWAY_ADDRESS = "10.77.0.254"
GATEWAY_MAC = "02:77:00:00:00:fe"
PREFIX_LENGTH = 24
HOST_LINK = "hearth0"
SWITCH = "hearth-switch"
REGISTRY_PORT = 5077
APT_PORT = 5078
MAX_NODES = 200

SUITE = "trixie"

# Public registries beside Docker Hub whose names lead to the gateway's copy of our registry.
OTHER_REGISTRIES = (
    "codeberg.org",
    "data.forgejo.org",
    "docker.n8n.io",
    "gcr.io",
    "ghcr.io",
    "lscr.io",
    "mcr.microsoft.com",
    "quay.io",
    "registry.gitlab.com",
)

USERS = (
    {"user": "root", "password": "hearth-root", "sudo": True, "docker": True},
    {"user": "ada", "password": "hearth-ada", "sudo": True, "docker": True},
    {"user": "bob", "password": "hearth-bob", "sudo": False, "docker": False},
)

PREPARED_KINDS = ("engine", "plain")
# Those beyond are built when a node of theirs is first asked for.
KINDS = (*PREPARED_KINDS, "python")

GIB = 1024**3
# Memory and disk differ, so that placement has something to choose from.
_MEMORY_GIB = {1: 8, 2: 4, 3: 16}
_DISK_GIB = {1: 8, 2: 12, 3: 20}
GOLDEN_GIB = 8
DISK_SIZES_GIB = sorted({GOLDEN_GIB, *_DISK_GIB.values()})


def name(number: int) -> str:
    """Host name of a node, which is also its port's name on the switch."""
    return f"n{number}"


def address(number: int) -> str:
    return f"10.77.0.{10 + number}"


def namespace(number: int) -> str:
    return f"hearth-n{number}"


def mac(number: int) -> str:
    """Locally administered and stable, as a machine keeps its card over a reboot."""
    return f"02:77:00:00:00:{number:02x}"


def memory_bytes(number: int) -> int:
    return _MEMORY_GIB.get(number, 8) * GIB


def disk_gib(number: int) -> int:
    return _DISK_GIB.get(number, GOLDEN_GIB)


def run_directory(number: int) -> Path:
    return RUN / name(number)
