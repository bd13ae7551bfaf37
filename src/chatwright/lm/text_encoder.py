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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chatwright.errors import BundleError, MissingExtraError
from chatwright.schema.understanding import Token

__all__ = ["TextEncoder", "load_encoder"]

BATCH = 32
"""Texts that go through the model at once, of about the same length."""
REMEMBERED = 32
"""What the model read of the latest texts is kept: several components ask for the same message."""
_LONGEST_TEXT = 20_000
"""Characters that are tokenized at all; a model reads some hundreds of pieces."""


class Runtime(Protocol):
    """Runs the network."""

    def states(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """(B, T, D) last hidden states of B rows of piece ids; what follows the end of a row is arbitrary."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the model makes of a text of P pieces."""

    states: NDArray[np.float32]
    """(P, D)"""
    spans: Sequence[tuple[int, int]]
    """(P,) characters of each piece, none for special ones."""

    def pooled(self, pooling: str) -> NDArray[np.float32]:
        """(D,) vector of length 1."""
        return _unit(self.states[0] if pooling == "cls" else self.states.mean(axis=0))

    def of_words(self, words: Sequence[Token]) -> NDArray[np.float32]:
        """(T, D) vectors of length 1: of a word the mean of its pieces; 0 where it has none."""
        out = np.zeros((len(words), self.states.shape[1]), np.float32)
        pieces = [(start, end, i) for i, (start, end) in enumerate(self.spans) if start < end]
        first = 0
        for number, word in enumerate(words):
            while first < len(pieces) and pieces[first][1] <= word.start:
                first += 1
            inside = []
            for start, _, i in pieces[first:]:
                if start >= word.end:
                    break
                inside.append(i)
            if inside:
                out[number] = _unit(self.states[inside].mean(axis=0))
        return out


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


class TextEncoder:
    """Vectors of texts, and of words in their context, for a classifier to learn from. Safe to share
    between threads.

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
        self._latest: OrderedDict[str, _Reading] = OrderedDict()

    def embed(self, texts: Sequence[str], tokens: Sequence[Any] | None = None) -> NDArray[np.float32]:
        """(N, D) vectors of length 1.

        Args:
            texts: any; the end of a very long one is not read.
            tokens: of each text; not needed here, the model has pieces of its own.
        """
        found = {text: reading.pooled(self._pooling) for text, reading in self._read(texts)}
        return np.array([found[text] for text in texts], np.float32).reshape(len(texts), self.dimension)

    def embed_words(
        self, texts: Sequence[str], words: Sequence[Sequence[Token]]
    ) -> list[NDArray[np.float32]]:
        """Of each text (T, D) vectors of length 1 of its words in their context, or of 0 where nothing of a
        word was read.

        Args:
            texts: as of ``embed``.
            words: of each text, from first to last.
        """
        places: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            places.setdefault(text, []).append(number)
        found = {
            number: reading.of_words(words[number])
            for text, reading in self._read(texts)
            for number in places[text]
        }
        return [found[number] for number in range(len(texts))]

    def save(self, folder: Path) -> None:
        """Copy the files into ``folder``, for a bundle."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[str, _Reading]]:
        """Each different text once, in any order."""
        different = dict.fromkeys(texts)
        with self._lock:
            kept = {text: self._latest[text] for text in different if text in self._latest}
        yield from kept.items()
        missing = [text for text in different if text not in kept]
        readable = [text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8") for text in missing]
        pieces = self._tokenizer.encode_batch(readable)
        for chosen in _by_length([piece.ids for piece in pieces]):
            states = self._runtime.states([pieces[i].ids for i in chosen])
            for row, i in zip(states, chosen, strict=True):
                reading = _Reading(row[: len(pieces[i].ids)].copy(), pieces[i].offsets)
                self._remember(missing[i], reading)
                yield missing[i], reading

    def _remember(self, text: str, reading: _Reading) -> None:
        with self._lock:
            self._latest[text] = reading
            if len(self._latest) > REMEMBERED:
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


class _OnnxRuntime:
    """For every other architecture."""

    def __init__(self, folder: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("an encoder of this architecture", "onnx") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def states(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        mask = np.arange(max(map(len, rows))) < np.array([[len(row)] for row in rows])
        ids = np.zeros(mask.shape, np.int64)
        ids[mask] = [piece for row in rows for piece in row]
        given = {"input_ids": ids, "attention_mask": mask.astype(np.int64)}
        return np.asarray(self._session.run(None, given)[0])


_RUNTIMES: dict[str, Any] = {"ctranslate2": _CTranslate2, "onnxruntime": _OnnxRuntime}
