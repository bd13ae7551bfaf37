"""How a bot reads messages in their context: what config.yml switches on, and what training found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.context.clauses import split_requests
from chatwright.dialogue.context.focus import focus_of
from chatwright.dialogue.context.follow_ups import FollowUps
from chatwright.dialogue.context.message import Understand
from chatwright.dialogue.context.resolution import Resolution
from chatwright.dialogue.context.schema import IntentSchema
from chatwright.dialogue.tracker import Tracker
from chatwright.project.config import ContextConfig
from chatwright.project.domain import REQUESTED_SLOT
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Understanding

__all__ = ["CONTEXT_FILE", "ConversationContext"]

CONTEXT_FILE = "context.json"
"""In a bundle, where the project has ``context:``."""


@dataclass(frozen=True, slots=True)
class ConversationContext:
    """Reads messages in the light of what was said before."""

    options: ContextConfig
    follow_ups: FollowUps

    @classmethod
    def of_project(cls, options: ContextConfig, data: NluData) -> ConversationContext:
        """What the options and the training data of a project say."""
        return cls(options, FollowUps(IntentSchema.from_data(data)))

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"options": self.options.model_dump(), "schema": self.follow_ups.schema.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ConversationContext:
        """The inverse of ``to_json``."""
        schema = IntentSchema.from_json(content["schema"])
        return cls(ContextConfig(**content["options"]), FollowUps(schema))

    def requests(self, heard: Understanding, tracker: Tracker, understand: Understand) -> list[Understanding]:
        """The parts of a message that wants several things, in order; nothing for one that wants one.

        An answer to what a form asks is never taken apart.
        """
        asked = tracker.active_loop_name and tracker.slots.get(REQUESTED_SLOT)
        return [] if asked or not self.options.clauses else split_requests(heard, understand)

    def resolve(self, heard: Understanding, tracker: Tracker, understand: Understand) -> Resolution | None:
        """What a message means after those before it; None where it stands by itself."""
        if not self.options.follow_ups:
            return None
        return self.follow_ups.resolve(heard, focus_of(tracker), understand)
