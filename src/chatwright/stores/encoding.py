"""Values as JSON text in columns. Whatever people and actions send must fit: what no database or
JSON reader takes (NUL in PostgreSQL's text, half a surrogate pair) becomes U+FFFD."""

from __future__ import annotations

from typing import Any

import orjson

from chatwright.errors import RequestError
from chatwright.stores.tables import ID_LENGTH

__all__ = ["check_id", "decode", "encode", "storable"]


def encode(value: Any) -> str:
    """JSON text; unknown objects become their ``str``."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a lone surrogate, most likely
        return orjson.dumps(_mended(value), default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def decode(text: str) -> Any:
    """The inverse of ``encode``."""
    return orjson.loads(text)


def storable(text: str) -> str:
    """The text as any text column takes it."""
    return _mended(text).replace("\0", "\ufffd")


def check_id(kind: str, value: str) -> None:
    """Raise ``RequestError`` for an id that cannot be kept as it is."""
    if not value or len(value) > ID_LENGTH or storable(value) != value:
        raise RequestError(
            f"the id of the {kind} must have 1 to {ID_LENGTH} characters, none of them NUL",
            fix="use a short id of letters and digits",
        )


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(item) for item in value]
    return value
