"""The bot: a brain with a memory. ``Bot.handle`` is one turn, from message to kept answer.

Example:
    >>> import asyncio
    >>> from chatwright.bot import Bot
    >>> async def main():
    ...     bot = await Bot.load("models", project=".")
    ...     turn = await bot.handle("hi", conversation="ann")
    ...     print([reply.text for reply in turn.replies])
    >>> asyncio.run(main())  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from chatwright.actions.call import History
from chatwright.brain import Brain
from chatwright.brokers.relay import relaying
from chatwright.bundle import Bundle, open_bundle
from chatwright.dialogue.profile import LANGUAGE, profile_changes
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import RequestError, did_you_mean
from chatwright.project.domain import Domain
from chatwright.project.endpoints import Endpoints, load_endpoints
from chatwright.recent_trackers import RecentTrackers
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    UserUttered,
)
from chatwright.schema.messages import DEFAULT_CONVERSATION, BotMessage, UserMessage, new_id
from chatwright.schema.understanding import Entity, Understanding
from chatwright.stores.encoding import check_id
from chatwright.stores.profiles import ProfileChange
from chatwright.stores.project_store import open_store
from chatwright.stores.records import StoredTurn, Timer
from chatwright.stores.store import ConversationStore, StoreEdit
from chatwright.turn import ReplyCallback, TurnRun

__all__ = ["Bot", "Turn"]

logger = logging.getLogger(__name__)

Held = TypeVar("Held", bound=StoreEdit)

SNAPSHOT_EVERY = 64
"""New events after which a snapshot is kept; bounds what a turn reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A kept turn."""

    conversation: str
    message_id: str | None
    number: int
    replies: Sequence[BotMessage]
    events: Sequence[Event] = ()
    """New events as kept; empty for a duplicate."""
    why: Mapping[str, Any]
    duplicate: bool = False
    """The message had been answered before; the replies are the stored ones."""


class Bot:
    """A trained bot that remembers its conversations."""

    def __init__(
        self,
        brain: Brain,
        store: ConversationStore,
        model_file: Path,
        *,
        observe: Callable[[Turn], None] | None = None,
    ) -> None:
        self.brain = brain
        self.store = store
        self.model_file = model_file
        self._observe = observe
        """Called with each kept turn, for metrics."""
        self._resources = contextlib.AsyncExitStack()
        """What this bot opened: its store, and what sends events to a broker."""
        self._recent = RecentTrackers()
        self._under_way = 0
        self._idle = asyncio.Event()

    @classmethod
    async def load(
        cls,
        bundle: Bundle | Path | str = "models",
        *,
        project: Path | str = ".",
        store: ConversationStore | str | None = None,
        endpoints: Endpoints | str = "endpoints.yml",
    ) -> Bot:
        """Load a bundle and open the conversation store.

        Args:
            bundle: an opened bundle, its path, or a folder of bundles (the newest is taken).
            project: folder with ``actions.py`` and ``endpoints.yml``; relative paths start there.
            store: an open store, or the URL of one; default as ``endpoints.yml`` says, else SQLite
                in ``.chatwright/`` of the project.
            endpoints: read endpoints, or the name of the file in the project. Where they name an event broker
                and the store is opened here, events are sent there.

        Raises:
            BundleError: there is no bundle, or it is damaged.
            StoreUnavailable: the store cannot be opened.
        """
        root = Path(project).absolute()  # noqa: ASYNC240 - once, before any turn
        if not isinstance(endpoints, Endpoints):
            endpoints = load_endpoints(root / endpoints)
        if not isinstance(bundle, Bundle):
            bundle = open_bundle(root / bundle)
        brain = Brain.load(bundle, project_root=root, endpoints=endpoints)
        if isinstance(store, ConversationStore):
            return cls(brain, store, bundle.path)
        async with contextlib.AsyncExitStack() as opened:
            store = await open_store(root, endpoints, url=store)
            opened.push_async_callback(store.close)
            await opened.enter_async_context(relaying(store, endpoints, root))
            bot = cls(brain, store, bundle.path)
            bot._resources = opened.pop_all()
        return bot

    @property
    def domain(self) -> Domain:
        """The domain of the loaded bundle."""
        return self.brain.domain

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the bot, the default first."""
        return self.brain.languages

    @property
    def bundle_id(self) -> str:
        """Identity of the loaded bundle."""
        return self.brain.manifest.bundle_id

    async def handle(
        self,
        text: str,
        *,
        conversation: str = DEFAULT_CONVERSATION,
        message_id: str | None = None,
        channel: str = "rest",
        metadata: Mapping[str, Any] | None = None,
        on_reply: ReplyCallback | None = None,
    ) -> Turn:
        """Answer a message: one turn, kept before it is returned.

        Args:
            text: what the person wrote, or ``/intent{"entity": "value"}``.
            conversation: id of the conversation.
            message_id: the sender's id of this delivery; the same id again replays the answer.
            channel: name of the channel; responses may be restricted to it.
            metadata: of the message; ``language`` in it is the user's own choice of language, ``user_id``
                says who it is (by default, the conversation has a user of its own).
            on_reply: called with each reply as soon as it is said, before the turn is kept.

        Raises:
            StoreUnavailable: the turn could not be kept; nothing of it was.
            ConversationBusy: an earlier message is still being answered.
        """
        message = UserMessage(
            text=text,
            conversation=conversation,
            message_id=message_id or new_id(),
            channel=channel,
            metadata=dict(metadata or {}),
        )
        started = time.perf_counter()
        async with self._counted(self.store.turn(message)) as turn:
            if turn.replay is not None:
                return self._replayed(message, turn.replay)
            waited = time.perf_counter() - started
            tracker = await self._recall(conversation, turn)
            history = self._history(conversation)
            user = self._named_user(message) or turn.recalled.user
            await self._recall_profile(tracker, user)
            run = TurnRun(self.brain, tracker, turn.number, channel, on_reply, history)
            await run.start_session_if_due(message.metadata)
            await run.hear(message)
            await run.answer()
            run.timing_ms["wait"] = round(waited * 1000, 3)
            events = self._signed(run.events, turn.number)
            await turn.commit(
                events,
                replies=[_reply_json(reply) for reply in run.replies],
                why=run.why(),
                snapshot=self._snapshot_if_due(tracker, len(turn.recalled.data) + len(events)),
                user=user,
                profile=self._profile_change(tracker, run.events, user),
                **_timers(events),
            )
            self._recent.keep(turn.version, tracker)
        run.timing_ms["all"] = round((time.perf_counter() - started) * 1000, 3)
        kept = Turn(
            conversation=conversation,
            message_id=message.message_id,
            number=turn.number,
            replies=run.replies,
            events=events,
            why=run.why(),
        )
        if self._observe is not None:
            self._observe(kept)
        return kept

    async def trigger_intent(
        self,
        conversation: str,
        name: str,
        entities: Sequence[Entity] | Mapping[str, Any] = (),
        *,
        channel: str | None = None,
        on_reply: ReplyCallback | None = None,
        reminder: Timer | None = None,
    ) -> Turn:
        """Let an intent happen from outside, as reminders do.

        Args:
            reminder: the one that is due; it is gone when the turn is kept.

        Raises:
            RequestError: the domain has no such intent (status 404), or the reminder was delivered or
                cancelled meanwhile (status 409).
        """
        if name not in self.domain.intents:
            raise RequestError(
                f"there is no intent {name!r}",
                status=404,
                reason="NotFound",
                fix=did_you_mean(name, self.domain.intents),
            )
        if isinstance(entities, Mapping):
            entities = [Entity(entity=key, value=value, start=0, end=0) for key, value in entities.items()]

        async def step(run: TurnRun) -> None:
            await run.trigger(name, entities)
            await run.answer()

        return await self._edit(conversation, channel, step, on_reply=on_reply, reminder=reminder)

    async def execute_action(
        self,
        conversation: str,
        name: str,
        *,
        policy: str | None = None,
        confidence: float | None = None,
        channel: str | None = None,
    ) -> Turn:
        """Run one action by name.

        Raises:
            RequestError: the domain has no such action (status 404).
        """
        if not self.brain.runner.has(name):
            raise RequestError(
                f"there is no action {name!r}",
                status=404,
                reason="NotFound",
                fix=did_you_mean(name, self.domain.action_names),
            )

        async def step(run: TurnRun) -> None:
            await run.execute(name, policy=policy, confidence=confidence)

        return await self._edit(conversation, channel, step)

    async def add_message(
        self, conversation: str, text: str, parse_data: Mapping[str, Any] | None = None
    ) -> Turn:
        """Append a user message without answering it; slots are filled from it."""

        async def step(run: TurnRun) -> None:
            message = UserMessage(text=text, conversation=conversation, channel=run.channel)
            understanding = Understanding.from_json({"text": text, **parse_data}) if parse_data else None
            await run.hear(message, understanding)

        return await self._edit(conversation, None, step)

    async def append_events(
        self,
        conversation: str,
        events: Sequence[Event],
        *,
        replace: bool = False,
        channel: str | None = None,
        side_effects: bool = False,
    ) -> None:
        """Append events as they are, or put them in the place of all others.

        An empty conversation begins its session first, unless the events do so themselves.

        Args:
            channel: where a session that begins runs.
            side_effects: also schedule and cancel the reminders among them.
        """
        signed = self._signed(events, None)
        timers = _timers(signed) if side_effects else {}
        async with self.store.edit(conversation) as edit:
            if replace:
                await edit.replace(signed)
                return
            if edit.snapshot is None and not edit.tail and not _begin_session(signed):
                opening = await self.opening(conversation, channel=channel)
                signed = [*self._signed(opening.events, None), *signed]
            await edit.commit(signed, **timers)

    async def opening(self, conversation: str, *, channel: str | None = None) -> Tracker:
        """The conversation as it would begin; nothing is kept of it."""
        tracker = Tracker(conversation, self.domain)
        used = channel if channel and channel != "latest" else "rest"
        await TurnRun(self.brain, tracker, 1, used).start_session_if_due({})
        return tracker

    async def parse(self, text: str, *, language: str | None = None) -> Understanding:
        """What the bot understands of a text on its own."""
        return self.brain.understand(text, language=language)

    async def tracker(self, conversation: str) -> Tracker:
        """The conversation as it stands; empty for an unknown one."""
        snapshot, tail = await self.store.recall(conversation)
        return await self._fold(conversation, snapshot, tail)

    async def predict(self, conversation: str) -> Decision:
        """What the bot would do next, without doing it."""
        return self.brain.decide(await self.tracker(conversation))

    async def close(self) -> None:
        """Wait for the turns under way, then close connections; the store too, if this bot opened it."""
        while self._under_way:
            self._idle.clear()
            await self._idle.wait()
        await self.brain.close()
        await self._resources.aclose()

    @contextlib.asynccontextmanager
    async def _counted(self, held: contextlib.AbstractAsyncContextManager[Held]) -> AsyncIterator[Held]:
        """``held``, as a turn under way."""
        self._under_way += 1
        try:
            async with held as turn:
                yield turn
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _edit(
        self,
        conversation: str,
        channel: str | None,
        step: Any,
        *,
        on_reply: ReplyCallback | None = None,
        reminder: Timer | None = None,
    ) -> Turn:
        """Run ``step`` on the conversation under its lock, and keep what it did."""
        async with self._counted(self.store.edit(conversation)) as edit:
            tracker = await self._recall(conversation, edit)
            used = channel if channel and channel != "latest" else tracker.latest_input_channel or "rest"
            history = self._history(conversation)
            await self._recall_profile(tracker, edit.recalled.user)
            run = TurnRun(self.brain, tracker, edit.number, used, on_reply, history)
            await run.start_session_if_due({})
            await step(run)
            events = self._signed(run.events, run.number)
            await edit.commit(
                events,
                why=run.why(),
                turn=run.number,
                snapshot=self._snapshot_if_due(tracker, len(edit.recalled.data) + len(events)),
                delivered=reminder,
                profile=self._profile_change(tracker, run.events, edit.recalled.user),
                **_timers(events),
            )
            self._recent.keep(edit.version, tracker)
        return Turn(
            conversation=conversation,
            message_id=None,
            number=run.number,
            replies=run.replies,
            events=events,
            why=run.why(),
        )

    def _history(self, conversation: str) -> History:
        """Reads the events kept so far, once."""
        kept: list[Event] | None = None

        async def events() -> Sequence[Event]:
            nonlocal kept
            if kept is None:
                kept = await self.store.events(conversation)
            return kept

        return events

    def _named_user(self, message: UserMessage) -> str | None:
        """Who the message says it is from. Channels leave the name out where anyone could write it."""
        user = message.metadata.get("user_id")
        if not isinstance(user, str | int) or isinstance(user, bool):
            return None
        check_id("user", str(user))
        return str(user)

    async def _recall_profile(self, tracker: Tracker, user: str | None) -> None:
        """What is known of the user, where the bot asks for it."""
        if not self.brain.uses_profile:
            return
        tracker.profile = (await self.store.user(user or tracker.conversation)).profile
        tracker.language = tracker.language or self.brain.language_of("", None, tracker.profile.get(LANGUAGE))

    def _profile_change(
        self, tracker: Tracker, events: Sequence[Event], user: str | None
    ) -> ProfileChange | None:
        if not self.brain.uses_profile:
            return None
        values = profile_changes(tracker, events)
        return ProfileChange(user or tracker.conversation, values) if values else None

    async def _recall(self, conversation: str, held: StoreEdit) -> Tracker:
        """The tracker of a conversation that is held: as it was left a moment ago, or folded."""
        recent = self._recent.take(conversation, held.version)
        return recent or await self._fold(conversation, held.snapshot, held.tail)

    async def _fold(
        self, conversation: str, snapshot: Mapping[str, Any] | None, tail: Sequence[Event]
    ) -> Tracker:
        """The tracker from a valid snapshot and the events after it, else from all events."""
        usable = snapshot is not None and snapshot.get("key") == self.brain.snapshot_key
        if snapshot is None or usable:
            state = snapshot["tracker"] if snapshot else None
            tracker = Tracker.restore(conversation, self.domain, state, tail)
            if not tracker.needs_replay:
                return tracker
        everything = await self.store.events(conversation)
        return Tracker.restore(conversation, self.domain, None, everything)

    def _snapshot_if_due(self, tracker: Tracker, events_since: int) -> dict[str, Any] | None:
        if events_since < SNAPSHOT_EVERY or tracker.needs_replay:
            return None
        return {"key": self.brain.snapshot_key, "tracker": tracker.snapshot()}

    def _signed(self, events: Sequence[Event], number: int | None) -> list[Event]:
        """Events with the model's and the turn's identity, as Rasa marks them."""
        manifest = self.brain.manifest
        marks: dict[str, Any] = {"model_id": manifest.bundle_id, "assistant_id": manifest.assistant_id}
        out = []
        for event in events:
            ours = dict(event.metadata.get("chatwright") or {})
            if number is not None:
                ours["turn"] = number
            ours_if_any = {"chatwright": ours} if ours else {}
            out.append(event.with_metadata(**{**marks, **event.metadata, **ours_if_any}))
        return out

    def _replayed(self, message: UserMessage, stored: StoredTurn) -> Turn:
        return Turn(
            conversation=message.conversation,
            message_id=message.message_id,
            number=stored.number,
            replies=[BotMessage.from_data(reply.get("text"), reply) for reply in stored.replies],
            why={},
            duplicate=True,
        )


def _begin_session(events: Sequence[Event]) -> bool:
    first = events[0] if events else None
    return isinstance(first, ActionExecuted) and first.name == "action_session_start"


def _reply_json(reply: BotMessage) -> dict[str, Any]:
    return {"text": reply.text, **reply.data()}


def _timers(events: Sequence[Event]) -> dict[str, Any]:
    """What the store must do about reminders: schedule, cancel, and stop those a message stops."""
    reminders = [event for event in events if isinstance(event, ReminderScheduled | ReminderCancelled)]
    heard = any(isinstance(event, UserUttered) for event in events)
    return {"reminders": reminders, "user_spoke": heard}
