"""FallbackClassifier: where the bot is not sure enough, the intent is nlu_fallback."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import ComponentError
from chatwright.nlu.component import Message
from chatwright.nlu.fallback import FallbackClassifier
from chatwright.schema.understanding import IntentScore


def checked(*confidences: float, **options: Any) -> Message:
    ranking = tuple(IntentScore(f"intent_{number}", value) for number, value in enumerate(confidences))
    best = ranking[0] if ranking else IntentScore(None, 0.0)
    made = FallbackClassifier.from_config({"name": "FallbackClassifier", **options})
    return made.process([Message(text="你好 hello", intent=best, ranking=ranking)])[0]


@pytest.mark.parametrize(
    ("confidences", "options", "falls_back"),
    [
        ((0.9, 0.05), {}, False),
        ((0.29, 0.01), {}, True),
        ((0.3, 0.01), {}, False),
        ((0.5, 0.45), {}, True),
        ((0.5, 0.375), {"ambiguity_threshold": 0.125}, False),
        ((0.5, 0.45), {"ambiguity_threshold": 0.0}, False),
        ((0.6, 0.1), {"threshold": 0.7}, True),
        ((0.6,), {}, False),
        ((0.1,), {"threshold": 0}, False),
        ((), {}, True),
    ],
)
def test_when_it_falls_back(
    confidences: tuple[float, ...], options: dict[str, Any], falls_back: bool
) -> None:
    assert (checked(*confidences, **options).intent.name == "nlu_fallback") == falls_back


def test_the_ranking_goes_on_behind_it() -> None:
    message = checked(0.2, 0.1, threshold=0.4)
    assert message.intent == IntentScore("nlu_fallback", 0.4)
    assert [score.name for score in message.ranking] == ["nlu_fallback", "intent_0", "intent_1"]


@pytest.mark.parametrize(
    ("confidences", "words"), [((0.2, 0.0), ["intent_0", "0.20"]), ((0.5, 0.48), ["intent_1", "0.48"])]
)
def test_it_says_why(confidences: tuple[float, ...], words: list[str]) -> None:
    (evidence,) = checked(*confidences).evidence
    assert all(word in evidence.summary for word in words)


def test_twice_is_once() -> None:
    made = FallbackClassifier()
    (once,) = made.process([Message(text="x")])
    assert made.process([once]) == [once]


@pytest.mark.parametrize("value", [1.5, -0.1, "0.3", True, None, float("nan")])
def test_a_threshold_is_from_0_to_1(value: Any) -> None:
    for option in ("threshold", "ambiguity_threshold"):
        with pytest.raises(ComponentError, match=option):
            FallbackClassifier.from_config({"name": "FallbackClassifier", option: value})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.floats(0, 1), st.floats(0, 1))
def test_it_falls_back_where_rasa_does(scores: list[float], threshold: float, distance: float) -> None:
    scores.sort(reverse=True)
    expected = scores[0] < threshold or (len(scores) > 1 and scores[0] - scores[1] < distance)
    found = checked(*scores, threshold=threshold, ambiguity_threshold=distance)
    assert (found.intent.name == "nlu_fallback") == expected


@pytest.mark.parametrize(("in_scope", "falls_back"), [(0.3, True), (0.6, False), (None, False)])
def test_messages_about_something_else_fall_back(in_scope: float | None, falls_back: bool) -> None:
    best = IntentScore("refund", 0.29)
    message = Message(text="…", intent=best, ranking=(best,), in_scope=in_scope)
    made = FallbackClassifier(threshold=0.1, scope_threshold=0.4)
    assert (made.process([message])[0].intent.name == "nlu_fallback") == falls_back


def test_the_projects_own_intent_for_everything_else_stays() -> None:
    best = IntentScore("out_of_scope", 0.7)
    message = Message(text="…", intent=best, ranking=(best, IntentScore("refund", 0.2)), in_scope=0.3)
    assert FallbackClassifier(scope_threshold=0.4).process([message])[0].intent is best
