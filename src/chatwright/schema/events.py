"""Events: what happened in a conversation, immutable and in order.

A conversation *is* its events; everything else (slots, active form, session) is a fold over them.
The JSON form is Rasa 3.x's, name by name and field by field, so that action servers, trackers and
brokers made for Rasa read it. What only Chatwright knows rides in ``metadata["chatwright"]``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from chatwright.errors import RequestError, did_you_mean
from chatwright.schema.messages import BotMessage
from chatwright.schema.understanding import Entity, Understanding

__all__ = [
    "EVENT_TYPES",
    "ActionExecuted",
    "ActionExecutionRejected",
    "ActionReverted",
    "ActiveLoop",
    "AgentUttered",
    "AllSlotsReset",
    "BotUttered",
    "ConversationPaused",
    "ConversationResumed",
    "EntitiesAdded",
    "Event",
    "FeedbackGiven",
    "FollowupAction",
    "LoopInterrupted",
    "ReminderCancelled",
    "ReminderScheduled",
    "Restarted",
    "SessionStarted",
    "SlotSet",
    "StoryExported",
    "UserFeaturization",
    "UserUtteranceReverted",
    "UserUttered",
    "event_from_json",
    "events_from_json",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. ``timestamp`` is in seconds since 1970."""

    type_name: ClassVar[str] = ""
    is_rasa: ClassVar[bool] = True
    """Whether Rasa knows this kind; others are not shown to Rasa clients and action servers."""
    timestamp: float = field(default_factory=time.time, compare=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def fields_to_json(self) -> dict[str, Any]:
        """The fields of this kind of event; the common ones are added by ``to_json``."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Rasa's JSON form. The metadata object is left out when empty."""
        out: dict[str, Any] = {"event": self.type_name, "timestamp": self.timestamp}
        if self.metadata:
            out["metadata"] = dict(self.metadata)
        out.update(self.fields_to_json())
        return out

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Constructor arguments of this kind of event from its JSON form."""
        return {}

    def with_metadata(self, **entries: Any) -> Self:
        """A copy with entries added to the metadata."""
        return replace(self, metadata={**self.metadata, **entries})


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUttered(Event):
    """A person said something, or an external trigger stood in for it."""

    type_name: ClassVar[str] = "user"
    text: str
    understanding: Understanding
    input_channel: str | None = None
    message_id: str | None = None

    @property
    def intent(self) -> str | None:
        """Name of the intent, None when nothing was classified."""
        return self.understanding.intent.name

    def fields_to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "parse_data": self.understanding.to_json(),
            "input_channel": self.input_channel,
            "message_id": self.message_id,
        }

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        text = data.get("text") or ""
        return {
            "text": text,
            "understanding": Understanding.from_json({"text": text, **(data.get("parse_data") or {})}),
            "input_channel": data.get("input_channel"),
            "message_id": data.get("message_id"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BotUttered(Event):
    """The bot said something."""

    type_name: ClassVar[str] = "bot"
    text: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def message(self) -> BotMessage:
        """The message as it went to the channel; a picture that is noted as attachment too goes once."""
        data = self.data
        if data.get("image") and data["image"] == data.get("attachment"):
            data = {**data, "attachment": None}
        return BotMessage.from_data(self.text, data, self.metadata)

    @classmethod
    def from_message(cls, message: BotMessage) -> BotUttered:
        """The event that records ``message``."""
        return cls(text=message.text, data=message.data(), metadata=message.metadata)

    def fields_to_json(self) -> dict[str, Any]:
        return {"text": self.text, "data": dict(self.data)}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": data.get("text"), "data": dict(data.get("data") or {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUttered(Event):
    """A human agent said something in the bot's place."""

    type_name: ClassVar[str] = "agent"
    text: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def fields_to_json(self) -> dict[str, Any]:
        return {"text": self.text, "data": dict(self.data)}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": data.get("text"), "data": dict(data.get("data") or {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExecuted(Event):
    """An action ran. ``action_text`` instead of ``name`` for end-to-end bot texts."""

    type_name: ClassVar[str] = "action"
    name: str | None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None
    hide_rule_turn: bool = False

    def fields_to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "policy": self.policy,
            "confidence": self.confidence,
            "action_text": self.action_text,
            "hide_rule_turn": self.hide_rule_turn,
        }

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": data.get("name"),
            "policy": data.get("policy"),
            "confidence": data.get("confidence"),
            "action_text": data.get("action_text"),
            "hide_rule_turn": bool(data.get("hide_rule_turn", False)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSet(Event):
    """A slot took a value; None unsets it."""

    type_name: ClassVar[str] = "slot"
    name: str
    value: Any = None

    def fields_to_json(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": data["name"], "value": data.get("value")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitiesAdded(Event):
    """Entities that a policy found in the latest message."""

    type_name: ClassVar[str] = "entities"
    entities: Sequence[Entity] = ()

    def fields_to_json(self) -> dict[str, Any]:
        return {"entities": [entity.to_json() for entity in self.entities]}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"entities": tuple(Entity.from_json(entity) for entity in data.get("entities") or ())}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFeaturization(Event):
    """Whether the policies read the latest message as text (end to end) or as an intent."""

    type_name: ClassVar[str] = "user_featurization"
    use_text_for_featurization: bool = False

    def fields_to_json(self) -> dict[str, Any]:
        return {"use_text_for_featurization": self.use_text_for_featurization}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"use_text_for_featurization": bool(data.get("use_text_for_featurization", False))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLoop(Event):
    """A form or loop started; None ends it."""

    type_name: ClassVar[str] = "active_loop"
    name: str | None

    def fields_to_json(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": data.get("name")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopInterrupted(Event):
    """Whether the active loop was interrupted and must not validate the latest message."""

    type_name: ClassVar[str] = "loop_interrupted"
    is_interrupted: bool

    def fields_to_json(self) -> dict[str, Any]:
        return {"is_interrupted": self.is_interrupted}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        # The legacy ``form_validation`` event says the opposite: whether to validate.
        if "is_interrupted" in data:
            return {"is_interrupted": bool(data["is_interrupted"])}
        return {"is_interrupted": not data.get("validate", True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExecutionRejected(Event):
    """An action declined to run; the policies choose again."""

    type_name: ClassVar[str] = "action_execution_rejected"
    name: str
    policy: str | None = None
    confidence: float | None = None

    def fields_to_json(self) -> dict[str, Any]:
        return {"name": self.name, "policy": self.policy, "confidence": self.confidence}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": data["name"], "policy": data.get("policy"), "confidence": data.get("confidence")}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupAction(Event):
    """The next action, whatever the policies say."""

    type_name: ClassVar[str] = "followup"
    name: str

    def fields_to_json(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": data["name"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPaused(Event):
    """The bot stops answering until resumed (a human took over)."""

    type_name: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationResumed(Event):
    """The bot answers again."""

    type_name: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted(Event):
    """The conversation starts over; slots return to their initial values."""

    type_name: ClassVar[str] = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUtteranceReverted(Event):
    """The latest user turn is taken back."""

    type_name: ClassVar[str] = "rewind"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReverted(Event):
    """The latest action is taken back."""

    type_name: ClassVar[str] = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllSlotsReset(Event):
    """All slots return to their initial values."""

    type_name: ClassVar[str] = "reset_slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Event):
    """A new session began."""

    type_name: ClassVar[str] = "session_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryExported(Event):
    """The conversation was exported as a story."""

    type_name: ClassVar[str] = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderScheduled(Event):
    """An intent to be triggered at ``date_time`` (ISO 8601)."""

    type_name: ClassVar[str] = "reminder"
    intent: str
    date_time: str
    name: str
    entities: Any = None
    kill_on_user_msg: bool = True

    def fields_to_json(self) -> dict[str, Any]:
        return {
            "intent": self.intent,
            "entities": self.entities,
            "date_time": self.date_time,
            "name": self.name,
            "kill_on_user_msg": self.kill_on_user_msg,
        }

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "intent": data["intent"],
            "entities": data.get("entities"),
            "date_time": data["date_time"],
            "name": data.get("name") or data["intent"],
            "kill_on_user_msg": bool(data.get("kill_on_user_msg", True)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderCancelled(Event):
    """Reminders that match every given field are cancelled; all of them when none is given."""

    type_name: ClassVar[str] = "cancel_reminder"
    name: str | None = None
    intent: str | None = None
    entities: Any = None

    def fields_to_json(self) -> dict[str, Any]:
        return {"name": self.name, "intent": self.intent, "entities": self.entities}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": data.get("name"), "intent": data.get("intent"), "entities": data.get("entities")}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Event):
    """A person judged an answer. Known to Chatwright only; it never changes the dialogue."""

    type_name: ClassVar[str] = "feedback"
    is_rasa: ClassVar[bool] = False
    turn: int
    """Number of the judged turn, counted from 1 over the whole conversation."""
    value: str
    """``up`` or ``down``."""
    comment: str | None = None

    def fields_to_json(self) -> dict[str, Any]:
        return {"turn": self.turn, "value": self.value, "comment": self.comment}

    @classmethod
    def fields_from_json(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        if data["value"] not in ("up", "down"):
            raise ValueError("value must be 'up' or 'down'")
        return {"turn": int(data["turn"]), "value": data["value"], "comment": data.get("comment")}


EVENT_TYPES: dict[str, type[Event]] = {
    cls.type_name: cls
    for cls in (
        UserUttered,
        BotUttered,
        AgentUttered,
        ActionExecuted,
        SlotSet,
        EntitiesAdded,
        UserFeaturization,
        ActiveLoop,
        LoopInterrupted,
        ActionExecutionRejected,
        FollowupAction,
        ConversationPaused,
        ConversationResumed,
        Restarted,
        UserUtteranceReverted,
        ActionReverted,
        AllSlotsReset,
        SessionStarted,
        StoryExported,
        ReminderScheduled,
        ReminderCancelled,
        FeedbackGiven,
    )
}

_LEGACY_NAMES: dict[str, type[Event]] = {"form": ActiveLoop, "form_validation": LoopInterrupted}


def event_from_json(data: Mapping[str, Any], now: Callable[[], float] = time.time) -> Event:
    """Read one event from its JSON form.

    Args:
        data: Rasa's JSON form; a missing or null timestamp becomes ``now()``.
        now: the clock.

    Raises:
        RequestError: the type is unknown or a required field is missing or of the wrong type.
    """
    name = data.get("event") if isinstance(data, Mapping) else None
    event_type = EVENT_TYPES.get(str(name)) or _LEGACY_NAMES.get(str(name))
    if event_type is None:
        raise RequestError(f"unknown event type {name!r}", fix=did_you_mean(str(name), EVENT_TYPES))
    try:
        timestamp = data.get("timestamp")
        return event_type(
            timestamp=now() if timestamp is None else float(timestamp),
            metadata=dict(data.get("metadata") or {}),
            **event_type.fields_from_json(data),
        )
    except KeyError as error:
        raise RequestError(f"event {name!r} lacks the field {error.args[0]!r}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise RequestError(f"event {name!r} is malformed: {error}") from error


def events_from_json(data: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Read a list of events."""
    return [event_from_json(item) for item in data]
