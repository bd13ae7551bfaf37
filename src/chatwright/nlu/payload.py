"""Messages that are already understood: ``/intent@0.9{"entity": "value"}``, as buttons and tests send them.

Rasa: ``RegexMessageHandler``, ``YAMLStoryReader.unpack_regex_message``.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Container
from typing import Any

from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["HANDLER", "chosen_answer", "parse_payload"]

logger = logging.getLogger(__name__)

HANDLER = "RegexMessageHandler"
"""Stands as extractor on the entities (Rasa's name)."""

_PAYLOAD = re.compile(r"/(?P<intent>[^{@]+)(?:@(?P<confidence>[0-9.]+))?(?P<entities>\{.+\})?(?P<rest>.*)")


def parse_payload(text: str, intents: Container[str], entities: Container[str]) -> Understanding | None:
    """What a payload says; None for a text that is none, or whose intent the bot does not know.

    Args:
        intents: the bot's intents.
        entities: the bot's entity types; others are dropped.
    """
    stripped = text.strip()
    if not stripped.startswith("/"):
        return None
    found = _PAYLOAD.match(stripped)
    if found is None:
        return None
    full = found["intent"].strip()
    name = full.partition("/")[0]
    if full not in intents and name not in intents:
        logger.debug("%.80r is not an intent; the message is taken as text", full)
        return None
    if found["rest"].strip():
        logger.warning("%d characters behind the payload /%s are left out", len(found["rest"]), full)
    intent = IntentScore(full if full in intents else name, _confidence(found["confidence"]))
    chosen = chosen_answer(full, intent) if intent.name != full else {}
    offset = len(text) - len(text.lstrip())
    start, end = found.span("entities")
    return Understanding(
        text=text,
        intent=intent,
        ranking=(intent,),
        response_selector=chosen,
        entities=tuple(
            Entity(entity=kind, value=value, start=start + offset, end=end + offset, extractor=HANDLER)
            for kind, value in _values(found["entities"])
            if kind in entities
        ),
    )


def chosen_answer(key: str, intent: IntentScore) -> dict[str, Any]:
    """``/faq/hours`` chooses the answer as well: what a ResponseSelector would have said."""
    response = {
        "responses": [],
        "confidence": intent.confidence,
        "intent_response_key": key,
        "utter_action": f"utter_{key}",
    }
    ranking = [{"confidence": intent.confidence, "intent_response_key": key}]
    return {
        "all_retrieval_intents": [intent.name],
        str(intent.name): {"response": response, "ranking": ranking},
    }


def _confidence(written: str | None) -> float:
    try:
        return min(1.0, float(written)) if written else 1.0
    except ValueError:
        return 1.0


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _values(written: str | None) -> list[tuple[str, Any]]:
    """Pairs of entity and value; a list of values makes several."""
    if written is None:
        return []
    try:
        content = json.loads(written, parse_constant=_refuse)
    except (ValueError, RecursionError):
        logger.warning("the entities of a payload are not JSON (%d characters)", len(written))
        return []
    pairs = []
    for kind, value in content.items():
        pairs += [(kind, item) for item in value] if isinstance(value, list) else [(kind, value)]
    return pairs
