"""The actions that every bot has (rasa.core.actions.action, Rasa 3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from chatwright.actions.call import ActionCall, Performer, Saying
from chatwright.actions.slots import run_extract_slots
from chatwright.actions.two_stage_fallback import OUT_OF_SCOPE, run_two_stage_fallback
from chatwright.project.domain import NLU_FALLBACK, REQUESTED_SLOT
from chatwright.schema.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
)

__all__ = ["DEFAULTS", "DefaultAction"]

DefaultAction = Callable[[ActionCall, Performer], Awaitable[list[Event]]]

_AFFIRMATION = {
    "en": ("Did you mean '{intent}'?", "Yes", "No"),
    "zh": ("您是想说“{intent}”吗？", "是", "不是"),
}


async def _nothing(call: ActionCall, performer: Performer) -> list[Event]:
    return []


async def _restart(call: ActionCall, performer: Performer) -> list[Event]:
    return [*await performer.utter("utter_restart", call), Restarted()]


async def _session_start(call: ActionCall, performer: Performer) -> list[Event]:
    carried: list[Event] = []
    if performer.domain.session.carry_over_slots:
        carried = [
            SlotSet(name=event.name, value=event.value, metadata=event.metadata)
            for event in call.tracker.applied_events()
            if isinstance(event, SlotSet)
        ]
    return [SessionStarted(), *carried, ActionExecuted(name="action_listen")]


async def _default_fallback(call: ActionCall, performer: Performer) -> list[Event]:
    return [*await performer.utter("utter_default", call), UserUtteranceReverted()]


async def _deactivate_loop(call: ActionCall, performer: Performer) -> list[Event]:
    return [ActiveLoop(name=None), SlotSet(name=REQUESTED_SLOT, value=None)]


async def _ask_affirmation(call: ActionCall, performer: Performer) -> list[Event]:
    message = call.tracker.latest_message
    if message is None:
        return []
    intent, ranking = message.intent, message.understanding.ranking
    if intent == NLU_FALLBACK and len(ranking) > 1:
        intent = ranking[1].name
    language = call.tracker.language or performer.responder.default_language
    question, yes, no = _AFFIRMATION.get(language, _AFFIRMATION["en"])
    content = {
        "text": question.format(intent=intent),
        "buttons": [{"title": yes, "payload": f"/{intent}"}, {"title": no, "payload": f"/{OUT_OF_SCOPE}"}],
        "utter_action": "action_default_ask_affirmation",
    }
    return await Saying(content=content).spoken(call, performer.responder)


async def _ask_rephrase(call: ActionCall, performer: Performer) -> list[Event]:
    return await performer.utter("utter_ask_rephrase", call)


async def _back(call: ActionCall, performer: Performer) -> list[Event]:
    return [*await performer.utter("utter_back", call), UserUtteranceReverted(), UserUtteranceReverted()]


DEFAULTS: Mapping[str, DefaultAction] = {
    "action_listen": _nothing,
    "action_restart": _restart,
    "action_session_start": _session_start,
    "action_default_fallback": _default_fallback,
    "action_deactivate_loop": _deactivate_loop,
    "action_revert_fallback_events": _nothing,  # of a policy that Rasa 3 no longer has
    "action_default_ask_affirmation": _ask_affirmation,
    "action_default_ask_rephrase": _ask_rephrase,
    "action_two_stage_fallback": run_two_stage_fallback,
    "action_unlikely_intent": _nothing,
    "action_back": _back,
    "...": _nothing,
    "action_extract_slots": run_extract_slots,
}
