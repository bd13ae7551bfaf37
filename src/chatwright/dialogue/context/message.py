"""A message that is to be read in its context, with all that is known for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from chatwright.dialogue.context.focus import Focus, Question
from chatwright.dialogue.context.rewrite import carried
from chatwright.dialogue.context.schema import IntentSchema, label_of
from chatwright.dialogue.context.shape import Shape, shape_of
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["LIKE", "SURE", "Message", "Understand", "best_intent"]

SURE = 0.6
"""Confidence from which a message says by itself what it is about."""
LIKE = 0.3
"""Likeness to the values of an entity from which unknown words are taken for one more of them."""

Understand = Callable[[str], Understanding]
"""What the bot understands of words."""


def best_intent(understanding: Understanding) -> IntentScore:
    """The likeliest intent, also where the pipeline was not sure enough of it."""
    for score in (understanding.intent, *understanding.ranking):
        if score.name not in (None, NLU_FALLBACK):
            return score
    return IntentScore(None, 0.0)


@dataclass(frozen=True)
class Message:
    """What was heard, and what it may lean on."""

    heard: Understanding
    """What was understood of the message alone."""
    focus: Focus
    schema: IntentSchema
    understand: Understand

    @property
    def text(self) -> str:
        """Its words."""
        return self.heard.text

    @cached_property
    def shape(self) -> Shape:
        """How it leans on what was said."""
        return shape_of(self.text, self.heard.entities)

    @property
    def length(self) -> int:
        """Characters without the words of leaning."""
        start, end = self.shape.phrase
        return end - start

    @property
    def is_sure(self) -> bool:
        """Whether it says by itself what it is about."""
        heard = self.heard
        inside = heard.in_scope is None or heard.in_scope >= 0.5
        return heard.intent.name != NLU_FALLBACK and heard.intent.confidence >= SURE and inside

    def lacks_core(self, intent: str | None) -> bool:
        """Whether the message has not the entity that belongs to the intent, nor another in its place."""
        label = self.schema.core(intent)
        values = self.shape.values
        here = [label for value in values if (label := self.schema.label_in(intent, value))]
        return (
            label is not None
            and label not in here
            and all(self.schema.go_together(label, other) for other in here)
        )

    def fits(self, intent: str | None, question: Question) -> bool:
        """Whether questions of the intent are asked with anything that a question spoke of."""
        return any(self.schema.label_in(intent, entity) for entity in question.entities)

    def taken_over(self, intent: str | None, question: Question, values: Sequence[Entity]) -> list[Entity]:
        """What a question of the intent with these values takes over from an earlier one."""
        here = {label_of(value) for value in values} | {
            label for value in values if (label := self.schema.label_in(intent, value))
        }
        taken: dict[str, Entity] = {}
        for entity in question.entities:
            label = self.schema.label_in(intent, entity)
            if label is None or label in here:
                continue
            if all(self.schema.go_together(label, other) for other in here):
                taken[label] = carried(entity, label)
        return list(taken.values())
