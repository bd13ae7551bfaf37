"""From a checkpoint and a project's examples to an encoder for the run time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatwright.training.encoder.checkpoint import load_torch_encoder, locate, pooling_of
from chatwright.training.encoder.export import export
from chatwright.training.encoder.fine_tune import fine_tune, recipe_for
from chatwright.training.encoder.pooled import SentenceEncoder

__all__ = ["fit_encoder", "sentence_encoder"]


def sentence_encoder(
    name: str, *, pooling: str | None = None, project_root: Path | None = None
) -> SentenceEncoder:
    """The checkpoint with its pooling.

    Args:
        name: as ``checkpoint.locate`` takes it.
        pooling: ``mean`` or ``cls``; by default what is noted beside the weights.

    Raises:
        MissingExtraError, TrainingError: as ``load_torch_encoder``.
    """
    model, tokenizer = load_torch_encoder(name, project_root=project_root)
    return SentenceEncoder(model, tokenizer, pooling or pooling_of(locate(name, project_root)))


def fit_encoder(
    name: str,
    folder: Path,
    *,
    texts: Sequence[str] = (),
    labels: Sequence[str] = (),
    names: dict[str, str] | None = None,
    pooling: str | None = None,
    project_root: Path | None = None,
    checkpoint: Path | None = None,
    seed: int = 42,
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write an encoder into ``folder``, fine-tuned where there are texts of two or more labels.

    Args:
        name: as ``checkpoint.locate`` takes it.
        folder: where ``lm/text_encoder.py`` will read it.
        texts: examples to fine-tune on; none for the frozen encoder.
        labels: of the texts.
        names: label → the words that its name says.
        pooling: as ``sentence_encoder``.
        checkpoint: as ``fine_tune``.
        seed: of everything that is drawn.
        options: fields of ``Recipe`` to be other than by the number of examples.

    Returns:
        JSON values for the report; ``unseen`` lists the numbers of texts that were held out.

    Raises:
        MissingExtraError, TrainingError: as ``load_torch_encoder``, ``fine_tune`` and ``export``.
    """
    started = time.perf_counter()
    encoder = sentence_encoder(name, pooling=pooling, project_root=project_root)
    report: dict[str, Any] = {"encoder": name, "fine_tuned": False}
    if len(set(labels)) > 1:
        recipe = recipe_for(len(texts), seed=seed, **(options or {}))
        done = fine_tune(encoder, texts, labels, names=names, recipe=recipe, checkpoint=checkpoint)
        report |= {"fine_tuned": True, "epochs": done.epochs, "unseen": list(done.unseen)}
        if done.held_out:
            report["held_out_accuracy"] = round(max(done.held_out), 4)
    export(encoder, folder, name=name)
    return {**report, "encoder_seconds": round(time.perf_counter() - started, 1)}
