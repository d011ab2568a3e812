"""The appliance in QEMU: boxes that start from the very image that ships, and updates for them."""

from .box import Box, BoxError
from .lan import Lan
from .updates import Update, Updates

__all__ = ["Box", "BoxError", "Lan", "Update", "Updates"]
