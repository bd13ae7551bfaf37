"""Stories and rules as events."""
# ruff: noqa: E501 - a slot or a story in YAML reads best on one line

from typing import Any

from chatwright.dialogue.slots import NOT_SET
from chatwright.dialogue.training_stories import TrainingDialogue, rule_dialogues, story_dialogues
from chatwright.errors import Problem
from chatwright.schema.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered

from .talking import Bot

DOMAIN = """
intents: [greet, affirm, deny, inform, 问好, faq]
entities: [city]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  level: {type: categorical, values: [a, b], mappings: [{type: custom}]}
  会员: {type: bool, mappings: [{type: custom}]}
forms: {form: {required_slots: [city]}}
actions: [action_x]
responses: {utter_greet: [{text: hi}]}
"""


def told(dialogue: TrainingDialogue) -> list[str]:
    out = []
    for event in dialogue.events:
        match event:
            case UserUttered():
                out.append(f"> {event.intent or repr(event.text)}")
            case ActionExecuted():
                out.append(event.name or f"bot {event.action_text}")
            case SlotSet():
                out.append(f"= {event.name}={event.value}")
            case ActiveLoop():
                out.append(f"loop {event.name}")
            case _:
                out.append(event.type_name)
    return out


def stories(paths: str, problems: list[Problem] | None = None) -> list[list[str]]:
    bot = Bot(DOMAIN, paths)
    return [told(dialogue) for dialogue in story_dialogues(bot.stories, bot.domain, problems)]


def rules(paths: str) -> list[list[str]]:
    bot = Bot(DOMAIN, paths)
    return [told(dialogue) for dialogue in rule_dialogues(bot.rules, bot.domain)]


def test_a_listen_stands_before_each_message_and_at_the_end() -> None:
    assert stories(
        "stories: [{story: s, steps: [{intent: greet}, {action: utter_greet}, {intent: 问好}]}]"
    ) == [["action_listen", "> greet", "utter_greet", "action_listen", "> 问好", "action_listen"]]


def test_an_explicit_listen_is_not_doubled() -> None:
    steps = "[{intent: greet}, {action: utter_greet}, {action: action_listen}, {intent: deny}, {action: action_x}]"
    assert stories(f"stories: [{{story: s, steps: {steps}}}]") == [
        ["action_listen", "> greet", "utter_greet", "action_listen", "> deny", "action_x", "action_listen"]
    ]


def test_entities_fill_slots_right_after_the_message() -> None:
    steps = "[{intent: inform, entities: [{city: Rome}]}, {action: action_x}]"
    assert stories(f"stories: [{{story: s, steps: {steps}}}]") == [
        ["action_listen", "> inform", "= city=Rome", "action_x", "action_listen"]
    ]


def test_end_to_end_texts() -> None:
    steps = '[{user: "where is [Rome](city)?"}, {bot: "there"}]'
    assert stories(f"stories: [{{story: s, steps: {steps}}}]") == [
        ["action_listen", "> 'where is Rome?'", "= city=Rome", "bot there", "action_listen"]
    ]


def test_slots_and_loops_are_events() -> None:
    steps = "[{intent: greet}, {action: form}, {active_loop: form}, {slot_was_set: [{会员: true}, {city: null}]}, {active_loop: null}]"
    assert stories(f"stories: [{{story: s, steps: {steps}}}]") == [
        [
            "action_listen",
            "> greet",
            "form",
            "loop form",
            "= 会员=True",
            "= city=None",
            "loop None",
            "action_listen",
        ]
    ]


def test_alternatives_multiply() -> None:
    steps = "[{or: [{intent: affirm}, {intent: 问好}]}, {action: action_x}, {or: [{intent: greet}, {intent: deny}]}]"
    found = stories(f"stories: [{{story: s, steps: {steps}}}]")
    assert {(one[1], one[4]) for one in found} == {
        (first, second) for first in ("> affirm", "> 问好") for second in ("> greet", "> deny")
    }


