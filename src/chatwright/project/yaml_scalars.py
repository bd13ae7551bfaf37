"""Plain YAML scalars by the YAML 1.2 core schema (YAML 1.2.2, section 10.3.2).

``yes``, ``no``, ``on``, ``off``, dates and clock times are strings. As in Rasa, digits may be grouped with
``_``.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["resolve"]

_CONSTANTS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMBER_START = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL_FLOAT = re.compile(r"([-+]?)\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


def resolve(text: str) -> Any:
    """The value of an unquoted scalar.

    >>> [resolve(text) for text in ("yes", "true", "~", "007", "1e3", "2023-11-07")]
    ['yes', True, None, 7, 1000.0, '2023-11-07']
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number(text) if text[0] in _NUMBER_START else text


def _number(text: str) -> Any:
    if _INT.match(text):
        digits = text.replace("_", "")
        # Python refuses to convert very long digit strings; they are codes, not numbers.
        return int(digits) if len(digits) <= 4000 else text
    if _FLOAT.match(text):
        return float(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text[2:], 16)
    if special := _SPECIAL_FLOAT.match(text):
        return float((special.group(1) or "") + ("nan" if "n" in text[-1].lower() else "inf"))
    return text
