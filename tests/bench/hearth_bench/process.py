"""What the kernel says of a process, and of the machine it runs on."""

import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Took:
    """How long something took, and the processor time of it."""

    secs: float
    cpu_secs: float


def run_timed(words: list[object], environment: dict[str, str]) -> tuple[Took, str]:
    """Runs a program to its end; the processor time is of it and of all its children that it waited for."""
    before, begun = os.times(), time.monotonic()
    done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True)
    secs, after = time.monotonic() - begun, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return Took(secs, cpu), done.stdout


def cpu_secs(pid: int) -> float:
    """Processor time of a process since it began (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    """Resident memory (proc(5), status, VmRSS), in MB of 10^6 bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) * 1024 / 1e6


def cpu_over(pid: int, secs: float) -> float:
    """Processor seconds that a process uses within a time."""
    before = cpu_secs(pid)
    time.sleep(secs)
    return cpu_secs(pid) - before


def took(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    kernel = re.match(r"[0-9.]+", platform.release())
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB of memory, Linux {kernel[0] if kernel else '?'}"
