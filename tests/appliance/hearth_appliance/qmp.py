"""QEMU's own protocol, as far as pulling out and plugging in takes it."""

import json
import socket
from pathlib import Path
from typing import Any

from .box import BoxError


def qmp(path: Path, command: str, **arguments: Any) -> Any:
    """Asks a running QEMU for one thing; `_` in a name stands for `-`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        lines = connection.makefile("rw")
        lines.readline()
        words = {name.replace("_", "-"): value for name, value in arguments.items()}
        answer = {}
        for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": words}):
            lines.write(json.dumps(request) + "\n")
            lines.flush()
            answer = json.loads(lines.readline())
            # What happens meanwhile is told in between.
            while "event" in answer:
                answer = json.loads(lines.readline())
        if "error" in answer:
            raise BoxError(f"{command}: {answer['error']['desc']}")
        return answer["return"]
