"""What a manager tells the systemd that started it: sd_notify(3) over a socket of our own."""

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.manager import Manager

WATCHDOG_SECS = 2


@pytest.fixture
def told(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(2 * WATCHDOG_SECS)
        yield systemd


def test_it_says_that_it_answers_that_it_works_and_that_it_ends(make_manager: Callable[..., Manager], told: socket.socket) -> None:
    supervised = {"NOTIFY_SOCKET": str(told.getsockname()), "WATCHDOG_USEC": str(WATCHDOG_SECS * 1_000_000)}
    manager = make_manager().start(**supervised)
    assert told.recv(100) == b"READY=1\n"
    assert [told.recv(100) for _ in range(3)] == [b"WATCHDOG=1\n"] * 3
    manager.process.send_signal(signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        while True:
            told.recv(100)
    manager.process.send_signal(signal.SIGCONT)
    manager.stop()
    words = [told.recv(100)]
    while words[-1] != b"STOPPING=1\n":
        words.append(told.recv(100))


def test_where_nobody_watches_it_tells_no_more_than_its_state(make_manager: Callable[..., Manager], told: socket.socket) -> None:
    manager = make_manager().start(NOTIFY_SOCKET=str(told.getsockname()))
    assert told.recv(100) == b"READY=1\n"
    manager.stop()
    assert told.recv(100) == b"STOPPING=1\n"
