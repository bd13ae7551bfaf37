"""How large a message may be, and what it may hold."""

from __future__ import annotations

from chatwright.errors import RequestError

__all__ = ["MAX_MESSAGE_BYTES", "check_text"]

MAX_MESSAGE_BYTES = 16 * 1024
"""Of a message in UTF-8."""


def check_text(text: str) -> None:
    """Refuse what no person writes.

    Raises:
        RequestError: the text is too long (413), or not text.
    """
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise RequestError("the message holds half a character (a lone surrogate)") from error
    if size > MAX_MESSAGE_BYTES:
        raise RequestError(
            f"the message is longer than {MAX_MESSAGE_BYTES} bytes",
            status=413,
            reason="MessageTooLong",
            fix="send it in parts",
        )
    if "\x00" in text:
        raise RequestError("the message holds a NUL character")
