"""The appliance in QEMU: boxes that start from the very image that ships, and updates for them."""

from .box import Box, BoxError, tool
from .lan import Lan
from .manager import BoxManager, published
from .qmp import qmp
from .shares import Shares
from .updates import Update, Updates

__all__ = ["Box", "BoxError", "BoxManager", "Lan", "Shares", "Update", "Updates", "published", "qmp", "tool"]
