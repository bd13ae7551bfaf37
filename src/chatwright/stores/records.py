"""What the store gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.schema.events import Event, event_from_json
from chatwright.stores.encoding import decode

__all__ = ["ConversationInfo", "Recalled", "StoredTurn", "Timer"]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """The kept answer to a message that was delivered before."""

    number: int
    replies: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A conversation as the store knows it: a snapshot, if there is one, and the events after it.

    They are decoded where they are used, not while the database is locked.
    """

    kept: str | None = None
    data: Sequence[str] = ()
    turns: int = 0
    user: str | None = None
    """Whose conversation it is, where that was said."""

    @property
    def snapshot(self) -> dict[str, Any] | None:
        """The snapshot as it was committed."""
        return None if self.kept is None else decode(self.kept)

    @property
    def tail(self) -> list[Event]:
        """The events since the snapshot, or all."""
        return [event_from_json(decode(text)) for text in self.data]


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """One line of the list of conversations. Times are in seconds since 1970."""

    id: str
    created: float
    updated: float
    events: int
    turns: int
    channel: str | None


@dataclass(frozen=True, slots=True)
class Timer:
    """A reminder that is due."""

    id: int
    conversation: str
    name: str
    intent: str
    due: float
    entities: Any = field(default=None)
