"""Chatwright: build trustworthy chatbots in Chinese and English from a folder of text files.

Example:
    >>> import chatwright as cw
    >>> bundle = cw.train("mybot")  # doctest: +SKIP
    >>> bot = await cw.Bot.load(bundle, project="mybot")  # doctest: +SKIP
    >>> turn = await bot.handle("hi", conversation="ann")  # doctest: +SKIP
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatwright.actions.api import ActionContext, action, extract, validate
    from chatwright.bot import Bot, Turn
    from chatwright.errors import ActionRejected, ChatwrightError
    from chatwright.schema.events import Event, SlotSet
    from chatwright.schema.messages import BotMessage, UserMessage
    from chatwright.schema.understanding import Entity, Understanding
    from chatwright.trainer import train

__version__ = "0.1.0"

__all__ = [
    "ActionContext",
    "ActionRejected",
    "Bot",
    "BotMessage",
    "ChatwrightError",
    "Entity",
    "Event",
    "SlotSet",
    "Turn",
    "Understanding",
    "UserMessage",
    "__version__",
    "action",
    "extract",
    "train",
    "validate",
]

_HOMES = {
    "ActionContext": "actions.api",
    "ActionRejected": "errors",
    "Bot": "bot",
    "BotMessage": "schema.messages",
    "ChatwrightError": "errors",
    "Entity": "schema.understanding",
    "Event": "schema.events",
    "SlotSet": "schema.events",
    "Turn": "bot",
    "Understanding": "schema.understanding",
    "UserMessage": "schema.messages",
    "action": "actions.api",
    "extract": "actions.api",
    "train": "trainer",
    "validate": "actions.api",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that ``import chatwright`` costs nothing (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'chatwright' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"chatwright.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
