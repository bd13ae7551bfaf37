"""Filling ``{placeholders}`` with values, as Rasa does (rasa.core.nlg.interpolator)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["interpolate", "interpolate_text"]

logger = logging.getLogger(__name__)

_PIECES = re.compile(r"\{\{|\}\}|\{([^\n{}]+)\}|[{}]")


def interpolate(content: Any, values: Mapping[str, Any]) -> Any:
    """Fill the placeholders in every text of ``content``, which may be nested; keys stay as they are."""
    if isinstance(content, str):
        return interpolate_text(content, values)
    if isinstance(content, Mapping):
        return {key: interpolate(value, values) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [interpolate(item, values) for item in content]
    return content


def interpolate_text(text: str, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of one text; ``{{`` and ``}}`` stand for single braces.

    A name may hold anything but newlines and braces. A value of None reads ``None``. A name without a
    value, or a brace without its partner, leaves the whole text as it is (and is logged).

    >>> interpolate_text("Hi {name}, {{x}}", {"name": "Ann"})
    'Hi Ann, {x}'
    """
    if "{" not in text and "}" not in text:
        return text

    def piece(match: re.Match[str]) -> str:
        found = match.group()
        if found in ("{{", "}}"):
            return found[0]
        return str(values[match.group(1)])

    try:
        return _PIECES.sub(piece, text)
    except KeyError as error:
        what = (
            f"nothing is known by the name {error.args[0]!r}" if error.args[0] else "a brace has no partner"
        )
        logger.error("a response stays unfilled, %s: %s", what, text)
        return text
