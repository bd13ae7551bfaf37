"""What the bot understood, in the words of other services (``POST /model/parse?emulation_mode=…``).

The shapes are those of Rasa 3.6's emulators (``rasa/nlu/emulators``), field by field.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

__all__ = ["EmulationMode", "emulate"]


class EmulationMode(StrEnum):
    """Services whose answers can be imitated."""

    WIT = "WIT"
    LUIS = "LUIS"
    DIALOGFLOW = "DIALOGFLOW"

    @classmethod
    def _missing_(cls, value: object) -> EmulationMode | None:
        """Rasa accepts small letters, too."""
        return cls.__members__.get(str(value).upper())


def emulate(parsed: Mapping[str, Any], mode: EmulationMode | None) -> dict[str, Any]:
    """Rasa's parse result in the shape of ``mode``; unchanged without one."""
    match mode:
        case EmulationMode.WIT:
            return _wit(parsed)
        case EmulationMode.LUIS:
            return _luis(parsed)
        case EmulationMode.DIALOGFLOW:
            return _dialogflow(parsed)
    return dict(parsed)


def _wit(parsed: Mapping[str, Any]) -> dict[str, Any]:
    entities: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entity in parsed["entities"]:
        name, role = entity["entity"], entity.get("role") or entity["entity"]
        entities[f"{name}:{role}"].append(
            {
                "confidence": entity.get("confidence_entity") or 1,
                "name": name,
                "value": entity["value"],
                "body": parsed["text"][entity["start"] : entity["end"]],
                "start": entity["start"],
                "end": entity["end"],
                "role": role,
                "entities": [],
            }
        )
    return {"text": parsed["text"], "intents": [parsed["intent"]], "entities": entities}


def _luis(parsed: Mapping[str, Any]) -> dict[str, Any]:
    ranking = parsed["intent_ranking"] or [parsed["intent"]]
    values: dict[str, list[Any]] = defaultdict(list)
    instances: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entity in parsed["entities"]:
        key = entity.get("role") or entity["entity"]
        values[key].append(entity["value"])
        instances[key].append(
            {
                "role": entity.get("role"),
                "type": entity["entity"],
                "text": entity["value"],
                "startIndex": entity["start"],
                "length": entity["end"] - entity["start"],
                "score": entity.get("confidence_entity"),
                "modelType": entity.get("extractor"),
            }
        )
    return {
        "query": parsed["text"],
        "prediction": {
            "normalizedQuery": parsed["text"],
            "topIntent": parsed["intent"]["name"],
            "intents": {score["name"]: {"score": score["confidence"]} for score in ranking if score["name"]},
            "entities": {"$instance": instances, **values},
        },
    }


def _dialogflow(parsed: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, list[Any]] = defaultdict(list)
    for entity in parsed["entities"]:
        parameters[entity["entity"]].append(entity["value"])
    name = parsed["intent"]["name"]
    return {
        "responseId": str(uuid.uuid4()),
        "queryResult": {
            "queryText": parsed["text"],
            "action": name,
            "parameters": parameters,
            "fulfillmentText": "",
            "fulfillmentMessages": [],
            "outputContexts": [],
            "intent": {"name": name, "displayName": name},
            "intentDetectionConfidence": parsed["intent"]["confidence"],
        },
    }
