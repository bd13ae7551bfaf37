"""What requests to Rasa's HTTP API hold, and what the answers hold where their shape is fixed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag

from chatwright.errors import RequestError
from chatwright.project.endpoints import ModelEndpoint
from chatwright.schema.events import Event, event_from_json

__all__ = [
    "ActionRequest",
    "ConversationResult",
    "EventJson",
    "EventsBody",
    "Failure",
    "IntentRequest",
    "MessageRequest",
    "ModelRequest",
    "ParseRequest",
    "Prediction",
    "ServerStatus",
    "ServerVersion",
    "TrackerState",
]

Name = Field(min_length=1, max_length=1_000)
Text = Annotated[str, Field(max_length=100_000)]


class EntityJson(BaseModel):
    """An entity as it stands in a parse result."""

    model_config = ConfigDict(extra="allow")

    entity: str = Name
    value: Any = None
    start: int = Field(default=0, ge=0, le=2**31)
    end: int = Field(default=0, ge=0, le=2**31)
    role: str | None = None
    group: str | None = None
    confidence_entity: FiniteFloat | None = None
    confidence_role: FiniteFloat | None = None
    confidence_group: FiniteFloat | None = None
    extractor: str | None = None
    processors: list[str] | None = None
    additional_info: dict[str, Any] | None = None


class IntentJson(BaseModel):
    """An intent with its confidence."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    confidence: FiniteFloat | None = None


class OursJson(BaseModel):
    """What Chatwright adds to a parse result."""

    model_config = ConfigDict(extra="allow")

    language: str | None = None


class ParseJson(BaseModel):
    """A parse result, as ``/model/parse`` gives it."""

    model_config = ConfigDict(extra="allow")

    text: str | None = None
    intent: IntentJson | None = None
    entities: list[EntityJson] = []
    intent_ranking: list[IntentJson] = []
    text_tokens: list[tuple[int, int]] = []
    response_selector: dict[str, Any] = {}
    chatwright: OursJson | None = None


class BotData(BaseModel):
    """The rich parts of a bot message."""

    model_config = ConfigDict(extra="allow")

    elements: list[dict[str, Any]] | None = None
    quick_replies: list[dict[str, Any]] | None = None
    buttons: list[dict[str, Any]] | None = None
    attachment: Any = None
    image: str | None = None
    custom: Any = None


def _moment(value: str) -> str:
    datetime.fromisoformat(value)
    return value


class EventJson(BaseModel):
    """An event in Rasa's JSON form. Which fields it has depends on its kind; each has its type."""

    model_config = ConfigDict(extra="allow")

    event: str = Field(min_length=1, max_length=100, examples=["slot"])
    timestamp: FiniteFloat | None = Field(
        default=None, ge=0, le=1e11, description="Seconds since 1970; now when absent."
    )
    metadata: dict[str, Any] | None = None
    name: str | None = None
    value: Any = None
    text: str | None = None
    parse_data: ParseJson | None = None
    input_channel: str | None = Field(default=None, max_length=64)
    message_id: str | None = None
    data: BotData | None = None
    policy: str | None = None
    confidence: FiniteFloat | None = None
    action_text: str | None = None
    hide_rule_turn: bool = False
    entities: list[EntityJson] | dict[str, Any] | None = None
    use_text_for_featurization: bool | None = None
    is_interrupted: bool = False
    intent: str | None = None
    date_time: Annotated[str, AfterValidator(_moment)] | None = Field(
        default=None, description="ISO 8601", examples=["2030-01-31T12:00:00+00:00"]
    )
    kill_on_user_msg: bool = True
    turn: int | None = None
    comment: str | None = None

    def to_event(self) -> Event:
        """The event.

        Raises:
            RequestError: the kind is unknown, or a field that it needs is missing or empty.
        """
        given = self.model_dump(exclude_unset=True)
        for key in ("name", "intent", "date_time", "value"):
            # Null stands for "none" where a kind allows it; the others need a name.
            if given.get(key, "") is None and key in _NEEDED.get(self.event, ()):
                raise RequestError(f"event {self.event!r} needs {key!r}")
        return event_from_json(given)


_NEEDED: dict[str, tuple[str, ...]] = {
    "slot": ("name",),
    "followup": ("name",),
    "action_execution_rejected": ("name",),
    "reminder": ("intent", "date_time"),
    "feedback": ("value",),
}


EventsBody = Annotated[
    Annotated[list[EventJson], Tag("events")] | Annotated[EventJson, Tag("event")],
    # One of the two is meant, so that what is wrong is said of it alone.
    Discriminator(lambda body: "events" if isinstance(body, list) else "event"),
]


class ActionRequest(BaseModel):
    """Which action to run."""

    name: str = Name
    policy: str | None = Field(default=None, description="Noted as the policy that predicted the action.")
    confidence: FiniteFloat | None = Field(default=None, ge=0, le=1)


class IntentRequest(BaseModel):
    """Which intent happens, as if a person had expressed it."""

    name: str = Name
    entities: dict[str, Any] | list[EntityJson] = Field(
        default=[], description="Entity → value, or entities as in a parse result."
    )


class MessageRequest(BaseModel):
    """A message to note without answering it."""

    text: Text
    sender: Literal["user"] = "user"
    parse_data: ParseJson | None = Field(
        default=None, description="What was understood elsewhere; the text is then not parsed."
    )


class ParseRequest(BaseModel):
    """A text to understand. Of a list the first item counts; other keys are left aside."""

    text: Text | Annotated[list[Text], Field(min_length=1)]
    message_id: str | None = None


class ModelRequest(BaseModel):
    """Which bundle to serve."""

    model_file: str | None = Field(default=None, description="Path of a bundle, or of a folder of them.")
    model_server: ModelEndpoint | None = Field(default=None, description="Fetch the bundle from there, once.")
    remote_storage: str | None = Field(default=None, description="Not offered: answered with 400.")


class TrackerState(BaseModel):
    """A conversation as it stands, in Rasa's form."""

    model_config = ConfigDict(extra="allow")

    sender_id: str
    slots: dict[str, Any]
    latest_message: dict[str, Any]
    latest_event_time: float | None
    followup_action: str | None
    paused: bool
    events: list[dict[str, Any]] | None
    latest_input_channel: str | None
    active_loop: dict[str, Any]
    latest_action: dict[str, Any]
    latest_action_name: str | None


class ConversationResult(BaseModel):
    """The conversation after an action or intent, and what the bot said."""

    tracker: TrackerState
    messages: list[dict[str, Any]]


class Score(BaseModel):
    """An action and its probability."""

    action: str
    score: float


class Prediction(BaseModel):
    """What the bot would do next."""

    scores: list[Score] = Field(description="All actions, the most probable first.")
    policy: str | None
    confidence: float
    tracker: TrackerState


class ServerVersion(BaseModel):
    """Versions."""

    version: str
    minimum_compatible_version: str = Field(description="Oldest version whose bundles are read.")


class ServerStatus(BaseModel):
    """What the server serves and does."""

    model_file: str
    model_id: str
    num_active_training_jobs: int


class Failure(BaseModel):
    """Why a request was not served."""

    version: str
    status: Literal["failure"]
    message: str
    reason: str
    details: Any
    help: str | None
    code: int
