"""The joint net at run time, in numpy: intents and entities of a text in one pass.

Embeddings of the unit's word and of its sparse features, its house vectors and its vector by an encoder →
two LSTMs, one from either side → scores of BILOU tags (beside a direct way from the features) and, by
attention over the units, of intents. The net is trained by ``training/nlu/fit_joint.py``;
``tests/training/nlu`` holds the two to the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.crf import Chain
from chatwright.learn.lstm import lstm
from chatwright.nlu.joint_features import UnitRows

__all__ = ["ARRAYS", "JointNet", "LstmWeights"]

ARRAYS = (
    "words", "names", "vectors", "context",
    "forward_in", "forward_back", "forward_bias", "backward_in", "backward_back", "backward_bias",
    "tags", "tags_bias", "steps", "first", "last",
    "attention", "intents", "intents_bias",
)  # fmt: skip
"""Arrays of a saved net."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LstmWeights:
    """Gates in PyTorch's order: input, forget, cell, output."""

    into: Array
    """(D, 4H)"""
    back: Array
    """(H, 4H)"""
    bias: Array
    """(4H,)"""

    def run(self, inputs: Array) -> Array:
        """(T, D) → (T, H) states, first to last."""
        return lstm(inputs @ self.into + self.bias, self.back)


@dataclass(frozen=True, slots=True)
class JointNet:
    """Trained weights: ``arrays`` by the names of ``ARRAYS``; the two tables are kept in half precision."""

    arrays: Mapping[str, Any]
    chain: Chain
    forward: LstmWeights
    backward: LstmWeights

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.floating]]) -> JointNet:
        """From arrays by name."""
        kept: dict[str, Any] = {
            name: np.asarray(arrays[name], np.float16 if name in ("words", "names") else np.float32)
            for name in ARRAYS
        }
        lstms = (
            LstmWeights(*(kept[f"{side}_{part}"] for part in ("in", "back", "bias")))
            for side in ("forward", "backward")
        )
        return cls(kept, Chain(kept["steps"], kept["first"], kept["last"]), *lstms)

    def scores(self, rows: UnitRows) -> tuple[Array, Array]:
        """(T, tags) scores for the chain, and (intents,) logits. A text has one unit at least."""
        a = self.arrays
        bags = np.add.reduceat(a["names"][rows.names].astype(np.float32), rows.starts, axis=0)
        parts = [a["words"][rows.words].astype(np.float32), bags]
        parts += [rows.vectors @ a["vectors"], rows.context @ a["context"]]
        inputs = np.concatenate(parts, axis=1)
        states = np.concatenate([self.forward.run(inputs), self.backward.run(inputs[::-1])[::-1]], axis=1)
        tags = np.concatenate([states, bags], axis=1) @ a["tags"] + a["tags_bias"]
        weights = states @ a["attention"]
        weights = np.exp(weights - weights.max())
        pooled = np.concatenate([weights @ states / weights.sum(), states.max(0), bags.mean(0)])
        return tags, pooled @ a["intents"] + a["intents_bias"]

    def save(self, folder: Path) -> None:
        """Write ``joint.npz``."""
        np.savez(folder / "joint.npz", **self.arrays)

    @classmethod
    def load(cls, folder: Path) -> JointNet:
        """The inverse of ``save``."""
        with np.load(folder / "joint.npz", allow_pickle=False) as file:
            return cls.of({name: file[name] for name in ARRAYS})
