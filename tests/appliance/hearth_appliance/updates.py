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
        manager.write_text('#!/bin/sh\n[ "$1" != serve ] || exec sleep infinity\n')
        manager.chmod(0o755)
        return self._bundle("ill", "0.1.2", HEARTH_VARIANT="ill", HEARTH_VERSION="0.1.2", HEARTH_BIN=str(manager))

    def later(self) -> Update:
        """The same system as a version after the next."""
        return self._bundle("later", "0.2.0", HEARTH_VARIANT="later", HEARTH_VERSION="0.2.0")

    def older(self) -> Update:
        """A version before the one that ships."""
        return self._bundle("older", "0.0.9", HEARTH_VERSION="0.0.9", HEARTH_ROOTFS=str(self._small_slot()))

    def cannot_migrate(self) -> Update:
        """Starts, but its manager cannot read the database."""
        manager = self.folder / "manager-that-cannot-migrate"
        manager.write_text("#!/bin/sh\necho 'page 7 of the database is damaged' >&2\nexit 1\n")
        manager.chmod(0o755)
        return self._bundle("cannot-migrate", "0.3.1", HEARTH_VARIANT="ill", HEARTH_VERSION="0.3.1", HEARTH_BIN=str(manager))

    def feed(self, folder: Path, notes: str, *updates: Update) -> Path:
        """A folder to publish, made with the tool that makes releases."""
        folder.mkdir(parents=True, exist_ok=True)
        text = folder.parent / "notes.txt"
        text.write_text(notes)
        run(settings.IMAGE / "feed", "stable", folder, *[update.path for update in updates], "--notes", text)
        return folder

    def panicking(self) -> Update:
        """Its kernel starts and panics."""
        return self._bundle("panic", "0.3.0", HEARTH_VERSION="0.3.0", HEARTH_ROOTFS=str(self._small_slot()))

    def foreign(self) -> Update:
        """Signed by somebody else."""
        keys = self.folder / "foreign-keys"
        tool(str(settings.IMAGE / "keys" / "make"), str(keys))
        # What makes the bundle trusts its own keys; the image was made with ours.
        return self._bundle("foreign", "0.1.4", HEARTH_VERSION="0.1.4", HEARTH_ROOTFS=str(self._small_slot()), HEARTH_KEYS=str(keys))

    def other_board(self) -> Update:
        """For another board."""
        return self._bundle(
            "other-board", "0.1.5", HEARTH_VERSION="0.1.5", HEARTH_ROOTFS=str(self._small_slot()), HEARTH_COMPATIBLE=settings.OTHER_BOARD
        )

    def damaged(self) -> Update:
        """One byte of its contents is another than what was signed."""
        whole = self.panicking()
        path = self.folder / "damaged.raucb"
        shutil.copyfile(whole.path, path)
        with path.open("r+b") as data:
            data.seek(path.stat().st_size // 2)
            byte = data.read(1)
            data.seek(-1, os.SEEK_CUR)
            data.write(bytes([byte[0] ^ 0xFF]))
        return Update(path, whole.version)

    def cut_off(self) -> Update:
        """The end is missing."""
        whole = self.panicking()
        path = self.folder / "cut-off.raucb"
        content = whole.path.read_bytes()
        path.write_bytes(content[: len(content) * 2 // 3])
        return Update(path, whole.version)

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
        # Debian's shell is dash, Buildroot's is in BusyBox; the libraries' folders differ too. What is not there is left out.
        shell = ("usr/bin/dash", "usr/bin/busybox")
        libraries = [f"usr/{folder}/{name}" for folder in ("lib", "lib/*") for name in ("libc.so.6", "libm.so.6", "libresolv.so.2", "ld-linux*")]
        tool("unsquashfs", "-quiet", "-no-progress", "-dest", str(root), str(shipped), "boot", *shell, *libraries, "usr/lib64")
        for folder in ("dev", "proc", "sys", "run", "root", "usr/lib/hearth", "etc"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for link in ("bin", "lib", "lib64", "sbin"):
            (root / link).symlink_to(f"usr/{link}")
        (root / "usr/bin/sh").symlink_to("dash" if (root / "usr/bin/dash").exists() else "busybox")
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
