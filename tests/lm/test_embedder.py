"""Dense vectors of texts for a classifier: chosen, saved, loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatwright.errors import BundleError
from chatwright.lm import embedder
from chatwright.lm.embedder import HouseEmbedder, embedder_of, load_embedder, save_embedder
from chatwright.lm.static_vectors import StaticVectors
from chatwright.schema.understanding import Token


def vectors(seed: int = 0) -> StaticVectors:
    chance = np.random.default_rng(seed)
    words = ["refund", "money", "退款", "hello"]
    rows = chance.integers(-100, 100, (len(words), 8)).astype(np.int8)
    return StaticVectors(words, [], rows, np.ones(len(words), np.float32), np.zeros(len(words), np.uint16))


def saved(tmp_path: Path, seed: int = 0) -> StaticVectors:
    found = vectors(seed)
    found.save(tmp_path / f"vectors{seed}")
    return found


def test_rows_have_length_one_or_nothing() -> None:
    made = HouseEmbedder(vectors())
    texts = ["refund money", "zzz", ""]
    tokens = [[Token("refund", 0, 6), Token("money", 7, 12)], [Token("zzz", 0, 3)], []]
    assert np.linalg.norm(made.embed(texts, tokens), axis=1) == pytest.approx([1, 0, 0])
    assert made.embed([], []).shape == (0, 8)


def test_none_asked_for_or_none_shipped_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert embedder_of(None) is None
    monkeypatch.setattr(embedder, "house_vectors", lambda: None)
    assert embedder_of({"kind": "house"}) is None


def test_house_vectors_are_kept_by_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = saved(tmp_path, 0), saved(tmp_path, 1)
    folder = tmp_path / "component"
    folder.mkdir()
    assert load_embedder(folder) is None
    save_embedder(HouseEmbedder(first), folder)
    assert [file.name for file in folder.iterdir()] == ["embedder.json"]
    monkeypatch.setattr(embedder, "house_vectors", lambda: first)
    found = load_embedder(folder)
    assert found is not None
    assert found.fingerprint == first.fingerprint
    monkeypatch.setattr(embedder, "house_vectors", lambda: other)
    with pytest.raises(BundleError, match="other word vectors"):
        load_embedder(folder)
