"""Fixtures for every suite: managers of the binary under test, a browser, a fleet."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from support.chromium import chromium  # noqa: E402, F401  (a fixture)
from support.fleet import fleet, node, plain_node  # noqa: E402, F401  (the path has to be set first; fixtures)
from support.manager import Manager  # noqa: E402


@pytest.fixture
def make_manager(tmp_path: Path) -> Iterator[Callable[..., Manager]]:
    """Makes managers, each with its own data; all are ended after the test."""
    if "HEARTH_BIN" not in os.environ:
        pytest.fail("HEARTH_BIN does not name the binary under test: run `make test-fleet`")
    made: list[Manager] = []

    def make(**options: object) -> Manager:
        manager = Manager(tmp_path / f"data-{len(made)}", **options)
        made.append(manager)
        return manager

    yield make
    for manager in made:
        if manager.process is not None and manager.process.poll() is None:
            manager.kill()


@pytest.fixture
def manager(make_manager: Callable[..., Manager]) -> Manager:
    """A manager that runs and is set up."""
    return make_manager().start().set_up()
