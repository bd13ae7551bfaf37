"""``validate_<form>`` made of a project's ``@extract`` and ``@validate`` functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chatwright.actions.api import ActionContext, ActionSpec
from chatwright.actions.call import ActionCall
from chatwright.project.domain import REQUESTED_SLOT, Domain
from chatwright.schema.events import SlotSet

__all__ = ["FormFunctions", "Step"]

Step = tuple[ActionSpec, Callable[..., Any]]
"""A function and what its decorator says."""


@dataclass(slots=True)
class FormFunctions:
    """The functions of one form, by slot."""

    form: str
    extractors: dict[str, Step] = field(default_factory=dict)
    validators: dict[str, Step] = field(default_factory=dict)

    async def run(
        self,
        call: ActionCall,
        domain: Domain,
        context: ActionContext,
        run: Callable[..., Awaitable[Any]],
    ) -> None:
        """Extract, then validate in the order of the form's slots; the outcome is in ``context.events``.

        Args:
            call: its tracker ends with the candidates, set after the form's own action event.
            run: calls a step with arguments.
        """
        candidates = _candidates(call)
        form = domain.forms.get(self.form)
        order = [*dict.fromkeys([*(form.required_slots if form else ()), *self.extractors, *candidates])]
        if call.answers_form:
            for slot in order:
                if slot in self.extractors:
                    value = await run(self.extractors[slot], context)
                    if value is not None:
                        candidates[slot] = value
        for slot in order:
            if slot not in candidates:
                continue
            value = candidates[slot]
            if slot in self.validators and value is not None:
                value = await run(self.validators[slot], context, value)
            context.set_slot(slot, value)


def _candidates(call: ActionCall) -> dict[str, Any]:
    """Slots set at the end of what has happened."""
    found: dict[str, Any] = {}
    for event in reversed(call.tracker.events):
        if not isinstance(event, SlotSet):
            break
        if event.name != REQUESTED_SLOT:
            found.setdefault(event.name, event.value)
    return found
