"""What the nodes' network offers: images, packages and names.

On the host's address: the registry (which is the engines' mirror of Docker Hub) and the apt
repository. On the gateway's address, where no port of the host can be in the way: the same images
on port 80 for names like ghcr.io, and a name server that answers at once that a name is unknown.
"""

import json
import socket
import sys
from pathlib import Path

from . import network, settings
from .process import Record, wait_until

_NAMES = ("registry", "registry-gateway", "apt", "dns")


def start() -> None:
    settings.REGISTRY_STORAGE.mkdir(parents=True, exist_ok=True)
    settings.APT_REPOSITORY.mkdir(parents=True, exist_ok=True)
    registry = _registry_config("registry", f"{settings.HOST_ADDRESS}:{settings.REGISTRY_PORT}", readonly=False)
    gateway = _registry_config("registry-gateway", f"{settings.GATEWAY_ADDRESS}:80", readonly=True)
    names = [f"--address=/{name}/{settings.GATEWAY_ADDRESS}" for name in settings.OTHER_REGISTRIES]
    _start("registry", ["docker-registry", "serve", str(registry)])
    _start("registry-gateway", network.in_switch("docker-registry", "serve", str(gateway)))
    _start(
        "apt",
        [
            sys.executable,
            "-m",
            "http.server",
            "--bind",
            settings.HOST_ADDRESS,
            "--directory",
            str(settings.APT_REPOSITORY),
            str(settings.APT_PORT),
        ],
    )
    _start(
        "dns",
        network.in_switch(
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--user=root",
            "--pid-file=",
            "--bind-interfaces",
            f"--listen-address={settings.GATEWAY_ADDRESS}",
            "--address=/#/",
            *names,
        ),
    )
    _wait_for(settings.HOST_ADDRESS, settings.REGISTRY_PORT)
    _wait_for(settings.HOST_ADDRESS, settings.APT_PORT)
    _wait_for(settings.GATEWAY_ADDRESS, 80)
    _wait_for(settings.GATEWAY_ADDRESS, 53)


def stop() -> None:
    for name in _NAMES:
        record(name).stop()


def record(name: str) -> Record:
    return Record(settings.RUN / f"{name}.pid")


def start_build_registry(address: str) -> Record:
    """A registry that can be written to, for `prepare`."""
    config = _registry_config("registry-build", address, readonly=False)
    _start("registry-build", ["docker-registry", "serve", str(config)])
    host, _, port = address.partition(":")
    _wait_for(host, int(port))
    return record("registry-build")


def _start(name: str, command: list[str]) -> None:
    if record(name).pid() is None:
        record(name).start(command, settings.RUN / f"{name}.log")


def _registry_config(name: str, address: str, *, readonly: bool) -> Path:
    config = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(settings.REGISTRY_STORAGE)},
            "delete": {"enabled": True},
            "maintenance": {"readonly": {"enabled": readonly}, "uploadpurging": {"enabled": False}},
        },
        "http": {"addr": address, "secret": "hearth-fleet"},
    }
    path = settings.RUN / f"{name}.yml"  # JSON is YAML
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config))
    return path


def _wait_for(host: str, port: int) -> None:
    wait_until(lambda: _answers(host, port), 15, f"service on {host}:{port} (logs are in {settings.RUN})")


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
