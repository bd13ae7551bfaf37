"""Choosing one variation of a response, and filling it with values."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from chatwright.generate.interpolation import interpolate
from chatwright.project.domain import Domain, ResponseVariation
from chatwright.schema.messages import BotMessage

__all__ = ["ConversationView", "Draft", "Responder", "ResponseSource", "eligible", "to_message"]

Draft = dict[str, Any]
"""A response object as Rasa's NLG gives it: ``text``, ``buttons`` …; further keys are metadata."""

_FILLED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


class ConversationView(Protocol):
    """What must be known of a conversation to speak in it."""

    language: str | None

    @property
    def slots(self) -> Mapping[str, Any]:
        """All slots with their values."""
        ...

    def state_json(self) -> dict[str, Any]:
        """Rasa's tracker state."""
        ...


class ResponseSource(Protocol):
    """Where the words of a response come from."""

    default_language: str

    async def respond(
        self,
        name: str,
        conversation: ConversationView,
        *,
        channel: str,
        variables: Mapping[str, Any] | None = None,
    ) -> Draft | None:
        """The response ``name`` in words; None where there is nothing to say.

        Args:
            channel: name of the channel it goes to.
            variables: values for placeholders; they go before slots.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Responder:
    """The responses of the domain.

    Args:
        domain: of the bot.
        default_language: of conversations that have not shown one, and of responses that lack the
            conversation's.
        rng: picks among equally fitting variations.
    """

    def __init__(
        self, domain: Domain, *, default_language: str = "en", rng: random.Random | None = None
    ) -> None:
        self.default_language = default_language
        self._responses = domain.responses
        self._rng = rng or random.Random()

    async def respond(
        self,
        name: str,
        conversation: ConversationView,
        *,
        channel: str,
        variables: Mapping[str, Any] | None = None,
    ) -> Draft | None:
        """One fitting variation, filled with slots and ``variables``; None where none fits."""
        language = conversation.language or self.default_language
        found = eligible(
            self._responses.get(name, ()),
            languages=(language, self.default_language),
            channel=channel,
            slots=conversation.slots,
        )
        if not found:
            return None
        variation = self._rng.choice(found)
        values = {**conversation.slots, **(variables or {})}
        draft = {
            key: interpolate(value, values) if key in _FILLED else value
            for key, value in variation.content.items()
        }
        for key in ("channel", "id", "metadata"):
            if (value := getattr(variation, key)) is not None:
                draft[key] = value
        if variation.condition:
            draft["condition"] = [dict(condition) for condition in variation.condition]
        return draft

    async def close(self) -> None:
        """Nothing to release."""


def eligible(
    variations: Sequence[ResponseVariation],
    *,
    languages: Sequence[str],
    channel: str,
    slots: Mapping[str, Any],
) -> list[ResponseVariation]:
    """The variations to choose from.

    The first of ``languages`` in which anything fits counts; a variation without a language fits all.
    Among those the first group that is not empty (rasa.core.nlg.generator.ResponseVariationFilter):
    condition met and channel named, channel named, condition met, neither.
    """
    for language in dict.fromkeys(languages):
        spoken = [v for v in variations if v.language in (None, language)]
        for with_condition, wanted_channel in (
            (True, channel),
            (False, channel),
            (True, None),
            (False, None),
        ):
            group = [
                v
                for v in spoken
                if bool(v.condition) == with_condition and v.channel == wanted_channel and _holds(v, slots)
            ]
            if group:
                return group
    return []


def to_message(draft: Mapping[str, Any]) -> BotMessage:
    """The message of a draft; an image is also its attachment where it has no other, as in Rasa."""
    rest = dict(draft)
    content = {
        key: rest.pop(key, None)
        for key in ("text", "image", "buttons", "quick_replies", "elements", "attachment", "custom")
    }
    content["attachment"] = content["attachment"] or content["image"]
    return BotMessage.from_data(content.pop("text"), content, rest)


def _holds(variation: ResponseVariation, slots: Mapping[str, Any]) -> bool:
    for condition in variation.condition:
        wanted, found = condition.get("value"), slots.get(condition["name"])
        if isinstance(wanted, str) and isinstance(found, str):
            wanted, found = wanted.casefold(), found.casefold()
        if wanted != found:
            return False
    return True
