"""Forms: asking for slots one by one (rasa.core.actions.forms and loops, Rasa 3.6)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chatwright.actions.call import ActionCall, Performer
from chatwright.actions.slots import merged, run_extract_slots
from chatwright.errors import ActionRejected
from chatwright.project.domain import REQUESTED_SLOT, FormSpec
from chatwright.project.form_questions import END_FORM, question_names, slots_asked_for
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)

__all__ = ["FormRun"]

logger = logging.getLogger(__name__)


class FormRun:
    """One run of a form.

    Args:
        form: what it asks for.
        call: the conversation it runs in.
        performer: runs its validation and its questions.
    """

    def __init__(self, form: FormSpec, call: ActionCall, performer: Performer) -> None:
        self._form = form
        self._call = call
        self._tracker = call.tracker
        self._performer = performer
        self._active = self._tracker.active_loop_name == form.name
        self._asked: str | None = self._tracker.slots.get(REQUESTED_SLOT) if self._active else None
        self._validator = f"validate_{form.name}"

    async def run(self) -> list[Event]:
        """Start, validate what was answered, ask for the next slot, or end.

        Raises:
            ActionRejected: something was asked for, and the message does not answer it.
        """
        start = [] if self._active else [ActiveLoop(name=self._form.name)]
        events = [*start, *([] if self._active else await self._prefill())]
        if not _is_over(events):
            if len(events) == len(start):
                events += await self._validate_answer()
            if not _declined(events):
                events += await self._ask_next(events)
        if _is_over(events):
            events.append(ActiveLoop(name=None))
        return events

    async def _prefill(self) -> list[Event]:
        """Fill slots by the message that starts the form; validate those of the form that are set."""
        call = self._call.after([ActiveLoop(name=self._form.name)])
        found = [e for e in await run_extract_slots(call, self._performer) if isinstance(e, SlotSet)]
        if not self._performer.has(self._validator):
            return list(found)
        call = call.after(found)
        slots = call.tracker.slots
        prefilled = {n: slots[n] for n in self._form.required_slots if slots.get(n) is not None}
        return merged(await self._validate(prefilled, call), found)

    async def _validate_answer(self) -> list[Event]:
        """Validate what the latest message filled; after a detour there is nothing to validate."""
        loop = self._tracker.active_loop
        is_answer = loop is None or (
            self._tracker.latest_action_name == "action_listen" and not loop.is_interrupted
        )
        if not is_answer:
            return await self._validate({}, replace(self._call, answers_form=False))
        filled = self._filled_by_message()
        events = await self._validate(filled, self._call)
        validated = any(isinstance(e, SlotSet) and e.name != REQUESTED_SLOT for e in events)
        if self._asked and not filled and not validated and not _declined(events):
            raise ActionRejected(f"{self._form.name} asked for {self._asked}, and was told something else")
        return events

    def _filled_by_message(self) -> dict[str, Any]:
        """Slots of the form that were set since the latest message, in order."""
        since: list[SlotSet] = []
        for event in reversed(self._tracker.events):
            if isinstance(event, UserUttered | Restarted):
                break
            if isinstance(event, SlotSet):
                since.append(event)
        wanted = {*self._form.required_slots, self._asked}
        return {event.name: event.value for event in reversed(since) if event.name in wanted}

    async def _validate(self, candidates: dict[str, Any], call: ActionCall) -> list[Event]:
        if not self._performer.has(self._validator):
            return []
        events = [SlotSet(name=name, value=value) for name, value in candidates.items()]
        return await self._perform(self._validator, self._marked(call, events))

    async def _ask_next(self, events: Sequence[Event]) -> list[Event]:
        requested = next(
            (event.value for event in events if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT),
            None,
        )
        if _is_over(events):  # validation ended the form
            return [SlotSet(name=REQUESTED_SLOT, value=None)]
        call = self._marked(self._call, events)
        if requested:
            return await self._ask(requested, call)
        slots = call.tracker.slots
        missing = [name for name in self._form.required_slots if slots.get(name) is None]
        if self._may_end(missing):
            return [SlotSet(name=REQUESTED_SLOT, value=None)]
        slot = next(iter(missing), None)
        asked = [name for name in self._asked_by_question() if name in missing]
        if asked and self._call.question:
            slot, asking = asked[0], self._perform(self._call.question, call)
            return [SlotSet(name=REQUESTED_SLOT, value=slot), *await asking]
        request = SlotSet(name=REQUESTED_SLOT, value=slot)
        return [request, *(await self._ask(slot, call) if slot else ())]

    def _may_end(self, missing: Sequence[str]) -> bool:
        """Whether a policy ends the form here: nothing is missing but what was missing when it said so."""
        before = self._tracker.slots
        return self._call.question == END_FORM and all(before.get(name) is None for name in missing)

    def _asked_by_question(self) -> Sequence[str]:
        """The slots that a policy's choice of a question asks for; none where it has become idle."""
        if self._call.question is None:
            return ()
        questions = slots_asked_for(self._performer.domain, self._form, self._performer.has)
        return questions.get(self._call.question, ())

    async def _ask(self, slot: str, call: ActionCall) -> list[Event]:
        for name in question_names(self._form.name, slot):
            if self._performer.has(name):
                return await self._perform(name, call)
        logger.debug("nothing asks for the slot %s of %s", slot, self._form.name)
        return []

    async def _perform(self, name: str, call: ActionCall) -> list[Event]:
        return await self._performer.perform(name, call.within(name))

    def _marked(self, call: ActionCall, events: Sequence[Event]) -> ActionCall:
        """The call after ``events``, told apart from what was before by the form's own action event."""
        tracker = call.tracker
        is_ours = tracker.active_loop_name == self._form.name
        asked = tracker.slots.get(REQUESTED_SLOT) if is_ours else None
        mark = [SlotSet(name=REQUESTED_SLOT, value=asked), ActionExecuted(name=self._form.name)]
        return call.after([*mark, *events])


def _declined(events: Sequence[Event]) -> bool:
    return any(isinstance(event, ActionExecutionRejected) for event in events)


def _is_over(events: Sequence[Event]) -> bool:
    """Whether the last word on the requested slot, or on the loop, is that there is none."""
    if _declined(events):
        return False
    requests = [e.value for e in events if isinstance(e, SlotSet) and e.name == REQUESTED_SLOT]
    loops = [event.name for event in events if isinstance(event, ActiveLoop)]
    return (bool(requests) and requests[-1] is None) or (bool(loops) and loops[-1] is None)
