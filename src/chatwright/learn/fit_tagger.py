"""Training a conditional random field (CRFsuite, L-BFGS)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pycrfsuite

__all__ = ["fit_tagger"]


def fit_tagger(
    sequences: Sequence[tuple[Sequence[Sequence[str]], Sequence[str]]],
    *,
    l1: float = 0.1,
    l2: float = 0.1,
    iterations: int = 100,
) -> bytes:
    """The model of labelled sequences, for ``Tagger``; empty when there is nothing to tell apart.

    Args:
        sequences: features of each item, and its label.
        l1: penalty that makes weights zero.
        l2: penalty that makes weights small.
        iterations: of the optimiser, at most.
    """
    if len({label for _, labels in sequences for label in labels}) < 2:
        return b""
    trainer = pycrfsuite.Trainer(verbose=False)  # pyright: ignore[reportAttributeAccessIssue]
    trainer.set_params({"c1": l1, "c2": l2, "max_iterations": iterations})
    for items, labels in sequences:
        if labels:
            trainer.append(items, labels)
    with tempfile.TemporaryDirectory(prefix="chatwright-crf-") as folder:
        path = Path(folder) / "model"
        trainer.train(str(path))
        return path.read_bytes()
