"""Paths, and limits that suit a machine without KVM which is busy with other things."""

import os
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
IMAGE = SOURCE / "image"
CACHE = Path(os.environ.get("HEARTH_CACHE", "/var/cache/hearth")) / "image"
# The tools' root sees the cache, so the disks of boxes have to lie there.
SCRATCH = CACHE / "scratch"

# Made for one run, and made several times: sooner there, and a tenth larger.
os.environ.setdefault("HEARTH_COMPRESSION", "1")
BASE = os.environ.get("BASE", "debian")
BOARD = os.environ.get("BOARD", "x86_64")


def of_board(variable: str) -> str:
    """A variable of the board's data; blank when the board does not set it."""
    words = ["sh", "-euc", 'image=$1 base=$2 board=$3; . "$image/settings.sh"; eval "echo \\${$4:-}"', "sh", IMAGE, BASE, BOARD, variable]
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout.strip()


OTHER_BOARD = "hearth-arm64" if BOARD == "x86_64" else "hearth-x86_64"
BOOTLOADER = of_board("BOOTLOADER")
# A machine that QEMU is slower at is waited for longer.
PATIENCE = float(of_board("QEMU_PATIENCE") or 1)

# Seconds, to be multiplied by that. Measured on a quiet machine, x86_64: a start 30, an installation 30, three panics and back 90.
START = 600
INSTALL = 900
COMMAND = 180
