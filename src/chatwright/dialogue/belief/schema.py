"""What a state tracker knows of the slots: names, descriptions, values and how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chatwright.text.language import HAN
from chatwright.text.normalise import fold, without_marks

__all__ = ["DONTCARE", "Schema", "SlotKey", "SlotSchema", "Word", "singular", "words"]

DONTCARE = "dontcare"
"""The value of a slot about which the user has no wish."""

SlotKey = tuple[str, str]
"""Service and slot."""

_WORD = re.compile(rf"\d+(?:[:.]\d+)*|[{HAN}]|[^\W\d_{HAN}]+|[?？]")
_SHORT = {"dont": "not", "doesnt": "not", "isnt": "not"}
_LITTLE = frozenset("the a an of for to in is or and on at with that this any if 的 了 是 在 和 或".split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text in its one form, and where it stands."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Words in lower case, each Chinese character one, question marks; ``don't`` gives ``do``, ``not``.

    >>> [word.text for word in words("I don't mind, 3星级")]
    ['i', 'do', 'not', 'mind', '3', '星', '级']
    """
    found: list[Word] = []
    for match in _WORD.finditer(fold(text)):
        word = "?" if match[0] == "？" else without_marks(match[0])
        if word == "t" and found and found[-1].text.endswith("n") and match.start() == found[-1].end + 1:
            last = found.pop()  # don't, do n't
            if last.text != "n":
                found.append(Word(last.text[:-1], last.start, last.end - 1))
            found.append(Word("not", last.end - 1, match.end()))
        else:
            found.append(Word(_SHORT.get(word, word), *match.span()))
    return found


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
        return self.closed and set(self.values) in ({"true", "false"}, {"yes", "no"}, {"是", "否"})


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
        return {slot.key: _parts(slot.name) for slot in self.slots}

    @cached_property
    def telling_words(self) -> dict[str, frozenset[SlotKey]]:
        """Word of a slot's name or description → the slots that it may stand for.

        A word which most slots share, such as the service's, tells nothing.
        """
        found: dict[str, set[SlotKey]] = {}
        for slot in self.slots:
            own = {*self.name_words[slot.key], *(word.text for word in words(slot.description))}
            for word in own - _LITTLE - set(_parts(slot.service)):
                found.setdefault(word, set()).add(slot.key)
        most = max(2, len(self.slots) // 2)
        return {word: frozenset(keys) for word, keys in found.items() if len(keys) <= most}

    @cached_property
    def service_words(self) -> dict[str, frozenset[str]]:
        """Service → the words of its name, and those of its description that no other service has."""
        of = {
            service: {*_parts(service), *(word.text for word in words(self.services_about.get(service, "")))}
            for service in self.services
        }
        return {
            service: frozenset(
                singular(word)
                for word in own - _LITTLE
                if not word.isdigit() and not any(word in of[other] for other in of if other != service)
            )
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


def singular(word: str) -> str:
    """An English word without its plural ending.

    >>> singular("restaurants"), singular("buses"), singular("bus")
    ('restaurant', 'bus', 'bus')
    """
    if len(word) > 4 and word.endswith("ses"):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _parts(name: str) -> tuple[str, ...]:
    """``price_range``, ``priceRange``, ``price range`` → price, range."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ")
    return tuple(word.text for word in words(spaced))
