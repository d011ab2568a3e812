#!/usr/bin/env python3
"""What can be wrong with a machine that a person wants to adopt, put on and taken off a live node.

    variants.py list
    variants.py apply N VARIANT
    variants.py undo N VARIANT

Both may be repeated. What is changed belongs to the user ada where it is a matter of rights; bob
never has any. Wrong host keys and cut cables are verbs of `fleet` itself.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hearth_fleet import FleetError, Node

_OLD_ENGINE = (Path(__file__).resolve().parent / "node" / "old-engine.pl").read_text()
# Tests start things more often than systemd's limit on starts takes for sane; reset-failed forgets the count.
_RESTART_SSH = "systemctl reset-failed ssh.service; systemctl restart ssh.service"
_START_ENGINE = "systemctl reset-failed docker.socket docker.service; systemctl start docker.socket docker.service"
_RESTART_ENGINE = "systemctl reset-failed docker.service; systemctl restart docker.service"
_DAEMON_JSON = "/etc/docker/daemon.json"
_COMPOSE = "/usr/libexec/docker/cli-plugins/docker-compose /usr/bin/docker-compose"


@dataclass(frozen=True)
class Variant:
    """A fault, the scripts that put it on and take it off, and what a person sees of it."""

    shows: str
    apply: str
    undo: str


def _sshd(settings: str, shows: str) -> Variant:
    # sshd takes the first value it reads: 00- stands before the fleet's own file. A restart keeps open
    # sessions as a reload does, and unlike it comes back only when new connections are taken again.
    file = "/etc/ssh/sshd_config.d/00-variant.conf"
    return Variant(
        shows,
        f"printf '{settings}' >{file}; {_RESTART_SSH}",
        f"rm -f {file}; {_RESTART_SSH}",
    )


def _move_away(paths: str) -> tuple[str, str]:
    apply = f'for path in {paths}; do if [ -e "$path" ]; then mv "$path" "$path.variant"; fi; done'
    undo = f'for path in {paths}; do if [ -e "$path.variant" ]; then mv "$path.variant" "$path"; fi; done'
    return apply, undo


_SUDOERS = "/etc/sudoers.d/ada"
_GRANT = f"echo 'ada ALL=(ALL:ALL) NOPASSWD: ALL' >{_SUDOERS}"

VARIANTS = {
    "no-sudo": Variant("ada may not use sudo", f"rm -f {_SUDOERS}", _GRANT),
    "sudo-password": Variant("sudo asks ada for a password", f"echo 'ada ALL=(ALL:ALL) ALL' >{_SUDOERS}", _GRANT),
    "no-socket-rights": Variant(
        "ada is not in the group docker",
        "gpasswd --delete ada docker >/dev/null 2>&1 || true",
        "usermod --append --groups docker ada",
    ),
    "no-forwarding": _sshd("DisableForwarding yes\\n", "sshd forwards nothing"),
    "no-stream-forwarding": _sshd("AllowStreamLocalForwarding no\\n", "sshd forwards no Unix sockets"),
    "no-password-login": _sshd(
        "PasswordAuthentication no\\nKbdInteractiveAuthentication no\\n", "sshd takes keys only"
    ),
    "keyboard-interactive": _sshd(
        "PasswordAuthentication no\\nKbdInteractiveAuthentication yes\\nUsePAM yes\\n",
        "sshd takes passwords as answers to PAM's questions only",
    ),
    "no-ssh": Variant("port 22 refuses connections", "systemctl stop ssh.service ssh.socket", _RESTART_SSH),
    "stopped-engine": Variant(
        "the engine is installed and not running",
        "systemctl stop docker.socket docker.service",
        _START_ENGINE,
    ),
    "no-userland-proxy": Variant(
        "the engine leads published ports on in the kernel alone",
        f"""
        grep -q userland-proxy {_DAEMON_JSON} || sed -i '1s/{{/{{ "userland-proxy": false,/' {_DAEMON_JSON}
        {_RESTART_ENGINE}""",
        f"""
        sed -i 's/ "userland-proxy": false,//' {_DAEMON_JSON}
        {_RESTART_ENGINE}""",
    ),
    "old-engine": Variant(
        "the engine's socket answers as Docker 18.09",
        f"""
        systemctl stop docker.socket docker.service old-engine.service 2>/dev/null || true
        cat >/run/old-engine.pl <<'PERL'\n{_OLD_ENGINE}\nPERL
        systemd-run --quiet --collect --unit=old-engine perl /run/old-engine.pl
        for attempt in $(seq 50); do if docker version >/dev/null 2>&1; then break; fi; sleep 0.1; done""",
        f"""
        systemctl stop old-engine.service 2>/dev/null || true
        rm -f /run/docker.sock /run/old-engine.pl
        {_START_ENGINE}""",
    ),
    "no-compose": Variant("docker has no `compose`", *_move_away(_COMPOSE)),
    "no-package-source": Variant(
        "apt reaches no source: an engine cannot be installed",
        "sed -i 's/:5078/:9/' /etc/apt/sources.list.d/fleet.list; rm -rf /var/lib/apt/lists/*",
        "sed -i 's/:9/:5078/' /etc/apt/sources.list.d/fleet.list",
    ),
    "unsupported-system": Variant(
        "os-release names a system that nobody knows",
        r"""
        rm -f /etc/os-release
        printf 'PRETTY_NAME="Plan 9 from Bell Labs"\nNAME="Plan 9"\nID=plan9\nVERSION_ID="4"\n' >/etc/os-release""",
        "ln -sf ../usr/lib/os-release /etc/os-release",
    ),
}


def apply(node: Node, name: str) -> None:
    node.shell(_find(name).apply)


def undo(node: Node, name: str) -> None:
    node.shell(_find(name).undo)


@contextlib.contextmanager
def applied(node: Node, name: str) -> Iterator[None]:
    """The fault for the length of a `with`."""
    apply(node, name)
    try:
        yield
    finally:
        undo(node, name)


def _find(name: str) -> Variant:
    if name not in VARIANTS:
        raise FleetError(f"no variant {name!r}; there are {', '.join(VARIANTS)}")
    return VARIANTS[name]


def main() -> int:
    parser = argparse.ArgumentParser(description="Puts a fault on a node of the fleet, and takes it off.")
    verbs = parser.add_subparsers(required=True, dest="verb")
    verbs.add_parser("list", help="the faults there are")
    for verb in ("apply", "undo"):
        sub = verbs.add_parser(verb)
        sub.add_argument("node", type=int, metavar="N")
        sub.add_argument("variant", choices=VARIANTS, metavar="VARIANT")
    arguments = parser.parse_args()
    if arguments.verb == "list":
        for name, variant in VARIANTS.items():
            print(f"{name:22}{variant.shows}")
        return 0
    try:
        {"apply": apply, "undo": undo}[arguments.verb](Node(arguments.node), arguments.variant)
    except FleetError as error:
        print(f"variants: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
