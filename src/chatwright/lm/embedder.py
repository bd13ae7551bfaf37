"""Texts → dense vectors for a classifier to learn from: the house vectors, or a transformer encoder.

An embedder of a component is chosen by a mapping, ``{"kind": "house"}`` or ``{"kind": "encoder", "folder":
…}``. A bundle holds an encoder once, in a folder beside the components that use it, and of the house vectors
only the fingerprint.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chatwright.errors import BundleError
from chatwright.lm.static_vectors import StaticVectors, house_vectors
from chatwright.lm.text_encoder import TextEncoder, load_encoder
from chatwright.schema.understanding import Token

__all__ = ["Embedder", "HouseEmbedder", "embedder_of", "load_embedder", "save_embedder"]

_FILE = "embedder.json"


class Embedder(Protocol):
    """Gives vectors of texts."""

    dimension: int
    """D, elements of a vector."""
    fingerprint: str
    """Of everything that the vectors depend on."""
    weight: float
    """Length that its vectors get beside sparse features, whose length is 1; chosen on validation parts."""

    def embed(self, texts: Sequence[str], tokens: Sequence[Sequence[Token]]) -> NDArray[np.float32]:
        """(N, D) rows of length 1, or of 0 where nothing is known of the text."""
        ...


class HouseEmbedder:
    """The sum of the static vectors of a text's words."""

    weight = 0.42

    def __init__(self, vectors: StaticVectors) -> None:
        self._vectors = vectors
        self.dimension: int = vectors.dimension
        self.fingerprint: str = vectors.fingerprint

    def embed(self, texts: Sequence[str], tokens: Sequence[Sequence[Token]]) -> NDArray[np.float32]:
        rows = [self._vectors.embed([token.text for token in of_text]) for of_text in tokens]
        return np.array(rows, np.float32).reshape(len(rows), self.dimension)


def embedder_of(config: Mapping[str, Any] | None) -> Embedder | None:
    """The embedder that a component's ``embedder`` option asks for; None where it asks for none, or for
    house vectors that the install lacks.

    Raises:
        MissingExtraError, BundleError: as ``load_encoder``.
    """
    if config and config["kind"] == "encoder":
        return load_encoder(Path(config["folder"]))
    vectors = house_vectors() if config else None
    return HouseEmbedder(vectors) if vectors else None


def save_embedder(embedder: Embedder | None, folder: Path) -> None:
    """Note in a component's folder which embedder it uses; an encoder is copied once, beside the folder."""
    if embedder is None:
        return
    content = {"kind": "house", "fingerprint": embedder.fingerprint}
    if isinstance(embedder, TextEncoder):
        shared = folder.parent / f"encoder-{embedder.fingerprint[:16]}"
        if not shared.exists():
            embedder.save(shared)
        content |= {"kind": "encoder", "folder": os.path.relpath(shared, folder)}
    (folder / _FILE).write_text(json.dumps(content), "utf-8")


def load_embedder(folder: Path) -> Embedder | None:
    """The inverse of ``save_embedder``.

    Raises:
        BundleError: it was trained with other house vectors than this install has.
        MissingExtraError: as ``load_encoder``.
    """
    if not (folder / _FILE).exists():
        return None
    content = json.loads((folder / _FILE).read_text("utf-8"))
    if content["kind"] == "encoder":
        return load_encoder((folder / content["folder"]).resolve())
    found = embedder_of(content)
    if found is None or found.fingerprint != content["fingerprint"]:
        raise BundleError(
            "the bot was trained with other word vectors than this install of chatwright has",
            fix="train again: chatwright train --force",
        )
    return found
