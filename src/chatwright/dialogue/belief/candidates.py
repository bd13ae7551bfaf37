"""What a slot's value may be after a user turn: candidates, and features that speak for or against each.

Features come on three levels. Of any slot: words of the slot's name and its values stand as signs in the
text, so that "the @ does not matter" means the same in every schema. Of the words in the slot's name. Of the
slot and the value themselves. The first two carry over to schemas never seen in training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chatwright.dialogue.belief.mentions import Mention, Span, find_mentions
from chatwright.dialogue.belief.schema import DONTCARE, Schema, SlotKey, SlotSchema
from chatwright.dialogue.belief.words import terms, words

__all__ = ["SEVERAL", "BeliefState", "Candidate", "Turn", "candidates", "heard"]

_MOST_IMPLIED = 8
"""Of a slot with at most so many values each is a candidate even where nothing like it was said."""
_MOST_OFFERS = 24
"""Values of the bot's that are remembered."""
_WINDOW = 4
_CARELESS = re.compile(
    r"\b(?:any|anything|anywhere|anytime|care|matters?|whatever|whichever|preferences?|prefer|either|no|nope"
    r"|not|all|fine|particular|difference|open|mind|flexible|other|surprise)\b"
    r"|都|随|无所谓|不限|任意|任何|要求|介意|均可|不挑|没"
)
"""Without any of these, nobody says that something does not matter."""
SEVERAL = ";"
"""Between the values of a slot that holds several."""
_NEGATION = frozenset("not without except nor instead 不 别 没 非".split())
_YES = frozenset(("true", "yes", "是", "有"))


@dataclass(frozen=True, slots=True)
class BeliefState:
    """What the user wants, as far as it was said."""

    values: Mapping[SlotKey, str] = field(default_factory=dict)
    service: str | None = None
    """That of the latest change."""
    offers: Sequence[tuple[SlotKey | None, str]] = ()
    """Values that the bot spoke of lately, the newest first; the slot where it is known."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A user's message and what came before it."""

    text: str
    reply: str = ""
    """What the bot said before it."""
    asked: SlotKey | None = None
    """The slot that the bot is known to have asked for."""
    spans: Sequence[Span] = ()
    """Entities, numbers, times and names in the text."""
    reply_spans: Sequence[Span] = ()
    misspelt: Sequence[Span] = ()
    """Known values that are written almost as they should be; ``value`` is how they should be."""


@dataclass(slots=True)
class Candidate:
    """A value that a slot may have."""

    value: str
    """Empty where the slot is to be emptied."""
    source: str
    """``said``, ``added`` to what was said, ``offered`` by the bot, ``implied``, ``carried`` from another
    service, ``dontcare`` or ``dropped``."""
    features: list[str]
    said: str = ""
    """The words that stand for it."""


def heard(belief: BeliefState, turn: Turn, schema: Schema) -> BeliefState:
    """The belief with the values of the bot's reply among its offers."""
    found: list[tuple[SlotKey | None, str]] = []
    for mention in find_mentions(words(turn.reply), schema, turn.reply_spans):
        found += [(key, mention.value) for key in mention.keys or (None,)]
    offers = list(dict.fromkeys([*found, *belief.offers]))[:_MOST_OFFERS]
    return BeliefState(belief.values, belief.service, offers)


def candidates(
    turn: Turn, schema: Schema, belief: BeliefState, *, names: bool = True, own: bool = True
) -> Iterator[tuple[SlotSchema, list[Candidate]]]:
    """The candidates of each slot that has any; its present value is not among them, it stays if none wins.

    Args:
        belief: before the turn, the reply ``heard``.
        names: give the features of the words in slots' names, too.
        own: give the features of the slots and values themselves, too.
    """
    read = _Reading(turn, schema, belief)
    for slot in schema.slots:
        view = _View(slot, read)
        found: dict[str | None, Candidate] = {}
        for candidate in view.all():
            known = found.setdefault(candidate.value, candidate)
            if known is not candidate and candidate.source != "implied":
                known.features += candidate.features
        found.pop(belief.values.get(slot.key), None)
        if found:
            for candidate in found.values():
                view.specialise(candidate, names, own)
            yield slot, list(found.values())


