"""Topics: a form that another topic interrupted is gone back to.

The stack of interrupted forms is part of what the events of a conversation amount to
(``Folded.suspended``): a form that starts while another is active puts that one on it. What was asked and
answered in between, while the form stayed active, is a digression.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.decision import Decision
from chatwright.schema.events import ActiveLoop
from chatwright.schema.reasons import evidence

__all__ = ["BACK", "BACK_WORDS", "back_responses", "digresses", "goes_back"]

BACK = "utter_back_to_topic"
"""Said before an interrupted form goes on, where the domain has no response for the form itself."""
BACK_WORDS: Mapping[str, str] = {
    "en": "Back to where we were:",
    "zh": "我们接着刚才的说：",
}
"""Said where the domain has neither."""


_ABOUT_NOTHING = (None, NLU_FALLBACK, "out_of_scope")


def back_responses(form: str) -> tuple[str, ...]:
    """Responses that say that a form goes on, the one to be preferred first.

    >>> back_responses("booking_form")
    ('utter_back_to_booking_form', 'utter_back_to_topic')
    """
    return (f"utter_back_to_{form}", BACK)


def digresses(tracker: Tracker) -> bool:
    """Whether the latest message is about something else than the active form.

    What was not understood is about nothing, and what starts the form is about the form.
    """
    loop, message = tracker.active_loop, tracker.latest_message
    if loop is None or message is None or message.intent in _ABOUT_NOTHING:
        return False
    started_by = ((loop.trigger_message or {}).get("intent") or {}).get("name")
    return message.intent != started_by


def goes_back(tracker: Tracker, decision: Decision) -> Decision | None:
    """The decision to go on with the form that was interrupted last, when the bot has nothing else to do."""
    if decision.action != LISTEN or tracker.active_loop_name or tracker.paused or not tracker.suspended:
        return None
    form = tracker.suspended[-1]
    if form not in tracker.domain.forms:
        return None
    return Decision(
        action=form,
        confidence=1.0,
        policy="topics",
        events=(*decision.events, ActiveLoop(name=form)),
        evidence=(evidence("topic", form=form),),
        proposals=decision.proposals,
    )
