"""The fleet: all nodes and what they share, brought up and taken down as one."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from typing import Any

from . import cgroups, disks, host, images, leftovers, machine, network, services, settings
from .node import Node
from .process import FleetError, run, say


class Fleet:
    """All nodes and what they share. There is one fleet a machine: its addresses are fixed."""

    def prepare(self) -> None:
        """Builds all that is cached; quick when nothing has changed."""
        with _locked():
            try:
                self._prepare()
            finally:
                if not self.nodes():
                    disks.unmount()
            if not self.nodes():
                # Of a fleet whose last node was removed: with the directory their records go.
                services.stop()
                network.stop_switch()
                _remove_run_directory()  # On a failure the logs in it stay.

    def up(self, count: int = 3, kinds: dict[int, str] | None = None) -> dict[str, Any]:
        """Brings up nodes 1 to `count` and answers their description; what runs already is kept."""
        wanted = {number: (kinds or {}).get(number) for number in range(1, count + 1)}
        self._bring_up(wanted)
        return self.description()

    def add(self, number: int, kind: str = "engine") -> Node:
        """Brings up one more node, whatever the others' numbers are."""
        self._bring_up({number: kind})
        return Node(number)

    def _bring_up(self, kinds: dict[int, str | None]) -> None:
        begin = time.monotonic()
        nodes = [Node(number) for number in kinds]
        with _locked():
            self._prepare()
            network.start_switch()
            services.start()
            for node in nodes:
                node.create(kinds[node.number] or node.kind or "engine")
            for node in nodes:
                machine.power_on(node.number)
            for node in nodes:
                if network.link_is_up(node.number):
                    node.wait_ready()
        say(f"{', '.join(node.name for node in nodes)} ready after {time.monotonic() - begin:.1f} s")

    def down(self) -> None:
        """Ends everything that was started and removes everything that was made for it."""
        with _locked():
            for node in self.nodes():
                machine.power_off(node.number)
            services.stop()
            network.stop_switch()
            cgroups.remove_parent()
            if os.path.ismount(settings.DISKS):
                disks.delete_all()
            disks.unmount()
            _remove_run_directory()
            left = leftovers.find()
            if left:
                raise FleetError(f"the fleet is down, but this is left: {'; '.join(left)}")

    def nodes(self) -> list[Node]:
        """The nodes that have a disk, running or not."""
        numbers = (int(path.parent.name.removeprefix("n")) for path in settings.RUN.glob("n*/kind"))
        return [Node(number) for number in sorted(numbers)]

    def node(self, number: int) -> Node:
        return Node(number)

    def description(self) -> dict[str, Any]:
        """Addresses and credentials, as `up` prints them."""
        return {
            "nodes": [node.facts() for node in self.nodes()],
            "credentials": list(settings.USERS),
            "key": str(settings.KEY),
            "host_address": settings.HOST_ADDRESS,
            "registry": f"{settings.HOST_ADDRESS}:{settings.REGISTRY_PORT}",
            "apt": f"http://{settings.HOST_ADDRESS}:{settings.APT_PORT}/",
        }

    def _prepare(self) -> None:
        host.ensure()
        disks.mount()
        disks.prepare()
        images.prepare()


def _remove_run_directory() -> None:
    run(["rm", "-rf", "--one-file-system", settings.RUN])


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One change of the fleet at a time, over all processes."""
    reason = host.why_not()
    if reason:
        raise FleetError(reason)
    settings.LOCK.parent.mkdir(parents=True, exist_ok=True)
    with settings.LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
