"""What a learned policy may choose among while a form runs, and what it sees of the conversation.

A choice is a question that the form asks on with, the end of the form, or an action that gives up (handing
over to a human). What is seen are a few numbers a slot (is it filled, how sure was the message that filled
it, how often was it asked for) and a few of the conversation, read off the last events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain, SlotMapping, SlotSpec
from chatwright.project.form_questions import END_FORM, slots_asked_for
from chatwright.schema.events import ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from chatwright.schema.reasons import Phrase, phrase
from chatwright.schema.understanding import Understanding

__all__ = ["Choice", "FormChoices"]

LOOK_BACK = 400
"""Events that are read at most, so that a turn costs the same at turn 10 and turn 10,000."""
PER_SLOT = 3
PER_CONVERSATION = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a form may go on with."""

    form: str
    action: str
    """A question, ``END_FORM``, or the action that gives up."""
    slots: tuple[str, ...] = ()
    """What the question asks for."""

    @property
    def phrase(self) -> Phrase:
        """For a person."""
        if self.action == END_FORM:
            return phrase("ask.ends", form=self.form)
        if self.slots:
            return phrase("ask", slots=Phrase(" and ".join(self.slots), "、".join(self.slots)))
        return phrase("ask.gives_up", action=self.action)


@dataclass(frozen=True, slots=True)
class FormChoices:
    """The choices of all forms of a domain; what is saved with the weights."""

    choices: tuple[Choice, ...]
    forms: Mapping[str, tuple[str, ...]]
    """Form → its required slots."""
    may_skip: frozenset[str] = frozenset()
    """Slots without which a form may end."""

    @classmethod
    def of(cls, domain: Domain, *, may_skip: Sequence[str] = (), give_up: str | None = None) -> FormChoices:
        """The choices of the domain's forms that have two slots or more.

        Args:
            may_skip: slots without which a form may end, such as a confirmation.
            give_up: action with which a form may be left, such as a hand-over to a human.
        """
        known = frozenset(domain.action_names)
        forms = {name: form for name, form in domain.forms.items() if len(form.required_slots) > 1}
        choices: list[Choice] = []
        for name, form in forms.items():
            asked = slots_asked_for(domain, form, known.__contains__)
            choices += [Choice(name, action, slots) for action, slots in asked.items()]
            if set(may_skip) & set(form.required_slots):
                choices.append(Choice(name, END_FORM))
            if give_up:
                choices.append(Choice(name, give_up))
        required = {name: tuple(form.required_slots) for name, form in forms.items()}
        return cls(tuple(choices), required, frozenset(may_skip))

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots of all forms, each once."""
        return tuple(dict.fromkeys(slot for slots in self.forms.values() for slot in slots))

    @property
    def width(self) -> int:
        """Numbers in an observation."""
        return PER_SLOT * len(self.slots) + PER_CONVERSATION + len(self.forms)

    def allowed(self, tracker: Tracker, form: str) -> NDArray[np.bool_]:
        """(C,) which choices make sense now; all False where nothing but the form's own order does.

        A question must ask for something that is missing, and for nothing that is there unless it asks for
        several; what may be skipped is only asked for when all else is there; the form may only end, and may
        only be given up, when it has begun and, for the end, nothing but what may be skipped is missing.
        """
        slots = tracker.slots
        missing = {slot for slot in self.forms[form] if slots.get(slot) is None}
        needed = missing - self.may_skip
        running = tracker.active_loop_name == form
        return np.array(
            [
                choice.form == form and self._makes_sense(choice, missing, needed, running)
                for choice in self.choices
            ],
            np.bool_,
        )

    def _makes_sense(self, choice: Choice, missing: set[str], needed: set[str], running: bool) -> bool:
        if choice.action == END_FORM:
            return running and bool(missing) and not needed
        if not choice.slots:
            return running and bool(missing)
        if len(choice.slots) > 1:
            return len(needed & set(choice.slots)) > 1
        slot = next(iter(choice.slots))
        return slot in missing and (slot in needed or not needed)

    def observe(self, tracker: Tracker, form: str) -> NDArray[np.float32]:
        """(W,) what is seen of the conversation, each number from 0 to 1.

        For each slot: filled, sureness, times asked (of 3). Then: sureness of the latest message's intent,
        slots it filled (of 3), turns since the form began (of 12), turns in a row that filled nothing (of 3).
        Then one place a form.
        """
        seen = _Seen(self, tracker.domain, form)
        for event in _since_form_began(tracker, form):
            seen.take(event)
        out: list[float] = []
        known = tracker.slots
        for slot in self.slots:
            filled = known.get(slot) is not None
            sure = seen.sureness.get(slot, 1.0) if filled else 0.0
            out += [float(filled), sure, min(seen.asked.get(slot, 0) / 3, 1.0)]
        out += [
            seen.intent_sureness,
            min(len(seen.filled) / 3, 1.0),
            min(seen.turns / 12, 1.0),
            min(seen.idle_turns / 3, 1.0),
        ]
        out += [float(name == form) for name in self.forms]
        return np.array(out, np.float32)

    def inputs(self, tracker: Tracker, form: str) -> NDArray[np.float32]:
        """(W + C,) what a network is given: what is seen, and which choices are allowed."""
        return np.concatenate([self.observe(tracker, form), self.allowed(tracker, form).astype(np.float32)])

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "choices": [[choice.form, choice.action, list(choice.slots)] for choice in self.choices],
            "forms": {name: list(slots) for name, slots in self.forms.items()},
            "may_skip": sorted(self.may_skip),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FormChoices:
        """The inverse of ``to_json``."""
        return cls(
            tuple(Choice(form, action, tuple(slots)) for form, action, slots in data["choices"]),
            {name: tuple(slots) for name, slots in data["forms"].items()},
            frozenset(data["may_skip"]),
        )


def _since_form_began(tracker: Tracker, form: str) -> list[Event]:
    """The events since the message that started the form; since the latest message where it has not begun."""
    running = tracker.active_loop_name == form
    found: list[Event] = []
    for event in reversed(tracker.events[-LOOK_BACK:]):
        found.append(event)
        if isinstance(event, ActiveLoop) and event.name == form:
            running = False
        if isinstance(event, UserUttered) and not running:
            break
    return found[::-1]


class _Seen:
    """What the events of a form amount to."""

    def __init__(self, choices: FormChoices, domain: Domain, form: str) -> None:
        self._domain = domain
        self._slots = frozenset(choices.forms[form])
        self._questions = {choice.action: choice.slots for choice in choices.choices if choice.form == form}
        self._message: Understanding | None = None
        self._values: dict[str, Any] = {}
        self.sureness: dict[str, float] = {}
        self.asked: dict[str, int] = {}
        self.filled: set[str] = set()
        """Slots filled by the latest message."""
        self.turns = 0
        self.idle_turns = 0
        """Turns in a row, the latest last, that filled nothing."""
        self.intent_sureness = 1.0

    def take(self, event: Event) -> None:
        match event:
            case UserUttered():
                self._message, self.filled = event.understanding, set()
                self.intent_sureness = event.understanding.intent.confidence
                self.turns += 1
                self.idle_turns += 1
            case SlotSet() if event.name in self._slots:
                self._set(event.name, event.value)
            case BotUttered():
                for slot in self._questions.get(str(event.metadata.get("utter_action")), ()):
                    self.asked[slot] = self.asked.get(slot, 0) + 1
            case _:
                pass

    def _set(self, slot: str, value: Any) -> None:
        before = self._values.get(slot)
        self._values[slot] = value
        if value is None or self._message is None:
            self.sureness.pop(slot, None)
            return
        if slot in self.filled and value == before:  # the same message, set once more by validation
            return
        self.filled.add(slot)
        self.idle_turns = 0
        sure = _sureness(self._domain.slots[slot], self._message)
        if value == before:  # said twice: wrong only if both are
            sure = 1 - (1 - sure) * (1 - self.sureness.get(slot, 0.0))
        self.sureness[slot] = sure


def _sureness(spec: SlotSpec, message: Understanding) -> float:
    """How sure the understanding was of what fills the slot: the entity's confidence, else the intent's."""
    found = [
        entity.confidence
        for entity in message.entities
        if entity.confidence is not None and any(_fits(m, entity.entity, entity.role) for m in spec.mappings)
    ]
    return found[-1] if found else message.intent.confidence


def _fits(mapping: SlotMapping, entity: str, role: str | None) -> bool:
    return mapping.type == "from_entity" and mapping.entity == entity and mapping.role == role
