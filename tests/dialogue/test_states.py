"""What the policies see of slots and entities."""

from typing import Any

import pytest

from chatwright.dialogue.slots import slot_features
from chatwright.dialogue.states import State, encode_states, entity_labels
from chatwright.project.domain import SlotSpec

from .talking import Bot, said


def spec(kind: str, **options: Any) -> SlotSpec:
    return SlotSpec("slot", kind, **options)


@pytest.mark.parametrize(
    ("slot", "value", "features"),
    [
        (spec("text"), None, (0.0,)),
        (spec("text"), "", (1.0,)),
        (spec("text"), "北京", (1.0,)),
        (spec("bool"), None, (0.0, 0.0)),
        (spec("bool"), True, (1.0, 1.0)),
        (spec("bool"), False, (1.0, 0.0)),
        (spec("bool"), "true", (1.0, 1.0)),
        (spec("bool"), "False", (1.0, 0.0)),
        (spec("bool"), "1", (1.0, 1.0)),
        (spec("bool"), 2, (1.0, 0.0)),
        (spec("bool"), "yes", (0.0, 0.0)),
        (spec("bool"), ["true"], (0.0, 0.0)),
        (spec("categorical", values=("low", "高")), None, (0.0, 0.0, 0.0)),
        (spec("categorical", values=("low", "高")), "LOW", (1.0, 0.0, 0.0)),
        (spec("categorical", values=("low", "高")), "高", (0.0, 1.0, 0.0)),
        (spec("categorical", values=("low", "高")), "x", (0.0, 0.0, 1.0)),
        (spec("float"), 0.5, (1.0, 0.5)),
        (spec("float", min_value=10.0, max_value=20.0), "15", (1.0, 0.5)),
        (spec("float"), 7, (1.0, 1.0)),
        (spec("float"), "many", (0.0, 0.0)),
        (spec("float"), None, (0.0, 0.0)),
        (spec("list"), [], (0.0,)),
        (spec("list"), None, (0.0,)),
        (spec("list"), ["a"], (1.0,)),
        (spec("any"), "a", ()),
        (spec("text", influence_conversation=False), "a", ()),
        (spec("rasa.shared.core.slots.TextSlot"), "a", (1.0,)),
        (spec("my.own.Slot"), "a", ()),
    ],
)
def test_features_of_slot_values(slot: SlotSpec, value: Any, features: tuple[float, ...]) -> None:
    assert slot_features(slot, value) == features


BOT = Bot("""
intents:
- greet
- 告知
- quiet: {use_entities: []}
- picky: {use_entities: [city]}
- deaf: {ignore_entities: [城市]}
entities:
- city: {roles: [from, to]}
- 城市
- noise: {influence_conversation: false}
slots:
  seen: {type: text, mappings: [{type: custom}]}
  unseen: {type: text, influence_conversation: false, mappings: [{type: custom}]}
""")


@pytest.mark.parametrize(
    ("message", "labels"),
    [
        ("greet city=a 城市=b", ("city", "城市")),
        ("告知 城市=北京", ("城市",)),
        ("greet city#from=a", ("city", "city#from")),
        ("greet noise=a", ()),
        ("greet unknown=a", ()),
        ("quiet city=a", ()),
        ("picky city#to=a 城市=b", ("city", "city#to")),
        ("deaf city=a 城市=b", ("city",)),
        ("- city=a noise=b", ("city", "noise")),
    ],
)
def test_entities_that_the_intent_lets_the_policies_see(message: str, labels: tuple[str, ...]) -> None:
    assert entity_labels(BOT.domain, said(message)) == labels


def test_a_state_holds_the_message_the_action_and_the_filled_slots() -> None:
    state = BOT.after("> greet city=a", "= seen=x", "= unseen=x").state()
    assert state == State("action_listen", "greet", ("city",), None, (("seen", (1.0,)),), None)


def test_a_message_is_read_as_text_where_it_has_no_intent() -> None:
    state = BOT.after('> - "早上好"').state()
    assert (state.intent, state.text) == (None, "早上好")
    assert BOT.after('> greet "hi" city=a').state(as_text=True) == State("action_listen", text="hi")


def test_states_survive_json_and_their_keys_tell_them_apart() -> None:
    one = State(
        "action_listen", "问好", ("城市",), None, (("a", (1.0, 0.0)), ("b", "should_not_be_set")), "表单"
    )
    assert State.from_json(one.to_json()) == one
    assert encode_states([one]) != encode_states([State("action_listen", "问好")])
    assert encode_states([one, one]) != encode_states([one])