class _Reading:
    """A turn as all slots see it."""

    def __init__(self, turn: Turn, schema: Schema, belief: BeliefState) -> None:
        self.turn, self.schema, self.belief = turn, schema, belief
        text, reply = words(turn.text), words(turn.reply)
        self.texts = [word.text for word in text]
        self.mentions = find_mentions(text, schema, turn.spans, turn.misspelt)
        replied = [word.text for word in reply]
        self.question = _question(replied)
        self.careless = bool(_CARELESS.search(" ".join(self.texts)))
        self.named = _named(self.texts, schema)
        self.talked_about = self.named | ({belief.service} if belief.service else set())
        telling = schema.telling_terms
        self.named_slots = [
            (place, self.near(telling[term]))
            for term, first, last in terms(self.texts)
            if term in telling
            for place in range(first, last)
        ]
        self.asked_slots = [self.near(telling[one]) for one, _, _ in terms(self.question) if one in telling]
        self.spoken_of = _named(replied, schema)
        self.size = "1" if len(self.texts) <= 2 else "2" if len(self.texts) <= 5 else "3"
        self.pairs = _grams(self.texts, 2)

    def near(self, keys: frozenset[SlotKey]) -> frozenset[SlotKey]:
        """Those of a service that is talked about; all, if none is."""
        return frozenset(key for key in keys if key[0] in self.talked_about) or keys


