"""A conversation and the actions that run in it, without policies or a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.actions.python_actions import PythonActions
from chatwright.actions.remote import RemoteActions
from chatwright.actions.runner import ActionRunner
from chatwright.dialogue.tracker import Tracker
from chatwright.generate.responses import Responder
from chatwright.project.read_domain import domain_from_json
from chatwright.schema.events import ActionExecuted, ActionExecutionRejected, Event, UserUttered
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["Conversation", "converse"]


@dataclass
class Conversation:
    """Messages are understood as the test says; actions run as in a turn."""

    runner: ActionRunner
    tracker: Tracker

    async def hear(
        self,
        text: str,
        intent: str | None = None,
        *,
        language: str | None = "en",
        ranking: Sequence[str] = (),
        confidence: float = 0.9,
        **entities: Any,
    ) -> list[Event]:
        """A message arrives, and slots are filled from it."""
        understanding = Understanding(
            text=text,
            language=language,
            intent=IntentScore(intent, confidence),
            ranking=tuple(IntentScore(name, 0.5) for name in (intent, *ranking)),
            entities=tuple(
                Entity(entity=name, value=value, start=0, end=len(text)) for name, value in entities.items()
            ),
        )
        self.tracker.update(UserUttered(text=text, understanding=understanding, input_channel="rest"))
        return await self.run("action_extract_slots", executed=False)

    async def run(self, name: str, *, executed: bool = True) -> list[Event]:
        """Run an action as a turn does; the events it gave."""
        events = await self.runner.run(name, self.tracker, channel="rest", idempotency_key="c/1/0")
        if executed and not any(isinstance(event, ActionExecutionRejected) for event in events):
            self.tracker.update(ActionExecuted(name=name))
        self.tracker.update_all(events)
        return events

    async def listen(self) -> None:
        """The bot waits."""
        await self.run("action_listen")


def converse(
    domain: dict[str, Any],
    *,
    python: PythonActions | None = None,
    remote: RemoteActions | None = None,
    language: str = "en",
    conversation: str = "ann",
) -> Conversation:
    """A new conversation with the bot of a domain in Rasa's JSON format."""
    read = domain_from_json(domain)
    responder = Responder(read, default_language=language)
    runner = ActionRunner(read, responder, python=python, remote=remote)
    return Conversation(runner, Tracker(conversation, read))
