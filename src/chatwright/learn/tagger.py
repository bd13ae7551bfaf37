"""Sequence labelling with a conditional random field (Lafferty et al. 2001), by CRFsuite."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pycrfsuite

__all__ = ["OUTSIDE", "Tagged", "Tagger"]

OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class Tagged:
    """The label of an item in the most probable sequence."""

    label: str
    probability: float
    """Marginal probability of the label at this place."""
    together: float
    """Marginal probability of all labels of its kind."""


class Tagger:
    """A trained model, held in memory.

    Args:
        model: CRFsuite's own binary format; empty where there was nothing to learn.
        kind: which labels are of one kind, for ``Tagged.together``.
    """

    def __init__(self, model: bytes, kind: Callable[[str], str] = lambda label: label) -> None:
        self._model = model
        self._tagger: Any = pycrfsuite.Tagger()  # pyright: ignore[reportAttributeAccessIssue]
        self._lock = threading.Lock()
        self._alike: dict[str, list[str]] = {}
        if model:
            self._tagger.open_inmemory(model)
            labels = self._tagger.labels()
            self._alike = {label: [o for o in labels if kind(o) == kind(label)] for label in labels}

    def tag(self, items: Sequence[Sequence[str]]) -> list[Tagged]:
        """Labels of a sequence by Viterbi decoding.

        Args:
            items: the names of the features of each item.
        """
        if not self._model or not items:
            return [Tagged(OUTSIDE, 1.0, 1.0)] * len(items)
        with self._lock:  # the sequence is set on the model, so that two threads must not mix
            self._tagger.set(items)
            return [self._tagged(label, place) for place, label in enumerate(self._tagger.tag())]

    def _tagged(self, label: str, place: int) -> Tagged:
        if label == OUTSIDE:
            return Tagged(label, 1.0, 1.0)
        chances = {other: float(self._tagger.marginal(other, place)) for other in self._alike[label]}
        return Tagged(label, min(1.0, chances[label]), min(1.0, sum(chances.values())))

    def save(self, folder: Path, name: str = "tagger") -> None:
        """Write ``<name>.crfsuite``."""
        (folder / f"{name}.crfsuite").write_bytes(self._model)

    @classmethod
    def load(
        cls, folder: Path, name: str = "tagger", kind: Callable[[str], str] = lambda label: label
    ) -> Tagger:
        """The inverse of ``save``."""
        return cls((folder / f"{name}.crfsuite").read_bytes(), kind)
