"""Regular expressions that a project wrote: they may be slow, but they may not stop the bot."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

__all__ = ["TIME_LIMIT_S", "Pattern"]

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 0.05
"""For one pattern on one message; one that backtracks without end finds nothing and is named in the log."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern with a time limit. The syntax is that of ``re``.

    Raises:
        regex.error: it is not a regular expression.
    """

    source: str
    case_sensitive: bool = True
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        flags = regex.VERSION0 | (0 if self.case_sensitive else regex.IGNORECASE)
        object.__setattr__(self, "_compiled", regex.compile(self.source, flags))

    def find(self, text: str) -> Sequence[tuple[int, int]]:
        """Spans of all matches that are not empty, left to right, without overlap."""
        try:
            found = [match.span() for match in self._compiled.finditer(text, timeout=TIME_LIMIT_S)]
        except TimeoutError:
            logger.warning(
                "the pattern %r took longer than %g s on one message and was stopped",
                self.source,
                TIME_LIMIT_S,
            )
            return ()
        return [(start, end) for start, end in found if end > start]
