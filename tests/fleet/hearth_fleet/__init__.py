"""The test fleet: real nodes, each a network namespace with systemd, sshd, an engine and a disk.

`Fleet` is what tests use; `cli` is the same for a shell. Nothing here knows Hearth itself.
"""

from .fleet import Fleet
from .node import Node
from .process import FleetError

__all__ = ["Fleet", "FleetError", "Node"]
