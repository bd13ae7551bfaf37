"""The files of ``results/``: Rasa's names and shapes, for programs that read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatwright.evaluate.html_report import confusion_matrix_svg, histogram_svg
from chatwright.evaluate.nlu_evaluation import Label, NluEvaluation

__all__ = ["write_json", "write_nlu_files"]


def write_nlu_files(
    nlu: NluEvaluation, out: Path, *, successes: bool = False, plots: bool = True
) -> list[Path]:
    """Write ``intent_*``, ``<Extractor>_*`` and ``response_selection_*`` below ``out``."""
    written: list[Path] = []
    if nlu.intents:
        written += _write("intent", nlu.intents, nlu.intent_report(), out, "intent", successes, plots)
    for extractor, labels in nlu.entities.items():
        report = nlu.entity_report(extractor)
        scored = [label for label in labels if {label.gold, label.predicted} != {"no_entity"}]
        written += _write(extractor, scored, report, out, "entity", successes, plots)
    if nlu.responses:
        report = nlu.response_report()
        written += _write(
            "response_selection", nlu.responses, report, out, "intent_response_key", successes, plots
        )
    return written


def _write(
    name: str,
    labels: Sequence[Label],
    report: dict[str, Any],
    out: Path,
    what: str,
    successes: bool,
    plots: bool,
) -> list[Path]:
    written = [
        write_json(out / f"{name}_report.json", report),
        write_json(out / f"{name}_errors.json", [_item(x, what) for x in labels if not x.is_right]),
    ]
    if successes:
        right = [_item(x, what) for x in labels if x.is_right]
        written.append(write_json(out / f"{name}_successes.json", right))
    if plots and labels:
        for kind, draw in (("confusion_matrix", confusion_matrix_svg), ("histogram", histogram_svg)):
            path = out / f"{name}_{kind}.svg"
            path.write_text(_with_colours(draw(labels)), "utf-8")
            written.append(path)
    return written


def _item(label: Label, what: str) -> dict[str, Any]:
    return {
        "text": label.text,
        what: label.gold,
        f"{what}_prediction": {"name": label.predicted, "confidence": label.confidence},
    }


def _with_colours(svg: str) -> str:
    """A drawing that stands on its own, outside the report's style sheet."""
    style = "<style>.right{fill:#1a7f5a}.wrong{fill:#c2403a}text{fill:#5d6b7c;font-family:sans-serif}</style>"
    head, rest = svg.split(">", 1)
    return f"{head}>{style}{rest}"


def write_json(path: Path, content: Any) -> Path:
    """Write indented JSON and give the path back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path
