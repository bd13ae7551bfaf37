"""Making sums of word vectors tell what a sentence is about: pieces of the same passage lie together.

A contrastive objective over batches: each piece of a sentence must find the piece of the neighbouring
sentence among all of the batch. How long a word's vector becomes is its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.errors import MissingExtraError
from chatwright.training.vectors.counts import Text

__all__ = ["ContrastSettings", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastSettings:
    """How ``train`` learns."""

    steps: int = 1600
    batch: int = 512
    longest: int = 14
    """Words of the longest piece."""
    shortest: int = 3
    temperature: float = 0.07
    rate: float = 2e-3
    seed: int = 0


def train(
    text: Text,
    start: NDArray[np.float32],
    settings: ContrastSettings,
    report: Callable[[int, float], None] = lambda step, loss: None,
) -> NDArray[np.float32]:
    """(V, D) vectors, from ``start`` (V, D); calls ``report`` with the step and its loss.

    Raises:
        MissingExtraError: PyTorch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("training vectors", "train") from error
    torch.set_num_threads(1)
    bag = torch.nn.EmbeddingBag.from_pretrained(
        torch.from_numpy(start.copy()), freeze=False, mode="sum", sparse=True
    )
    optimiser = torch.optim.SparseAdam(bag.parameters(), lr=settings.rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / settings.steps))
    targets = torch.arange(settings.batch)
    for step, (left, right) in enumerate(_batches(text, settings), 1):
        a, b = (torch.nn.functional.normalize(bag(*map(torch.from_numpy, side))) for side in (left, right))
        scores = a @ b.T / settings.temperature
        loss = (
            torch.nn.functional.cross_entropy(scores, targets)
            + torch.nn.functional.cross_entropy(scores.T, targets)
        ) / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        report(step, loss.item())
    return bag.weight.detach().numpy()


Bags = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Word numbers of all pieces in a row, and where each piece begins."""


def _batches(text: Text, settings: ContrastSettings) -> Iterator[tuple[Bags, Bags]]:
    """Pieces of neighbouring sentences of a paragraph."""
    rng = np.random.default_rng(settings.seed)
    known = text.ids >= 0
    ids, sentence = text.ids[known].astype(np.int64), text.sentence[known]
    bounds = np.searchsorted(sentence, np.arange(len(text.paragraph) + 1))
    lengths = np.diff(bounds)
    enough = lengths >= settings.shortest
    firsts = np.flatnonzero((text.paragraph[:-1] == text.paragraph[1:]) & enough[:-1] & enough[1:])
    for _ in range(settings.steps):
        chosen = rng.choice(firsts, settings.batch, replace=False)
        yield _pieces(ids, bounds, chosen, settings, rng), _pieces(ids, bounds, chosen + 1, settings, rng)


def _pieces(
    ids: NDArray[np.int64],
    bounds: NDArray[np.int64],
    chosen: NDArray[np.int64],
    settings: ContrastSettings,
    rng: Any,
) -> Bags:
    lengths = bounds[chosen + 1] - bounds[chosen]
    wanted = rng.integers(settings.shortest, settings.longest + 1, len(chosen))
    taken = np.minimum(lengths, wanted)
    starts = bounds[chosen] + (rng.random(len(chosen)) * (lengths - taken + 1)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(taken)[:-1]])
    places = np.arange(taken.sum()) - np.repeat(offsets, taken) + np.repeat(starts, taken)
    return ids[places], offsets
