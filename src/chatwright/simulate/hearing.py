"""How the bot hears a simulated user: acts with noise, or real texts through its own understanding.

The noise is the understanding's own. An act of an intent is taken for what a held-out example of that intent
was taken for, with the same confidence; an entity is found, missed, cut wrong or taken for another type as
one of its type was. So the frequencies are those of the confusion matrix, and the confidences are those that
the bot sees.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chatwright.project.nlu_data import NluExample
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.simulate.agenda import UserAct, same
from chatwright.simulate.held_out import Fold, HeldOutExample
from chatwright.simulate.user_goal import EntityKey, UserWorld

__all__ = ["EntityOutcome", "Hearing", "NoisyHearing", "PerfectHearing", "TextHearing"]


class Hearing(Protocol):
    """From what the user means to what the bot understands."""

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """What the bot understands of the act."""
        ...


def key_of(entity: Entity) -> EntityKey:
    """Type, role and group."""
    return (entity.entity, entity.role, entity.group)


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
        folds: each is asked in turn.
    """

    def __init__(self, folds: Sequence[Fold], world: UserWorld) -> None:
        self._world = world
        self._folds = folds
        self._frames = [_frames(fold.examples) for fold in folds]
        self._surfaces = _surfaces(folds)

    def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
        """The understanding of a text that says what the act means."""
        number = rng.randrange(len(self._folds))
        text = act.words or self._say(act, language, self._frames[number], rng)
        return replace(self._folds[number].pipeline.parse([text], [language])[0], language=language)

    def say(self, act: UserAct, language: str, rng: random.Random) -> str:
        """Words for the act, from any fold."""
        return act.words or self._say(act, language, rng.choice(self._frames), rng)

    def _say(self, act: UserAct, language: str, frames: Frames, rng: random.Random) -> str:
        wanted = dict(act.tells)
        cover = _cover(frozenset(wanted), act.intent, language, frames)
        examples = [rng.choice(frames[(act.intent, language, keys)]) for keys in cover]
        parts = [self._filled(example, wanted, language, rng) for example in examples]
        left = frozenset(wanted).difference(*cover)
        parts += [self._surface(key, wanted[key], language, rng) for key in sorted(left, key=str)]
        return ("，" if language == "zh" else ", ").join(parts) or act.intent.replace("_", " ")

    def _filled(
        self, example: NluExample, wanted: Mapping[EntityKey, Any], language: str, rng: random.Random
    ) -> str:
        text = example.text
        for entity in sorted(example.entities, key=lambda e: e.start, reverse=True):
            said = self._surface(key_of(entity), wanted[key_of(entity)], language, rng)
            text = text[: entity.start] + said + text[entity.end :]
        return text

    def _surface(self, key: EntityKey, value: Any, language: str, rng: random.Random) -> str:
        known = self._surfaces.get((key, language, str(value))) or self._surfaces.get((key, None, str(value)))
        return rng.choice(known) if known else str(value)


Frames = Mapping[tuple[str, str, frozenset[EntityKey]], Sequence[NluExample]]
"""Intent, language and kinds of entities → examples."""


def _frames(examples: Sequence[HeldOutExample]) -> Frames:
    found: dict[tuple[str, str, frozenset[EntityKey]], list[NluExample]] = defaultdict(list)
    for held in examples:
        keys = [key_of(entity) for entity in held.example.entities]
        if len(set(keys)) == len(keys):
            found[(str(held.example.intent), held.language, frozenset(keys))].append(held.example)
    return found


def _cover(
    wanted: frozenset[EntityKey], intent: str, language: str, frames: Frames
) -> list[frozenset[EntityKey]]:
    """Frames that together tell what is wanted, large ones first; an empty one where nothing is."""
    fitting = [
        keys for name, spoken, keys in frames if name == intent and spoken == language and keys <= wanted
    ]
    if not wanted:
        return [keys for keys in fitting if not keys][:1]
    chosen: list[frozenset[EntityKey]] = []
    left = wanted
    for keys in sorted(fitting, key=lambda keys: (-len(keys), sorted(map(str, keys)))):
        if keys and keys <= left:
            chosen.append(keys)
            left -= keys
    return chosen


def _surfaces(folds: Sequence[Fold]) -> dict[tuple[EntityKey, str | None, str], list[str]]:
    """How values are written, by language; None holds all languages."""
    found: dict[tuple[EntityKey, str | None, str], dict[str, None]] = defaultdict(dict)
    for held in (held for fold in folds for held in fold.examples):
        for entity in held.example.entities:
            written = held.example.text[entity.start : entity.end]
            for language in (held.language, None):
                found[(key_of(entity), language, str(entity.value))][written] = None
    return {key: list(surfaces) for key, surfaces in found.items()}


def _entity(key: EntityKey, value: Any, confidence: float | None) -> Entity:
    kind, role, group = key
    return Entity(entity=kind, role=role, group=group, value=value, start=0, end=0, confidence=confidence)


def _understanding(
    act: UserAct, language: str, intent: str | None, confidence: float, entities: Sequence[Entity]
) -> Understanding:
    score = IntentScore(intent, confidence)
    text = act.words or f"/{act.intent}"
    return Understanding(
        text=text, language=language, intent=score, ranking=(score,), entities=tuple(entities)
    )
