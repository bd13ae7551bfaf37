"""What is found: a kind, a place in the text, and a normal form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["KINDS", "Value", "plain_number"]

KINDS = (
    "email",
    "url",
    "phone",
    "order_number",
    "time",
    "date",
    "money",
    "percentage",
    "duration",
    "temperature",
    "distance",
    "volume",
    "weight",
    "ordinal",
    "number",
)
"""Every kind; of two readings of the same piece of text the earlier kind is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value in a text; ``text[start:end]`` is its surface.

    ``value`` is a number, or a string: an ISO 8601 date (``date``) or date and time (``time``), digits with
    an optional ``+`` (``phone``), an address, an order number.
    """

    kind: str
    start: int
    end: int
    value: int | float | str
    unit: str | None = None
    """ISO 4217 code of money, ``day`` of a duration, ``celsius``, ``km`` …"""
    grain: str | None = None
    """How exact a date or time is: ``year``, ``month``, ``week``, ``weekend``, ``day``, ``hour``,
    ``minute``, ``second``; ``part`` for the part of a day that ends at ``until``."""
    until: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Kind and normal form, without the place."""
        out: dict[str, Any] = {"kind": self.kind, "value": self.value}
        for key in ("unit", "grain", "until"):
            if (given := getattr(self, key)) is not None:
                out[key] = given
        return out


def plain_number(value: float) -> int | float:
    """An int where that is the same; otherwise rounded to 10 digits after the point.

    >>> plain_number(12000.0), plain_number(0.1 + 0.2)
    (12000, 0.3)
    """
    return int(value) if value == int(value) else round(value, 10)
