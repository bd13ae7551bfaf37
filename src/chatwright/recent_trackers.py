"""Trackers of conversations that were spoken in a moment ago, so that they need not be folded again."""

from __future__ import annotations

from collections import OrderedDict

from chatwright.dialogue.tracker import Tracker

__all__ = ["RecentTrackers"]

MAX_CONVERSATIONS = 128
MAX_EVENTS = 512
"""A tracker that was given more is folded anew from its snapshot, which bounds its memory."""


class RecentTrackers:
    """Keeps a tracker as it stood after a commit, for as long as nobody else wrote the conversation.

    A version is ``(created, token)``: the token grows by one each time the conversation is held, by
    whichever process. So a kept tracker is right exactly when the present token is the next one.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[tuple[float, int], Tracker]] = OrderedDict()

    def take(self, conversation: str, version: tuple[float, int]) -> Tracker | None:
        """The tracker if it is right at ``version``; it is the caller's now, and must be kept anew."""
        kept = self._kept.pop(conversation, None)
        if kept is None:
            return None
        (created, token), tracker = kept
        return tracker if version == (created, token + 1) else None

    def keep(self, version: tuple[float, int], tracker: Tracker) -> None:
        """Keep a tracker that holds just what was committed at ``version``."""
        if tracker.needs_replay or len(tracker.events) > MAX_EVENTS:
            return
        self._kept[tracker.conversation] = (version, tracker)
        while len(self._kept) > MAX_CONVERSATIONS:
            self._kept.popitem(last=False)
