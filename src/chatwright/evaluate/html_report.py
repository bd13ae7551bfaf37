"""One self-contained HTML page with everything a test run found: no scripts, no outside files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chatwright.evaluate.learning_curve import learning_curve_svg
from chatwright.evaluate.nlu_evaluation import Label

if TYPE_CHECKING:
    from chatwright.evaluate.story_evaluation import StoryEvaluation
    from chatwright.evaluate.test_run import TestRun

__all__ = ["confusion_matrix_svg", "histogram_svg", "render_report"]

MAX_MATRIX = 60
"""Labels drawn in a confusion matrix; the most confused ones are kept when there are more."""


def render_report(run: TestRun) -> str:
    """The page for a test run."""
    from jinja2 import Environment, select_autoescape

    template = files("chatwright.evaluate").joinpath("report.html.jinja").read_text("utf-8")
    environment = Environment(
        autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = lambda value: f"{100 * float(value):.1f} %"
    sections = []
    if run.nlu is not None:
        if run.nlu.intents:
            sections.append(_section("Intents", run.nlu.intents, run.nlu.intent_report()))
        for extractor in run.nlu.entities:
            report = run.nlu.entity_report(extractor)
            labels = [x for x in run.nlu.entities[extractor] if {x.gold, x.predicted} != {"no_entity"}]
            if report:
                sections.append(_section(f"Entities · {extractor}", labels, report))
        if run.nlu.responses:
            sections.append(_section("Answers to questions", run.nlu.responses, run.nlu.response_report()))
    stories: StoryEvaluation | None = run.stories
    curve = learning_curve_svg(run.curve) if run.curve else ""
    return environment.from_string(template).render(run=run, sections=sections, stories=stories, curve=curve)


def _section(title: str, labels: Sequence[Label], report: dict[str, Any]) -> dict[str, Any]:
    rows = [(name, row) for name, row in report.items() if isinstance(row, dict) and "confused_with" in row]
    return {
        "title": title,
        "labels": labels,
        "accuracy": sum(label.is_right for label in labels) / len(labels) if labels else 0.0,
        "macro_f1": report.get("macro avg", {}).get("f1-score", 0.0),
        "rows": sorted(rows, key=lambda item: (item[1]["f1-score"], item[0])),
        "errors": [label for label in labels if not label.is_right],
        "matrix": confusion_matrix_svg(labels),
        "histogram": histogram_svg(labels),
    }


def confusion_matrix_svg(labels: Sequence[Label]) -> str:
    """Rows are what it should be, columns what was predicted; darker means more."""
    counts = Counter((label.gold, label.predicted) for label in labels)
    names = sorted({name for pair in counts for name in pair})
    if len(names) > MAX_MATRIX:
        wrong = Counter(
            name for (gold, found), n in counts.items() if gold != found for name in (gold, found) * n
        )
        names = sorted(name for name, _ in wrong.most_common(MAX_MATRIX))
    index = {name: number for number, name in enumerate(names)}
    totals = Counter(label.gold for label in labels)
    cell, margin = 16, max((_width(name) for name in names), default=8) + 16
    size = margin + cell * len(names)
    parts = [
        f'<svg viewBox="0 0 {size} {size}" width="{size}" role="img" aria-label="confusion matrix" '
        'xmlns="http://www.w3.org/2000/svg" font-size="11">'
    ]
    for name, number in index.items():
        middle = margin + cell * number + cell * 0.7
        parts.append(f'<text x="{margin - 6}" y="{middle:.0f}" text-anchor="end">{_escape(name)}</text>')
        parts.append(
            f'<text transform="translate({middle:.0f},{margin - 6}) rotate(-90)">{_escape(name)}</text>'
        )
    for (gold, found), n in sorted(counts.items()):
        if gold not in index or found not in index:
            continue
        x, y = margin + cell * index[found], margin + cell * index[gold]
        kind = "right" if gold == found else "wrong"
        shade = 0.15 + 0.85 * n / totals[gold]
        parts.append(
            f'<rect class="{kind}" x="{x}" y="{y}" width="{cell - 1}" height="{cell - 1}" '
            f'fill-opacity="{shade:.2f}"><title>{_escape(gold)} → {_escape(found)}: {n}</title></rect>'
        )
    return "".join(parts) + "</svg>"


def histogram_svg(labels: Sequence[Label], *, bins: int = 20) -> str:
    """How sure the bot was where it was right (up) and where it was wrong (down)."""
    right, wrong = [0] * bins, [0] * bins
    for label in labels:
        side = right if label.is_right else wrong
        side[min(bins - 1, int(label.confidence * bins))] += 1
    width, half, step = 480, 90, 480 / bins
    tallest = max([*right, *wrong, 1])
    parts = [
        f'<svg viewBox="0 -{half + 14} {width} {2 * half + 34}" width="{width}" role="img" '
        'aria-label="confidence histogram" xmlns="http://www.w3.org/2000/svg" font-size="11">'
    ]
    for number in range(bins):
        x = number * step
        for side, kind, sign in ((right, "right", -1), (wrong, "wrong", 1)):
            height = half * side[number] / tallest
            y = -height if sign < 0 else 0
            if side[number]:
                parts.append(
                    f'<rect class="{kind}" x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" '
                    f'height="{height:.1f}"><title>{number / bins:.2f} to {(number + 1) / bins:.2f}: '
                    f"{side[number]}</title></rect>"
                )
    parts.append(f'<line x1="0" x2="{width}" y1="0" y2="0" stroke="currentColor"/>')
    for number in range(0, bins + 1, 5):
        parts.append(
            f'<text x="{min(number * step, width - 20):.0f}" y="{half + 14}">{number / bins:.2f}</text>'
        )
    return "".join(parts) + "</svg>"


def _width(text: str) -> int:
    """Pixels that a label needs at most, at 11 pixels a character; Han characters are wide."""
    return sum(12 if ord(character) > 0x2E7F else 8 for character in text)


def _escape(text: str) -> str:
    from html import escape

    return escape(text, quote=True)
