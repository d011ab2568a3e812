"""Updates to try: good ones, and each kind that a box has to refuse or to leave again.

A bundle is made from the very slot that ships where it matters. Where only its envelope is looked at, or only that it does not start,
a slot of a few megabytes stands in.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import settings
from .box import BoxError, tool

_PANICS = "#!/bin/sh\necho 'this slot panics' >/dev/kmsg\nexit 1\n"


@dataclass(frozen=True)
class Update:
    """A bundle on this machine."""

    path: Path
    version: str


class Updates:
    """Makes bundles once for a session, in a folder that the image tools see."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._made: dict[str, Update] = {}

    @staticmethod
    def image() -> Path:
        """The image that ships."""
        return Path(build()) / "hearth.img"

    def next_version(self) -> Update:
        """The same system as a later version."""
        return self._bundle("next", "0.1.1", HEARTH_VARIANT="next", HEARTH_VERSION="0.1.1")

    def ill(self) -> Update:
        """Starts, but its manager never answers."""
        manager = self.folder / "ill-manager"
        manager.write_text("#!/bin/sh\nexec sleep infinity\n")
        manager.chmod(0o755)
        return self._bundle("ill", "0.1.2", HEARTH_VARIANT="ill", HEARTH_VERSION="0.1.2", HEARTH_BIN=str(manager))

    def panicking(self) -> Update:
        """Its kernel starts and panics."""
        return self._bundle("panic", "0.1.3", HEARTH_VERSION="0.1.3", HEARTH_ROOTFS=str(self._small_slot()))

    def foreign(self) -> Update:
        """Signed by somebody else."""
        keys = self.folder / "foreign-keys"
        tool(str(settings.IMAGE / "keys" / "make"), str(keys))
        # What makes the bundle trusts its own keys; the image was made with ours.
        return self._bundle("foreign", "0.1.4", HEARTH_VERSION="0.1.4", HEARTH_ROOTFS=str(self._small_slot()), HEARTH_KEYS=str(keys))

    def other_board(self) -> Update:
        """For another board."""
        return self._bundle(
            "other-board", "0.1.5", HEARTH_VERSION="0.1.5", HEARTH_ROOTFS=str(self._small_slot()), HEARTH_COMPATIBLE="hearth-toaster"
        )

    def damaged(self) -> Update:
        """One byte of its contents is another than what was signed."""
        whole = self.panicking().path
        path = self.folder / "damaged.raucb"
        shutil.copyfile(whole, path)
        with path.open("r+b") as data:
            data.seek(path.stat().st_size // 2)
            byte = data.read(1)
            data.seek(-1, os.SEEK_CUR)
            data.write(bytes([byte[0] ^ 0xFF]))
        return Update(path, "0.1.3")

    def cut_off(self) -> Update:
        """The end is missing."""
        whole = self.panicking().path.read_bytes()
        path = self.folder / "cut-off.raucb"
        path.write_bytes(whole[: len(whole) * 2 // 3])
        return Update(path, "0.1.3")

    def _bundle(self, name: str, version: str, **environment: str) -> Update:
        if name not in self._made:
            path = self.folder / f"{name}.raucb"
            run(settings.IMAGE / "bundle", settings.BASE, settings.BOARD, path, **environment)
            self._made[name] = Update(path, version)
        return self._made[name]

    def _small_slot(self) -> Path:
        """A slot with the kernel that ships and next to nothing else: its first process ends, and so the kernel panics."""
        slot = self.folder / "small.squashfs"
        if slot.exists():
            return slot
        root = self.folder / "small"
        shipped = Path(build()) / "rootfs.squashfs"
        tool("unsquashfs", "-quiet", "-no-progress", "-dest", str(root), str(shipped), "boot", "usr/bin/dash", "usr/lib/*/libc.so.6", "usr/lib64", "usr/lib/*/ld-linux*")
        for folder in ("dev", "proc", "sys", "run", "root", "usr/lib/hearth", "etc"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for link in ("bin", "lib", "lib64", "sbin"):
            (root / link).symlink_to(f"usr/{link}")
        (root / "usr/bin/sh").symlink_to("dash")
        init = root / "usr/lib/hearth/init"
        init.write_text(_PANICS)
        init.chmod(0o755)
        tool("mksquashfs", str(root), str(slot), "-quiet", "-no-progress", "-comp", "gzip", "-action", "uncompressed@subpathname(boot)")
        return slot


def build() -> str:
    """Makes the image that ships if it is not there; answers its folder."""
    return run(settings.IMAGE / "build", settings.BASE, settings.BOARD).strip()


def run(*words: str | Path, **environment: str) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode != 0:
        raise BoxError(f"{words[0]}: exit {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout
