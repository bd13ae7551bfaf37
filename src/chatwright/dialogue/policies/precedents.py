"""The decisions of the training conversations, to be named beside what a learned policy decides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.policies.features import parts_of, words_of
from chatwright.dialogue.states import State
from chatwright.schema.reasons import evidence
from chatwright.schema.why import Evidence

__all__ = ["FADING", "Precedent", "Precedents"]

FADING = 0.5
"""Worth of a state against the one after it."""
MOST = 20_000
"""Decisions kept, each action its share."""

Precedent = tuple[Sequence[State], str, str, str | None]
"""States before a decision, the action, the story's name, and where it stands as ``file:line``."""


@dataclass(slots=True)
class Precedents:
    """Decisions, grouped by action."""

    features: Mapping[str, int] = field(default_factory=dict)
    stories: Sequence[tuple[str, str | None]] = ()
    """Name and place of each."""
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Action → its decisions, first and one past the last."""
    columns: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Features of all decisions, one after the other."""
    starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    """(D + 1,) where the features of each decision begin."""
    owners: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """(D,) story of each decision."""
    worth: NDArray[np.float32] = field(init=False)
    """(F,) of each feature."""

    def __post_init__(self) -> None:
        self.worth = np.array([_worth(name) for name in self.features], np.float32)

    @classmethod
    def of(cls, decisions: Iterable[Precedent]) -> Precedents:
        """From the decisions of the stories; of equal ones the first counts."""
        features: dict[str, int] = {}
        stories: dict[tuple[str, str | None], int] = {}
        by_action: dict[str, dict[tuple[int, ...], int]] = {}
        for states, action, name, source in decisions:
            columns = tuple(features.setdefault(n, len(features)) for n in sorted(set(_names(states))))
            story = stories.setdefault((name, source), len(stories))
            by_action.setdefault(action, {}).setdefault(columns, story)
        spans: dict[str, tuple[int, int]] = {}
        rows: list[tuple[int, ...]] = []
        owners: list[int] = []
        for action, found in by_action.items():
            kept = list(found.items())[: max(1, MOST // len(by_action))]
            spans[action] = (len(rows), len(rows) + len(kept))
            rows += [row for row, _ in kept]
            owners += [owner for _, owner in kept]
        return cls(
            features,
            list(stories),
            spans,
            np.array([column for row in rows for column in row], np.int32),
            np.cumsum([0, *map(len, rows)]),
            np.array(owners, np.int32),
        )

    def nearest(self, states: Sequence[State], action: str) -> Evidence | None:
        """The training conversation that has most in common with this one where it does ``action``.

        Likeness is the weighted Jaccard index of the features of both.
        """
        first, last = self.spans.get(action, (0, 0))
        if first == last:
            return None
        present = np.zeros(len(self.features), np.float32)
        total = 0.0
        for name in set(_names(states)):
            total += _worth(name)
            if (column := self.features.get(name)) is not None:
                present[column] = self.worth[column]
        columns = self.columns[self.starts[first] : self.starts[last]]
        starts = self.starts[first:last] - self.starts[first]
        shared = np.add.reduceat(present[columns], starts)
        own = np.add.reduceat(self.worth[columns], starts)
        likeness = shared / (total + own - shared)
        best = int(likeness.argmax())
        name, source = self.stories[self.owners[first + best]]
        return evidence("story.alike", source, round(float(likeness[best]), 2), story=name)

    def save(self, folder: Path) -> None:
        """Write ``precedents.json`` and ``precedents.npz``."""
        content = {
            "features": list(self.features),
            "stories": list(self.stories),
            "spans": {action: list(span) for action, span in self.spans.items()},
        }
        (folder / "precedents.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        np.savez(folder / "precedents.npz", columns=self.columns, starts=self.starts, owners=self.owners)

    @classmethod
    def load(cls, folder: Path) -> Precedents:
        """The inverse of ``save``."""
        content = json.loads((folder / "precedents.json").read_text("utf-8"))
        with np.load(folder / "precedents.npz", allow_pickle=False) as arrays:
            return cls(
                {name: number for number, name in enumerate(content["features"])},
                [(name, source) for name, source in content["stories"]],
                {action: (first, last) for action, (first, last) in content["spans"].items()},
                arrays["columns"],
                arrays["starts"],
                arrays["owners"],
            )


def _names(states: Sequence[State]) -> Iterator[str]:
    for ago, state in enumerate(reversed(states)):
        yield from (f"{ago}:{part}" for part in parts_of(state))
    if states[-1].text:
        yield from (f"0:word={word}" for word in words_of(states[-1].text))


def _worth(name: str) -> float:
    return FADING ** int(name.split(":", 1)[0])
