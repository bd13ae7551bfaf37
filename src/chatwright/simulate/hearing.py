"""How the bot hears a simulated user: acts with noise, or real texts through its own understanding.

The noise is the understanding's own. An act of an intent is taken for what a held-out example of that intent
was taken for, with the same confidence; an entity is found, missed, cut wrong or taken for another type as
one of its type was. So the frequencies are those of the confusion matrix, and the confidences are those that
the bot sees.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chatwright.brain import Brain
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.simulate.agenda import UserAct, same
from chatwright.simulate.held_out import Fold
from chatwright.simulate.user_goal import EntityKey, UserWorld
from chatwright.simulate.wording import Wording, key_of

__all__ = ["BotHearing", "EntityOutcome", "Hearing", "NoisyHearing", "PerfectHearing", "TextHearing"]


class Hearing(Protocol):
    """From what the user means to what the bot understands."""

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """What the bot understands of the act."""
        ...


class PerfectHearing:
    """Every act is understood."""

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """The act itself."""
        entities = [_entity(key, value, 1.0) for key, value in act.tells]
        return _understanding(act, language, act.intent, 1.0, entities)


@dataclass(frozen=True, slots=True)
class EntityOutcome:
    """What became of one annotated entity."""

    found: EntityKey | None
    """None where it was missed."""
    right_value: bool
    confidence: float | None


class NoisyHearing:
    """Acts with the mistakes of held-out examples.

    Args:
        folds: held-out examples with what was understood.
        world: whose values stand in for a value that is understood wrong.
    """

    def __init__(self, folds: Sequence[Fold], world: UserWorld) -> None:
        self._world = world
        self.intents: dict[str, list[IntentScore]] = defaultdict(list)
        """Intent → what held-out examples of it were taken for."""
        self.entities: dict[EntityKey, list[EntityOutcome]] = defaultdict(list)
        """Entity → what became of the held-out ones."""
        for held in (held for fold in folds for held in fold.examples):
            self.intents[str(held.example.intent)].append(held.understanding.intent)
            for entity in held.example.entities:
                self.entities[key_of(entity)].append(_outcome(entity, held.understanding))

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """The act with mistakes drawn at random."""
        taken = self.intents.get(act.intent)
        score = rng.choice(taken) if taken else IntentScore(act.intent, 1.0)
        entities = []
        for key, value in act.tells:
            outcomes = self.entities.get(key)
            outcome = rng.choice(outcomes) if outcomes else EntityOutcome(key, True, None)
            if outcome.found is None:
                continue
            heard = value
            if outcome.found != key or not outcome.right_value:
                others = [v for v in self._world.values.get(outcome.found, ()) if not same(v, value)]
                heard = rng.choice(others) if others else value
            entities.append(_entity(outcome.found, heard, outcome.confidence))
        return _understanding(act, language, score.name, score.confidence, entities)


def _outcome(gold: Entity, found: Understanding) -> EntityOutcome:
    """The found entity that covers most of the annotated one; of the same type where any does."""
    covering = [
        (key_of(entity) == key_of(gold), min(entity.end, gold.end) - max(entity.start, gold.start), entity)
        for entity in found.entities
        if entity.start < gold.end and gold.start < entity.end
    ]
    if not covering:
        return EntityOutcome(None, False, None)
    best = max(covering, key=lambda item: item[:2])[2]
    return EntityOutcome(key_of(best), same(best.value, gold.value), best.confidence)


class TextHearing:
    """Acts said in the words of held-out examples, and read by the pipeline that did not learn from these.

    Args:
        folds: a message is of one of them, at random.
        languages: of the bot.
    """

    def __init__(self, folds: Sequence[Fold], languages: Sequence[str]) -> None:
        examples = [held.example for fold in folds for held in fold.examples]
        self._parts = [
            (Wording((held.example for held in fold.examples), languages, examples), fold.pipeline)
            for fold in folds
        ]

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """The understanding of a text that says what the act means."""
        wording, pipeline = rng.choice(self._parts)
        text = wording.say(act, language, rng)
        return replace(pipeline.parse([text], [language])[0], language=language)


class BotHearing:
    """Acts in the words of the project's examples, read by the bot itself, which knows them."""

    def __init__(self, brain: Brain, wording: Wording) -> None:
        self._brain = brain
        self._wording = wording

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """What the bot understands."""
        text = self._wording.say(act, language, rng)
        return replace(self._brain.understand(text, language=language), language=language)


def _entity(key: EntityKey, value: Any, confidence: float | None) -> Entity:
    kind, role, group = key
    return Entity(entity=kind, role=role, group=group, value=value, start=0, end=0, confidence=confidence)


def _understanding(
    act: UserAct, language: str, intent: str | None, confidence: float, entities: Sequence[Entity]
) -> Understanding:
    score = IntentScore(intent, confidence)
    return Understanding(
        text=act.payload, language=language, intent=score, ranking=(score,), entities=tuple(entities)
    )
