"""One node as tests see it: what can be done to a machine, in words of the machine."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

from . import disks, machine, network, settings
from .process import FleetError, run, wait_until

_FILL = "/var/tmp/hearth-fill"


class Node:
    """One machine of the fleet."""

    def __init__(self, number: int) -> None:
        if not 1 <= number <= settings.MAX_NODES:
            raise FleetError(f"a node's number is 1 to {settings.MAX_NODES}, not {number}")
        self.number = number
        self.name = settings.name(number)
        self.address = settings.address(number)

    @property
    def kind(self) -> str | None:
        """ "engine" or "plain"; None while the node has no disk."""
        path = self._kind_file()
        return path.read_text() if path.exists() else None

    @property
    def running(self) -> bool:
        return machine.init(self.number).pid() is not None

    def cut(self) -> None:
        """Pulls the network cable."""
        self._must_run()
        network.set_link(self.number, up=False)

    def heal(self) -> None:
        """Plugs the network cable in again."""
        self._must_run()
        network.set_link(self.number, up=True)

    def kill(self) -> None:
        """Pulls the plug: no goodbye, the disk stays."""
        machine.power_off(self.number)

    def boot(self, *, wait: bool = True) -> None:
        """Switches the node on; its disk is as it was."""
        if self.kind is None:
            raise FleetError(f"{self.name} was never up: run `fleet up` with a higher count")
        machine.power_on(self.number)
        if wait:
            self.wait_ready()

    def restore(self) -> None:
        """On, plugged in, at full speed and with room: as a test wants to find it."""
        if self.running:
            network.set_link(self.number, up=True)
            network.slow(self.number, None)
        self.boot()
        self.free_disk()

    def remove(self) -> None:
        """Ends the node and throws its disk away; the next `up` makes a new machine."""
        machine.power_off(self.number)
        disks.delete(self.number)
        self._kind_file().unlink(missing_ok=True)

    def slow(self, rate: str | None) -> None:
        """Limits what the node receives ("20mbit"); None lifts the limit."""
        self._must_run()
        network.slow(self.number, rate)

    def exec(
        self, *command: str, check: bool = True, limit: float = 120, input: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command in the node as root, past ssh and network."""
        return machine.exec_in(self.number, list(command), check=check, limit=limit, input=input)

    def shell(self, script: str, *, check: bool = True, limit: float = 120) -> str:
        """Runs a shell script in the node as root and answers what it printed."""
        return self.exec("sh", "-eu", "-s", check=check, limit=limit, input=script).stdout

    def ssh(
        self, *command: str, user: str = "root", check: bool = True, limit: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell line (one argument) or a command (several, kept apart) over ssh with the fleet's key."""
        line = command[0] if len(command) == 1 else shlex.join(command)
        return run(
            [
                "ssh",
                "-i",
                settings.KEY,
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "ConnectTimeout=5",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR",
                "-F",
                "none",
                f"{user}@{self.address}",
                line,
            ],
            check=check,
            limit=limit,
        )

    def fill_disk(self) -> None:
        """Takes the last byte of the node's disk."""
        script = f"""
            free=$(df --output=avail --block-size=1 / | tail -1)
            fallocate --length "$free" {_FILL} || true
            dd if=/dev/zero bs=64k status=none >>{_FILL} 2>/dev/null || true
            dd if=/dev/zero bs=1k status=none >>{_FILL} 2>/dev/null || true
            sync -f /"""
        self.shell(script, limit=120)

    def free_disk(self) -> None:
        self.exec("rm", "-f", _FILL)

    def set_available_memory(self, available_bytes: int) -> None:
        """Changes what /proc/meminfo in the node says is available."""
        self._must_run()
        machine.set_available_memory(self.number, available_bytes)

    def rekey(self) -> None:
        """Changes the host keys, as a reinstalled or a forged machine does."""
        self.shell(
            """
            rm -f /etc/ssh/ssh_host_*
            for type in ed25519 ecdsa; do
                ssh-keygen -q -t $type -N '' -C "root@$(hostname)" -f /etc/ssh/ssh_host_${type}_key
            done
            systemctl reset-failed ssh.service
            systemctl restart ssh.service"""
        )

    def host_key(self) -> str | None:
        """The ed25519 host key as a line of known_hosts has it ("ssh-ed25519 AAAA…")."""
        pid = machine.init(self.number).pid()
        path = Path(f"/proc/{pid}/root/etc/ssh/ssh_host_ed25519_key.pub")
        return " ".join(path.read_text().split()[:2]) if pid and path.exists() else None

    def wait_ready(self, limit: float = 60) -> float:
        """Waits until ssh answers, and the engine over it where the node has one."""
        probe = ["docker", "version", "--format", "{{.Server.Version}}"] if self._has_engine() else ["true"]
        return wait_until(
            lambda: self.ssh(*probe, check=False).returncode == 0,
            limit,
            f"{self.name}: answer to {' '.join(probe)}",
            pause=0.2,
        )

    def facts(self) -> dict[str, Any]:
        """What `status --json` tells of the node."""
        return {
            "number": self.number,
            "name": self.name,
            "address": self.address,
            "port": 22,
            "kind": self.kind,
            "running": self.running,
            "link": network.link_is_up(self.number),
            "memory_bytes": settings.memory_bytes(self.number),
            "disk_bytes": settings.disk_gib(self.number) * settings.GIB,
            "host_key": self.host_key(),
        }

    def _has_engine(self) -> bool:
        return self.exec("test", "-x", "/usr/bin/docker", check=False).returncode == 0

    def _must_run(self) -> None:
        if not self.running:
            raise FleetError(f"{self.name} is not running")

    def _kind_file(self) -> Path:
        return settings.run_directory(self.number) / "kind"

    def create(self, kind: str) -> None:
        """Gives the node its disk, if it has none yet."""
        if kind not in settings.KINDS:
            raise FleetError(f"a node's kind is {', '.join(settings.KINDS)}, not {kind}")
        if self.kind not in (None, kind):
            raise FleetError(f"{self.name} is up as {self.kind}; `fleet down` first to have it {kind}")
        if self.kind is None:
            disks.delete(self.number)  # Of a fleet that ended without `down`, with the host.
        disks.make(self.number, kind)
        self._kind_file().parent.mkdir(parents=True, exist_ok=True)
        self._kind_file().write_text(kind)