def test_each_slot_of_an_alternative_is_one_of_its_own() -> None:
    steps = "[{intent: greet}, {or: [{slot_was_set: [{level: a}, {level: b}]}, {slot_was_set: [{会员: true}]}]}, {action: action_x}]"
    found = stories(f"stories: [{{story: s, steps: {steps}}}]")
    assert [one[2] for one in found] == ["= level=a", "= level=b", "= 会员=True"]


CHECKPOINTS = """
stories:
- {story: begin, steps: [{intent: greet}, {action: utter_greet}, {checkpoint: asked}]}
- {story: yes, steps: [{checkpoint: asked}, {intent: affirm}, {action: action_x}, {checkpoint: asked}]}
- {story: no, steps: [{checkpoint: asked}, {intent: deny}]}
"""


def test_checkpoints_join_stories_and_cycles_end() -> None:
    bot = Bot(DOMAIN, CHECKPOINTS)
    dialogues = story_dialogues(bot.stories, bot.domain)
    assert {dialogue.name for dialogue in dialogues} == {"begin > yes > no", "begin > no"}
    assert told(dialogues[-1]) == [
        "action_listen", "> greet", "utter_greet", "action_listen", "> deny", "action_listen",
    ]  # fmt: skip


def test_a_checkpoint_may_ask_for_slots() -> None:
    paths = """
stories:
- {story: a, steps: [{intent: inform, entities: [{city: Rome}]}, {checkpoint: c}]}
- {story: b, steps: [{intent: greet}, {checkpoint: c}]}
- {story: rome, steps: [{checkpoint: c, slot_was_set: [{city: Rome}]}, {action: action_x}]}
- {story: nowhere, steps: [{checkpoint: c, slot_was_set: [{city: null}]}, {action: utter_greet}]}
"""
    bot = Bot(DOMAIN, paths)
    assert [d.name for d in story_dialogues(bot.stories, bot.domain)] == ["a > rome", "b > nowhere"]


def test_loose_checkpoints_are_named() -> None:
    problems: list[Problem] = []
    stories("stories: [{story: s, steps: [{intent: greet}, {checkpoint: nowhere}]}]", problems)
    assert [(p.code, p.severity) for p in problems] == [("unconnected-checkpoint", "warning")]
    assert "nowhere" in problems[0].message


def test_a_rule_begins_anywhere_under_its_condition() -> None:
    paths = """
rules:
- rule: r
  condition: [{active_loop: form}, {slot_was_set: [{requested_slot: city}]}]
  steps: [{intent: greet}, {action: utter_greet}]
"""
    assert rules(paths) == [
        [
            "loop form",
            "= requested_slot=city",
            "...",
            "action_listen",
            "> greet",
            "utter_greet",
            "action_listen",
        ]
    ]


def test_a_rule_may_stand_at_the_start_only() -> None:
    paths = "rules: [{rule: r, conversation_start: true, steps: [{intent: greet}, {action: utter_greet}]}]"
    assert rules(paths) == [["action_listen", "> greet", "utter_greet", "action_listen"]]


def test_a_rule_may_end_in_the_middle() -> None:
    paths = "rules: [{rule: r, wait_for_user_input: false, steps: [{intent: greet}, {action: utter_greet}]}]"
    assert rules(paths) == [["...", "action_listen", "> greet", "utter_greet", "...", "action_listen"]]


def test_null_in_a_rule_means_not_set() -> None:
    paths = """
rules:
- rule: submit
  condition: [{active_loop: form}]
  steps: [{action: form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: action_x}]
"""
    assert rules(paths) == [
        [
            "loop form",
            "...",
            "form",
            f"loop {NOT_SET}",
            f"= requested_slot={NOT_SET}",
            "action_x",
            "action_listen",
        ]
    ]


def test_names_need_not_be_unique_and_places_are_kept() -> None:
    bot = Bot(
        DOMAIN, "stories:\n- {story: s, steps: [{intent: greet}]}\n- {story: s, steps: [{intent: deny}]}"
    )
    sources: list[Any] = [dialogue.source for dialogue in story_dialogues(bot.stories, bot.domain)]
    assert sources[0] != sources[1]
    assert sources[1].endswith(":3")
