"""A transformer encoder at run time: texts → vectors, by CTranslate2 or ONNX Runtime, without PyTorch.

int8 weights and activations: about 2 ms of one core for a short message with a model of 23 million
parameters. ``training/encoder/export.py`` writes the folder that is read here::

    encoder.json     dimension, pooling, max_length, runtime, fingerprint
    tokenizer.json   of Hugging Face tokenizers
    model.bin …      of CTranslate2; or model.onnx
"""

from __future__ import annotations

import json
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chatwright.errors import BundleError, MissingExtraError

__all__ = ["TextEncoder", "load_encoder"]

BATCH = 32
"""Texts that go through the model at once, of about the same length."""
REMEMBERED = 256
"""Vectors of the latest texts are kept: several components ask for those of the same message."""
_LONGEST_TEXT = 20_000
"""Characters that are tokenized at all; a model reads some hundreds of pieces."""


class Runtime(Protocol):
    """Runs the network."""

    def states(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """(B, T, D) last hidden states of B rows of piece ids; what follows the end of a row is arbitrary."""
        ...


class TextEncoder:
    """Vectors of texts, for a classifier to learn from. Safe to share between threads.

    Attributes:
        dimension: D, elements of a vector.
        fingerprint: of weights, tokenizer and pooling.
        folder: where it was loaded from.
    """

    weight = 2.0

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: as ``training/encoder/export.py`` writes it; ``load_encoder`` loads it once a process.

        Raises:
            MissingExtraError: the runtime is not installed.
            BundleError: the folder holds no encoder.
        """
        about = _about(folder)
        self.folder = folder
        self.dimension: int = about["dimension"]
        self.fingerprint: str = about["fingerprint"]
        self._pooling: str = about["pooling"]
        self._runtime: Runtime = _RUNTIMES[about["runtime"]](folder)
        self._tokenizer = _tokenizer(folder, about["max_length"])
        self._lock = threading.Lock()
        self._latest: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def embed(self, texts: Sequence[str], tokens: Sequence[Any] | None = None) -> NDArray[np.float32]:
        """(N, D) vectors of length 1.

        Args:
            texts: any; the end of a very long one is not read.
            tokens: of each text; not needed here, the model has pieces of its own.
        """
        with self._lock:
            found = {text: self._latest[text] for text in texts if text in self._latest}
        if missing := [text for text in dict.fromkeys(texts) if text not in found]:
            found.update(zip(missing, self._compute(missing), strict=True))
            self._remember(missing[-REMEMBERED:], found)
        return np.array([found[text] for text in texts], np.float32).reshape(len(texts), self.dimension)

    def save(self, folder: Path) -> None:
        """Copy the files into ``folder``, for a bundle."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def _compute(self, texts: Sequence[str]) -> NDArray[np.float32]:
        readable = [text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8") for text in texts]
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(readable)]
        out = np.zeros((len(rows), self.dimension), np.float32)
        for chosen in _by_length(rows):
            states = self._runtime.states([rows[i] for i in chosen])
            for row, number in zip(states, chosen, strict=True):
                vector = row[0] if self._pooling == "cls" else row[: len(rows[number])].mean(axis=0)
                out[number] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return out

    def _remember(self, texts: Sequence[str], found: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            self._latest.update((text, found[text]) for text in texts)
            while len(self._latest) > REMEMBERED:
                self._latest.popitem(last=False)


def load_encoder(folder: Path) -> TextEncoder:
    """The encoder in ``folder``, loaded once a process: folders with the same fingerprint share it.

    Raises:
        MissingExtraError, BundleError: as ``TextEncoder``.
    """
    fingerprint = _about(folder)["fingerprint"]
    with _loading:
        if fingerprint not in _loaded:
            _loaded[fingerprint] = TextEncoder(folder)
        return _loaded[fingerprint]


_loading = threading.Lock()
_loaded: dict[str, TextEncoder] = {}


def _about(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / "encoder.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(
            f"there is no encoder in {folder}", fix="train again: chatwright train --force"
        ) from error


def _tokenizer(folder: Path, max_length: int) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("an encoder", "encoder") from error
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer


def _by_length(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Numbers of the rows in batches, short ones first, so that little padding is read."""
    order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


class _CTranslate2:
    """The quickest and closest to PyTorch, for BERT and its nearest kin."""

    def __init__(self, folder: Path) -> None:
        try:
            import ctranslate2
        except ImportError as error:
            raise MissingExtraError("an encoder", "encoder") from error
        self._model = ctranslate2.Encoder(str(folder), "cpu", intra_threads=1, compute_type="int8_float32")

    def states(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        output = self._model.forward_batch([list(row) for row in rows])
        return np.array(output.last_hidden_state)


_RUNTIMES: dict[str, Any] = {"ctranslate2": _CTranslate2}
