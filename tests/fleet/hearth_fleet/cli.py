"""The command line: one verb, the same words as the methods of `Fleet` and `Node`."""

import argparse
import json
import os
import sys
from collections.abc import Callable

from . import machine, settings
from .fleet import Fleet
from .node import Node
from .process import FleetError

Action = Callable[[argparse.Namespace], int | None]


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return arguments.run(arguments) or 0
    except FleetError as error:
        print(f"fleet: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fleet: interrupted; `fleet down` clears up", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fleet", description="Real nodes on one machine, to test Hearth with.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, help: str, run: Action, *, node: bool = False) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=help)
        sub.set_defaults(run=run)
        if node:
            sub.add_argument("node", type=int, metavar="N", help="the node's number, from 1")
        return sub

    def act(method: str) -> Action:
        return lambda arguments: getattr(Node(arguments.node), method)()

    verb("prepare", "build everything that is cached", lambda _: Fleet().prepare())
    up = verb("up", "bring nodes 1 to COUNT up and print how to reach them", _up)
    up.add_argument("count", nargs="?", type=int, default=3, metavar="COUNT")
    up.add_argument(
        "--kind",
        action="append",
        default=[],
        type=_kind,
        metavar="N=KIND",
        help="engine (default), plain: without an engine, python: with engine and Python",
    )
    add = verb(
        "add",
        "bring one more node up, whatever the others' numbers",
        lambda a: print(json.dumps(Fleet().add(a.node, a.kind).facts(), indent=2)),
        node=True,
    )
    add.add_argument("--kind", choices=settings.KINDS, default="engine")
    verb("remove", "end a node and throw its disk away", act("remove"), node=True)
    verb("down", "end everything and leave nothing", lambda _: Fleet().down())
    status = verb("status", "what is up", _status)
    status.add_argument("--json", action="store_true")
    verb("cut", "pull a node's network cable", act("cut"), node=True)
    verb("heal", "plug it in again", act("heal"), node=True)
    verb("kill", "pull a node's plug", act("kill"), node=True)
    verb("boot", "switch a node on again", act("boot"), node=True)
    verb("fill-disk", "take the last byte of a node's disk", act("fill_disk"), node=True)
    verb("free-disk", "give it back", act("free_disk"), node=True)
    verb("rekey", "change a node's ssh host keys", act("rekey"), node=True)
    slow = verb(
        "slow",
        "limit what a node receives",
        lambda a: Node(a.node).slow(None if a.rate == "off" else a.rate),
        node=True,
    )
    slow.add_argument("rate", metavar="RATE|off", help="for example 20mbit")
    verb("address", "print a node's address", lambda a: print(Node(a.node).address), node=True)
    execute = verb("exec", "run a command in a node as root, past ssh and network", _exec, node=True)
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND…")
    verb("supervise", argparse.SUPPRESS, lambda a: machine.main_supervise(a.node), node=True)
    return parser


def _kind(word: str) -> tuple[int, str]:
    number, _, kind = word.partition("=")
    if not number.isdigit() or not kind:
        raise argparse.ArgumentTypeError(f"{word!r} is not like 2=plain")
    return int(number), kind


def _up(arguments: argparse.Namespace) -> None:
    print(json.dumps(Fleet().up(arguments.count, dict(arguments.kind)), indent=2))


def _status(arguments: argparse.Namespace) -> None:
    description = Fleet().description()
    if arguments.json:
        print(json.dumps(description, indent=2))
        return
    for node in description["nodes"]:
        state = "running" if node["running"] else "off"
        link = "" if node["link"] or not node["running"] else ", cut off"
        print(f"{node['name']}  {node['address']}  {node['kind']}  {state}{link}")
    if not description["nodes"]:
        print("no nodes are up")


def _exec(arguments: argparse.Namespace) -> int:
    command = arguments.command
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        raise FleetError("exec needs a command after --")
    words = machine.inside(arguments.node, command)
    os.execvp(words[0], words)
