"""Running commands, waiting with a limit, and remembering what was started.

Waits use the monotonic clock: the wall clock of a test machine may jump. A record holds the start
time beside the process id, so that a stale record never ends somebody else's process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class FleetError(Exception):
    """Something of the fleet did not work; the message says what was tried and what came back."""


def say(message: str) -> None:
    """Progress goes to stderr: stdout belongs to the JSON."""
    print(f"fleet: {message}", file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    input: str | None = None,
    limit: float = 600,
    check: bool = True,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end and answers its output; a failure raises with the tail of it."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=input, capture_output=True, text=True, timeout=limit, env=env)
    except FileNotFoundError as error:
        raise FleetError(f"{words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise FleetError(f"{' '.join(words)}: no end within {limit:g} s") from error
    if check and done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise FleetError(f"{' '.join(words)}: exit {done.returncode}\n{tail}")
    return done


def wait_until(condition: Callable[[], bool], limit: float, what: str, pause: float = 0.1) -> float:
    """Waits until the condition holds and answers the seconds it took."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > limit:
            raise FleetError(f"{what}: not within {limit:g} s")
        time.sleep(pause)
    return time.monotonic() - begin


def start_time(pid: int) -> str | None:
    """Start time of a living process in clock ticks since boot (field 22 of proc_pid_stat(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Record:
    """A pid file under the run directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, pid: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(f"{pid} {start_time(pid)}\n")
        partial.rename(self.path)

    def pid(self) -> int | None:
        """The recorded process, if it is still that one and alive."""
        try:
            pid, started = self.path.read_text().split()
        except FileNotFoundError:
            return None
        return int(pid) if start_time(int(pid)) == started else None

    def start(
        self,
        command: Sequence[str | Path],
        log: Path,
        preexec: Callable[[], None] | None = None,
        env: dict[str, str] | None = None,
    ) -> int:
        """Starts a process in a session of its own, so that it outlives this one, and records it."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=preexec,
                env=env,
            )
        self.write(process.pid)
        return process.pid

    def stop(self, signals: Sequence[int] = (signal.SIGTERM, signal.SIGKILL), limit: float = 5) -> None:
        """Ends the recorded process, harder when it does not listen."""
        for number in signals:
            pid = self.pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            begin = time.monotonic()
            while not self._gone(pid) and time.monotonic() - begin < limit:
                time.sleep(0.02)
        if self.pid() is not None:
            raise FleetError(f"process {self.pid()} ({self.path.stem}) does not end")
        self.path.unlink(missing_ok=True)

    def _gone(self, pid: int) -> bool:
        with contextlib.suppress(ChildProcessError):  # Started by an earlier call: not ours to reap.
            os.waitpid(pid, os.WNOHANG)
        return self.pid() is None
