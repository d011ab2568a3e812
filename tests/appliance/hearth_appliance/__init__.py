"""The appliance in QEMU: boxes that start from the very image that ships, and updates for them."""

from .box import Box, BoxError
from .lan import Lan
from .manager import BoxManager, published
from .updates import Update, Updates

__all__ = ["Box", "BoxError", "BoxManager", "Lan", "Update", "Updates", "published"]
