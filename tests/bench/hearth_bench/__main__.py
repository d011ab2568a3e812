"""Runs every measurement, or those that are named: placements farm deploy rest facts held.

A measurement that fails is told in the report, and the others go on. The document is written by a whole run alone.
"""

import sys
import traceback
from collections.abc import Callable

from support.manager import ROOT

from . import deploy, facts, farm, held, rest
from .bench import Bench
from .process import machine, took
from .report import Report

PARTS: dict[str, Callable[[Bench], None]] = {
    "placements": farm.placements,
    "farm": farm.measure,
    "deploy": deploy.measure,
    "rest": rest.measure,
    "facts": facts.measure,
    "held": held.measure,
}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        print(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    report = Report("Performance", "make bench", machine())
    with Bench(report) as bench:
        secs = took(lambda: [measure(bench, name) for name in wanted])
    report.took(secs)
    if wanted == list(PARTS):
        (ROOT / "docs" / "performance.md").write_text(report.text())
    else:
        print(report.text())
    return 1 if report.failed else 0


def measure(bench: Bench, name: str) -> None:
    try:
        secs = took(lambda: PARTS[name](bench))
    except Exception as error:  # Whatever it was, the other parts are still worth measuring.
        traceback.print_exc()
        bench.report.fail(name, error)
    else:
        print(f"{name} took {secs:.0f} s", flush=True)
    finally:
        bench.end_managers()


if __name__ == "__main__":
    sys.exit(main())
