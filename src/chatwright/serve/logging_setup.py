"""Logs of the server: the request they belong to, and no personal data."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from pathlib import Path

__all__ = ["REQUEST_ID", "mask", "set_up_logging"]

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""Id of the request that is being answered."""

# Chinese runs on without a space; ids of ours run on with hyphens.
_START, _END = r"(?<![A-Za-z0-9_.])(?<!\d-)", r"(?![A-Za-z0-9_]|-\d)"
_IDENTITY = r"\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]"
_CARD = r"\d{12,19}|\d{4}(?:[ -]\d{4}){2,3}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{5}"
_MASKS = (
    (re.compile(r"(?<=[?&]token=)[^\s&\"']+"), "[token]"),  # uvicorn logs the addresses of sockets
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"), "[email]"),
    (re.compile(f"{_START}(?:{_IDENTITY}|{_CARD}){_END}"), "[number]"),
    (re.compile(rf"{_START}\+?\(?(?:\d[ ()-]{{0,2}}){{9,12}}\d{_END}"), "[phone]"),
)
"""Tokens in addresses; e-mail addresses; identity and card numbers; phone numbers, mobile and landline."""


def mask(text: str) -> str:
    """Replace personal data by what it is.

    >>> mask("call 138 0013 8000 or write to ann@example.com; 身份证11010519491231002X")
    'call [phone] or write to [email]; 身份证[number]'
    >>> mask("WebSocket /api/chat?token=eyJhbGci.eyJzdWIi.rUdtXSQC [accepted]")
    'WebSocket /api/chat?token=[token] [accepted]'
    """
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


TIMESTAMP = len("2026-01-01 00:00:00,000")


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.request_id = REQUEST_ID.get()
        written = super().format(record)
        # The time stands first, and looks like a phone number.
        return written[:TIMESTAMP] + mask(written[TIMESTAMP:])


def set_up_logging(level: int, file: Path | None = None) -> None:
    """Log to standard error, or to a file."""
    handler: logging.Handler = (
        logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    )
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
