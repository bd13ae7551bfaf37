"""A value found in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Value"]


@dataclass(frozen=True, slots=True)
class Value:
    """``text[start:end]``, and what it means."""

    kind: str
    """``number``, ``ordinal``, ``percent``, ``money``, ``time``, ``duration``, ``phone``, ``email``,
    ``url``, ``code``, ``distance``, ``weight``, ``temperature`` or ``volume``."""
    start: int
    end: int
    value: Any
    """JSON: a number, or of quantities ``{"from", "to"}`` (100-200元); a text; for a time its ISO
    8601 form with offset, or ``{"from", "to"}`` of them, where the end is not part of it."""
    unit: str | None = None
    """``CNY``, ``kilometre``, ``celsius``, ``hour`` …; of a phone number the country, such as ``+86``."""
    grain: str | None = None
    """Of a time: ``year``, ``quarter``, ``month``, ``week``, ``day``, ``hour``, ``minute`` or ``second``."""
    recurs: str | None = None
    """Of a time that comes again (每周一, ``every Monday``), its rule in the form of RFC 5545, such as
    ``FREQ=WEEKLY;BYDAY=MO``; ``value`` is then the coming one."""
