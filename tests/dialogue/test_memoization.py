"""Stories remembered word for word."""

import pytest

from chatwright.dialogue.policies.history import learned_states
from chatwright.dialogue.policies.memoization import MemoizationPolicy
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.schema.events import ActionExecuted

from .talking import Bot, events, said

DOMAIN = """
intents: [greet, 问好, mood, bye, book]
entities: [feeling]
slots:
  feeling: {type: categorical, values: [good, bad], mappings: [{type: from_entity, entity: feeling}]}
  name: {type: text, mappings: [{type: custom}]}
forms: {trip_form: {required_slots: [name]}}
responses:
  utter_greet: [{text: hi}]
  utter_great: [{text: great}]
  utter_cheer: [{text: cheer up}]
  utter_bye: [{text: bye}]
  utter_再见: [{text: 再见}]
"""
STORIES = """
stories:
- story: happy
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood
    entities: [{feeling: good}]
  - action: utter_great
- story: sad
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood
    entities: [{feeling: bad}]
  - action: utter_cheer
- story: 中文
  steps: [{intent: 问好}, {action: utter_greet}, {intent: bye}, {action: utter_再见}]
"""


def bot(paths: str = STORIES, name: str = "MemoizationPolicy", **options: object) -> Bot:
    return Bot(DOMAIN, paths, policies=[{"name": name, **options}])


def test_a_story_is_done_again() -> None:
    it = bot()
    assert it.next("> greet") == "utter_greet"
    assert it.next("> greet", "utter_greet") == "action_listen"
    mood = ("> greet", "utter_greet", "> mood feeling=bad", "= feeling=bad")
    decision = it.decide(*mood)
    assert (decision.action, decision.confidence) == ("utter_cheer", 1.0)
    assert "'sad'" in decision.evidence[0].summary
    assert it.next("> greet", "utter_greet", "> mood feeling=good", "= feeling=good") == "utter_great"
    assert it.next("> 问好", "utter_greet", "> bye") == "utter_再见"


def test_what_no_story_shows_is_not_known() -> None:
    decision = bot().decide("> bye")
    assert (decision.action, decision.confidence) == ("action_listen", 0.0)
    assert decision.proposals[0].scores == {}


def test_without_limit_the_whole_session_counts() -> None:
    before = ("> 问好", "utter_greet")
    assert bot().decide(*before, "> greet").confidence == 0
    assert bot(max_history=1).next(*before, "> greet") == "utter_greet"


def test_the_start_of_a_story_is_the_start_of_a_conversation_unless_forgotten() -> None:
    assert bot(max_history=2).decide("> 问好", "utter_greet", "> greet").confidence == 0
    assert bot(max_history=2).next("> greet") == "utter_greet"


def test_where_stories_disagree_nothing_is_remembered() -> None:
    it = bot("stories:\n- {story: a, steps: [{intent: bye}, {action: utter_bye}]}\n"
             "- {story: b, steps: [{intent: bye}, {action: utter_再见}]}")  # fmt: skip
    assert it.decide("> bye").confidence == 0
    assert "story-conflict" in it.codes()


def test_the_confidence_of_the_intent_can_be_the_storys() -> None:
    it = bot(use_nlu_confidence_as_score=True)
    assert it.decide(events("action_listen"), [said("greet", confidence=0.7)]).confidence == 0.7


def test_the_augmented_policy_forgets_what_came_before() -> None:
    before = ("> bye", "utter_bye")
    assert bot().decide(*before, "> greet", "utter_greet").confidence == 0
    decision = bot(name="AugmentedMemoizationPolicy").decide(*before, "> greet", "utter_greet")
    assert (decision.action, decision.confidence) == ("action_listen", 1.0)
    assert decision.evidence[0].summary == "this conversation, its first 2 actions forgotten is story 'happy'"


def test_the_augmented_policy_forgets_slots_that_were_set_before() -> None:
    before = ("> bye", "= name=Ann", "utter_bye", "> greet")
    assert bot(max_history=2).decide(*before).confidence == 0
    assert bot(name="AugmentedMemoizationPolicy", max_history=2).next(*before) == "utter_greet"


def test_turns_hidden_by_rules_are_not_seen() -> None:
    hidden = [
        ActionExecuted(name="action_listen"),
        said("bye"),
        ActionExecuted(name="utter_bye", hide_rule_turn=True),
        ActionExecuted(name="action_listen", hide_rule_turn=True),
        said("mood feeling=bad"),
    ]
    it = bot(STORIES.replace("- intent: greet\n  - action: utter_greet\n  - intent: mood", "- intent: mood"))
    assert it.next(hidden, "= feeling=bad") == "utter_cheer"


def test_after_a_hidden_action_the_last_visible_moment_goes_on() -> None:
    tracker = bot().after(
        "> greet", "utter_greet", "> bye", [ActionExecuted(name="utter_bye", hide_rule_turn=True)]
    )
    shown = learned_states(tracker, RuleOnly(), None)
    assert [(state.previous, state.intent) for state in shown] == [
        (None, None),
        ("action_listen", "greet"),
        ("utter_greet", "greet"),
        ("action_listen", "greet"),
    ]


def test_slots_and_loops_of_rules_alone_are_not_seen() -> None:
    paths = (
        STORIES
        + """
rules:
- rule: r
  condition: [{slot_was_set: [{name: x}]}, {active_loop: trip_form}]
  steps: [{intent: bye}, {action: utter_bye}]
"""
    )
    it = Bot(DOMAIN, paths, policies=[{"name": "MemoizationPolicy"}, {"name": "RulePolicy"}])
    assert it.decider.policies[0].hidden.slots == {"name"}
    assert it.decider.policies[0].hidden.loops == {"trip_form"}
    named = it.decide("= name=Ann", "> greet")
    assert (named.action, named.policy) == ("utter_greet", "MemoizationPolicy")


@pytest.mark.parametrize("name", ["MemoizationPolicy", "AugmentedMemoizationPolicy"])
def test_memories_survive_saving(name: str, tmp_path) -> None:
    policy = bot(name=name, max_history=3, priority=7).decider.policies[0]
    policy.save(tmp_path)
    assert MemoizationPolicy.load(tmp_path) == policy
    assert policy.priority == 7
