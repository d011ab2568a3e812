"""The rows of docs/performance.md and docs/appliance-figures.md."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    compared: str
    budget: str
    within: bool | None
    method: str


@dataclass
class Report:
    title: str
    command: str
    machine: str
    rows: list[Row] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    minutes: float = 0

    def add(self, what: str, measured: str, budget: str, within: bool | None, method: str, compared: str = "-") -> None:
        """A figure; `compared` is what something else needed for the same in this run, `budget` what it may be."""
        self.rows.append(Row(what, measured, compared, budget, within, method))
        print(f"{what}: {measured} (compared with: {compared}; budget: {budget})", flush=True)

    def fail(self, part: str, error: Exception) -> None:
        """A part that did not come to its end; what it had measured until then stays."""
        reason = (str(error) or type(error).__name__).strip().splitlines()[0][:200]
        self.failed.append(f"{part}: {reason}")

    def took(self, secs: float) -> None:
        self.minutes = secs / 60

    def text(self) -> str:
        word = {True: "yes", False: "**no**", None: "-"}
        lines = [
            f"# {self.title}",
            "",
            f"Written by `{self.command}`; all figures are of one run of {self.minutes:.0f} minutes on one machine:",
            f"{self.machine}.",
            "",
            "| what | measured | compared with | budget | kept | how |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {r.what} | {r.measured} | {r.compared} | {r.budget} | {word[r.within]} | {r.method} |" for r in self.rows
        ]
        if self.failed:
            lines += ["", "Not measured to the end in this run:", "", *(f"- {reason}" for reason in self.failed)]
        return "\n".join(lines) + "\n"
