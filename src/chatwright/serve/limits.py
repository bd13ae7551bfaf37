"""How large a message may be and what it may hold; how many are taken on at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chatwright.errors import RequestError

__all__ = ["MAX_MESSAGE_BYTES", "MAX_UNDER_WAY", "Capacity", "check_text"]

MAX_MESSAGE_BYTES = 16 * 1024
"""Of a message in UTF-8."""
MAX_UNDER_WAY = 1024
"""Requests and messages of sockets that one worker works on."""


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


class Capacity:
    """What one worker works on. More is refused at once, so that what is under way gets its answer."""

    def __init__(self, most: int = MAX_UNDER_WAY) -> None:
        self.most = most
        self.under_way = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take on one more.

        Raises:
            RequestError: there are too many already (status 503).
        """
        if self.under_way >= self.most:
            raise RequestError(
                "too much is under way", status=503, reason="Overloaded", fix="ask again in a moment"
            )
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