class _View:
    """A turn as one slot sees it."""

    def __init__(self, slot: SlotSchema, read: _Reading) -> None:
        self.slot, self.read = slot, read
        self.key = key = slot.key
        self.asked = self._asked()
        service, belief = slot.service, read.belief
        self.active = self.asked != "0" or service in read.talked_about or not read.talked_about
        """Whether the turn may be about the slot though no value of its own was said."""
        spoken = slot.open and self.active
        self.mine = [m for m in read.mentions if (spoken if m.keys is None else key in m.keys)]
        self.signs = self._signs()
        self.named = "@" in self.signs
        self.active = self.active or self.named
        now = belief.values.get(key)
        filled = "none" if now is None else "dc" if now == DONTCARE else "set"
        stands = f"{service == belief.service}{service in read.named}{bool(read.named - {service})}"
        known = any(other[0] == service for other in belief.values)
        self.general = [
            "bias",
            f"asked{self.asked}{read.size}{filled}",
            f"svc{stands}{known}{service in read.spoken_of}",
            f"svc{stands}{self.asked}",
            f"named{self.named}{self.asked}{filled}",
        ]
        self.grams = _grams(self.signs, 2)

    def all(self) -> Iterator[Candidate]:
        """The candidates; those with the same value are one, with the source of the first."""
        yield from self._together() if self.slot.several else self._said()
        if self.active:
            yield from self._offered()
            yield from self._carried()
            yield from self._implied()
            yield from self._careless()
            yield from self._dropped()

    def _said(self) -> Iterator[Candidate]:
        for mention in self.mine:
            features = [f"said|{one}" for one in (*self.general, *self._around(mention))]
            yield Candidate(mention.value, "said", features, self._words_of(mention))

    def _together(self) -> Iterator[Candidate]:
        """All values of a turn, in place of those before or added to them."""
        if not self.mine:
            return
        now = self.read.belief.values.get(self.key)
        before = now.split(SEVERAL) if now and now != DONTCARE else []
        values = [mention.value for mention in self.mine]
        around = [feature for mention in self.mine for feature in self._around(mention)]
        said = ", ".join(map(self._words_of, self.mine))
        for kind, together in (("said", values), ("added", [*before, *values])):
            features = [f"{kind}|{one}" for one in (*self.general, *around)]
            yield Candidate(SEVERAL.join(sorted(set(together))), kind, features, said)

    def _words_of(self, mention: Mention) -> str:
        return " ".join(self.read.texts[mention.first : mention.last])

    def _offered(self) -> Iterator[Candidate]:
        for number, (of, value) in enumerate(self.read.belief.offers):
            if of == self.key or (of is None and self.slot.open):
                near = f"{min(number, 4)}{of is None}"
                features = [f"off{near}", *(f"off|{one}" for one in (*self.general, *self.grams))]
                yield Candidate(value, "offered", features, value)

    def _implied(self) -> Iterator[Candidate]:
        if self.slot.boolean and (self.named or self.asked != "0"):
            for value in self.slot.values:
                kind = f"bool{value.lower() in _YES}"
                yield Candidate(value, "implied", [f"{kind}|{one}" for one in (*self.general, *self.grams)])
        elif self.slot.closed and len(self.slot.values) <= _MOST_IMPLIED:
            for value in self.slot.values:
                yield Candidate(value, "implied", [f"imp|{one}" for one in self.general])

    def _carried(self) -> Iterator[Candidate]:
        names = self.read.schema.name_words
        for other, value in self.read.belief.values.items():
            if other[0] != self.key[0] and value != DONTCARE and self._may_hold(value, other):
                alike = set(names[other]) == set(names[self.key])
                features = [*self.general, *self.grams, f"alike{alike}", f"from {' '.join(names[other])}"]
                yield Candidate(value, "carried", [f"car|{one}" for one in features], value)

    def _careless(self) -> Iterator[Candidate]:
        if self.read.careless and not self.slot.boolean:
            grams = [*self.grams, *(f"{self.asked}|{gram}" for gram in self.grams), *_grams(self.signs, 3, 3)]
            yield Candidate(DONTCARE, DONTCARE, [f"dc|{one}" for one in (*self.general, *grams)])

    def _dropped(self) -> Iterator[Candidate]:
        """The user no longer wants what was said before."""
        if self.read.belief.values.get(self.key):
            others = sum(m.keys is not None and m not in self.mine for m in self.read.mentions)
            features = [*self.general, *self.grams, f"others{min(others, 3)}{len(self.mine) > 0}"]
            yield Candidate("", "dropped", [f"drop|{one}" for one in features])

    def specialise(self, candidate: Candidate, names: bool, own: bool) -> None:
        """Add the features of the slot's name, and those of slot and value."""
        base = candidate.features
        parts = self.read.schema.name_words[self.key] if names else ()
        added = [f"n:{name}|{one}" for name in parts for one in base]
        if own:
            place = f"s:{self.key[0]}.{self.key[1]}"
            added += [f"{place}|{one}" for one in base]
            valued = f"{place}={candidate.value}|{candidate.source}"
            added += [f"{valued}|{gram}" for gram in self.read.pairs]
            added += [f"{place}|{candidate.source}{self.read.size}|{word}" for word in self.read.question]
        candidate.features = base + added

    def _signs(self) -> list[str]:
        """The words, with signs: ``@`` names the slot, ``#`` another; ``$`` is its value, ``%`` another's."""
        out = list(self.read.texts)
        for place, keys in self.read.named_slots:
            if out[place] != "@":
                out[place] = "@" if self.key in keys else "#"
        for mention in self.read.mentions:
            mine = mention in self.mine
            for place in range(mention.first, mention.last):
                if mine or out[place] != "$":
                    out[place] = "$" if mine else "%"
        return out

    def _asked(self) -> str:
        """``2``: the bot asked for it, or its question names it twice; ``1``: names it; or ``0``."""
        if self.read.turn.asked is not None:
            return "2" if self.key == self.read.turn.asked else "0"
        return str(min(2, sum(self.key in keys for keys in self.read.asked_slots)))

    def _may_hold(self, value: str, other: SlotKey) -> bool:
        if self.slot.closed or self.slot.values:
            return value in self.slot.values
        return self.slot.open and not self.read.schema.by_key[other].closed

    def _claim(self, mention: Mention) -> str:
        """Which of the slots with the mentioned value are of a service that is talked about."""
        if not mention.keys:
            return "claimed by any"
        near = self.read.near(mention.keys)
        return f"claimed by {'others' if self.key not in near else 'one' if len(near) == 1 else 'several'}"

    def _around(self, mention: Mention) -> list[str]:
        """What a mention looks like and what stands around it."""
        first, last = mention.first, mention.last
        left = self.signs[max(0, first - _WINDOW) : first]
        right = self.signs[last : last + _WINDOW]
        left = ["<"] * (_WINDOW - len(left)) + left
        right = right + [">"] * (_WINDOW - len(right))
        later = any(other.first >= last and other.value != mention.value for other in self.mine)
        shared = "any" if mention.keys is None else str(min(3, len(mention.keys)))
        claim = self._claim(mention)
        return [
            mention.kind,
            claim,
            f"{claim}{mention.kind}{self.asked}",
            f"{mention.kind}{shared}{min(len(self.mine), 3)}{later}",
            f"{self.asked}{shared}{self.read.size}",
            f"neg{not _NEGATION.isdisjoint(left)}{later}",
            f"l {left[-1]}",
            f"l {left[-2]} {left[-1]}",
            f"l {left[-3]} {left[-2]} {left[-1]}",
            f"r {right[0]}",
            f"r {right[0]} {right[1]}",
            f"lr {left[-1]} {right[0]}",
            *(f"L {word}" for word in left),
            *(f"R {word}" for word in right),
        ]


def _named(texts: Sequence[str], schema: Schema) -> set[str]:
    said = {term for term, _, _ in terms(texts)}
    return {service for service in schema.services if schema.service_terms[service] & said}


def _grams(texts: Sequence[str], longest: int, shortest: int = 1) -> list[str]:
    padded = ["<", *texts, ">"]
    return [
        " ".join(padded[start : start + size])
        for size in range(shortest, longest + 1)
        for start in range(len(padded) - size + 1)
    ]


def _question(reply: Sequence[str]) -> list[str]:
    """The last words before the bot's last question mark; the last words where it asked nothing."""
    if "?" not in reply:
        return list(reply[-12:])
    end = len(reply) - 1 - list(reversed(reply)).index("?")
    before = [place for place in range(end) if reply[place] == "?"]
    return list(reply[max(before[-1] + 1 if before else 0, end - 14) : end])
