"""``action_extract_slots``: filling slots from the latest message, with the project's help."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from chatwright.actions.call import ActionCall, Performer
from chatwright.dialogue.slot_mappings import extract_slots
from chatwright.errors import ActionError, ActionRejected
from chatwright.schema.events import BotUttered, Event, SlotSet

__all__ = ["merged", "run_extract_slots"]

logger = logging.getLogger(__name__)

VALIDATE_SLOTS = "action_validate_slot_mappings"


async def run_extract_slots(call: ActionCall, performer: Performer) -> list[Event]:
    """Apply the mappings of all slots to the latest message (rasa.core.actions.action.ActionExtractSlots).

    Actions named by ``custom`` mappings run once each. Then ``action_validate_slot_mappings``, where the
    domain lists it, may change what was found; what it leaves alone counts as valid. These helpers may
    set slots and speak, nothing else, and their failures are only logged: the message is heard anyway.
    """
    extraction = extract_slots(call.tracker, performer.domain, performer.state)
    events: list[Event] = list(extraction.events)
    for action in extraction.custom_actions:
        events += await _helped(action, call, performer)
    if VALIDATE_SLOTS not in performer.domain.actions:
        return events
    filled = [event for event in events if isinstance(event, SlotSet)]
    said = [event for event in events if not isinstance(event, SlotSet)]
    validated = await _helped(VALIDATE_SLOTS, call.after(filled), performer)
    return [*said, *merged(validated, filled)]


def merged(validated: Sequence[Event], extracted: Sequence[SlotSet]) -> list[Event]:
    """What validation gave, then the extracted slots that it left alone."""
    named = {event.name for event in validated if isinstance(event, SlotSet)}
    return [*validated, *(event for event in extracted if event.name not in named)]


async def _helped(action: str, call: ActionCall, performer: Performer) -> list[Event]:
    try:
        events = await performer.perform(action, call.within(action))
    except ActionRejected as error:
        logger.info("%s declined to fill slots: %s", action, error.message)
        return []
    except ActionError as error:
        logger.error("%s failed to fill slots: %s", action, error, exc_info=error.__cause__)
        return []
    except Exception:
        logger.exception("%s failed to fill slots", action)
        return []
    kept: list[Event] = [event for event in events if isinstance(event, SlotSet | BotUttered)]
    if len(kept) < len(events):
        others = sorted({event.type_name for event in events} - {"slot", "bot"})
        logger.info("%s may only set slots and speak; left out: %s", action, ", ".join(others))
    return kept
