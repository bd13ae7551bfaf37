"""The conversation that the customer-service bot must be able to hold, in Chinese, in English, and in both.

What the bot says is given by the names of its responses and the language it must say them in, so that the
wording may change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatwright.project.project import Project

__all__ = ["CONVERSATIONS", "RETURNED", "Line", "Words"]


@dataclass(frozen=True, slots=True)
class Line:
    """One turn: what the person says, what the bot says to it."""

    says: str
    hears: tuple[str, ...]
    language: str


def _zh(says: str, *hears: str) -> Line:
    return Line(says, hears, "zh")


def _en(says: str, *hears: str) -> Line:
    return Line(says, hears, "en")


_BACK = "utter_back_to_return_form"
_ASKS_REASON = "utter_ask_return_reason"
_ASKS_ADDRESS = "utter_ask_pickup_address"
_ASKS_TO_CONFIRM = "utter_ask_return_confirmed"

CONVERSATIONS: dict[str, Sequence[Line]] = {
    "zh": (
        _zh("你好", "utter_greet"),
        _zh("我的订单20231107到哪了？", "utter_order_shipped"),
        _zh("我要退货", _ASKS_REASON),
        _zh("退款要多久", "utter_refund_time", _BACK, _ASKS_REASON),
        _zh("尺码不合适", _ASKS_ADDRESS),
        _zh("运费谁出？", "utter_shipping_cost", _BACK, _ASKS_ADDRESS),
        _zh("上海市浦东新区世纪大道100号", _ASKS_TO_CONFIRM),
        _zh("地址写错了，应该是上海市徐汇区淮海中路200号", "utter_address_changed", _ASKS_TO_CONFIRM),
        _zh("对的", "utter_return_submitted"),
        _zh("谢谢", "utter_thanks"),
    ),
    "en": (
        _en("hello", "utter_greet"),
        _en("where is my order 20231107?", "utter_order_shipped"),
        _en("I want to return it", _ASKS_REASON),
        _en("they are too small", _ASKS_ADDRESS),
        _en("how long does a refund take?", "utter_refund_time", _BACK, _ASKS_ADDRESS),
        _en("5 Elm Street, Springfield", _ASKS_TO_CONFIRM),
        _en("no, the address is 12 Oak Avenue, Boston", "utter_address_changed", _ASKS_TO_CONFIRM),
        _en("are you a robot?", "utter_bot", _BACK, _ASKS_TO_CONFIRM),
        _en("yes, that's correct", "utter_return_submitted"),
        _en("thank you", "utter_thanks"),
    ),
    "switching": (
        _zh("你好", "utter_greet"),
        _en("where is my order 20231107?", "utter_order_shipped"),
        _zh("我想退货", _ASKS_REASON),
        _zh("太小了", _ASKS_ADDRESS),
        _en("how long does a refund take?", "utter_refund_time", _BACK, _ASKS_ADDRESS),
        _en("5 Elm Street, Springfield", _ASKS_TO_CONFIRM),
        _zh("地址写错了，应该是上海市徐汇区淮海中路200号", "utter_address_changed", _ASKS_TO_CONFIRM),
        _zh("OK", "utter_return_submitted"),
        _en("thank you very much", "utter_thanks"),
    ),
}
RETURNED = {
    "zh": ("20231107", "尺码不合适", "上海市徐汇区淮海中路200号"),
    "en": ("20231107", "they are too small", "12 Oak Avenue, Boston"),
    "switching": ("20231107", "太小了", "上海市徐汇区淮海中路200号"),
}
"""Order, reason and address that then stand in the shop's database."""

_PLACEHOLDER = re.compile(r"\\\{[^{}]+\\\}")


class Words:
    """What a project's responses may sound like."""

    def __init__(self, project: Path) -> None:
        self._responses = Project.load(project).domain.responses

    def missing(self, lines: Sequence[Line], said: Sequence[str]) -> str:
        """The first thing that was said otherwise than ``lines`` want; empty where all is well."""
        wanted = [(name, line) for line in lines for name in line.hears]
        for number, (name, line) in enumerate(wanted):
            if number >= len(said):
                return f"{line.says!r}: {name} was not said"
            if not self._is(name, line.language, said[number]):
                return f"{line.says!r}: {name} ({line.language}) was wanted, not {said[number]!r}"
        return f"more was said: {said[len(wanted) :]}" if len(said) > len(wanted) else ""

    def _is(self, name: str, language: str, text: str) -> bool:
        return any(
            re.fullmatch(_PLACEHOLDER.sub(".+", re.escape(str(variation.content.get("text")))), text)
            for variation in self._responses[name]
            if variation.language == language
        )
