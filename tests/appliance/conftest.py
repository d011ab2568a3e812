"""Fixtures for the appliance: one box for what only looks at it, and new ones for what breaks things.

What takes long is marked so and runs with `make test-long`.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hearth_appliance import Box, Updates, settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = why_not()
    for item in items:
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))
        elif "long" in item.keywords and os.environ.get("HEARTH_LONG") != "1":
            item.add_marker(pytest.mark.skip(reason="takes long: `make test-long`"))


def why_not() -> str | None:
    if os.geteuid() != 0:
        return "the image is made and tried as root (chroot, mounts)"
    brings_its_own = settings.BASE == "buildroot"
    if not brings_its_own and ("HEARTH_BIN" not in os.environ or "HEARTH_TOOLS" not in os.environ):
        return "nothing names the manager for the image: `make test-appliance`"
    return None


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest) -> None:
    """Leaves out what a container engine is needed for when the image has none, as one that was built without Go's modules."""
    if request.node.get_closest_marker("engine") and not request.getfixturevalue("box").try_run("PATH=$PATH:/usr/sbin command -v dockerd"):
        pytest.skip("this image has no container engine")


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder that the image tools see."""
    folder = settings.SCRATCH / secrets.token_hex(4)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def updates(scratch: Path) -> Updates:
    return Updates(scratch / "updates")


@pytest.fixture(scope="session")
def image() -> Path:
    """The image: HEARTH_IMAGE names any disk that shall be tried, else it is the one that is built here."""
    named = os.environ.get("HEARTH_IMAGE")
    return Path(named) if named else Updates.image()


@pytest.fixture(scope="session")
def make_box(scratch: Path, image: Path) -> Iterator[Callable[..., Box]]:
    """Makes boxes that are flashed anew; all are cut off and removed at the end."""
    made: list[Box] = []

    def make(**options: object) -> Box:
        box = Box(image, scratch / f"box-{secrets.token_hex(3)}", **options)
        made.append(box)
        return box

    yield make
    for box in made:
        if box.folder.exists():
            box.remove()


@pytest.fixture(scope="session")
def box(make_box: Callable[..., Box]) -> Box:
    """One box for all that leaves it as well as it was: a start without KVM takes a minute."""
    box = make_box().start()
    box.wait_good()
    return box
