"""Words for what a simulated user means: the project's own examples, with the user's values in them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chatwright.project.nlu_data import NluExample
from chatwright.schema.understanding import Entity
from chatwright.simulate.agenda import UserAct
from chatwright.simulate.user_goal import EntityKey
from chatwright.text.language import detect

__all__ = ["Wording", "key_of", "language_of"]

Frame = tuple[str, str, frozenset[EntityKey]]
"""Intent, language, and entities that an example holds."""


def key_of(entity: Entity) -> EntityKey:
    """Type, role and group."""
    return (entity.entity, entity.role, entity.group)


def language_of(example: NluExample, languages: Sequence[str]) -> str:
    """The language of an example, the bot's first where it does not tell."""
    return detect(example.text, current=None, allowed=languages) or languages[0]


class Wording:
    """Says acts in the words of examples.

    Args:
        examples: whose sentences are used.
        languages: of the bot.
        names: examples whose names of values are used; by default the same.
    """

    def __init__(
        self,
        examples: Iterable[NluExample],
        languages: Sequence[str],
        names: Iterable[NluExample] | None = None,
    ) -> None:
        examples = list(examples)
        self._frames: dict[Frame, list[NluExample]] = defaultdict(list)
        for example in examples:
            keys = [key_of(entity) for entity in example.entities]
            if example.intent and len(set(keys)) == len(keys):
                frame = (example.intent, language_of(example, languages), frozenset(keys))
                self._frames[frame].append(example)
        self._names = _names(examples if names is None else names, languages)

    def say(self, act: UserAct, language: str, rng: random.Random) -> str:
        """A sentence for the act; several where no example tells all of it, bare values where none does."""
        if act.words is not None:
            return act.words
        wanted = dict(act.tells)
        cover = self._cover(frozenset(wanted), act.intent, language)
        examples = [rng.choice(self._frames[(act.intent, language, keys)]) for keys in cover]
        parts = [self._filled(example, wanted, language, rng) for example in examples]
        left = frozenset(wanted).difference(*cover)
        parts += [self._name(key, wanted[key], language, rng) for key in sorted(left, key=str)]
        return ("，" if language == "zh" else ", ").join(parts) or act.intent.replace("_", " ")

    def _cover(self, wanted: frozenset[EntityKey], intent: str, language: str) -> list[frozenset[EntityKey]]:
        """Frames that together tell what is wanted, large ones first; an empty one where nothing is."""
        fitting = [
            keys
            for name, spoken, keys in self._frames
            if name == intent and spoken == language and keys <= wanted
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

    def _filled(
        self, example: NluExample, wanted: Mapping[EntityKey, Any], language: str, rng: random.Random
    ) -> str:
        text = example.text
        for entity in sorted(example.entities, key=lambda e: e.start, reverse=True):
            said = self._name(key_of(entity), wanted[key_of(entity)], language, rng)
            text = text[: entity.start] + said + text[entity.end :]
        return text

    def _name(self, key: EntityKey, value: Any, language: str, rng: random.Random) -> str:
        known = self._names.get((key, language, str(value))) or self._names.get((key, None, str(value)))
        return rng.choice(known) if known else str(value)


def _names(
    examples: Iterable[NluExample], languages: Sequence[str]
) -> dict[tuple[EntityKey, str | None, str], list[str]]:
    """How values are written, by language; None holds all languages."""
    found: dict[tuple[EntityKey, str | None, str], dict[str, None]] = defaultdict(dict)
    for example in examples:
        for entity in example.entities:
            written = example.text[entity.start : entity.end]
            for language in (language_of(example, languages), None):
                found[(key_of(entity), language, str(entity.value))][written] = None
    return {key: list(names) for key, names in found.items()}
