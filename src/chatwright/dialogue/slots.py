"""What slot values mean to the policies: a small feature vector for each type (Rasa's slot types)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chatwright.project.domain import SlotSpec

__all__ = ["NOT_SET", "OTHER", "initial_slots", "kind_of", "slot_features", "stored_value"]

OTHER = "__other__"
NOT_SET = "should_not_be_set"
"""In a rule: the slot or loop must not be set."""

_RASA_CLASSES = {
    "TextSlot": "text",
    "BooleanSlot": "bool",
    "CategoricalSlot": "categorical",
    "FloatSlot": "float",
    "ListSlot": "list",
    "AnySlot": "any",
}


def initial_slots(slots: Mapping[str, SlotSpec]) -> dict[str, Any]:
    """All slots at their initial values."""
    return {name: spec.initial_value for name, spec in slots.items()}


def stored_value(spec: SlotSpec, value: Any) -> Any:
    """The value as the slot keeps it: a list slot wraps what is not a list."""
    if not value or value == NOT_SET or isinstance(value, list) or kind_of(spec) != "list":
        return value
    return [value]


def kind_of(spec: SlotSpec) -> str:
    """The slot's type, also where it is written as the path of a class of Rasa's."""
    return spec.type if "." not in spec.type else _RASA_CLASSES.get(spec.type.rsplit(".", 1)[1], "any")


def slot_features(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    """The feature vector of a value; empty where the slot does not influence the conversation.

    >>> slot_features(SlotSpec("ok", "bool"), "true")
    (1.0, 1.0)
    """
    if not spec.influence_conversation:
        return ()
    return _FEATURES.get(kind_of(spec), _any)(spec, value)


def _text(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    return (float(value is not None),)


def _bool(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        text = value.strip().lower()
        if text.isnumeric():
            return (1.0, float(float(text) == 1.0))
        return (1.0, float(text == "true")) if text in ("true", "false") else (0.0, 0.0)
    if isinstance(value, bool | int | float):
        return (1.0, float(value == 1.0))
    return (0.0, 0.0)


def _categorical(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    known = [str(item).lower() for item in spec.values]
    if OTHER not in known:
        known.append(OTHER)
    if value is None:
        return (0.0,) * len(known)
    found = str(value).lower()
    position = known.index(found if found in known else OTHER)
    return tuple(float(number == position) for number in range(len(known)))


def _float(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    try:
        number = min(max(float(value), spec.min_value), spec.max_value)
    except (TypeError, ValueError):
        return (0.0, 0.0)
    span = spec.max_value - spec.min_value
    return (1.0, (number - spec.min_value) / span if span else 0.0)


def _list(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    return (float(bool(value)),)


def _any(spec: SlotSpec, value: Any) -> tuple[float, ...]:
    return ()


_FEATURES: dict[str, Callable[[SlotSpec, Any], tuple[float, ...]]] = {
    "text": _text,
    "bool": _bool,
    "categorical": _categorical,
    "float": _float,
    "list": _list,
    "any": _any,
}
