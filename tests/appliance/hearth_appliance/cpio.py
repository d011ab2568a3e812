"""Packs a folder as an initial RAM disk: the one archive format that the kernel unpacks."""

import os
from pathlib import Path


def pack(folder: Path, archive: Path) -> None:
    """Writes the folder's files, folders and links as a `newc` archive.

    Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux
    """
    with archive.open("wb") as out:

        def entry(number: int, name: str, mode: int, content: bytes) -> None:
            fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
            for part in (b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0", content):
                out.write(part + b"\0" * (-len(part) % 4))

        paths = sorted(folder.rglob("*"))
        for number, path in enumerate(paths, 1):
            mode = path.lstat().st_mode
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            entry(number, str(path.relative_to(folder)), mode, content)
        entry(0, "TRAILER!!!", 0, b"")
