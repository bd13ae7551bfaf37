"""Labels that do not exclude one another: training, probabilities, thresholds, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chatwright.learn.fit_label_scores import best_thresholds, fit_label_scores
from chatwright.learn.label_scores import LabelScores

FRUIT = [["apple"], ["pear"], ["apple", "pear"], ["stone"], ["apple", "stone"], ["sand"]] * 8
TARGETS = np.array([["apple" in words, "pear" in words] for words in FRUIT], float)


def trained(targets: np.ndarray = TARGETS) -> LabelScores:
    model, _ = fit_label_scores([[words, []] for words in FRUIT], targets, ["a", "p"], (1.0, 0.5))
    return model


def test_each_label_is_told_on_its_own() -> None:
    found = {words: trained().probabilities([words.split(), []]) for words in ("apple pear", "apple", "sand")}
    thresholds = np.array(trained().thresholds)
    assert (found["apple pear"] >= thresholds).tolist() == [True, True]
    assert (found["apple"] >= thresholds).tolist() == [True, False]
    assert (found["sand"] >= thresholds).tolist() == [False, False]


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_a_label_that_never_changes_keeps_its_share(constant: float) -> None:
    targets = TARGETS.copy()
    targets[:, 0] = constant
    chance = trained(targets).probabilities([["apple"], []])[0]
    assert chance == pytest.approx(0.999 if constant == 1 else 0.001, abs=1e-3)


def test_what_is_not_known_at_all_has_a_probability() -> None:
    chances = trained().probabilities([["plum"], ["xyz"]])
    assert ((chances > 0) & (chances < 1)).all()


def test_a_saved_model_says_the_same(tmp_path: Path) -> None:
    model = trained()
    model.save(tmp_path)
    loaded = LabelScores.load(tmp_path)
    for words in (["apple"], ["pear", "stone"], []):
        assert loaded.probabilities([words, []]) == pytest.approx(model.probabilities([words, []]), abs=1e-3)


@given(
    arrays.arrays(np.float64, (12, 1), elements=st.sampled_from([0.1, 0.2, 0.4, 0.7, 0.9])),
    arrays.arrays(np.float64, (12, 1), elements=st.sampled_from([0.0, 1.0])),
)
def test_no_other_threshold_has_a_better_f1(chances: np.ndarray, targets: np.ndarray) -> None:
    def f1(threshold: float) -> float:
        said = chances[:, 0] >= threshold
        return 2 * float((said * targets[:, 0]).sum()) / max(1.0, said.sum() + targets.sum())

    (found,) = best_thresholds(chances, targets)
    if targets.any():
        assert f1(found) == pytest.approx(max(f1(value) for value in chances[:, 0]))
    else:
        assert found == 0.5
