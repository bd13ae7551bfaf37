"""Training of the tagger and parser: epoch by epoch, the best on the development part kept."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from chatwright.text.analysis.net import ParserNet
from chatwright.text.analysis.word_features import word_rows
from chatwright.text.analysis.word_vectors import WordVectors
from chatwright.training.parser.model import Batch, Parser, Sizes
from chatwright.training.parser.score import score_gold_words
from chatwright.training.parser.treebank import Gold

__all__ = ["Settings", "fit_parser"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How ``fit_parser`` learns."""

    epochs: int = 10
    batch_words: int = 600
    rate: float = 3e-3
    """Highest rate of learning; it rises over the first twentieth of the steps, then falls to nothing."""
    longest: int = 100
    """Words of the longest sentence that is learnt from."""
    seed: int = 0


@dataclass(slots=True)
class _State:
    """How far a run has come."""

    epoch: int = 0
    best: float = -1.0


def fit_parser(
    language: str,
    gold: Sequence[Gold],
    development: Sequence[Gold],
    vectors: WordVectors,
    folder: Path,
    settings: Settings,
    sizes: Sizes,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Train until ``settings.epochs``; ``folder/best`` holds the best net.

    A run that was stopped goes on behind its last full epoch (the moments of Adam start anew).
    """
    torch.manual_seed(settings.seed)
    tags = sorted({tag for sentence in gold for tag in sentence.upos})
    relations = sorted({name for sentence in gold for name in sentence.deprels})
    model = Parser(len(tags), len(relations), vectors.dimension, sizes)
    state = _resume(model, folder)
    batches = _batches(language, gold, tags, relations, vectors, settings)
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.rate, betas=(0.9, 0.95))
    steps = settings.epochs * len(batches)
    for epoch in range(state.epoch, settings.epochs):
        started, loss = time.monotonic(), 0.0
        random.Random(settings.seed * 1000 + epoch).shuffle(batches)
        model.train()
        for place, batch in enumerate(batches):
            optimiser.param_groups[0]["lr"] = settings.rate * _share(epoch * len(batches) + place, steps)
            optimiser.zero_grad()
            total = model.loss(batch)
            (total / settings.batch_words).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            loss += total.item()
        seconds = time.monotonic() - started
        net = ParserNet(language, tags, relations, vectors, _arrays(model))
        scores = score_gold_words(net, development)
        if scores.las > state.best:
            state.best = scores.las
            net.save(folder / "best")
        state.epoch = epoch + 1
        _keep(model, folder, state)
        report(
            f"epoch {epoch + 1}: {seconds:.0f} s; loss {loss / sum(len(g.words) for g in gold):.3f}; {scores}"
        )


def _share(step: int, steps: int) -> float:
    """Of the highest rate."""
    return min(20 * (step + 1) / steps, max(0.01, 1 - step / steps))


def _batches(
    language: str,
    gold: Sequence[Gold],
    tags: Sequence[str],
    relations: Sequence[str],
    vectors: WordVectors,
    settings: Settings,
) -> list[Batch]:
    """Sentences of the same length together: nothing is padded."""
    by_length: dict[int, list[Gold]] = defaultdict(list)
    for sentence in gold:
        if len(sentence.words) <= settings.longest:
            by_length[len(sentence.words)].append(sentence)
    return [
        _batch(language, sentences, tags, relations, vectors)
        for same in by_length.values()
        for sentences in _pieces(same, settings)
    ]


def _pieces(sentences: list[Gold], settings: Settings) -> Iterator[list[Gold]]:
    random.Random(settings.seed).shuffle(sentences)
    size = max(1, settings.batch_words // len(sentences[0].words))
    for start in range(0, len(sentences), size):
        yield sentences[start : start + size]


def _batch(
    language: str, gold: Sequence[Gold], tags: Sequence[str], relations: Sequence[str], vectors: WordVectors
) -> Batch:
    rows = [word_rows(word, language) for sentence in gold for word in sentence.words]
    sizes = [0, *(len(parts) for _, parts in rows)]
    return Batch(
        words=torch.tensor([row for whole, _ in rows for row in whole]),
        parts=torch.tensor([row for _, parts in rows for row in parts]),
        part_offsets=torch.tensor(np.cumsum(sizes)[:-1]),
        vectors=torch.from_numpy(np.concatenate([vectors.of(sentence.words) for sentence in gold])),
        tags=torch.tensor([[tags.index(tag) for tag in sentence.upos] for sentence in gold]),
        heads=torch.tensor([[head + 1 for head in sentence.heads] for sentence in gold]),
        relations=torch.tensor([[relations.index(name) for name in sentence.deprels] for sentence in gold]),
    )


def _arrays(model: Parser) -> dict[str, NDArray]:
    return {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}


def _keep(model: Parser, folder: Path, state: _State) -> None:
    """In one step: a run that is stopped while it writes leaves the older one."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "last.new.npz"
    progress = np.frombuffer(json.dumps([state.epoch, state.best]).encode(), np.uint8)
    np.savez(new, progress=progress, **_arrays(model))  # pyright: ignore[reportArgumentType]
    new.replace(folder / "last.npz")


def _resume(model: Parser, folder: Path) -> _State:
    file = folder / "last.npz"
    if not file.exists():
        return _State()
    with np.load(file, allow_pickle=False) as arrays:
        values = dict(arrays)
    epoch, best = json.loads(values.pop("progress").tobytes())
    model.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    return _State(epoch, best)
