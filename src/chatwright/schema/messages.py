"""What people send to the bot, and what the bot sends back."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DEFAULT_CONVERSATION", "BotMessage", "UserMessage", "new_id"]

DEFAULT_CONVERSATION = "default"
"""Conversation id of a message that names none (Rasa's REST channel does the same)."""


def new_id() -> str:
    """A random identifier of 128 bits, as 32 hexadecimal digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """One message from a person."""

    text: str
    conversation: str = DEFAULT_CONVERSATION
    message_id: str = field(default_factory=new_id)
    """Redelivery of the same id replays the stored answer instead of running the turn again."""
    channel: str = "rest"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    received_at: float = field(default_factory=time.time)
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMessage:
    """One message from the bot, before a channel renders it.

    The fields are those of a Rasa response (rasa docs, "Responses").
    """

    text: str | None = None
    image: str | None = None
    """URL of a picture."""
    buttons: Sequence[Mapping[str, Any]] = ()
    """Each with ``title`` and ``payload``; further keys pass through."""
    quick_replies: Sequence[Mapping[str, Any]] = ()
    elements: Sequence[Mapping[str, Any]] = ()
    attachment: Any = None
    custom: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """The ``data`` object of Rasa's ``bot`` event: every rich field, null when absent."""
        return {
            "elements": list(self.elements) or None,
            "quick_replies": list(self.quick_replies) or None,
            "buttons": list(self.buttons) or None,
            "attachment": self.attachment,
            "image": self.image,
            "custom": self.custom,
        }

    @classmethod
    def from_data(
        cls, text: str | None, data: Mapping[str, Any] | None, metadata: Mapping[str, Any] | None = None
    ) -> BotMessage:
        """The inverse of ``data``; unknown keys are ignored, nulls mean absent."""
        data = data or {}
        return cls(
            text=text,
            image=data.get("image"),
            buttons=tuple(data.get("buttons") or ()),
            quick_replies=tuple(data.get("quick_replies") or ()),
            elements=tuple(data.get("elements") or ()),
            attachment=data.get("attachment"),
            custom=data.get("custom"),
            metadata=dict(metadata or {}),
        )
