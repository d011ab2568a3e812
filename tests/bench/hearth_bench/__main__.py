"""Runs every measurement, or those that are named: rest deploy farm placements facts."""

import sys
import tempfile
from pathlib import Path

from hearth_fleet import Fleet
from support.manager import ROOT, Manager

from . import deploy, facts, farm, process, rest
from .report import Report

ALL = ["placements", "farm", "deploy", "rest", "facts"]


def main() -> int:
    wanted = sys.argv[1:] or ALL
    report = Report(process.machine())
    made: list[Manager] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)

        def make() -> Manager:
            made.append(Manager(scratch / f"data-{len(made)}"))
            return made[-1]

        try:
            measure(wanted, report, make, scratch)
        finally:
            for manager in made:
                if manager.process is not None and manager.process.poll() is None:
                    manager.kill()
            # Also what was measured before a failure is worth keeping.
            if wanted == ALL:
                (ROOT / "docs" / "performance.md").write_text(report.text())
    return 0


def measure(wanted: list[str], report: Report, make, scratch: Path) -> None:
    if "placements" in wanted:
        farm.placements(report)
    if "farm" in wanted:
        farm.measure(make().start().set_up(), report)
    if not {"deploy", "rest", "facts"} & set(wanted):
        return
    fleet = Fleet()
    was_up = bool(fleet.nodes())
    fleet.up(3)
    manager = make().start().set_up()
    for number in (1, 2, 3):
        manager.adopt(fleet.node(number).address, "root", "hearth-root", name=f"n{number}")
    if "deploy" in wanted:
        deploy.measure(manager, fleet, report)
    if "rest" in wanted:
        rest.measure(manager, fleet, report)
    manager.stop()
    if "facts" in wanted:
        facts.measure(make, fleet, report, scratch)
    if not was_up:
        fleet.down()


if __name__ == "__main__":
    sys.exit(main())
