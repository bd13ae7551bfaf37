"""Rows of figures: kept as they are measured, shown as a table and as a chart."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Row:
    """One figure of a table, from one or several runs."""

    name: str
    """Data set and setting, such as ``banking77 10-shot``."""
    metric: str
    setting: str
    """``light`` (base install), ``deep`` (extra ``train``) or ``encoder`` (pre-trained, at most 30M)."""
    runs: list[float] = field(default_factory=list)
    """A value for each seed or draw."""
    linear: list[float] = field(default_factory=list)
    """The baseline's, run by run."""
    must: float | None = None
    best: float | None = None
    """Best published, any size."""
    seconds: float | None = None
    """Training, of the last run."""
    milliseconds: float | None = None
    """A message, median of the last run."""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells rows apart."""
        return f"{self.name} | {self.setting} | {self.metric}"

    @property
    def value(self) -> float:
        """Mean of the runs."""
        return statistics.fmean(self.runs)

    @property
    def spread(self) -> float:
        """Standard deviation over the runs; 0 for one."""
        return statistics.stdev(self.runs) if len(self.runs) > 1 else 0.0


class Rows:
    """Rows in a file, written after each, so that a long run can be stopped and goes on.

    Other groups of rows may be measured into the same file meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.machine: Mapping[str, Any] = {}
        self.done: list[str] = []
        self.rows: dict[str, Row] = {}
        self._read()

    def _read(self) -> None:
        content = json.loads(self.path.read_text("utf-8")) if self.path.is_file() else {}
        self.machine = content.get("machine") or self.machine
        self.done = sorted({*self.done, *content.get("done", ())})
        self.rows = {row.key: row for row in (Row(**found) for found in content.get("rows", ()))}

    def keep(self, *rows: Row) -> None:
        """Take these in place of those of the same name, and write the file."""
        self._read()
        self.rows |= {row.key: row for row in rows}
        listed = [asdict(row) for row in self.rows.values()]
        content = json.dumps({"machine": self.machine, "done": self.done, "rows": listed})
        rounded = json.loads(content, parse_float=lambda figure: round(float(figure), 4))
        text = json.dumps(rounded, indent=1, ensure_ascii=False)
        self.path.write_text(text + "\n", "utf-8")

    def finish(self, group: str) -> None:
        """Note that all rows of a group are there."""
        self.done = sorted({*self.done, group})
        self.keep()


def markdown(rows: Sequence[Row], peer: Mapping[str, float] | None = None) -> str:
    """The rows as a table; ``peer`` gives Rasa's figure by row name."""
    lines = [
        "| data | metric | setting | ours | linear | Rasa | must | published | training s | ms/message |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        ours = f"{row.value:.1f}" + (f" ± {row.spread:.1f}" if len(row.runs) > 1 else "")
        short = row.must is not None and row.value < row.must
        cells = [
            row.name,
            row.metric,
            row.setting,
            f"{ours} (short)" if short else ours,
            _figure(statistics.fmean(row.linear) if row.linear else None),
            _figure((peer or {}).get(f"{row.name} | {row.metric}")),
            _figure(row.must),
            _figure(row.best),
            _figure(row.seconds),
            _figure(row.milliseconds, 2),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def peer_figures(path: Path) -> dict[str, float]:
    """Rasa's figures by row and metric, from the file that keeps them."""
    content = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return {
        f"{name} | {metric}": value
        for name, found in content.items()
        if isinstance(found, dict)
        for metric, value in found.items()
    }


def _figure(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


BAR, GAP, LEFT, WIDTH = 14, 10, 300, 420


def chart(rows: Sequence[Row]) -> str:
    """Bars of the rows, 0 to 100, with the baseline as a tick and what must be reached as a line."""
    height = len(rows) * (BAR + GAP) + 2 * GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" role="img" '
        'font-family="sans-serif" font-size="11">',
        "<title>Scores by data set; the tick is the linear baseline, the line what must be reached</title>",
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
    ]
    for number, row in enumerate(rows):
        y = GAP + number * (BAR + GAP)
        scale = WIDTH / 100
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + BAR - 3}" text-anchor="end" fill="#333333">'
            f"{escape(f'{row.name}, {row.metric} ({row.setting})')}</text>"
            f'<rect x="{LEFT}" y="{y}" width="{row.value * scale:.1f}" height="{BAR}" fill="#1a7f5a"/>'
            f'<text x="{LEFT + WIDTH + 8}" y="{y + BAR - 3}" fill="#333333">{row.value:.1f}</text>'
        )
        baseline = statistics.fmean(row.linear) if row.linear else None
        for value, colour, wide in ((baseline, "#e0a030", 3), (row.must, "#c2403a", 1)):
            if value is not None:
                place = f'x="{LEFT + value * scale:.1f}" y="{y - 2}" width="{wide}" height="{BAR + 4}"'
                parts.append(f'<rect {place} fill="{colour}"/>')
    return "".join(parts) + "</svg>\n"
