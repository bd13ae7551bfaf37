"""Vectors, the linear classifier and its neighbours: trained with scikit-learn, run without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from chatwright.learn import fit_linear as fitting
from chatwright.learn.fit_linear import JOINT_COST, MARGIN_COST, fit_linear
from chatwright.learn.fit_vectorize import fit_vectorizer, to_matrix
from chatwright.learn.linear import LinearClassifier, Neighbours, softmax
from chatwright.learn.vectorize import Vectorizer

TEXTS = (
    "cat purrs|cat sleeps a lot|the cat purrs|dog barks|dog runs a lot|the dog barks|"
    "fish swims|fish swims a lot"
).split("|")
LABELS = [text.replace("the ", "").split()[0] for text in TEXTS]
BAGS = [(text.split(), list(text)) for text in TEXTS]
CLASSES = sorted(set(LABELS))
TARGETS = [CLASSES.index(label) for label in LABELS]


@pytest.fixture
def vectorizer() -> Vectorizer:
    return fit_vectorizer(BAGS, LABELS, (1.0, 0.5))


def test_vectors_have_length_one(vectorizer: Vectorizer) -> None:
    for bag in BAGS:
        vector = vectorizer.transform(bag)
        assert np.linalg.norm(vector.values) == pytest.approx(1, abs=1e-6)
        assert vector.coverage == (1.0, 1.0)
        assert len(set(vector.indices.tolist())) == len(vector.indices)
        assert vector.indices.max() < vectorizer.size


def test_what_is_unknown_only_lowers_the_coverage(vectorizer: Vectorizer) -> None:
    known = vectorizer.transform((["cat", "purrs"], list("cat")))
    mixed = vectorizer.transform((["cat", "purrs", "zebra"], list("cat")))
    assert mixed.values == pytest.approx(known.values)
    assert mixed.coverage[0] < 1 == mixed.coverage[1]
    nothing = vectorizer.transform((["zebra"], []))
    assert (len(nothing.indices), nothing.coverage) == (0, (0.0, 1.0))


def test_what_tells_the_class_weighs_most(vectorizer: Vectorizer) -> None:
    words = vectorizer.vocabulary[0]
    weight = {name: float(vectorizer.weights[index]) for name, index in words.items()}
    assert weight["purrs"] == 1.0
    assert weight["the"] < 0.5 < weight["purrs"]
    assert weight["a"] == pytest.approx(0.05)  # once with each class


def test_a_saved_vectorizer_is_the_same(vectorizer: Vectorizer, tmp_path: Path) -> None:
    vectorizer.save(tmp_path)
    loaded = Vectorizer.load(tmp_path)
    for bag in [*BAGS, (["zebra"], ["z"])]:
        before, after = vectorizer.transform(bag), loaded.transform(bag)
        assert np.array_equal(before.indices, after.indices)
        assert np.array_equal(before.values, after.values)


def mixture(matrix: Any, targets: Sequence[int]) -> tuple[Any, Any]:
    """Weights and bias of scikit-learn's two machines, the second scaled to the length of the first."""
    apart = LinearSVC(C=MARGIN_COST, random_state=0, tol=1e-3).fit(matrix, targets)
    together = LinearSVC(C=JOINT_COST, multi_class="crammer_singer", random_state=0, tol=0.1)
    together.fit(matrix, targets)
    share = np.linalg.norm(apart.coef_) / np.linalg.norm(together.coef_)
    weights = (apart.coef_ + share * together.coef_).T / 2
    return weights, (apart.intercept_ + share * together.intercept_) / 2


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_run_time_agrees_with_the_trainer(
    vectorizer: Vectorizer, small: bool, classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SMALL", 3000 if small else 0)
    rows = [i for i, target in enumerate(TARGETS) if target < classes]
    vectors = [vectorizer.transform(BAGS[i]) for i in rows]
    targets = [TARGETS[i] for i in rows]
    matrix = to_matrix(vectors, vectorizer.size)
    ours = fit_linear(matrix, targets, classes)
    scores = np.array([ours.scores(vector) for vector in vectors])
    if small:
        theirs = LogisticRegression(C=10.0, max_iter=2000, tol=1e-8).fit(matrix, targets)
        assert softmax(scores) == pytest.approx(theirs.predict_proba(matrix), abs=0.02)
    else:
        weights, bias = mixture(matrix, targets)
        decisions = np.asarray(matrix @ weights + bias)
        decisions = decisions[:, 0] if classes == 2 else decisions
        if classes > 2:
            decisions = decisions - decisions.mean(axis=1, keepdims=True)
        margins = scores[:, 1] - scores[:, 0] if classes == 2 else scores
        assert margins == pytest.approx(decisions, abs=0.01)
    assert scores.argmax(axis=1).tolist() == targets


def test_a_part_is_solved_like_the_whole(vectorizer: Vectorizer) -> None:
    matrix = to_matrix([vectorizer.transform(bag) for bag in BAGS], vectorizer.size)
    part = fit_linear(matrix, TARGETS, 3, whole=fitting.SMALL + 1)
    weights, _ = mixture(matrix, TARGETS)
    wanted = weights - weights.mean(axis=1, keepdims=True)
    assert part.weights.astype(np.float32) == pytest.approx(wanted, abs=0.01)


def test_contributions_are_what_the_score_is_made_of(vectorizer: Vectorizer) -> None:
    vectors = [vectorizer.transform(bag) for bag in BAGS]
    model = fit_linear(to_matrix(vectors, vectorizer.size), TARGETS, 3)
    scores = model.scores(vectors[0])
    parts = model.contributions(vectors[0], 0)
    assert float(parts.sum()) == pytest.approx(float(scores[0] - model.bias[0]), abs=1e-4)
    assert np.abs(model.weights.astype(np.float32).sum(axis=1)).max() < 0.02


def test_one_class_has_nothing_to_learn(vectorizer: Vectorizer) -> None:
    vectors = [vectorizer.transform(BAGS[0])]
    model = fit_linear(to_matrix(vectors, vectorizer.size), [0], 1)
    assert softmax(model.scores(vectors[0])).tolist() == [1.0]


def test_neighbours_give_cosines(vectorizer: Vectorizer, tmp_path: Path) -> None:
    order = sorted(range(len(BAGS)), key=lambda i: TARGETS[i])
    vectors = [vectorizer.transform(BAGS[i]) for i in order]
    known = Neighbours.of(vectors, [TARGETS[i] for i in order], 3, vectorizer.size)
    matrix = to_matrix(vectors, vectorizer.size).toarray()
    known.save(tmp_path)
    for found in (known, Neighbours.load(tmp_path)):
        for number in range(3):
            first, cosines = found.similarities(vectors[0], number)
            expected = matrix[first : first + len(cosines)] @ matrix[0]
            assert cosines == pytest.approx(expected, abs=2e-3)
            assert len(cosines) == TARGETS.count(number)


def test_a_saved_classifier_is_the_same(vectorizer: Vectorizer, tmp_path: Path) -> None:
    vectors = [vectorizer.transform(bag) for bag in BAGS]
    model = fit_linear(to_matrix(vectors, vectorizer.size), TARGETS, 3)
    model.save(tmp_path)
    loaded = LinearClassifier.load(tmp_path)
    assert all(np.array_equal(model.scores(v), loaded.scores(v)) for v in vectors)
