"""The Transformer policy: it learns what stories show, in words too, and is the same after loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.dialogue.talking import Bot

from chatwright.dialogue import fit_dialogue
from chatwright.dialogue.fit_dialogue import policy_notices
from chatwright.dialogue.policies.learned import LearnedPolicy
from chatwright.dialogue.policies.transformer import TransformerPolicy

DOMAIN = """
intents: [greet, order, bye, 问好]
entities: [city]
slots:
  vip: {type: bool, mappings: [{type: custom}]}
responses:
  utter_greet: [{text: hi}]
  utter_fast: [{text: fast}]
  utter_slow: [{text: slow}]
  utter_where: [{text: where}]
  utter_bye: [{text: bye}]
e2e_actions: ["On its way.", "We open at nine.", "在路上。"]
"""
STORIES = """
stories:
- {story: a, steps: [{intent: greet}, {action: utter_greet}, {intent: bye}, {action: utter_bye}]}
- {story: b, steps: [{intent: 问好}, {action: utter_greet}, {intent: order}, {action: utter_where}]}
- {story: c, steps: [{slot_was_set: [{vip: true}]}, {intent: order}, {action: utter_fast}]}
- story: d
  steps: [{slot_was_set: [{vip: false}]}, {intent: order}, {action: utter_slow}, {action: utter_bye}]
"""
TEXTS = """
stories:
- {story: e, steps: [{user: where is my parcel}, {bot: On its way.}, {user: thank you}, {action: utter_bye}]}
- {story: f, steps: [{user: 我的快递到哪了}, {bot: 在路上。}]}
- {story: g, steps: [{user: when do you open}, {bot: We open at nine.}]}
"""


def bot(stories: str = STORIES, **options: Any) -> Bot:
    return Bot(DOMAIN, stories, policies=[{"name": "TransformerPolicy", "epochs": 150, **options}])


@pytest.fixture(scope="module")
def talker() -> Bot:
    return bot()


@pytest.fixture(scope="module")
def texter() -> Bot:
    return bot(TEXTS)


@pytest.mark.parametrize(
    ("talk", "action"),
    [
        (("> greet",), "utter_greet"),
        (("> greet", "utter_greet"), "action_listen"),
        (("> 问好", "utter_greet", "> order"), "utter_where"),
        (("= vip=true", "> order"), "utter_fast"),
        (("= vip=false", "> order"), "utter_slow"),
        (("= vip=false", "> order", "utter_slow"), "utter_bye"),
    ],
)
def test_it_does_what_the_stories_show(talker: Bot, talk: tuple[str, ...], action: str) -> None:
    assert talker.next(*talk) == action


def test_what_came_long_before_matters_less(talker: Bot) -> None:
    assert talker.next("> greet", "utter_greet", "> bye", "utter_bye", "> 问好") == "utter_greet"


def test_of_messages_that_no_story_shows_nothing_is_said() -> None:
    it = Bot(
        DOMAIN.replace("问好]", "问好, rant]"), STORIES, policies=[{"name": "TransformerPolicy", "epochs": 2}]
    )
    assert it.decide("> rant").confidence == 0


def test_why(talker: Bot) -> None:
    decision = talker.decide("= vip=true", "> order")
    learned, story = decision.evidence
    assert learned.data["what_if"]["with slot vip false"] == "utter_slow"
    assert "intent=order" in learned.summary
    assert "'c'" in story.summary
    assert sum(decision.scores.values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ("where is my parcel?", "On its way."),
        ("Where's the parcel", "On its way."),
        ("请问我的快递到哪了", "在路上。"),
        ("when do you open today", "We open at nine."),
    ],
)
def test_words_are_answered_with_words(texter: Bot, heard: str, answer: str) -> None:
    decision = texter.decide(f'> - "{heard}"')
    assert (decision.action, decision.is_text) == (answer, True)
    assert texter.next(f'> - "{heard}"', decision.events, answer) == "action_listen"
    assert texter.decide(f'> - "{heard}"').scores[answer] == decision.confidence


def test_where_stories_have_both_the_intent_decides_unless_the_words_fit_better() -> None:
    it = bot(STORIES + TEXTS.partition("stories:\n")[2])
    assert it.next('> greet "good morning"') == "utter_greet"
    decision = it.decide('> bye "where is my parcel"')
    assert (decision.action, decision.is_text) == ("On its way.", True)
    picky = bot(STORIES + TEXTS.partition("stories:\n")[2], e2e_confidence_threshold=1.0)
    assert picky.next('> bye "where is my parcel"') == "utter_bye"


def test_training_twice_gives_the_same() -> None:
    one, other = (bot(epochs=3).decider.policies[0] for _ in range(2))
    assert isinstance(one, TransformerPolicy)
    assert isinstance(other, TransformerPolicy)
    assert all(np.array_equal(array, other.net.arrays[name]) for name, array in one.net.arrays.items())


def test_a_bot_with_a_single_action_or_no_story_trains() -> None:
    assert bot("stories: []").decide("> greet").confidence == 0
    assert bot("stories: [{story: s, steps: [{intent: greet}]}]").next("> greet") == "action_listen"


@pytest.mark.parametrize("which", ["talker", "texter"])
def test_the_policy_survives_saving(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    it: Bot = request.getfixturevalue(which)
    policy = it.decider.policies[0]
    policy.save(tmp_path)
    loaded = TransformerPolicy.load(tmp_path)
    for lines in (("> greet",), ("= vip=true", "> order"), ('> - "where is my parcel"',)):
        tracker = it.after(*lines)
        assert loaded.predict(tracker, it.domain) == policy.predict(tracker, it.domain)


def test_teds_entry_is_the_net_where_there_are_enough_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"name": "TEDPolicy", "max_history": 4, "e2e_confidence_threshold": 0.7, "epochs": 1}
    assert isinstance(Bot(DOMAIN, STORIES, policies=[entry]).decider.policies[0], LearnedPolicy)
    monkeypatch.setattr(fit_dialogue, "DEEP_FROM", 4)
    it = Bot(DOMAIN, STORIES, policies=[entry])
    policy = it.decider.policies[0]
    assert isinstance(policy, TransformerPolicy)
    assert (policy.name, policy.max_history, policy.text_threshold) == ("TEDPolicy", 4, 0.7)
    assert it.next("> greet") == "utter_greet"  # Rasa's number of passes is not ours
    (notice,) = policy_notices([entry], stories=it.stories)
    assert "Transformer" in notice
