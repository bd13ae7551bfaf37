"""Corpora → the folder that ``StaticVectors`` loads; every stage keeps its result, so that a run resumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.lm.static_vectors import StaticVectors, quantise
from chatwright.training.vectors.contrast import ContrastSettings, train
from chatwright.training.vectors.corpus import prepare
from chatwright.training.vectors.counts import read_text, word_vectors
from chatwright.training.vectors.pieces import frequent_pieces, piece_vectors
from chatwright.training.vectors.sentences import frequency_weights, joined, without_common_direction

__all__ = ["VectorSettings", "build"]

Report = Callable[[str, float], None]
"""Called with the name of a stage and the share of it that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSettings:
    """Sizes of the result and of the training."""

    dimension: int = 160
    learnt: int = 256
    """Elements of the vectors of each stage, before they are joined."""
    words: int = 36_000
    """Of each language."""
    pieces: int = 6_000
    """Character n-grams of each language."""
    least: int = 6
    """Words that occur less often are left to their n-grams."""
    clusters: int = 512
    contrast: ContrastSettings = field(default_factory=ContrastSettings)
    seed: int = 0


def build(
    corpora: Mapping[str, Path], work: Path, target: Path, settings: VectorSettings, report: Report
) -> None:
    """Train on every corpus by itself and write one set of vectors.

    Args:
        corpora: language → ``.xz`` text, a paragraph a line.
        work: where the stages' results are kept; of one setting, since they do not say which.
        target: folder of the result.

    Words that two corpora share keep the vector of the first.
    """
    work.mkdir(parents=True, exist_ok=True)
    words: dict[str, NDArray[np.float32]] = {}
    pieces: dict[str, NDArray[np.float32]] = {}
    for language, source in corpora.items():
        vocabulary, vectors = _words(language, source, work, settings, report)
        names = frequent_pieces(vocabulary, settings.pieces)
        fitted = piece_vectors(vocabulary, vectors, names)
        words = dict(zip(vocabulary, vectors, strict=True)) | words
        pieces = dict(zip(names, fitted, strict=True)) | pieces
    clusters = _clusters(np.array(list(words.values())), settings)
    rows, scales = quantise(np.array([*words.values(), *pieces.values()]))
    StaticVectors(list(words), list(pieces), rows, scales, clusters).save(target)


def _words(
    language: str, source: Path, work: Path, settings: VectorSettings, report: Report
) -> tuple[list[str], NDArray[np.float32]]:
    """Vocabulary of one corpus, and its vectors (V, D)."""
    lines = work / f"{language}.words"
    report(f"{language}: words", 0.0)
    prepare(source, lines)
    text = read_text(lines, settings.words, settings.least)
    counted = _kept(
        work / f"{language}.counts.npy",
        lambda: word_vectors(text, settings.learnt, settings.seed) * frequency_weights(text.counts)[:, None],
    )
    contrast = replace(settings.contrast, seed=settings.seed)
    trained = _kept(
        work / f"{language}.contrast.npy",
        lambda: train(
            text, counted, contrast, lambda step, _: report(f"{language}: sentences", step / contrast.steps)
        ),
    )
    both = [without_common_direction(text, counted, settings.seed), trained]
    return text.words, joined(text, both, settings.dimension, settings.seed)


def _kept(path: Path, compute: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """The array in the file, computed first where there is none."""
    if not path.exists():
        partial = path.with_suffix(".partial.npy")
        np.save(partial, compute(), allow_pickle=False)
        partial.rename(path)
    return np.load(path, allow_pickle=False)


def _clusters(vectors: NDArray[np.float32], settings: VectorSettings) -> NDArray[np.uint16]:
    """(W,) number of the cluster of each word, by direction."""
    from sklearn.cluster import MiniBatchKMeans

    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    groups = min(settings.clusters, len(vectors))
    means: Any = MiniBatchKMeans(groups, batch_size=4096, random_state=settings.seed)
    return means.fit_predict(vectors / lengths).astype(np.uint16)
