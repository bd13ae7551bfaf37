"""The encoder that a classifier learns with, made from a checkpoint and where asked for from the examples."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from chatwright.lm.embedder import Embedder, embedder_of
from chatwright.lm.text_encoder import TextEncoder, load_encoder
from chatwright.nlu.features import label_words
from chatwright.nlu.fit_confidence import Fold, first_fold
from chatwright.nlu.fit_samples import LabelledText

__all__ = ["Embedders", "Tuned", "Tuner", "embedder_or_tuner", "make_embedders"]


@dataclass(frozen=True, slots=True)
class Tuned:
    """An encoder that is ready to use."""

    encoder: TextEncoder
    unseen: frozenset[int] = frozenset()
    """Numbers of the examples that it was not fine-tuned on, though they were given."""
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tuner:
    """Makes an encoder from examples."""

    config: Mapping[str, Any]
    """``model``, ``pooling`` and ``project_root`` as ``training/encoder/fit_encoder.py`` takes them."""
    seed: int = 42

    def __call__(self, texts: Sequence[str], labels: Sequence[str]) -> Tuned:
        """The encoder, fine-tuned on the texts where they have two labels.

        Raises:
            MissingExtraError: PyTorch, Transformers or CTranslate2 is not installed.
            TrainingError: there is no such checkpoint, or it cannot be run without PyTorch.
        """
        from chatwright.training.encoder.fit_encoder import fit_encoder

        root = self.config.get("project_root")
        folder = Path(tempfile.mkdtemp(dir=_scratch()))
        run = self._run_folder(texts, labels)
        report = fit_encoder(
            self.config["model"],
            folder,
            texts=texts,
            labels=labels,
            names={label: label_words(label) for label in set(labels)},
            pooling=self.config.get("pooling"),
            project_root=Path(root) if root else None,
            checkpoint=run,
            seed=self.seed,
        )
        shutil.rmtree(run, ignore_errors=True)
        return Tuned(load_encoder(folder), frozenset(report.pop("unseen", ())), report)

    def _run_folder(self, texts: Sequence[str], labels: Sequence[str]) -> Path:
        """Where a run that was cut off is found again by the same training, and by no other."""
        what = json.dumps([dict(self.config), list(texts), list(labels), self.seed], sort_keys=True)
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "chatwright" / "fine-tuning" / hashlib.sha256(what.encode()).hexdigest()[:24]


def embedder_or_tuner(
    config: Mapping[str, Any] | None, labels: Sequence[str], seed: int
) -> Embedder | Tuner | None:
    """What a component's ``embedder`` option asks for.

    Args:
        config: as of ``embedder_of``; or with ``model`` as of ``Tuner``.
        labels: of the examples; with one only there is nothing to fine-tune for.

    Raises:
        MissingExtraError, TrainingError, BundleError: as ``Tuner`` and ``embedder_of``.
    """
    if not config or "model" not in config:
        return embedder_of(config)
    if config.get("fine_tune") == "contrastive" and len(set(labels)) > 1:
        return Tuner(config, seed)
    return _as_it_is(config["model"], config.get("pooling"), config.get("project_root"))


@lru_cache(maxsize=1)
def _as_it_is(model: str, pooling: str | None, project_root: str | None) -> TextEncoder:
    """An encoder that is not fine-tuned: exported once for all components that learn with it."""
    return Tuner({"model": model, "pooling": pooling, "project_root": project_root})((), ()).encoder


@dataclass(frozen=True, slots=True)
class Embedders:
    """What a classifier is trained with, and what tells how far to trust it."""

    final: Embedder | None
    judge: Embedder | None
    """Has not seen what its classifier is judged on."""
    only: Fold | None = None
    """What the judge has not seen; None where it has seen nothing."""
    report: Mapping[str, Any] = field(default_factory=dict)


def make_embedders(
    embedder: Embedder | Tuner | None, examples: Sequence[LabelledText], foreign_label: str | None, seed: int
) -> Embedders:
    """Fine-tune where that is asked for: on all examples, and again without a part to judge by.

    What an encoder was fine-tuned on does not tell what it makes of new texts. Where it has held a part out
    itself, as with many examples, that part serves.
    """
    if not isinstance(embedder, Tuner):
        return Embedders(embedder, embedder)
    texts, labels = [e.text for e in examples], [e.label for e in examples]
    tuned = embedder(texts, labels)
    only = first_fold(labels, foreign_label, seed, tuned.unseen)
    if tuned.unseen:
        return Embedders(tuned.encoder, tuned.encoder, only, tuned.report)
    part = only.chosen(labels)
    again = embedder([texts[i] for i in part], [labels[i] for i in part])
    return Embedders(tuned.encoder, again.encoder, only, tuned.report)


@lru_cache(maxsize=1)
def _scratch() -> str:
    """A folder for encoders until a bundle holds them; gone with the process."""
    folder = tempfile.mkdtemp(prefix="chatwright-encoders-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
