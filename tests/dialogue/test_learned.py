"""The light learned policy: sensible where no rule and no story applies, and the same after loading."""

import numpy as np
import pytest

from chatwright.dialogue.policies.learned import LearnedPolicy, nearest_text

from .talking import Bot

DOMAIN = """
intents: [greet, bye, thank, 问好, order]
entities: []
slots:
  vip: {type: bool, mappings: [{type: custom}]}
responses:
  utter_greet: [{text: hi}]
  utter_bye: [{text: bye}]
  utter_welcome: [{text: welcome}]
  utter_你好: [{text: 你好}]
  utter_fast: [{text: fast}]
  utter_slow: [{text: slow}]
"""
STORIES = """
stories:
- {story: a, steps: [{intent: greet}, {action: utter_greet}, {intent: bye}, {action: utter_bye}]}
- {story: b, steps: [{intent: 问好}, {action: utter_你好}, {intent: thank}, {action: utter_welcome}]}
- story: c
  steps: [{slot_was_set: [{vip: true}]}, {intent: order}, {action: utter_fast}]
- story: d
  steps: [{slot_was_set: [{vip: false}]}, {intent: order}, {action: utter_slow}]
"""


def bot(stories: str = STORIES, **options: object) -> Bot:
    return Bot(DOMAIN, stories, policies=[{"name": "TEDPolicy", **options}])


def test_what_no_story_shows_in_this_order_is_still_answered() -> None:
    it = bot()
    assert it.next("> 问好", "utter_你好", "> bye") == "utter_bye"
    assert it.next("> greet", "utter_greet", "> bye", "utter_bye", "> 问好") == "utter_你好"
    assert it.next("> bye", "utter_bye") == "action_listen"


@pytest.mark.parametrize(("vip", "action"), [("true", "utter_fast"), ("false", "utter_slow")])
def test_slots_tell_conversations_apart(vip: str, action: str) -> None:
    assert bot().next("> greet", f"= vip={vip}", "utter_greet", "> order") == action


def test_probabilities_sum_to_one_and_the_evidence_names_reasons() -> None:
    decision = bot().decide("> greet")
    assert {type(name) for name in decision.scores} == {str}
    assert sum(decision.scores.values()) == pytest.approx(1)
    assert "intent=greet" in decision.evidence[0].summary


def test_the_evidence_tells_what_would_change_the_choice_and_the_nearest_story() -> None:
    learned, story = bot().decide("= vip=true", "> order").evidence
    assert learned.data["what_if"]["with slot vip false"] == "utter_slow"
    assert "with slot vip false it would be utter_slow" in learned.summary
    assert "若槽位 vip 为 false 则会是 utter_slow" in learned.told("zh")
    assert "story 'c'" in story.summary
    assert story.source is not None
    assert story.source.endswith(":5")
    assert story.score == 1


def test_training_twice_gives_the_same() -> None:
    one, other = (bot().decider.policies[0] for _ in range(2))
    assert isinstance(one, LearnedPolicy)
    assert isinstance(other, LearnedPolicy)
    assert np.array_equal(one.model.weights, other.model.weights)


TEXTS = """
stories:
- {story: a, steps: [{user: "where is my parcel"}, {bot: "On its way."}]}
- {story: b, steps: [{user: "我的快递到哪了"}, {bot: "在路上。"}]}
- {story: c, steps: [{intent: greet}, {action: utter_greet}]}
"""


@pytest.mark.parametrize(
    ("heard", "answer"),
    [("where is my parcel?", "On its way."), ("请问我的快递到哪了", "在路上。")],
)
def test_stories_with_words_answer_words_like_these(heard: str, answer: str) -> None:
    domain = DOMAIN + 'e2e_actions: ["On its way.", "在路上。"]'
    it = Bot(domain, TEXTS, policies=[{"name": "TEDPolicy"}])
    decision = it.decide(f'> bye "{heard}"')
    assert decision.action == answer
    assert decision.is_text
    assert it.next(f'> bye "{heard}"', decision.events, answer) != answer
    assert it.next('> greet "good morning"') == "utter_greet"


def test_the_nearest_text() -> None:
    assert nearest_text("Where is it", ["where is it", "who is it"])[0] == "where is it"
    assert nearest_text("x", []) == (None, 0.0)


def test_a_bot_with_a_single_action_or_no_story_trains() -> None:
    assert bot("stories: []").decide("> greet").confidence == 0
    assert bot("stories: [{story: s, steps: [{intent: greet}]}]").next("> greet") == "action_listen"


@pytest.mark.parametrize("stories", [STORIES, TEXTS], ids=["intents", "texts"])
def test_the_model_survives_saving(stories: str, tmp_path) -> None:
    domain = DOMAIN + 'e2e_actions: ["On its way.", "在路上。"]'
    it = Bot(domain, stories, policies=[{"name": "TEDPolicy", "max_history": 3}])
    policy = it.decider.policies[0]
    policy.save(tmp_path)
    loaded = LearnedPolicy.load(tmp_path)
    for lines in (("> greet",), ("> bye", "utter_bye"), ('> - "where is my parcel"',)):
        tracker = it.after(*lines)
        assert loaded.predict(tracker, it.domain) == policy.predict(tracker, it.domain)
