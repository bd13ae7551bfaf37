"""Training static vectors: words of a corpus, counts, pieces, and the whole on a small made-up language."""

import lzma
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatwright.lm.static_vectors import StaticVectors
from chatwright.text.chinese_words import Segmenter
from chatwright.training.vectors.build import VectorSettings, build
from chatwright.training.vectors.contrast import ContrastSettings
from chatwright.training.vectors.corpus import prepare, sentences
from chatwright.training.vectors.counts import read_text, word_vectors
from chatwright.training.vectors.pieces import frequent_pieces, piece_vectors
from chatwright.training.vectors.sentences import frequency_weights, joined, without_common_direction

FOOD = "bread cheese apple soup rice butter".split()
TRAVEL = "train ticket platform station bus airport airplane".split()
SMALL = VectorSettings(
    dimension=8,
    learnt=12,
    words=200,
    pieces=100,
    least=1,
    clusters=4,
    contrast=ContrastSettings(steps=40, batch=32),
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Paragraphs that are either about food or about travel."""
    rng = random.Random(0)
    folder = tmp_path_factory.mktemp("corpus")
    with lzma.open(folder / "en.txt.xz", "wt", encoding="utf-8") as out:
        for number in range(300):
            topic = FOOD if number % 2 else TRAVEL
            said = [" ".join(rng.sample(topic, 4)).capitalize() + "." for _ in range(4)]
            out.write(" ".join(said) + "\n\n")
    return folder


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_sentences_are_words_as_they_are_looked_up() -> None:
    found = list(sentences("It's 12 o'clock. Really? 我们今天去银行。好的！你们明天去哪里？", Segmenter()))
    assert found[0] == ["it", "s", "00", "o", "clock"]
    assert [len(words) >= 3 for words in found] == [True] * len(found)
    assert "银行" in found[1]


def test_prepared_text_is_kept(corpus: Path, tmp_path: Path) -> None:
    target = tmp_path / "en.words"
    prepare(corpus / "en.txt.xz", target)
    written = target.stat().st_mtime_ns
    prepare(corpus / "en.txt.xz", target)
    assert target.stat().st_mtime_ns == written
    text = read_text(target, size=50, least=1)
    assert set(text.words) == {*FOOD, *TRAVEL}
    assert list(text.counts) == sorted(text.counts, reverse=True)
    assert len(text.paragraph) == text.sentence[-1] + 1 == 1200
    assert text.paragraph[-1] == 299


def test_words_of_one_topic_lie_together(corpus: Path, tmp_path: Path) -> None:
    prepare(corpus / "en.txt.xz", tmp_path / "en.words")
    text = read_text(tmp_path / "en.words", size=50, least=1)
    of = dict(zip(text.words, word_vectors(text, 2), strict=True))
    assert cosine(of["bread"], of["soup"]) > cosine(of["bread"], of["train"]) + 0.5


def test_frequent_words_weigh_less() -> None:
    weights = frequency_weights(np.array([1000, 100, 1]))
    assert weights[0] < weights[1] < weights[2] <= 1


def test_common_direction_is_removed_and_parts_are_joined(corpus: Path, tmp_path: Path) -> None:
    prepare(corpus / "en.txt.xz", tmp_path / "en.words")
    text = read_text(tmp_path / "en.words", size=50, least=1)
    rng = np.random.default_rng(0)
    common = np.eye(10, dtype=np.float32)[0]
    vectors = rng.normal(scale=0.1, size=(len(text.words), 10)).astype(np.float32) + common
    free = without_common_direction(text, vectors, seed=0)
    assert np.abs(free[:, 0]).mean() < 0.2
    both = joined(text, [vectors, free], 5, seed=0)
    assert both.shape == (len(text.words), 5)
    assert both.dtype == np.float32


def test_pieces_explain_words_made_of_them() -> None:
    rng = np.random.default_rng(0)
    stems, endings = ["walk", "talk", "jump", "play", "cook"], ["ing", "ed", "er"]
    parts = {part: rng.normal(size=8) for part in (*stems, *endings)}
    words = [stem + ending for stem in stems for ending in endings]
    vectors = np.array([parts[stem] + parts[ending] for stem in stems for ending in endings], np.float32)
    names = frequent_pieces(words, 200)
    pieces = dict(zip(names, piece_vectors(words, vectors, names), strict=True))
    assert "ing>" in pieces
    assert cosine(pieces["<walk"], parts["walk"]) > 0.5
    assert cosine(pieces["<walk"], parts["walk"]) > cosine(pieces["<walk"], parts["jump"])


def test_the_whole_is_the_same_twice_and_resumes(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    stages: list[str] = []
    results = []
    for work in ("one", "two", "one"):
        out = tmp_path / f"out-{len(results)}"
        stages.clear()
        build(
            {"en": corpus / "en.txt.xz"},
            tmp_path / work,
            out,
            SMALL,
            lambda stage, share: stages.append(stage),
        )
        results.append(StaticVectors.load(out))
    assert "en: sentences" not in stages  # the third run found what the first left
    assert len({vectors.fingerprint for vectors in results}) == 1
    vectors = results[0]
    assert vectors.dimension == 8
    assert cosine(vectors.word("bread"), vectors.word("rice")) > cosine(
        vectors.word("bread"), vectors.word("bus")
    )
    food, travel = vectors.embed(["cheese", "soup"]), vectors.embed(["station", "airport"])
    assert cosine(food, vectors.embed(["apple", "rice"])) > cosine(food, travel)
    assert vectors.cluster("trains") is None
    assert vectors.word("airline").any()


def test_another_seed_gives_other_vectors(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    fingerprints = set()
    for seed in (0, 1):
        settings = replace(SMALL, seed=seed)
        build(
            {"en": corpus / "en.txt.xz"},
            tmp_path / str(seed),
            tmp_path / f"o{seed}",
            settings,
            lambda *_: None,
        )
        fingerprints.add(StaticVectors.load(tmp_path / f"o{seed}").fingerprint)
    assert len(fingerprints) == 2
