"""What a conversation leaves in its user's profile: slots with a ``from_profile`` mapping and ``keep:``.

Consent is a key of the profile itself, kept by a slot of its own with ``keep: always``. Without it, nothing
is kept that asks for it; when it is taken back, what was kept with it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain, SlotMapping, SlotSpec
from chatwright.schema.events import Event, SlotSet

__all__ = ["CONSENT", "LANGUAGE", "initial_values", "profile_changes", "uses_profile"]

CONSENT = "consent"
"""Key of the profile: whether the user agreed that the bot remembers them."""
LANGUAGE = "language"
"""Key of the profile: the language of the latest conversation, kept with consent."""


def uses_profile(domain: Domain) -> bool:
    """Whether any slot reads the profile."""
    return any(_mapping(spec) is not None for spec in domain.slots.values())


def initial_values(
    spec: SlotSpec, mapping: SlotMapping, profile: Mapping[str, Any], current: Any
) -> list[Any]:
    """What the profile fills an empty slot with: one value or none."""
    value = profile.get(_key(spec, mapping)) if current is None else None
    return [] if value is None else [value]


def profile_changes(tracker: Tracker, events: Sequence[Event]) -> dict[str, Any]:
    """Keys of the profile that change with a turn, with their new values; None takes a key out.

    Args:
        tracker: the conversation after the turn, with the profile before it.
        events: of the turn.
    """
    before = tracker.profile
    emptied = {event.name for event in events if isinstance(event, SlotSet) and event.value is None}
    always, asking = dict[str, Any](), {LANGUAGE: tracker.language}
    for spec in tracker.domain.slots.values():
        mapping = _mapping(spec)
        if mapping is None or mapping.keep == "never":
            continue
        kept = always if mapping.keep == "always" else asking
        key, value = _key(spec, mapping), tracker.slots.get(spec.name)
        # A slot that is empty because a session began says nothing of the user.
        kept[key] = before.get(key) if value is None and spec.name not in emptied else value
    had, has = before.get(CONSENT), always.get(CONSENT, before.get(CONSENT))
    if not _agreed(has):
        asking = dict.fromkeys(asking if _agreed(had) else ())
    return {key: value for key, value in {**asking, **always}.items() if before.get(key) != value}


def _agreed(consent: Any) -> bool:
    return consent is True or str(consent).lower() in ("true", "yes")


def _key(spec: SlotSpec, mapping: SlotMapping) -> str:
    """The key of the profile that a slot stands for; the slot's name where the mapping names none."""
    return mapping.key or spec.name


def _mapping(spec: SlotSpec) -> SlotMapping | None:
    return next((mapping for mapping in spec.mappings if mapping.type == "from_profile"), None)
