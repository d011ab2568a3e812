"""Golden disks and the nodes' copies of them.

One XFS file with reflinks holds them all: a copy costs milliseconds and no room, whatever the
host's own file system is. A disk carries the whole machine, root file system and engine data, as
the one disk of a small server does; so it is real, survives a killed node, and can be filled.
"""

import hashlib
import json
import os
from pathlib import Path

from . import host, settings
from .process import FleetError, run, say

_DISKS_GIB = 100
_BASE_PACKAGES = (
    "avahi-daemon",
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "iputils-ping",
    "kmod",
    "openssh-server",
    "procps",
    "sudo",
    "systemd-sysv",
)
# docker-cli and docker-compose are not among the dependencies of docker.io in trixie.
_ENGINE_PACKAGES = ("containerd", "docker-cli", "docker-compose", "docker.io", "iptables", "runc")
_ROOTFS = settings.SOURCE / "rootfs"


def mount() -> None:
    """Makes and mounts the file that holds the disks."""
    if os.path.ismount(settings.DISKS):
        return
    if not settings.DISKS_FILE.exists():
        partial = settings.DISKS_FILE.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        run(["truncate", "-s", f"{_DISKS_GIB}G", partial])
        run(["mkfs.xfs", "-q", "-m", "reflink=1", partial])
        partial.rename(settings.DISKS_FILE)
    settings.DISKS.mkdir(parents=True, exist_ok=True)
    run(["mount", "-o", "loop,noatime,discard", settings.DISKS_FILE, settings.DISKS])


def unmount() -> None:
    if os.path.ismount(settings.DISKS):
        run(["umount", settings.DISKS])


def disk(number: int) -> Path:
    return settings.DISKS / f"{settings.name(number)}.img"


def make(number: int, kind: str) -> None:
    """Gives a node its disk: a copy of the golden one of its kind and size."""
    if not disk(number).exists():
        if kind == "python":
            _build_python()
        _copy(_golden(kind, settings.disk_gib(number)), disk(number))


def delete(number: int) -> None:
    disk(number).unlink(missing_ok=True)


def delete_all() -> None:
    for path in settings.DISKS.glob("n*.img"):
        path.unlink()


def prepare() -> None:
    """Builds the golden disks and the apt repository when an input of theirs has changed."""
    stamp = settings.CACHE / "rootfs.stamp"
    wanted = _inputs()
    goldens = [_golden(kind, settings.GOLDEN_GIB) for kind in settings.PREPARED_KINDS]
    if stamp.exists() and stamp.read_text() == wanted and all(golden.exists() for golden in goldens):
        _resize_all()
        return
    stamp.unlink(missing_ok=True)
    for old in settings.DISKS.glob("golden-*.img"):
        old.unlink()
    say("building the nodes' root file system")
    tar = settings.CACHE / "rootfs.tar"
    run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            f"--include={','.join(_BASE_PACKAGES)}",
            settings.SUITE,
            tar,
            host.mirror(),
        ]
    )
    _build_plain(tar)
    tar.unlink()
    _build_apt_repository()
    _build_engine()
    _resize_all()
    stamp.write_text(wanted)


def _golden(kind: str, gib: int) -> Path:
    return settings.DISKS / f"golden-{kind}-{gib}.img"


def _copy(source: Path, target: Path) -> None:
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    run(["cp", "--reflink=always", "--sparse=auto", source, partial])
    partial.rename(target)


def _inputs() -> str:
    """A digest of everything the golden disks are made from."""
    parts = [
        settings.SUITE,
        host.mirror(),
        *_BASE_PACKAGES,
        *_ENGINE_PACKAGES,
        _public_key(),
        daemon_json(),
        settings.GATEWAY_ADDRESS,
    ]
    parts += [(_ROOTFS / name).read_text() for name in ("download.sh", "engine.sh", "in-disk.sh", "plain.sh")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _public_key() -> str:
    if not settings.KEY.exists():
        settings.STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "hearth-fleet", "-f", settings.KEY])
    return settings.KEY.with_suffix(".pub").read_text().strip()


def daemon_json() -> str:
    """The engine's configuration on a node: unchanged image names lead to the fleet's registry."""
    registry = f"{settings.HOST_ADDRESS}:{settings.REGISTRY_PORT}"
    return json.dumps(
        {
            "registry-mirrors": [f"http://{registry}"],
            "insecure-registries": [registry, *settings.OTHER_REGISTRIES],
        },
        indent=2,
    )


