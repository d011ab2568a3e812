"""What the parts measure with: managers of their own, the fleet, a scratch folder, the report."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hearth_fleet import Fleet, Node
from support.manager import Manager

from .report import Report

# One node answers at all of these addresses.
MANY = "10.99.0.0/22"
FIRST = "10.99.0.1"
_PYTHON_NODE = 4


class Bench:
    """Ends what it started; a fleet that was up before stays up."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.fleet = Fleet()
        self._managers: list[Manager] = []
        self._folder = tempfile.TemporaryDirectory()
        self.scratch = Path(self._folder.name)
        self._made = 0

    def __enter__(self) -> "Bench":
        self._was_up = bool(self.fleet.nodes())
        return self

    def __exit__(self, *_: object) -> None:
        self.end_managers()
        if not self._was_up:
            self.fleet.down()
        self._folder.cleanup()

    def manager(self) -> Manager:
        """A manager with empty data, not started."""
        self._made += 1
        self._managers.append(Manager(self.scratch / f"data-{self._made}"))
        return self._managers[-1]

    def end_managers(self) -> None:
        for manager in self._managers:
            if manager.process is not None and manager.process.poll() is None:
                manager.kill()
        self._managers.clear()

    def homelab(self) -> Manager:
        """A manager that has adopted three nodes: n1, n2, n3."""
        self.fleet.up(3)
        manager = self.manager().start().set_up()
        for number in (1, 2, 3):
            manager.adopt(self.fleet.node(number).address, "root", "hearth-root", name=f"n{number}")
        return manager

    @contextlib.contextmanager
    def many(self) -> Iterator[Node]:
        """A node with Python that answers at all addresses of `MANY`: its sshd, system and engine serve all of them."""
        node = self.fleet.add(_PYTHON_NODE, "python")
        try:
            node.shell(f"ip route replace local {MANY} dev lo")
            subprocess.run(["ip", "route", "replace", MANY, "via", node.address], check=True)
            yield node
        finally:
            subprocess.run(["ip", "route", "del", MANY], check=False, stderr=subprocess.DEVNULL)
            node.remove()
