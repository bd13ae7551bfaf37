"""Static vectors: looking up, adding up, saving; and what the shipped ones know."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.lm.static_vectors import HOUSE_FOLDER, StaticVectors, house_vectors, ngrams, quantise, units

WORDS = ["refund", "money", "退款", "钱", "weather", "00"]


def small() -> tuple[StaticVectors, np.ndarray]:
    pieces = ["<re", "fun", "退", "<退"]
    vectors = np.random.default_rng(0).normal(size=(len(WORDS) + len(pieces), 16)).astype(np.float32)
    rows, scales = quantise(vectors)
    return StaticVectors(WORDS, pieces, rows, scales, np.arange(len(WORDS), dtype=np.uint16)), vectors


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_a_word_is_its_row_whatever_its_case_and_width() -> None:
    vectors, exact = small()
    for text in ("refund", "REFUND", "ｒｅｆｕｎｄ", "refund!"):
        assert cosine(vectors.word(text), exact[0]) > 0.999
    assert vectors.word("refund").dtype == np.float32


def test_quantised_rows_keep_directions() -> None:
    exact = np.random.default_rng(1).normal(size=(200, 160)).astype(np.float32)
    rows, scales = quantise(exact)
    for row, scale, vector in zip(rows, scales, exact, strict=True):
        assert cosine(row * scale, vector) > 0.999


def test_an_unknown_word_is_the_mean_of_its_known_pieces() -> None:
    vectors, exact = small()
    assert cosine(vectors.word("refunding"), exact[6:8].mean(axis=0)) > 0.999
    assert cosine(vectors.word("退货"), exact[8:10].mean(axis=0)) > 0.999


def test_what_is_unknown_altogether_is_zero() -> None:
    vectors, _ = small()
    for text in ("", "   ", "🙂", "!?", "xyzzy"):
        assert not vectors.word(text).any()
        assert not vectors.embed([text]).any()
        assert vectors.cluster(text) is None
    assert vectors.embed([]).shape == (16,)


def test_a_sentence_is_the_sum_of_its_words_at_length_one() -> None:
    vectors, exact = small()
    embedded = vectors.embed(["refund", "MONEY", "🙂"])
    assert np.linalg.norm(embedded) == pytest.approx(1.0, abs=1e-5)
    assert cosine(embedded, exact[0] + exact[1]) > 0.999


def test_numbers_are_told_by_their_length() -> None:
    vectors, _ = small()
    assert np.array_equal(vectors.word("42"), vectors.word("17"))
    assert vectors.cluster("42") == "5"


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    vectors, _ = small()
    vectors.save(tmp_path)
    loaded = StaticVectors.load(tmp_path)
    assert loaded.fingerprint == vectors.fingerprint != ""
    assert loaded.dimension == 16
    for words in (["refund", "退货"], ["weather", "99"]):
        assert np.array_equal(loaded.embed(words), vectors.embed(words))
    assert loaded.cluster("钱") == vectors.cluster("钱") == "3"


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        StaticVectors(["a"], [], np.zeros((2, 4), np.int8), np.zeros(2, np.float32), np.zeros(1, np.uint16))


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_gives_length_one_or_zero(words: list[str]) -> None:
    vectors, _ = small()
    length = float(np.linalg.norm(vectors.embed(words)))
    assert length == 0 or length == pytest.approx(1.0, abs=1e-4)


@given(st.text(max_size=60))
def test_units_of_units_are_themselves(text: str) -> None:
    for unit in units(text):
        assert units(unit) == (unit,)
        assert all(ngrams(unit))


house = pytest.mark.skipif(house_vectors() is None, reason="the install has no house vectors")


@house
def test_the_shipped_vectors_are_small_and_documented() -> None:
    size = sum(path.stat().st_size for path in HOUSE_FOLDER.iterdir())
    assert size < 15e6
    assert {"CARD.md", "LICENSE", "figures.json"} <= {path.name for path in HOUSE_FOLDER.iterdir()}


@house
@pytest.mark.parametrize(
    ("near", "nearer", "far"),
    [
        ("music", "song", "tax"),
        ("train", "bus", "poem"),
        ("doctor", "hospital", "guitar"),
        ("rain", "weather", "lawyer"),
        ("银行", "贷款", "篮球"),
        ("电影", "导演", "铁路"),
        ("火车", "地铁", "诗人"),
        ("医生", "医院", "足球"),
    ],
)
def test_related_words_are_nearer(near: str, nearer: str, far: str) -> None:
    vectors = house_vectors()
    assert vectors is not None
    assert (
        cosine(vectors.word(near), vectors.word(nearer)) > cosine(vectors.word(near), vectors.word(far)) + 0.1
    )


@house
@pytest.mark.parametrize("word", ["rebookings", "unplayable", "退款单", "铁路局长"])
def test_words_that_are_not_in_the_vocabulary_have_vectors(word: str) -> None:
    vectors = house_vectors()
    assert vectors is not None
    assert vectors.cluster(word) is None
    assert vectors.word(word).any()


@house
def test_house_vectors_are_loaded_once() -> None:
    assert house_vectors() is house_vectors()
