"""The unlikely-intent check: it doubts what no story shows, and nothing that one shows."""

from pathlib import Path
from typing import Any

import pytest

from chatwright.dialogue.policies.unlikely import UnlikelyIntentPolicy

from .talking import Bot

DOMAIN = """
intents: [greet, 点餐, affirm, deny, bye, faq]
entities: []
responses:
  utter_greet: [{text: hi}]
  utter_confirm: [{text: 要这个吗}]
  utter_done: [{text: done}]
  utter_bye: [{text: bye}]
  utter_sorry: [{text: sorry?}]
"""
STORIES = """
stories:
- {story: a, steps: [{intent: greet}, {action: utter_greet}, {intent: 点餐}, {action: utter_confirm},
                     {intent: affirm}, {action: utter_done}, {intent: bye}, {action: utter_bye}]}
- {story: b, steps: [{intent: 点餐}, {action: utter_confirm}, {intent: deny}, {action: utter_bye}]}
- {story: c, steps: [{intent: greet}, {action: utter_greet}, {intent: bye}, {action: utter_bye}]}
- {story: d, steps: [{intent: faq}, {action: utter_done}, {intent: bye}, {action: utter_bye}]}
"""
UNLIKELY = "action_unlikely_intent"


def bot(stories: str = STORIES, **options: Any) -> Bot:
    return Bot(DOMAIN, stories, policies=[{"name": "UnexpecTEDIntentPolicy", **options}])


@pytest.mark.parametrize(
    "lines",
    [
        ("> greet", "utter_greet", "> 点餐"),
        ("> 点餐", "utter_confirm", "> deny"),
        ("> faq", "utter_done", "> bye"),
    ],
)
def test_what_a_story_shows_is_not_doubted(lines: tuple[str, ...]) -> None:
    assert bot().decide(*lines).confidence == 0


@pytest.mark.parametrize("lines", [("> greet", "utter_greet", "> affirm"), ("> deny",)])
def test_what_no_story_shows_is_doubted_once_and_the_reason_is_told(lines: tuple[str, ...]) -> None:
    decision = bot().decide(*lines)
    assert (decision.action, decision.confidence) == (UNLIKELY, 1.0)
    assert lines[-1].split()[1] in decision.evidence[0].summary
    assert bot().decide(*lines, UNLIKELY).confidence == 0


def test_ignored_intents_and_intents_of_rules_alone_are_never_doubted() -> None:
    assert bot(ignore_intents_list=["affirm"]).decide("> greet", "utter_greet", "> affirm").confidence == 0
    without_faq = "\n".join(line for line in STORIES.splitlines() if "faq" not in line)
    assert bot(without_faq).decide("> greet", "utter_greet", "> faq").confidence == 0


def test_the_higher_the_tolerance_the_less_is_doubted() -> None:
    def doubts(tolerance: float) -> int:
        it = bot(tolerance=tolerance)
        talks = [("> greet", "utter_greet"), ("> 点餐", "utter_confirm"), ()]
        intents = ("greet", "点餐", "affirm", "deny", "bye")
        return sum(it.decide(*talk, f"> {intent}").action == UNLIKELY for talk in talks for intent in intents)

    counts = [doubts(tolerance) for tolerance in (0.0, 0.3, 0.6, 1.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_a_rule_says_what_to_do_then_and_the_other_policies_do_not_see_it() -> None:
    rule = "rules: [{rule: doubt, steps: [{action: action_unlikely_intent}, {action: utter_sorry}]}]\n"
    policies = [{"name": name} for name in ("RulePolicy", "MemoizationPolicy", "UnexpecTEDIntentPolicy")]
    with_rule = Bot(DOMAIN, rule + STORIES, policies=policies)
    talk = ("> greet", "utter_greet", "> affirm")
    assert with_rule.next(*talk) == UNLIKELY
    assert with_rule.next(*talk, UNLIKELY) == "utter_sorry"
    without = Bot(DOMAIN, STORIES, policies=[*policies[1:], {"name": "TEDPolicy"}])
    assert without.next("> greet", UNLIKELY) == without.next("> greet") == "utter_greet"


def test_stories_with_texts_or_a_single_intent_teach_nothing() -> None:
    texts = "stories: [{story: t, steps: [{user: where is it}, {action: utter_done}]}]"
    single = "stories: [{story: s, steps: [{intent: greet}, {action: utter_greet}]}]"
    for stories in (texts, single, "stories: []"):
        assert bot(stories).decide("> affirm").confidence == 0


def test_the_check_survives_saving(tmp_path: Path) -> None:
    it = bot(max_history=3, tolerance=0.1, ignore_intents_list=["bye"])
    policy = it.decider.policies[0]
    policy.save(tmp_path)
    loaded = UnlikelyIntentPolicy.load(tmp_path)
    for lines in (("> greet", "utter_greet", "> affirm"), ("> bye",), ("> greet",)):
        tracker = it.after(*lines)
        assert loaded.predict(tracker, it.domain) == policy.predict(tracker, it.domain)
