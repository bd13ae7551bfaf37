"""Which actions ask for which slots of a form, by their names.

Rasa's names ask for one slot: ``action_ask_<form>_<slot>``, ``utter_ask_<form>_<slot>``,
``action_ask_<slot>``, ``utter_ask_<slot>``. Ours ask for several at once: a response
``utter_ask_<slot>_and_<slot>`` (and so on), and ``utter_ask_<form>`` for all slots of the form that entities
fill.
"""

from __future__ import annotations

from collections.abc import Callable

from chatwright.project.domain import Domain, FormSpec

__all__ = ["END_FORM", "joint_questions", "question_names", "slots_asked_for"]

END_FORM = "action_deactivate_loop"
"""In the place of a question: the form asks nothing any more, and is over."""

_ASK = "utter_ask_"
_AND = "_and_"


def question_names(form: str, slot: str) -> tuple[str, ...]:
    """Names of actions that ask for one slot, the most specific first."""
    return (
        f"action_ask_{form}_{slot}",
        f"utter_ask_{form}_{slot}",
        f"action_ask_{slot}",
        f"utter_ask_{slot}",
    )


def joint_questions(domain: Domain, form: FormSpec) -> dict[str, tuple[str, ...]]:
    """Responses that ask for several slots of the form, with these slots in the form's order."""
    found: dict[str, tuple[str, ...]] = {}
    for name in domain.responses:
        if not name.startswith(_ASK):
            continue
        if name == f"{_ASK}{form.name}":
            slots = [slot for slot in form.required_slots if _by_entity(domain, slot)]
        else:
            named = name.removeprefix(_ASK).split(_AND)
            slots = [slot for slot in form.required_slots if slot in named]
            if len(slots) != len(named):
                continue
        if len(slots) > 1:
            found[name] = tuple(slots)
    return found


def slots_asked_for(domain: Domain, form: FormSpec, has: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
    """Each action with which the form can ask, and what it asks for; those for a single slot first.

    Args:
        has: whether there is an action of such a name.
    """
    single = {
        name: (slot,)
        for slot in form.required_slots
        if (name := next(filter(has, question_names(form.name, slot)), None))
    }
    return {**single, **joint_questions(domain, form)}


def _by_entity(domain: Domain, slot: str) -> bool:
    spec = domain.slots.get(slot)
    return spec is not None and any(mapping.type == "from_entity" for mapping in spec.mappings)
