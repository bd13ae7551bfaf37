"""Whatever happens to conversations, their state is the fold of their events."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatwright.errors import LeaseLost, RequestError
from chatwright.schema.events import Event, SlotSet, UserUttered
from chatwright.schema.messages import UserMessage
from chatwright.stores import units
from chatwright.stores.desk import ANSWERS_KEPT_S
from chatwright.stores.store import ConversationStore

from .speech import heard

PEOPLE = st.sampled_from(["ann", "小明"])
WORDS = st.text(max_size=12)


def fold(events: Any, start: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a conversation amounts to: slots, and how often the person spoke."""
    state = {"slots": {}, "spoke": 0} if start is None else {**start, "slots": dict(start["slots"])}
    for event in events:
        if isinstance(event, SlotSet):
            state["slots"][event.name] = event.value
        elif isinstance(event, UserUttered):
            state["spoke"] += 1
    return state


class Conversations(RuleBasedStateMachine):
    """A store beside a model of it: lists of events."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name)}/c.sqlite"
        self.store = self.run(ConversationStore.open(self.url))
        self.events: dict[str, list[Event]] = {"ann": [], "小明": []}
        self.answered: list[tuple[UserMessage, str]] = []
        self.count = 0
        self.zombies: list[tuple[str, Any, Any, ConversationStore]] = []

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        for _, block, _, store in self.zombies:
            self.run(block.__aexit__(None, None, None))
            self.run(store.close())
        self.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(person=PEOPLE, text=WORDS, slot=st.sampled_from("abc"), with_snapshot=st.booleans())
    def message(self, person: str, text: str, slot: str, with_snapshot: bool) -> None:
        self.count += 1
        said = UserMessage(text=text, conversation=person, message_id=f"m{self.count}")
        new = [heard(text, said.message_id), SlotSet(name=slot, value=text)]

        async def turn() -> None:
            async with self.store.turn(said) as turn:
                assert turn.replay is None
                state = fold([*turn.tail, *new], turn.snapshot)
                await turn.commit(new, replies=[{"text": text}], snapshot=state if with_snapshot else None)

        self.run(turn())
        self.events[person] += new
        self.answered.append((said, text))

    @precondition(lambda self: self.answered)
    @rule(data=st.data(), changed=st.booleans())
    def duplicate(self, data: st.DataObject, changed: bool) -> None:
        said, answer = data.draw(st.sampled_from(self.answered))
        body = said.text + "!" if changed else said.text
        again = UserMessage(text=body, conversation=said.conversation, message_id=said.message_id)

        async def turn() -> None:
            async with self.store.turn(again) as turn:
                assert turn.replay is not None
                assert turn.replay.replies == [{"text": answer}]

        with pytest.raises(RequestError) if changed else contextlib.nullcontext():
            self.run(turn())

    @rule(person=PEOPLE, values=st.lists(WORDS, max_size=3))
    def edit(self, person: str, values: list[str]) -> None:
        new = [SlotSet(name="edited", value=value) for value in values]

        async def edit() -> None:
            async with self.store.edit(person) as edit:
                await edit.commit(new)

        self.run(edit())
        self.events[person] += new

    @rule(person=PEOPLE, values=st.lists(WORDS, max_size=3))
    def replace(self, person: str, values: list[str]) -> None:
        new: list[Event] = [SlotSet(name="replaced", value=value) for value in values]

        async def edit() -> None:
            async with self.store.edit(person) as edit:
                await edit.replace(new)

        self.run(edit())
        self.events[person] = new

    @rule(long_after=st.booleans())
    def forget_answers(self, long_after: bool) -> None:
        forgotten = self.run(self.store.forget_answers(time.time() + ANSWERS_KEPT_S * long_after))
        if long_after:
            assert forgotten >= len(self.answered)  # those of a process that woke up, too
            self.answered.clear()
        else:
            assert forgotten == 0

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = self.run(ConversationStore.open(self.url))

    @precondition(lambda self: len(self.zombies) < 2)
    @rule(person=PEOPLE)
    def expire(self, person: str) -> None:
        """A process takes the conversation and falls silent; its lease ends."""
        self.count += 1
        said = UserMessage(text="late", conversation=person, message_id=f"m{self.count}")

        async def take() -> None:
            other = await ConversationStore.open(self.url)
            block = other.turn(said)
            self.zombies.append((person, block, await block.__aenter__(), other))

        before, units.LEASE_S = units.LEASE_S, 0.0
        try:
            self.run(take())
        finally:
            units.LEASE_S = before

    @precondition(lambda self: self.zombies)
    @rule()
    def wake(self) -> None:
        """It wakes up and commits: kept only if nobody has held the conversation since."""
        person, block, turn, other = self.zombies.pop(0)
        late = [SlotSet(name="late", value=True)]

        async def finish() -> bool:
            try:
                await turn.commit(late, replies=[])
            except LeaseLost:
                return False
            finally:
                await block.__aexit__(None, None, None)
                await other.close()
            return True

        known = self.run(self.store.events(person))
        if self.run(finish()):
            assert known == self.events[person]
            self.events[person] += late

    @invariant()
    def the_state_is_the_fold_of_the_events(self) -> None:
        for person, expected in self.events.items():
            events = self.run(self.store.events(person))
            assert events == expected
            snapshot, tail = self.run(self.store.recall(person))
            assert fold(tail, snapshot) == fold(events)


TestConversations = Conversations.TestCase
TestConversations.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
