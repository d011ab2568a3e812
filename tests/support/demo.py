"""`make demo`: brings the fleet up, starts a manager with fixed ports, sets it up and adopts the nodes."""

import os
import shutil
import signal
import sys
from pathlib import Path

from hearth_fleet import Fleet, host
from support.manager import ADMIN, PASSWORD, Manager, is_free

HTTP_PORT = 7080
TLS_PORT = 7443


def main() -> int:
    # From here on: what has been started is ended however early one stops it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    reason = host.why_not()
    if reason:
        print(f"The test fleet cannot be brought up here: {reason}", file=sys.stderr)
        return 1
    taken = [str(port) for port in (HTTP_PORT, TLS_PORT) if not is_free(port)]
    if taken:
        print(f"Something listens on port {' and '.join(taken)}, perhaps another Hearth. End it first.", file=sys.stderr)
        return 1
    data = Path(os.environ["HEARTH_CACHE"]) / "demo" / "data"
    shutil.rmtree(data.parent, ignore_errors=True)
    data.parent.mkdir(parents=True)
    fleet = Fleet()
    manager = Manager(data, bind="0.0.0.0")
    manager.http_port, manager.tls_port = HTTP_PORT, TLS_PORT
    try:
        print("bringing up three nodes", flush=True)
        fleet.up(3)
        manager.start().set_up()
        for number in (1, 2, 3):
            manager.adopt(fleet.node(number).address, "root", "hearth-root", name=f"node-{number}")
        print(f"Hearth: {manager.url}  (name: {ADMIN}, password: {PASSWORD}). Ctrl-C ends it.", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print("ending the demo")
    finally:
        if manager.process is not None and manager.process.poll() is None:
            manager.stop()
        fleet.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
