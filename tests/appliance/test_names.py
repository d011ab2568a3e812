"""The name under which a box is found in the network at home, seen by another machine's avahi."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hearth_appliance import Box, Lan, settings


@pytest.fixture
def lan(scratch: Path) -> Iterator[Lan]:
    lan = Lan(scratch / "lan")
    yield lan
    lan.down()


def lan_address(box: Box) -> str | None:
    words = (box.try_run("ip -oneline -4 address show to 10.88.0.0/24") or "").split()
    return words[3].split("/")[0] if len(words) > 3 else None


@pytest.mark.long
def test_a_second_box_takes_another_name(make_box: Callable[..., Box], lan: Lan) -> None:
    first = make_box(cable=lan.plug()).start()
    first.wait_good()
    address = first.wait("an address", lambda: lan_address(first), settings.START)
    assert first.wait("the name", lambda: lan.resolve("hearth.local"), 120) == address
    assert "Hearth" in lan.get("http://hearth.local/", "hearth.local", address)
    second = make_box(cable=lan.plug()).start()
    second.wait_good()
    other = second.wait("an address", lambda: lan_address(second), settings.START)
    assert second.wait("the second name", lambda: lan.resolve("hearth-2.local"), 120) == other
    assert lan.resolve("hearth.local") == address
    second.remove()
    first.remove()
