"""A network as at home, in a namespace of its own: a switch, a server of addresses, and a machine with a real avahi that looks around."""

import contextlib
import ctypes
import fcntl
import os
import secrets
import struct
import subprocess
import threading
from pathlib import Path

from .box import BoxError

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000
# Scripts between here and QEMU use low numbers for themselves.
_FIRST_DESCRIPTOR = 20

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow eavesdrop="true"/></policy>
</busconfig>
"""
_AVAHI = "[server]\nhost-name=visitor\nallow-interfaces=switch\n[publish]\n[rlimits]\n"


class Lan:
    """Up from its making until `down`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.name = f"hearth-lan-{secrets.token_hex(3)}"
        self.bus = f"unix:path={folder}/bus"
        self._taps = 0
        self._processes: list[subprocess.Popen[bytes]] = []
        _run("ip", "netns", "add", self.name)
        for words in ("link set lo up", "link add switch type bridge", "address add 10.88.0.1/24 dev switch", "link set switch up"):
            _run("ip", "-n", self.name, *words.split())
        (folder / "bus.conf").write_text(_BUS.format(path=folder / "bus"))
        (folder / "avahi.conf").write_text(_AVAHI)
        self._log = folder / "log"
        addresses = "dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=switch --bind-interfaces --pid-file= --user=root"
        self.start(*addresses.split(), "--dhcp-range=10.88.0.50,10.88.0.99,1h", f"--dhcp-leasefile={folder}/leases")
        self.start("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={folder}/bus.conf")
        # Its place for the process id is fixed, and this machine may have an avahi of its own.
        place = "mkdir -p /run/avahi-daemon && mount -t tmpfs tmpfs /run/avahi-daemon && "
        place += "until [ -S \"$1\" ]; do sleep 0.1; done; exec avahi-daemon --no-drop-root --no-chroot --file \"$2\""
        self.start("unshare", "--mount", "sh", "-c", place, "avahi", str(folder / "bus"), str(folder / "avahi.conf"))

    def plug(self) -> tuple[int, tuple[str, ...]]:
        """A cable for a box: the descriptor to hand on, and QEMU's options for it."""
        self._taps += 1
        name = f"tap{self._taps}"
        descriptor = _tap_in(Path("/run/netns") / self.name, name)
        _run("ip", "-n", self.name, "link", "set", name, "master", "switch", "up")
        card = f"virtio-net-pci,netdev=lan,mac=02:88:00:00:00:{self._taps:02x}"
        return descriptor, ("-netdev", f"tap,id=lan,fd={descriptor}", "-device", card)

    def resolve(self, name: str) -> str | None:
        """The IPv4 address of a name, as another machine of this network finds it."""
        words = ["ip", "netns", "exec", self.name, "avahi-resolve", "-4", "--name", name]
        done = subprocess.run(words, env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus}, capture_output=True, text=True, timeout=60)
        return done.stdout.split()[1] if done.returncode == 0 and len(done.stdout.split()) == 2 else None

    def get(self, url: str, host: str, address: str) -> str:
        """What a browser there gets from a name whose address it has found."""
        words = ["ip", "netns", "exec", self.name, "curl", "--silent", "--show-error", "--max-time", "60"]
        return subprocess.run([*words, "--resolve", f"{host}:80:{address}", url], capture_output=True, text=True, check=True).stdout

    def down(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        _run("ip", "netns", "delete", self.name)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Runs a program there until `down`."""
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus}
        command = ["ip", "netns", "exec", self.name, *words]
        with self._log.open("ab") as log:
            # Some servers end all of their group.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)
        self._processes.append(process)
        return process


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise BoxError(f"{' '.join(words)}: {done.stderr}")


def _tap_in(namespace: Path, name: str) -> int:
    """Opens a card in another namespace, from a thread that goes there: QEMU itself stays in this one."""
    opened: list[int] = []

    def there() -> None:
        with namespace.open() as target:
            if ctypes.CDLL(None, use_errno=True).setns(target.fileno(), _CLONE_NEWNET) != 0:
                return
        device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
        opened.append(fcntl.fcntl(device, fcntl.F_DUPFD, _FIRST_DESCRIPTOR))
        os.close(device)

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    if not opened:
        raise BoxError(f"no card could be made in {namespace}")
    return opened[0]
