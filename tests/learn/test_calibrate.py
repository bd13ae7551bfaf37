"""Temperature and gate."""

from __future__ import annotations

import numpy as np
import pytest

from chatwright.learn.calibrate import Calibration
from chatwright.learn.fit_calibrate import calibration_error, fit_gate, fit_temperature
from chatwright.learn.linear import softmax

PRIOR = (-1.0, 1.0, 1.0)


def test_the_temperature_that_made_the_labels_is_found() -> None:
    chance = np.random.default_rng(0)
    scores = list(chance.normal(size=(4000, 5)))
    labels = [int(chance.choice(5, p=softmax(s, 0.4))) for s in scores]
    assert fit_temperature(scores, labels, default=1.0) == pytest.approx(0.4, rel=0.15)


def test_few_examples_hardly_move_the_temperature() -> None:
    assert fit_temperature([], [], default=0.5) == 0.5
    certain = [np.array([1.0, 0.0])]
    assert 0.1 < fit_temperature(certain, [0], default=0.5) < 1.0


def test_the_gate_tells_known_from_foreign() -> None:
    chance = np.random.default_rng(1)
    near, far = chance.uniform(0.5, 1.0, 200), chance.uniform(0.0, 0.4, 200)
    signs = [(value,) for value in (*near, *far)]
    gate = fit_gate([0.5] * 400, signs, [True] * 200 + [False] * 200, prior=PRIOR, share_known=0.5)
    calibration = Calibration(1.0, gate)
    assert calibration.known(0.5, (0.9,)) > 0.8
    assert calibration.known(0.5, (0.05,)) < 0.25


def test_the_share_of_known_messages_counts_not_the_share_among_the_samples() -> None:
    signs = [(0.5,)] * 100
    for known in (10, 90):
        gate = fit_gate(
            [0.5] * 100,
            signs,
            [True] * known + [False] * (100 - known),
            prior=PRIOR,
            share_known=0.8,
            penalty=0.01,
        )
        assert Calibration(1.0, gate).known(0.5, (0.5,)) == pytest.approx(0.8, abs=0.01)


def test_without_examples_the_gate_is_its_prior() -> None:
    assert fit_gate([], [], [], prior=PRIOR, share_known=0.9) == PRIOR


@pytest.mark.parametrize("only", [True, False])
def test_one_sided_and_separable_samples_stay_finite(only: bool) -> None:
    gate = fit_gate([1.0, 0.0] * 50, [(1.0,), (0.0,)] * 50, [only] * 100, prior=PRIOR, share_known=0.9)
    assert np.isfinite(gate).all()
    assert np.abs(gate).max() < 20


def test_probabilities_sum_to_the_chance_of_being_known() -> None:
    calibration = Calibration.from_json(Calibration(0.5, (-1.0, 2.0, -1.0, 3.0)).to_json())
    scores = np.array([1.0, 0.2, -0.3])
    chances = calibration.probabilities(scores, (0.4,))
    best = float(softmax(scores, 0.5).max())
    assert float(chances.sum()) == pytest.approx(calibration.known(best, (0.0, 0.4)))
    assert calibration.probabilities(scores, (0.9,)).sum() > chances.sum()


def test_a_class_for_everything_else_has_what_the_others_lack() -> None:
    calibration = Calibration(0.5, (0.0, 2.0, -6.0, 3.0), 1)
    alike, unlike = np.array([1.0, 0.2, -0.3]), np.array([0.2, 1.0, -0.3])
    for scores in (alike, unlike):
        chances = calibration.probabilities(scores, (0.4,))
        assert float(chances.sum()) == pytest.approx(1.0)
        assert chances[0] > chances[2]
    assert calibration.probabilities(alike, (0.4,)).argmax() == 0
    assert calibration.probabilities(unlike, (0.4,)).argmax() == 1
    assert Calibration(0.5, (0.0, 2.0, -6.0, 3.0), 0).probabilities(alike[:2], (0.4,)).sum() == pytest.approx(
        1
    )


def test_calibration_error_is_the_distance_of_confidence_and_accuracy() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert calibration_error([0.9, 0.9, 0.1], [False, False, True]) == pytest.approx(0.9)
