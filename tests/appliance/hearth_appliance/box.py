"""One box: a disk of its own, started, cut off and started again, looked at over SSH, HTTP and the serial line.

The key for SSH comes in as a credential, as whoever runs the virtual machine may hand one in: no image is made for tests.
"""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
from support.manager import free_port, wait_until

from . import settings

Answer = TypeVar("Answer")
Cable = tuple[int, tuple[str, ...]]


class BoxError(Exception):
    """A command in the box failed, or QEMU did."""


class Files(http.server.SimpleHTTPRequestHandler):
    """Hands out files without a word on stderr."""

    def log_message(self, *_: object) -> None:
        pass


class FileServer(http.server.ThreadingHTTPServer):
    """A box that loses its power goes in the middle of a file: that is no error."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Box:
    """A machine with one disk, made from an image and kept in a folder."""

    def __init__(self, image: Path, folder: Path, *, gib: int = 8, with_key: bool = True, options: tuple[str, ...] = (), cable: Cable | None = None, stick: bool = False) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.disk = folder / "disk.qcow2"
        self.serial_path = folder / "serial.log"
        self.qmp_path = folder / "qmp"
        self.http_port, self.tls_port, self.ssh_port = free_port(), free_port(), free_port()
        self.with_key = with_key
        self.options = options
        self.stick = stick
        # A card's descriptor that QEMU is handed, and QEMU's options for it.
        self.cable: Cable = cable or (-1, ())
        self.process: subprocess.Popen[bytes] | None = None
        self.key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        # Held on to: a build in the meantime puts another image in its place, and the disk is only what differs from it.
        flashed = folder / "flashed.img"
        try:
            flashed.hardlink_to(image)
        except OSError:
            shutil.copyfile(image, flashed)
        tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(flashed), str(self.disk), f"{gib}G")

    # Power

    def start(self) -> "Box":
        """Plugs it in; does not wait."""
        assert self.process is None or self.process.poll() is not None, "it runs already"
        ports = {22: self.ssh_port, 80: self.http_port, 443: self.tls_port}
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in ports.items())
        words = [settings.IMAGE / "qemu", settings.BOARD, self.disk, self.folder / "variables.fd"]
        words += ["-chardev", f"file,id=serial,path={self.serial_path},append=on", "-serial", "chardev:serial"]
        words += ["-qmp", f"unix:{self.qmp_path},server=on,wait=off"]
        words += ["-netdev", f"user,id=net{forwards}", "-device", "virtio-net-pci,netdev=net"]
        machine = {"HEARTH_STICK": "1"} if self.stick else {}
        if self.with_key:
            machine["HEARTH_ROOT_KEY"] = self.key.with_suffix(".pub").read_text().strip()
        descriptor, card = self.cable
        words += [*self.options, *card]
        with (self.folder / "qemu.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[descriptor] if card else [],
                env={**os.environ, **machine},
            )
        return self

    def cut(self) -> None:
        """Pulls the plug: nothing that only lies in memory survives."""
        self._forget_connection()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=30)

    def remove(self) -> None:
        self.cut()
        shutil.rmtree(self.folder)

    def runs(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise BoxError(f"QEMU ended with {self.process.returncode}: {(self.folder / 'qemu.log').read_text()[-2000:]}")
        return True

    # Waiting

    def wait(self, what: str, ask: Callable[[], Answer | None], limit: float, every: float = 1) -> Answer:
        """As `wait_until`; a failure shows what the serial line said last."""

        def while_it_runs() -> Answer | None:
            self.runs()
            return ask()

        try:
            return wait_until(what, while_it_runs, limit * settings.PATIENCE, every)
        except AssertionError as error:
            raise AssertionError(f"{error}\nserial line:\n{self.serial()[-3000:]}") from error

    def wait_healthy(self, limit: float = settings.START) -> float:
        """Waits until the manager says that it is well; answers the seconds."""
        begin = time.monotonic()
        self.wait("the manager's health", self.is_healthy, limit)
        return time.monotonic() - begin

    def is_healthy(self) -> bool:
        try:
            return self.http("/api/v1/system/health").status_code == 200
        except httpx.TransportError:
            return False

    def wait_good(self, limit: float = settings.START) -> None:
        """Waits until the running slot is marked good, and all that starts has started."""
        self.wait("SSH", lambda: self.try_run("true"), limit)
        self.wait("the mark", lambda: self.try_run("systemctl is-active --quiet hearth-mark-good.service"), limit)
        self.wait("the end of the start", lambda: self.run("systemctl is-system-running", check=False).strip() in ("running", "degraded"), limit)

    def boots_until(self, boot: str, limit: float = settings.START) -> str:
        """Waits for another start than the one named, and answers its id."""

        def other() -> str | None:
            found = self.try_run("cat /proc/sys/kernel/random/boot_id")
            return found if found and found != boot else None

        return self.wait("another start", other, limit)

    # Looking

    def http(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.http_port}{path}", timeout=10)

    def serial(self) -> str:
        return self.serial_path.read_text(errors="replace") if self.serial_path.exists() else ""

    def run(self, command: str, *, check: bool = True, limit: float = settings.COMMAND) -> str:
        """Runs a shell command as root and answers its output."""
        done = subprocess.run([*self._ssh(), command], capture_output=True, text=True, timeout=limit * settings.PATIENCE)
        if check and done.returncode != 0:
            raise BoxError(f"{command}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def try_run(self, command: str, limit: float = 60) -> str | None:
        """The output, or a blank when there is none; None when the command failed or nothing answered."""
        try:
            return self.run(command, limit=limit).strip() or " "
        except (BoxError, subprocess.TimeoutExpired):
            return None

    def put(self, source: Path, target: str) -> None:
        """Copies a file into the box, in the clear: SSH would spend minutes on encrypting hundreds of megabytes without KVM."""
        handler = functools.partial(Files, directory=str(source.parent))
        with FileServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            # What QEMU's own network calls 10.0.2.2 is this machine's loopback.
            address = f"http://10.0.2.2:{server.server_address[1]}/{source.name}"
            self.run(f"curl --silent --show-error --fail --output {target} {address}", limit=settings.INSTALL)
            server.shutdown()

    def boot_id(self) -> str:
        return self.run("cat /proc/sys/kernel/random/boot_id").strip()

    def slot(self) -> str:
        words = self.run("cat /proc/cmdline").split()
        return next(word.removeprefix("rauc.slot=") for word in words if word.startswith("rauc.slot="))

    def boot_state(self) -> dict[str, str]:
        """The boot loader's state as GRUB's is named: ORDER, and OK and TRY of each slot."""
        if settings.BOOTLOADER == "grub":
            lines = self.run("grub-editenv /mnt/boot/grub/grubenv list").splitlines()
            return dict(line.split("=", 1) for line in lines)
        kept = dict(line.split("=", 1) for line in self.run("fw_printenv").splitlines())
        left = {slot: int(kept[f"BOOT_{slot}_LEFT"]) for slot in "AB"}
        tries = {f"{slot}_TRY": str(3 - left[slot]) for slot in "AB"}
        # It keeps no word of its own for what is bad: nothing is left to try.
        return {"ORDER": kept["BOOT_ORDER"], **tries, **{f"{slot}_OK": "1" if left[slot] else "0" for slot in "AB"}}

    def _ssh(self) -> list[str]:
        options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=20"]
        # One connection for many commands: making one takes seconds without KVM.
        options += ["ControlMaster=auto", f"ControlPath={self.folder}/ssh", "ControlPersist=120", "ServerAliveInterval=5", "ServerAliveCountMax=6"]
        flags = [word for option in options for word in ("-o", option)]
        return ["ssh", "-i", str(self.key), "-p", str(self.ssh_port), *flags, "root@127.0.0.1"]

    def _forget_connection(self) -> None:
        if (self.folder / "ssh").exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run([*self._ssh()[:-1], "-O", "exit", "root@127.0.0.1"], capture_output=True, timeout=20)


def tool(*words: str) -> str:
    """Runs a program of the image tools."""
    done = subprocess.run([str(settings.IMAGE / "tools" / "in-chroot"), *words], capture_output=True, text=True, env=os.environ)
    if done.returncode != 0:
        raise BoxError(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout
