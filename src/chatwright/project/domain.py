"""The domain: everything a bot can understand, remember, say and do.

Read by ``project/read_domain.py``; stored in the bundle and sent to action servers as JSON
(``to_json``, Rasa's domain format).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chatwright.errors import Location

__all__ = [
    "DEFAULT_ACTIONS",
    "DEFAULT_INTENTS",
    "NLU_FALLBACK",
    "REQUESTED_SLOT",
    "SESSION_METADATA_SLOT",
    "Domain",
    "EntitySpec",
    "FormSpec",
    "IntentSpec",
    "MappingCondition",
    "ResponseVariation",
    "SessionConfig",
    "SlotMapping",
    "SlotSpec",
]

REQUESTED_SLOT = "requested_slot"
SESSION_METADATA_SLOT = "session_started_metadata"
NLU_FALLBACK = "nlu_fallback"

DEFAULT_INTENTS = ("restart", "back", "out_of_scope", "session_start", NLU_FALLBACK)

DEFAULT_ACTIONS = (
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "...",
    "action_extract_slots",
)
"""Rasa 3.6's default actions; their order fixes the action indices."""


@dataclass(frozen=True, slots=True)
class IntentSpec:
    """An intent and the entities that its user turns show to the policies."""

    name: str
    use_entities: tuple[str, ...] | None = None
    """Entity labels shown (``city``, ``city#from``); None means all that influence the conversation."""
    ignore_entities: tuple[str, ...] = ()
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """An entity type with its roles and groups."""

    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influence_conversation: bool = True
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MappingCondition:
    """One alternative of a mapping's ``conditions``: all given keys must hold."""

    active_loop: str | None = None
    """Name of the form that must be active; None means that no form may be active."""
    requested_slot: str | None = None


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """One way a slot is filled from a message."""

    type: str
    """``from_entity``, ``from_text``, ``from_intent``, ``from_trigger_intent``, ``from_emotion``,
    ``from_dialogue_state``, ``from_profile``, or ``custom``."""
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    intent: tuple[str, ...] = ()
    not_intent: tuple[str, ...] = ()
    emotion: tuple[str, ...] = ()
    """Of ``from_emotion``: those that fill the slot; all but ``neutral`` where it is empty."""
    min_intensity: int = 0
    """Of ``from_emotion``: 0 to 3."""
    service: str | None = None
    """Of ``from_dialogue_state``: what the slot belongs to, such as hotel."""
    slot: str | None = None
    """Of ``from_dialogue_state``: the slot's name within the service; by default its own."""
    description: str | None = None
    """Of ``from_dialogue_state``: words for the slot that users may say."""
    key: str | None = None
    """Of ``from_profile``: what it reads of the user's profile; by default what the slot is called."""
    keep: str = "never"
    """Of ``from_profile``: whether the slot goes there, ``never``, ``with_consent`` or ``always``."""
    value: Any = None
    action: str | None = None
    conditions: tuple[MappingCondition, ...] = ()
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """A slot: what the bot remembers under a name."""

    name: str
    type: str
    """``text``, ``bool``, ``categorical``, ``float``, ``list``, ``any`` or ``module.Class``."""
    initial_value: Any = None
    influence_conversation: bool = True
    values: tuple[Any, ...] = ()
    """Of a categorical slot."""
    min_value: float = 0.0
    max_value: float = 1.0
    mappings: tuple[SlotMapping, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further keys, passed to a custom slot class."""
    is_default: bool = False
    """Added by the framework, not by the project (``requested_slot`` and the like)."""
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ResponseVariation:
    """One way to say a response. ``content`` holds the keys that reach the channel."""

    content: Mapping[str, Any]
    """``text image buttons quick_replies elements attachment custom button_type`` and extra keys."""
    channel: str | None = None
    condition: tuple[Mapping[str, Any], ...] = ()
    """All must hold: ``{"type": "slot", "name": …, "value": …}``."""
    language: str | None = None
    """Chatwright: only in conversations of this language."""
    id: str | None = None
    metadata: Any = None
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form: slots asked for one by one."""

    name: str
    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """When a conversation counts as a new session."""

    expiration_minutes: float = 60.0
    """0 means never."""
    carry_over_slots: bool = True


@dataclass(frozen=True)
class Domain:
    """The merged domain of a project. Mappings keep the order of the files."""

    intents: Mapping[str, IntentSpec] = field(default_factory=dict)
    """Default intents included."""
    entities: Mapping[str, EntitySpec] = field(default_factory=dict)
    slots: Mapping[str, SlotSpec] = field(default_factory=dict)
    """Default slots included."""
    responses: Mapping[str, Sequence[ResponseVariation]] = field(default_factory=dict)
    forms: Mapping[str, FormSpec] = field(default_factory=dict)
    actions: Sequence[str] = ()
    """As listed under ``actions:``."""
    send_domain_actions: frozenset[str] = frozenset()
    """Actions listed with ``send_domain: true``."""
    e2e_actions: Sequence[str] = ()
    session: SessionConfig = field(default_factory=SessionConfig)
    store_entities_as_slots: bool = True
    locations: Mapping[str, Location] = field(default_factory=dict, compare=False)
    """Where each listed action stands."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The merged domain as JSON in Rasa's format; what ``to_json`` gives and the bundle stores."""

    def to_json(self) -> Mapping[str, Any]:
        """The domain in Rasa's JSON format."""
        return self.raw

    @cached_property
    def action_names(self) -> tuple[str, ...]:
        """All actions in Rasa's order: default, listed, responses sorted, forms, end-to-end texts."""
        ordered = [
            *DEFAULT_ACTIONS,
            *self.actions,
            *sorted(self.responses),
            *(f"utter_{intent}" for intent in self.retrieval_intents),
            *self.forms,
            *self.e2e_actions,
        ]
        return tuple(dict.fromkeys(ordered))

    @cached_property
    def retrieval_intents(self) -> tuple[str, ...]:
        """Intents with responses named ``utter_<intent>/<key>``."""
        bases = {name[len("utter_") :].split("/", 1)[0] for name in self.responses if "/" in name}
        return tuple(intent for intent in self.intents if intent in bases)

    @cached_property
    def user_actions(self) -> frozenset[str]:
        """Actions that the project itself provides: listed ones that are not plain responses.

        A default action or a form that is listed here is overridden by the project.
        """
        return frozenset(
            name
            for name in self.actions
            if name not in self.responses and name not in {f"utter_{i}" for i in self.retrieval_intents}
        )

    def is_retrieval_action(self, name: str) -> bool:
        """Whether ``name`` is ``utter_<retrieval intent>``."""
        return name.startswith("utter_") and name[len("utter_") :] in self.retrieval_intents
