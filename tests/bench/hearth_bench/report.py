"""The rows of docs/performance.md."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    budget: str
    within: bool | None
    method: str


@dataclass
class Report:
    machine: str
    rows: list[Row] = field(default_factory=list)

    def add(self, what: str, measured: str, budget: str, within: bool | None, method: str) -> None:
        self.rows.append(Row(what, measured, budget, within, method))
        print(f"{what}: {measured} (budget: {budget})", flush=True)

    def text(self) -> str:
        word = {True: "yes", False: "**no**", None: "-"}
        lines = [
            "# Performance",
            "",
            "Written by `make bench`; all figures are of one run on one machine:",
            f"{self.machine}.",
            "",
            "| what | measured | budget | kept | how |",
            "|---|---|---|---|---|",
        ]
        lines += [f"| {r.what} | {r.measured} | {r.budget} | {word[r.within]} | {r.method} |" for r in self.rows]
        return "\n".join(lines) + "\n"
