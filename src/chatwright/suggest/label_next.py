"""What a trained bot should be taught next: the messages of a log that it is least sure of."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chatwright.nlu.pipeline import Pipeline
from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.yaml_writer import write_text
from chatwright.suggest.choose import choose, uncertainty
from chatwright.suggest.messages import Message
from chatwright.suggest.vectors import text_vectors

__all__ = ["Unsure", "messages_to_label", "write_labels"]

KNOWN = 0.1
"""A message that the bot is surer of than this is known, and left out."""
BATCH = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Unsure:
    """A message worth labelling."""

    message: Message
    intent: str
    """That the bot takes it for."""
    confidence: float
    runner_up: str
    runner_up_confidence: float


def messages_to_label(messages: Sequence[Message], pipeline: Pipeline, *, wanted: int) -> list[Unsure]:
    """At most ``wanted`` messages, the most informative first; none that the bot knows."""
    found: list[Unsure] = []
    for start in range(0, len(messages), BATCH):
        part = messages[start : start + BATCH]
        parsed = pipeline.parse([m.text for m in part], [m.language for m in part])
        for message, understanding in zip(part, parsed, strict=True):
            ranking = [s for s in understanding.ranking if s.name not in (NLU_FALLBACK, None)]
            best, second = (
                ((s.name or "", s.confidence) for s in (ranking * 2)[:2]) if ranking else [("", 0.0)] * 2
            )
            if len(ranking) < 2:
                second = ("", 0.0)
            found.append(Unsure(message, *best, *second))
    if not found:
        return []
    chances = np.array([[f.confidence, f.runner_up_confidence] for f in found])
    unsure = uncertainty(chances)
    rows = np.flatnonzero(unsure > KNOWN)
    if not len(rows):
        return []
    vectors = text_vectors([message.text for message in messages])[rows]
    counts = np.array([messages[row].count for row in rows.tolist()], float)
    return [found[row] for row in rows[choose(vectors, unsure[rows], counts, wanted)].tolist()]


def write_labels(path: Path, chosen: Sequence[Unsure]) -> None:
    """A table for a spreadsheet, with an empty column for the right intent.

    Raises:
        ProjectError: the file cannot be written.
    """
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["text", "intent", "taken_for", "confidence", "or", "said", "line"])
    for item in chosen:
        table.writerow(
            [
                _safe(item.message.text),
                "",
                _safe(item.intent),
                f"{item.confidence:.2f}",
                _safe(item.runner_up),
                item.message.count,
                item.message.line,
            ]
        )
    write_text(path, "\ufeff" + out.getvalue())


def _safe(cell: str) -> str:
    """No cell is taken for a formula by a spreadsheet (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
