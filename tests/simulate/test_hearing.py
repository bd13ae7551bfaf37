"""What the bot hears of a simulated user: acts with the understanding's own mistakes, or texts."""

from __future__ import annotations

import random
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatwright.project.nlu_data import NluExample
from chatwright.project.project import Project
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.simulate.agenda import UserAct
from chatwright.simulate.hearing import NoisyHearing, PerfectHearing, TextHearing
from chatwright.simulate.held_out import Fold, HeldOutExample, hold_out
from chatwright.simulate.user_goal import read_world
from table_bot import trained

DAY, FOOD = ("day", None, None), ("food", None, None)


def held(intent: str, taken_for: str, confidence: float, *days: tuple[str, str] | None) -> HeldOutExample:
    """An example of an intent, with at most one day in it: taken for a type and value, or missed (None)."""
    gold = tuple(Entity(entity="day", value="friday", start=0, end=4) for _ in days)
    found = tuple(Entity(entity=day[0], value=day[1], start=0, end=4, confidence=0.7) for day in days if day)
    example = NluExample("word", intent, entities=gold)
    score = IntentScore(taken_for, confidence)
    return HeldOutExample(example, Understanding(text="word", intent=score, entities=found))


def noisy(*examples: HeldOutExample) -> NoisyHearing:
    fold = Fold(examples, cast(Any, SimpleNamespace()))
    return NoisyHearing([fold], read_world(trained()[0]))


def test_frequencies_are_those_of_the_confusion_matrix() -> None:
    hearing = noisy(
        *[held("affirm", "affirm", 0.9)] * 7,
        *[held("affirm", "deny", 0.4)] * 2,
        held("affirm", "nlu_fallback", 0.3),
    )
    rng = random.Random(0)
    found = Counter(hearing.hear(UserAct("affirm"), "en", rng).intent for _ in range(10_000))
    assert {(score.name, score.confidence) for score in found} == {
        ("affirm", 0.9), ("deny", 0.4), ("nlu_fallback", 0.3),
    }  # fmt: skip
    shares = {score.name: count / 10_000 for score, count in found.items()}
    assert shares == {
        "affirm": pytest.approx(0.7, abs=0.02),
        "deny": pytest.approx(0.2, abs=0.02),
        "nlu_fallback": pytest.approx(0.1, abs=0.02),
    }


def test_entities_are_missed_and_mistaken_as_often_as_held_out_ones() -> None:
    hearing = noisy(
        *[held("inform", "inform", 1.0, ("day", "friday"))] * 5,
        *[held("inform", "inform", 1.0, None)] * 2,
        *[held("inform", "inform", 1.0, ("day", "sunday"))] * 2,
        held("inform", "inform", 1.0, ("food", "thai")),
    )
    rng = random.Random(0)
    found: Counter[Any] = Counter()
    for _ in range(10_000):
        entities = hearing.hear(UserAct("inform", ((DAY, "sunday"),)), "en", rng).entities
        found[tuple((entity.entity, entity.value) for entity in entities)] += 1
    shares = {key: count / 10_000 for key, count in found.items()}
    assert shares[(("day", "sunday"),)] == pytest.approx(0.5, abs=0.02)
    assert shares[()] == pytest.approx(0.2, abs=0.02)
    assert shares[(("day", "friday"),)] == pytest.approx(0.2, abs=0.02)  # another value of the project
    foods = sum(share for key, share in shares.items() if key and key[0][0] == "food")
    assert foods == pytest.approx(0.1, abs=0.02)


def test_what_was_never_held_out_is_understood() -> None:
    heard = noisy().hear(UserAct("inform", ((FOOD, "thai"),)), "en", random.Random(0))
    assert (heard.intent.name, [entity.value for entity in heard.entities]) == ("inform", ["thai"])


def test_perfect_hearing_keeps_words_of_free_answers() -> None:
    heard = PerfectHearing().hear(UserAct("inform", words="because it is broken"), "en", random.Random(0))
    assert (heard.text, heard.intent.confidence, heard.language) == ("because it is broken", 1.0, "en")


def test_texts_of_a_fold_are_read_by_the_pipeline_that_does_not_know_them() -> None:
    project: Project = trained()[0]
    folds = hold_out(project, folds=2)
    texts = [{held.example.text for held in fold.examples} for fold in folds]
    assert not texts[0] & texts[1]
    assert texts[0] | texts[1] == {example.text for example in project.nlu.examples}
    heard = TextHearing(folds, ["en"]).hear(UserAct("inform", ((FOOD, "thai"),)), "en", random.Random(1))
    assert "thai" in heard.text
    assert heard.language == "en"