def _build_plain(tar: Path) -> None:
    image = _golden("plain", settings.GOLDEN_GIB)
    partial = image.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    run(["truncate", "-s", f"{settings.GOLDEN_GIB}G", partial])
    run(["mkfs.ext4", "-q", "-m", "1", "-L", "node", partial])
    _in_disk(
        partial,
        "plain.sh",
        TAR=str(tar),
        AUTHORIZED_KEY=_public_key(),
        APT_URL=f"http://{settings.HOST_ADDRESS}:{settings.APT_PORT}/",
        DAEMON_JSON=daemon_json(),
        RESOLVER=settings.GATEWAY_ADDRESS,
    )
    partial.rename(image)


def _build_apt_repository() -> None:
    """The engine and its dependencies as an apt repository for nodes that have none."""
    say("downloading the engine's packages")
    scratch = settings.DISKS / "scratch.img"
    _copy(_golden("plain", settings.GOLDEN_GIB), scratch)
    settings.APT_REPOSITORY.mkdir(exist_ok=True)
    for old in settings.APT_REPOSITORY.iterdir():
        old.unlink()
    _in_disk(
        scratch,
        "download.sh",
        SHARE=str(settings.APT_REPOSITORY),
        OUT="/mnt",
        PACKAGES=" ".join(_ENGINE_PACKAGES),
        MIRROR=host.mirror(),
        SUITE=settings.SUITE,
    )
    scratch.unlink()
    stanzas = []
    for package in sorted(settings.APT_REPOSITORY.glob("*.deb")):
        fields = run(["dpkg-deb", "--field", package]).stdout.rstrip()
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        stanzas.append(f"{fields}\nFilename: ./{package.name}\nSize: {package.stat().st_size}\nSHA256: {digest}\n")
    (settings.APT_REPOSITORY / "Packages").write_text("\n".join(stanzas))


def _build_engine() -> None:
    say("installing the engine on the golden disk")
    image = _golden("engine", settings.GOLDEN_GIB)
    partial = image.with_suffix(".partial")
    _copy(_golden("plain", settings.GOLDEN_GIB), partial)
    _in_disk(partial, "engine.sh", SHARE=str(settings.APT_REPOSITORY), DEBS="/mnt")
    partial.rename(image)


def _build_python() -> None:
    """An engine node with Python, for what is measured against programs that need it there."""
    image = _golden("python", settings.GOLDEN_GIB)
    if not image.exists():
        say("installing Python on a golden disk")
        partial = image.with_suffix(".partial")
        _copy(_golden("engine", settings.GOLDEN_GIB), partial)
        _in_disk(partial, "python.sh", MIRROR=host.mirror(), SUITE=settings.SUITE)
        partial.rename(image)
    _resize("python")


def _resize_all() -> None:
    for kind in settings.PREPARED_KINDS:
        _resize(kind)


def _resize(kind: str) -> None:
    """Golden disks of the other sizes (growing a mounted one would need CAP_SYS_RESOURCE)."""
    for gib in settings.DISK_SIZES_GIB:
        target = _golden(kind, gib)
        if target.exists():
            continue
        partial = target.with_suffix(".partial")
        _copy(_golden(kind, settings.GOLDEN_GIB), partial)
        run(["truncate", "-s", f"{gib}G", partial])
        checked = run(["e2fsck", "-fy", partial], check=False)
        if checked.returncode > 1:  # 1 says that it corrected something
            raise FleetError(f"e2fsck of {partial}: {checked.stdout}{checked.stderr}")
        run(["resize2fs", partial])
        partial.rename(target)


def _in_disk(image: Path, script: str, **env: str) -> None:
    """Runs a script of rootfs/ inside a disk image, in namespaces that end with it."""
    root = settings.RUN / "build-root"
    root.mkdir(parents=True, exist_ok=True)
    run(
        [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--propagation",
            "private",
            _ROOTFS / "in-disk.sh",
            image,
            _ROOTFS / script,
        ],
        env={"PATH": os.environ["PATH"], "ROOT": str(root), **env},
    )
    root.rmdir()
