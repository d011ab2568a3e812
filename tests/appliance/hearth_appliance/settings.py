"""Paths, and limits that suit a machine without KVM which is busy with other things."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
IMAGE = SOURCE / "image"
CACHE = Path(os.environ.get("HEARTH_CACHE", "/var/cache/hearth")) / "image"
# The tools' root sees the cache, so the disks of boxes have to lie there.
SCRATCH = CACHE / "scratch"

BASE = os.environ.get("BASE", "debian")
BOARD = os.environ.get("BOARD", "x86_64")

# Seconds. Measured on a quiet machine: a start 30, an installation 30, three panics and back 90.
START = 600
INSTALL = 900
COMMAND = 180
