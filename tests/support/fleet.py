"""pytest fixtures: the fleet for a session, and single nodes of it.

A fleet that was up before is used and left up; one that the session brought up is taken down, and
`down` itself fails when anything is left over.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fleet"))

from hearth_fleet import Fleet, Node, host

PLAIN = 9


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Three nodes with an engine; skips where the machine cannot have them."""
    reason = host.why_not()
    if reason:
        pytest.skip(reason)
    fleet = Fleet()
    was_up = bool(fleet.nodes())
    fleet.up(3)
    yield fleet
    if not was_up:
        fleet.down()


@pytest.fixture
def node(fleet: Fleet) -> Iterator[Node]:
    """A node to do things to: on and plugged in before and after."""
    node = fleet.node(2)
    node.restore()
    yield node
    node.restore()


@pytest.fixture
def plain_node(fleet: Fleet) -> Iterator[Node]:
    """A node that has never had an engine: its disk is new for every test."""
    fleet.node(PLAIN).remove()
    node = fleet.add(PLAIN, "plain")
    yield node
    node.remove()
