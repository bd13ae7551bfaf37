"""What a follow-up comes to: the question that it asks, in words that stand alone, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatwright.dialogue.context.rewrite import CARRIED
from chatwright.dialogue.context.schema import label_of
from chatwright.schema.reasons import Phrase, evidence
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.schema.why import Evidence

__all__ = ["Resolution"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A message read in its context."""

    kind: str
    """``ellipsis``: a fragment goes on from a question; ``reference``: words stand for something said before;
    ``choice``: one of what the bot listed."""
    rewritten: str
    """What the message says, in words that stand alone."""
    intent: IntentScore
    entities: Sequence[Entity]
    """All that are meant; spans are in the message, and empty for those carried over."""
    placed: Sequence[Entity]
    """The same entities with their spans in ``rewritten``, for the follow-up of this one."""
    read: Understanding
    """What is understood of ``rewritten``."""
    why: Phrase

    def applied(self, heard: Understanding) -> Understanding:
        """The understanding of the message, given what was understood of it alone."""
        read = self.read
        others = [score for score in read.ranking if score.name != self.intent.name]
        return replace(
            heard,
            intent=self.intent,
            ranking=(self.intent, *others),
            entities=tuple(self.entities),
            in_scope=max(heard.in_scope, read.in_scope or 0.0) if heard.in_scope is not None else None,
            response_selector=read.response_selector or heard.response_selector,
            evidence=(*self.evidence(), *heard.evidence),
        )

    def evidence(self) -> tuple[Evidence, ...]:
        """Why, as it stands in the trace."""
        return (evidence("context", data={"kind": self.kind}, why=self.why, rewritten=self.rewritten),)

    def to_json(self) -> dict[str, Any]:
        """For the metadata of the user's event; the entities are those of ``rewritten``."""
        return {
            "kind": self.kind,
            "rewritten": self.rewritten,
            "entities": [entity.to_json() for entity in self.placed],
            "carried": {label_of(e): e.value for e in self.entities if e.extractor == CARRIED},
        }
