"""The switch, the host's leg to it and a node's cable.

The bridge stands in a namespace of its own, so that the host's firewall and its own engine's rules
do not matter. The bridge has an address as well: it is the nodes' gateway, and because it knows no
way out, a node that calls the internet hears "unreachable" at once instead of waiting.
"""

import json

from . import settings
from .process import FleetError, run


def _namespaces() -> set[str]:
    return {line.split()[0] for line in run(["ip", "netns", "list"]).stdout.splitlines() if line}


def _batch(namespace: str | None, lines: list[str]) -> None:
    where = ["-n", namespace] if namespace else []
    run(["ip", *where, "-batch", "-"], input="\n".join(lines) + "\n")


def start_switch() -> None:
    if settings.SWITCH in _namespaces():
        return
    taken = run(["ip", "-brief", "address", "show", "to", f"{settings.HOST_ADDRESS}/24"]).stdout
    if taken.strip():
        raise FleetError(f"10.77.0.0/24 is already used on this machine: {taken.strip()}")
    run(["ip", "netns", "add", settings.SWITCH])
    try:
        run(in_switch("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"))
        _batch(None, [f"link add {settings.HOST_LINK} type veth peer name uplink netns {settings.SWITCH}"])
        _batch(
            settings.SWITCH,
            [
                "link set lo up",
                # Without an address of its own a bridge takes the lowest of its ports', which changes with
                # every node that comes or goes, and neighbours talk to the old one for half a minute.
                f"link add br0 address {settings.GATEWAY_MAC} type bridge mcast_snooping 0",
                f"address add {settings.GATEWAY_ADDRESS}/{settings.PREFIX_LENGTH} dev br0",
                "link set uplink master br0 up",
                "link set br0 up",
                "route add unreachable default",
            ],
        )
        _batch(
            None,
            [
                f"address add {settings.HOST_ADDRESS}/{settings.PREFIX_LENGTH} dev {settings.HOST_LINK}",
                f"link set {settings.HOST_LINK} up",
            ],
        )
    except FleetError:
        stop_switch()
        raise


def stop_switch() -> None:
    """Ends the switch; its cables, the host's leg among them, go with it."""
    if settings.SWITCH in _namespaces():
        run(["ip", "netns", "del", settings.SWITCH])
    run(["ip", "link", "del", settings.HOST_LINK], check=False)


def in_switch(*command: str) -> list[str]:
    """The command, to be run where the gateway is."""
    return ["ip", "netns", "exec", settings.SWITCH, *command]


def attach(number: int) -> None:
    """Makes a node's namespace and plugs its cable in."""
    detach(number)
    space, port = settings.namespace(number), settings.name(number)
    run(["ip", "netns", "add", space])
    _batch(
        settings.SWITCH,
        [
            f"link add {port} type veth peer name eth0 address {settings.mac(number)} netns {space}",
            f"link set {port} master br0 up",
        ],
    )
    _batch(
        space,
        [
            "link set lo up",
            f"address add {settings.address(number)}/{settings.PREFIX_LENGTH} dev eth0",
            "link set eth0 up",
            f"route add default via {settings.GATEWAY_ADDRESS}",
        ],
    )


def detach(number: int) -> None:
    """Ends a node's namespace; the cable goes with it."""
    run(["ip", "-n", settings.SWITCH, "link", "del", settings.name(number)], check=False)
    if settings.namespace(number) in _namespaces():
        run(["ip", "netns", "del", settings.namespace(number)])


def set_link(number: int, up: bool) -> None:
    """Pulls or plugs the cable at the switch: the node sees its carrier go and come."""
    state = "up" if up else "down"
    run(["ip", "-n", settings.SWITCH, "link", "set", settings.name(number), state])


def link_is_up(number: int) -> bool:
    shown = run(["ip", "-json", "-n", settings.SWITCH, "link", "show", settings.name(number)], check=False)
    if shown.returncode != 0:
        return False
    return "UP" in json.loads(shown.stdout)[0]["flags"]


def leftovers() -> list[str]:
    """Namespaces and links of the fleet that are still there."""
    links = run(["ip", "link", "show", settings.HOST_LINK], check=False).returncode == 0
    ours = {settings.SWITCH, *(settings.namespace(number) for number in range(1, settings.MAX_NODES + 1))}
    found = [f"namespace {name}" for name in sorted(ours.intersection(_namespaces()))]
    return found + ([f"link {settings.HOST_LINK}"] if links else [])


def slow(number: int, rate: str | None) -> None:
    """Limits what a node receives, for example to "20mbit"; None lifts the limit."""
    device = ["dev", settings.name(number), "root"]
    run(in_switch("tc", "qdisc", "del", *device), check=False)
    if rate is None:
        return
    done = run(
        in_switch("tc", "qdisc", "add", *device, "tbf", "rate", rate, "burst", "64kb", "latency", "200ms"), check=False
    )
    if done.returncode != 0:
        raise FleetError(f"this kernel cannot limit a link's rate (tbf): {done.stderr.strip()}")
