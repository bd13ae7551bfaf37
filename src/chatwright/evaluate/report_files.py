"""The files of ``results/``: Rasa's names and shapes, for programs that read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatwright.evaluate.html_report import confusion_matrix_svg, histogram_svg
from chatwright.evaluate.nlu_evaluation import NO_ENTITY, EntityMessage, Label, NluEvaluation

__all__ = ["with_colours", "write_json", "write_nlu_files"]


def write_nlu_files(
    nlu: NluEvaluation,
    out: Path,
    *,
    successes: bool = False,
    errors: bool = True,
    plots: bool = True,
) -> list[Path]:
    """Write ``intent_*``, ``<Extractor>_*`` and ``response_selection_*`` below ``out``."""
    written: list[Path] = []
    if nlu.intents:
        items = [_item(label, "intent") for label in nlu.intents]
        written += _write("intent", nlu.intents, items, nlu.intent_report(), out, successes, errors, plots)
    for extractor, labels in nlu.entities.items():
        written.append(write_json(out / f"{extractor}_report.json", nlu.entity_report(extractor)))
        written += _write_messages(extractor, nlu.messages, out, successes, errors)
        if plots:
            scored = [label for label in labels if {label.gold, label.predicted} != {NO_ENTITY}]
            written += _draw(extractor, scored, out)
    if nlu.responses:
        items = [_item(label, "intent_response_key") for label in nlu.responses]
        report = nlu.response_report()
        written += _write("response_selection", nlu.responses, items, report, out, successes, errors, plots)
    return written


def _write(
    name: str,
    labels: Sequence[Label],
    items: Sequence[dict[str, Any]],
    report: dict[str, Any],
    out: Path,
    successes: bool,
    errors: bool,
    plots: bool,
) -> list[Path]:
    written = [write_json(out / f"{name}_report.json", report)]
    pairs = list(zip(labels, items, strict=True))
    if errors:
        wrong = [item for label, item in pairs if not label.is_right]
        written.append(write_json(out / f"{name}_errors.json", wrong))
    if successes:
        right = [item for label, item in pairs if label.is_right]
        written.append(write_json(out / f"{name}_successes.json", right))
    return written + (_draw(name, labels, out) if plots else [])


def _write_messages(
    extractor: str, messages: Sequence[EntityMessage], out: Path, successes: bool, errors: bool
) -> list[Path]:
    """Whole messages: with an error where any token is wrong, a success where any entity is right."""
    written = []
    if errors:
        wrong = [m for m in messages if any(not x.is_right for x in m.labels.get(extractor, ()))]
        written.append(write_json(out / f"{extractor}_errors.json", [_message(m) for m in wrong]))
    if successes:
        right = [
            message
            for message in messages
            if any(x.is_right and x.gold != NO_ENTITY for x in message.labels.get(extractor, ()))
        ]
        written.append(write_json(out / f"{extractor}_successes.json", [_message(m) for m in right]))
    return written


def _draw(name: str, labels: Sequence[Label], out: Path) -> list[Path]:
    written = []
    for kind, draw in (("confusion_matrix", confusion_matrix_svg), ("histogram", histogram_svg)):
        if labels:
            path = out / f"{name}_{kind}.svg"
            path.write_text(with_colours(draw(labels)), "utf-8")
            written.append(path)
    return written


def _item(label: Label, what: str) -> dict[str, Any]:
    gold = what if what == "intent" else f"{what}_target"
    return {
        "text": label.text,
        gold: label.gold,
        f"{what}_prediction": {"name": label.predicted, "confidence": label.confidence},
    }


def _message(message: EntityMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "entities": [entity.to_json() for entity in message.gold],
        "predicted_entities": [entity.to_json() for entity in message.predicted],
    }


def with_colours(svg: str) -> str:
    """A drawing that stands on its own, outside the report's style sheet."""
    style = "<style>.right{fill:#1a7f5a}.wrong{fill:#c2403a}text{fill:#5d6b7c;font-family:sans-serif}</style>"
    head, rest = svg.split(">", 1)
    return f"{head}>{style}{rest}"


def write_json(path: Path, content: Any) -> Path:
    """Write indented JSON and give the path back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path
