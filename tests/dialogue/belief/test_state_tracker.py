"""The belief about what a user wants, over the turns of dialogues about things never seen in training."""

import pytest

from chatwright.dialogue.belief.candidates import BeliefState, Turn
from chatwright.dialogue.belief.fit_state_tracker import shipped_ranker
from chatwright.dialogue.belief.schema import DONTCARE, Schema, SlotSchema
from chatwright.dialogue.belief.state_tracker import StateTracker

COLOURS = {"red": [], "blue": [], "green": [], "black": []}
SCHEMA = Schema(
    [
        SlotSchema("bicycle", "colour", "colour of the bicycle", COLOURS, closed=True),
        SlotSchema("bicycle", "brand", "brand, maker", {"Koga": [], "Giant": [], "Trek": []}),
        SlotSchema("bicycle", "pickup_day", "day", {"monday": [], "tuesday": []}, closed=True),
        SlotSchema("helmet", "colour", "colour of the helmet", COLOURS, closed=True),
        SlotSchema("helmet", "size", "size", {"small": [], "medium": [], "large": []}, closed=True),
    ]
)
CHINESE = Schema(
    [
        SlotSchema(
            "自行车", "颜色", "颜色", {"红色": ["红的"], "蓝色": ["蓝的"], "黑色": ["黑的"]}, closed=True
        ),
        SlotSchema("自行车", "品牌", "品牌 牌子", {"捷安特": [], "凤凰": [], "永久": []}),
        SlotSchema("头盔", "尺寸", "尺寸 大小", {"大号": ["大的"], "小号": ["小的"]}, closed=True),
    ]
)


def after(schema: Schema, *turns: tuple[str, str]) -> dict[str, str]:
    ranker = shipped_ranker()
    assert ranker is not None
    tracker = StateTracker(schema, ranker, own=False)
    belief = BeliefState()
    for reply, text in turns:
        belief, _ = tracker.update(belief, Turn(text, reply))
    return {f"{service}.{slot}": value for (service, slot), value in belief.values.items()}


def test_values_stay_until_they_are_changed() -> None:
    first = ("", "I am looking for a red bicycle by Koga")
    assert after(SCHEMA, first) == {"bicycle.colour": "red", "bicycle.brand": "Koga"}
    second = ("We have two of them. Which day do you want to pick it up?", "On Tuesday, please.")
    assert after(SCHEMA, first, second) == {
        "bicycle.colour": "red",
        "bicycle.brand": "Koga",
        "bicycle.pickup_day": "tuesday",
    }
    third = ("Fine.", "How about a blue one instead?")
    assert after(SCHEMA, first, second, third)["bicycle.colour"] == "blue"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("What colour would you like?", "I don't care"),
        ("What colour would you like?", "Any colour is fine."),
        ("We have two.", "Any colour will do."),
        ("We have two.", "The colour does not matter."),
    ],
)
def test_not_caring(reply: str, text: str) -> None:
    assert after(SCHEMA, ("", "I need a bicycle by Koga"), (reply, text))["bicycle.colour"] == DONTCARE


def test_a_question_is_no_wish() -> None:
    assert after(SCHEMA, ("", "Thank you, that is all. Goodbye.")) == {}
    assert after(SCHEMA, ("", "hello there")) == {}


def test_what_was_found_is_told() -> None:
    ranker = shipped_ranker()
    assert ranker is not None
    _, updates = StateTracker(SCHEMA, ranker, own=False).update(BeliefState(), Turn("a red bicycle, please"))
    (update,) = updates
    assert update.key == ("bicycle", "colour")
    assert 0.5 < update.probability <= 1
    assert "'red'" in update.evidence.summary


def test_chinese() -> None:
    first = ("", "你好，我想买一辆红色的自行车，要捷安特的")
    assert after(CHINESE, first) == {"自行车.颜色": "红色", "自行车.品牌": "捷安特"}
    assert after(CHINESE, first, ("好的。", "还是蓝色的吧"))["自行车.颜色"] == "蓝色"
