"""What a state tracker knows of the slots: names, descriptions, values and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chatwright.dialogue.belief.words import name_parts, terms, words

__all__ = ["DONTCARE", "Schema", "SlotKey", "SlotSchema"]

DONTCARE = "dontcare"
"""The value of a slot about which the user has no wish."""

SlotKey = tuple[str, str]
"""Service and slot."""

_TRUTHS = ({"true", "false"}, {"yes", "no"}, {"是", "否"}, {"有", "没有"})
_LITTLE = frozenset("the a an of for to in is or and on at with that this any if".split())


@dataclass(frozen=True, slots=True)
class SlotSchema:
    """A slot of a service."""

    service: str
    name: str
    description: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Known value → the ways in which it is written, the value itself left out."""
    closed: bool = False
    """Whether only these values are possible."""
    kinds: frozenset[str] = frozenset()
    """Entities (or kinds of ``text.values``) that may fill it, where nothing else knows its values."""
    open: bool = False
    """Whether names, numbers and times that nothing else explains may fill it."""
    several: bool = False
    """Whether it holds several values at once, joined by a semicolon."""

    @property
    def key(self) -> SlotKey:
        """Service and name."""
        return self.service, self.name

    @property
    def boolean(self) -> bool:
        """Whether it says yes or no."""
        return self.closed and {value.lower() for value in self.values} in _TRUTHS


@dataclass(frozen=True)
class Schema:
    """The slots of all services.

    A known value is found where its words stand in a text; of two matches, one inside the other, the longer
    counts.
    """

    slots: Sequence[SlotSchema]
    services_about: Mapping[str, str] = field(default_factory=dict)
    """Service → what it is for, in words."""

    @cached_property
    def by_key(self) -> dict[SlotKey, SlotSchema]:
        """Slots by service and name."""
        return {slot.key: slot for slot in self.slots}

    @cached_property
    def services(self) -> tuple[str, ...]:
        """Names of the services."""
        return tuple(dict.fromkeys(slot.service for slot in self.slots))

    @cached_property
    def written(self) -> dict[tuple[str, ...], list[tuple[SlotKey, str]]]:
        """Words → the values that are written so."""
        found: dict[tuple[str, ...], list[tuple[SlotKey, str]]] = {}
        for slot in self.slots:
            if slot.boolean:
                continue
            for value, forms in slot.values.items():
                for form in (value, *forms):
                    key = tuple(word.text for word in words(form))
                    entry = (slot.key, value)
                    if key and entry not in found.setdefault(key, []):
                        found[key].append(entry)
        return found

    @cached_property
    def longest(self) -> int:
        """Words of the longest written value."""
        return max(map(len, self.written), default=0)

    @cached_property
    def name_words(self) -> dict[SlotKey, tuple[str, ...]]:
        """Slot → the words of its name."""
        return {slot.key: name_parts(slot.name) for slot in self.slots}

    @cached_property
    def telling_terms(self) -> dict[str, frozenset[SlotKey]]:
        """Term (``terms``) of a slot's name or description → the slots that it may stand for.

        One which most slots share, or which names the service, tells nothing.
        """
        found: dict[str, set[SlotKey]] = {}
        for slot in self.slots:
            for term in _terms(slot.name, slot.description) - _terms(slot.service):
                found.setdefault(term, set()).add(slot.key)
        most = max(2, len(self.slots) // 2)
        return {term: frozenset(keys) for term, keys in found.items() if len(keys) <= most}

    @cached_property
    def service_terms(self) -> dict[str, frozenset[str]]:
        """Service → terms of its name and description that no other service has."""
        of = {service: _terms(service, self.services_about.get(service, "")) for service in self.services}
        return {
            service: frozenset(own.difference(*(of[other] for other in of if other != service)))
            for service, own in of.items()
        }

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        slots = [
            {
                "service": slot.service,
                "name": slot.name,
                "description": slot.description,
                "values": {value: list(forms) for value, forms in slot.values.items()},
                "closed": slot.closed,
                "kinds": sorted(slot.kinds),
                "open": slot.open,
                "several": slot.several,
            }
            for slot in self.slots
        ]
        return {"slots": slots, "services": dict(self.services_about)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Schema:
        """The inverse of ``to_json``."""
        slots = [SlotSchema(**{**slot, "kinds": frozenset(slot["kinds"])}) for slot in data["slots"]]
        return cls(slots, data["services"])


def _terms(*texts: str) -> set[str]:
    return {
        term
        for text in texts
        for term, _, _ in terms([word.text for word in words(" ".join(name_parts(text)))])
        if term not in _LITTLE and not term.isdigit()
    }
