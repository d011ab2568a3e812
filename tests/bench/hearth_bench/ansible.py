"""Ansible as the measure: a playbook that gathers facts and does nothing else, with the settings that suit it best."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hearth_fleet import settings

from .process import Took, run_timed

# What it asks: its least, and everything.
SUBSETS = {"min": "!all", "all": "all"}
_BIN = Path(sys.executable).parent


def version() -> str:
    words = [_BIN / "ansible", "--version"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("]")[0].split()[-1]


@dataclass(frozen=True)
class Ansible:
    """Ansible with an inventory of some addresses and sockets of its own."""

    scratch: Path
    addresses: list[str]

    def gather(self, subset: str, forks: int) -> Took:
        """Gathers once. The masters of its connections stay, so that a second time finds them."""
        self.scratch.mkdir(exist_ok=True)
        hosts, play = self.scratch / "hosts", self.scratch / f"{subset}.yml"
        hosts.write_text("".join(f"{address}\n" for address in self.addresses))
        play.write_text(f'[{{"hosts": "all", "gather_subset": ["{SUBSETS[subset]}"], "tasks": []}}]')  # JSON is YAML
        environment = {
            **os.environ,
            "ANSIBLE_HOME": str(self.scratch),
            "ANSIBLE_GATHERING": "smart",
            "ANSIBLE_PIPELINING": "True",
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "ANSIBLE_SSH_ARGS": f"-F none -o ControlMaster=auto -o ControlPersist=600s -o ControlPath={self._socket()}"
            " -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
            "ANSIBLE_NOCOLOR": "1",
        }
        words = [_BIN / "ansible-playbook", "-i", hosts, "-f", str(forks)]
        words += ["-u", "root", "--private-key", settings.KEY, play]
        took, output = run_timed(words, environment)
        reached = output.count("ok=1 ")
        assert reached == len(self.addresses), f"Ansible reached {reached} machines: {output[-2000:]}"
        assert all(Path(self._socket().replace("%h", address)).is_socket() for address in self.addresses)
        return took

    def hang_up(self) -> None:
        for address in self.addresses:
            words = ["ssh", "-F", "none", "-O", "exit", "-o", f"ControlPath={self._socket()}", f"root@{address}"]
            subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _socket(self) -> str:
        return f"{self.scratch}/%h"


@contextlib.contextmanager
def connecting_to(scratch: Path, addresses: list[str]) -> Iterator[Ansible]:
    """Ansible without a connection to any of these; its connections end with it."""
    ansible = Ansible(scratch, addresses)
    try:
        yield ansible
    finally:
        ansible.hang_up()
