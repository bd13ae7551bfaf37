"""Which variation of a response is said."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from chatwright.generate.responses import Responder, to_message
from chatwright.project.read_domain import domain_from_json


@dataclass
class View:
    language: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)

    def state_json(self) -> dict[str, Any]:
        return {"sender_id": "ann", "slots": self.slots}


def responder(*variations: dict[str, Any], default: str = "en", seed: int = 0) -> Responder:
    domain = domain_from_json({"responses": {"utter_x": list(variations)}})
    return Responder(domain, default_language=default, rng=random.Random(seed))


async def say(
    source: Responder, view: View | None = None, *, channel: str = "rest", **variables: Any
) -> str | None:
    draft = await source.respond("utter_x", view or View(), channel=channel, variables=variables)
    return draft["text"] if draft else None


def when(name: str, value: Any) -> dict[str, Any]:
    return {"condition": [{"type": "slot", "name": name, "value": value}]}


async def test_conditions_and_channels_in_rasas_order() -> None:
    both = {"text": "both", "channel": "slack", **when("vip", True)}
    channel = {"text": "channel", "channel": "slack"}
    condition = {"text": "condition", **when("vip", True)}
    neither = {"text": "neither"}
    vip = View(slots={"vip": True})
    all_four = responder(neither, condition, channel, both)
    assert await say(all_four, vip, channel="slack") == "both"
    assert await say(all_four, View(), channel="slack") == "channel"
    assert await say(all_four, vip) == "condition"
    assert await say(all_four, View()) == "neither"
    assert await say(responder(condition)) is None  # no variation to fall back on
    assert await say(responder(channel)) is None


@pytest.mark.parametrize(
    ("wanted", "found", "fits"),
    [
        ("Gold", "gOLD", True),
        ("北京", "北京", True),
        (1, "1", False),
        (True, True, True),
        (None, None, True),
        ([1, "a"], [1, "a"], True),
        (False, None, False),
    ],
)
async def test_conditions_compare_texts_without_case_and_the_rest_exactly(
    wanted: Any, found: Any, fits: bool
) -> None:
    source = responder({"text": "fits", **when("s", wanted)}, {"text": "other"})
    assert await say(source, View(slots={"s": found})) == ("fits" if fits else "other")


async def test_all_conditions_must_hold() -> None:
    conditions = [*when("a", 1)["condition"], *when("b", 2)["condition"]]
    source = responder({"text": "both", "condition": conditions}, {"text": "other"})
    assert await say(source, View(slots={"a": 1, "b": 2})) == "both"
    assert await say(source, View(slots={"a": 1})) == "other"


async def test_the_language_of_the_conversation() -> None:
    source = responder({"text": "hello", "language": "en"}, {"text": "你好", "language": "zh"})
    assert await say(source, View("zh")) == "你好"
    assert await say(source, View("en")) == "hello"
    assert await say(source, View(None)) == "hello"
    zh_first = responder(
        {"text": "hello", "language": "en"}, {"text": "你好", "language": "zh"}, default="zh"
    )
    assert await say(zh_first, View(None)) == "你好"


async def test_a_missing_language_falls_back_to_the_default_one() -> None:
    source = responder({"text": "hello", "language": "en"})
    assert await say(source, View("zh")) == "hello"
    assert await say(responder({"text": "你好", "language": "zh"}), View("en")) is None


async def test_a_variation_without_language_fits_all() -> None:
    source = responder({"text": "OK"}, {"text": "好", "language": "zh"})
    assert await say(source, View("en")) == "OK"
    assert {await say(source, View("zh")) for _ in range(40)} == {"OK", "好"}


async def test_a_condition_in_the_default_language_does_not_beat_the_conversations_language() -> None:
    source = responder(
        {"text": "gold", "language": "en", **when("vip", True)}, {"text": "好", "language": "zh"}
    )
    assert await say(source, View("zh", {"vip": True})) == "好"


async def test_equals_are_picked_at_random_and_the_pick_can_be_repeated() -> None:
    texts = [{"text": str(n)} for n in range(4)]
    picks = [await say(responder(*texts, seed=seed)) for seed in range(60)]
    assert set(picks) == {"0", "1", "2", "3"}
    one, two = responder(*texts, seed=7), responder(*texts, seed=7)
    assert [await say(one) for _ in range(9)] == [await say(two) for _ in range(9)]


async def test_variables_go_before_slots() -> None:
    source = responder({"text": "{n}{m}"})
    assert await say(source, View(slots={"n": 1, "m": None})) == "1None"
    assert await say(source, View(slots={"n": 1, "m": None}), m="变") == "1变"


async def test_what_is_filled_and_what_is_metadata() -> None:
    source = responder(
        {
            "text": "{n}",
            "image": "http://x/{n}.png",
            "buttons": [{"title": "{n}", "payload": '/inform{{"n": "{n}"}}'}],
            "custom": {"a": ["{n}"]},
            "elements": [{"title": "{n}"}],
            "button_type": "vertical",
            "id": "first",
            "metadata": {"k": "v"},
            "channel": "rest",
        }
    )
    draft = await source.respond("utter_x", View(slots={"n": 1}), channel="rest")
    assert draft is not None
    message = to_message({**draft, "utter_action": "utter_x"})
    assert (message.text, message.image, message.attachment) == ("1", "http://x/1.png", "http://x/1.png")
    assert message.buttons == ({"title": "1", "payload": '/inform{"n": "1"}'},)
    assert message.custom == {"a": ["1"]}
    assert message.elements == ({"title": "{n}"},)  # as in Rasa
    assert message.metadata == {
        "utter_action": "utter_x", "button_type": "vertical", "id": "first", "metadata": {"k": "v"},
        "channel": "rest",
    }  # fmt: skip


async def test_an_unknown_response_has_no_words() -> None:
    assert await responder().respond("utter_y", View(), channel="rest") is None
