"""The test images: built once with an engine of our own, kept in the registry's storage.

A folder of images/ is an image. Its Dockerfile's first line says under which public name it is
served (`# image: postgres:17`); what it is built on is read from its FROM lines. An image is built
again when a file of its folder, or what it is built on, has changed.
"""

import hashlib
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from . import host, services, settings
from .process import FleetError, Record, run, say, wait_until

_FOLDERS = settings.SOURCE / "images"
_STAMPS = settings.CACHE / "images"
_BASE = f"hearth-test/debian:{settings.SUITE}"
_BASE_OPTIONS = (
    "--variant=apt",
    "--include=passwd",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=force-unsafe-io",
    "--customize-hook=rm -f $1/etc/resolv.conf $1/etc/hostname",
)
_REGISTRY = f"127.0.0.1:{settings.REGISTRY_PORT}"
_SOCKET = settings.RUN / "build-engine.sock"


@dataclass(frozen=True)
class Image:
    folder: Path
    name: str
    parents: tuple[str, ...]

    @staticmethod
    def read(folder: Path) -> "Image":
        text = (folder / "Dockerfile").read_text()
        named = re.match(r"# image: (\S+)\n", text)
        if named is None:
            raise FleetError(f"{folder}/Dockerfile does not begin with `# image: NAME:TAG`")
        return Image(folder, named[1], tuple(re.findall(r"^FROM (\S+)", text, re.MULTILINE)))

    def reference(self) -> str:
        """The name in our registry: a mirror of Docker Hub has its `library/`, others lose their host."""
        path = self.name
        host, _, rest = path.partition("/")
        if host in settings.OTHER_REGISTRIES:
            path = rest
        elif "/" not in path:
            path = f"library/{path}"
        return f"{_REGISTRY}/{path}"


def all_images() -> list[Image]:
    """Every image, after the ones that it is built on."""
    waiting = [Image.read(folder) for folder in sorted(_FOLDERS.iterdir()) if folder.is_dir()]
    ordered: list[Image] = []
    while waiting:
        names = {image.name for image in waiting}
        ready = [image for image in waiting if not names.intersection(image.parents)]
        if not ready:
            raise FleetError(f"images are built on each other: {', '.join(sorted(names))}")
        ordered += ready
        waiting = [image for image in waiting if image not in ready]
    return ordered


def prepare() -> None:
    """Builds and stores the images that are missing or stale."""
    images = all_images()
    digests = _digests(images)
    stale = [
        image for image in images if _stamp(image).exists() is False or _stamp(image).read_text() != digests[image.name]
    ]
    if not stale:
        return
    _STAMPS.mkdir(exist_ok=True)
    engine = _start_engine()
    registry = services.start_build_registry(_REGISTRY)
    try:
        _ensure_base()
        present = {image.name for image in images if _is_present(image.name)}
        wanted = {parent for image in stale for parent in image.parents} - present
        for image in images:
            if image in stale or image.name in wanted:
                _build(image)
                _stamp(image).write_text(digests[image.name])
    finally:
        registry.stop()
        _stop_engine(engine)


def _digests(images: list[Image]) -> dict[str, str]:
    digests = {_BASE: _base_digest()}
    for image in images:
        parts = [digests.get(parent, parent) for parent in image.parents]
        for path in sorted(image.folder.rglob("*")):
            if path.is_file():
                parts += [str(path.relative_to(image.folder)), str(path.stat().st_mode), path.read_text()]
        digests[image.name] = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return digests


def _stamp(image: Image) -> Path:
    return _STAMPS / f"{image.folder.name}.stamp"


def _base_digest() -> str:
    parts = [_BASE, host.mirror(), *_BASE_OPTIONS]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _docker(*words: str | Path, limit: float = 600) -> str:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{_SOCKET}", "DOCKER_BUILDKIT": "0"}
    return run(["docker", *words], env=environment, limit=limit).stdout


def _is_present(name: str) -> bool:
    return bool(_docker("images", "--quiet", name).strip())


def _ensure_base() -> None:
    """Debian as the other images' first layer, from packages like all the rest."""
    label = f"hearth.inputs={_base_digest()}"
    if _docker("images", "--quiet", "--filter", f"label={label}", _BASE).strip():
        return
    say(f"building {_BASE}")
    tar = settings.CACHE / "base.tar"
    run(["mmdebstrap", "--quiet", *_BASE_OPTIONS, settings.SUITE, tar, host.mirror()])
    _docker(
        "import",
        "--change",
        f"LABEL {label}",
        "--change",
        "ENV DEBIAN_FRONTEND=noninteractive",
        "--change",
        'CMD ["bash"]',
        tar,
        _BASE,
    )
    tar.unlink()


def _build(image: Image) -> None:
    say(f"building {image.name}")
    _docker("build", "--quiet", "--network", "host", "--tag", image.name, image.folder, limit=900)
    _docker("tag", image.name, image.reference())
    _docker("push", "--quiet", image.reference(), limit=900)


def _start_engine() -> Record:
    """An engine for the builds alone: own data and socket, no bridge, no firewall rules."""
    record = Record(settings.RUN / "build-engine.pid")
    config = settings.RUN / "build-engine.json"
    config.write_text("{}")  # Not the host's: it may name another data folder.
    record.start(
        # Its mounts end with it in a namespace of its own.
        [
            "unshare",
            "--mount",
            "--propagation",
            "slave",
            "dockerd",
            "--host",
            f"unix://{_SOCKET}",
            "--data-root",
            settings.CACHE / "build-engine",
            "--exec-root",
            settings.RUN / "build-engine",
            "--pidfile",
            settings.RUN / "build-engine.own-pid",
            "--bridge",
            "none",
            "--ip-forward=false",
            "--iptables=false",
            "--ip6tables=false",
            "--config-file",
            config,
        ],
        settings.RUN / "build-engine.log",
    )
    try:
        wait_until(_engine_answers, 60, f"the engine for builds (see {settings.RUN}/build-engine.log)", pause=0.3)
    except FleetError:
        _stop_engine(record)
        raise
    return record


def _engine_answers() -> bool:
    try:
        _docker("version", limit=10)
    except FleetError:
        return False
    return True


def _stop_engine(record: Record) -> None:
    record.stop(signals=[signal.SIGTERM, signal.SIGKILL], limit=30)
    for leftover in (_SOCKET, settings.RUN / "build-engine.json"):
        leftover.unlink(missing_ok=True)
    run(["rm", "-rf", "--one-file-system", settings.RUN / "build-engine"])
