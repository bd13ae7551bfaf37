"""Training the entity tagger (CRFsuite)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from chatwright.learn.fit_tagger import fit_tagger
from chatwright.learn.tagger import OUTSIDE
from chatwright.nlu.component import Message
from chatwright.nlu.entity_tagger import tag_of
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.tag_features import dictionary_tokens, unit_features, units_of
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Entity, Token
from chatwright.text.phrases import NamedPhrases

__all__ = ["fit_entity_tagger", "is_few", "is_listed", "known_values", "tags_of"]

FEW = 2000
"""Annotated examples. Up to so many, a copy of each with its values hidden is learnt from too: with few the
tagger must go by the context.

Values that a lookup table or a regex covers are then learnt from as if it did not, too: a tagger whose table
holds every value of its examples would go by the table alone, and find no value that it lacks. And they are
learnt from alone, as people say them when they answer or ask on ("and in Oslo?")."""
PLAIN_PER_ANNOTATED = 4
"""So many examples without entities are learnt from for each one with some."""


def fit_entity_tagger(
    data: NluData, messages: Sequence[Message], config: Mapping[str, Any]
) -> tuple[Patterns, NamedPhrases, bytes, dict[str, Any]]:
    """Patterns, known values, the model and a report.

    Args:
        messages: the examples of ``data`` with their tokens.
        config: ``L1_c``, ``L2_c`` and ``max_iterations`` as Rasa's CRFEntityExtractor; ``patterns`` holds the
            options of a ``RegexFeaturizer``, or None to do without; ``reads_intent`` tells whether the intent
            of a message is known when its entities are looked for.
    """
    pairs = [(e, m) for e, m in zip(data.examples, messages, strict=True) if e.entities]
    plain = [(e, m) for e, m in zip(data.examples, messages, strict=True) if not e.entities]
    options = config.get("patterns", {})
    patterns = Patterns() if options is None else Patterns.of(data, options)
    if not pairs:
        return patterns, NamedPhrases({}), b"", {"examples": 0, "entities": []}
    few = is_few(data)
    step = max(1, len(plain) // (PLAIN_PER_ANNOTATED * len(pairs) + 200))
    # A value seen once would always be a known value in training and never be one later.
    repeated = known_values(data.examples, 2)
    sequences = []
    alone: dict[tuple[str, str], NluExample] = {}
    odd = 0
    for example, message in [*pairs, *plain[::step]]:
        units = units_of(example.text)
        tags, aligned = tags_of(example, units)
        odd += not aligned
        intent = example.intent if config.get("reads_intent") else None
        tokens = dictionary_tokens(example.text, message.tokens)
        parts = (example.text, units, tokens, patterns, repeated)
        read = partial(unit_features, *parts, intent=intent)
        sequences.append((read(), tags))
        inside = [i for i, tag in enumerate(tags) if tag != OUTSIDE]
        if not (inside and few):
            continue
        listed = [entity for entity in example.entities if is_listed(example.text, entity, patterns)]
        sequences.append((read(masked=inside, unlisted=inside if listed else ()), tags))
        if listed:
            sequences.append((read(unlisted=inside), tags))
        for entity in listed:
            if not (entity.role or entity.group):
                value = example.text[entity.start : entity.end]
                own = NluExample(value, entities=(replace(entity, start=0, end=len(value)),))
                alone.setdefault((entity.entity, value.lower()), own)
    for example in alone.values():
        units = units_of(example.text)
        tokens = dictionary_tokens(example.text, units)
        features = unit_features(example.text, units, tokens, patterns, repeated)
        sequences.append((features, tags_of(example, units)[0]))
    model = fit_tagger(
        sequences,
        l1=float(config.get("L1_c", 0.1)),
        l2=float(config.get("L2_c", 0.1)),
        iterations=int(config.get("max_iterations", 100)),
    )
    known = known_values(data.examples, 1)
    details: dict[str, Any] = {"examples": len(pairs), "entities": sorted(known.phrases)}
    if odd:
        details["cut_through_words"] = odd
    return patterns, known, model, details


def is_few(data: NluData) -> bool:
    """Whether so few examples are annotated that the context has to tell."""
    return sum(bool(example.entities) for example in data.examples) <= FEW


def is_listed(text: str, entity: Entity, patterns: Patterns) -> bool:
    """Whether a lookup table or a regex covers some of an entity."""
    return any(start < entity.end and entity.start < end for _, start, end in patterns.matches(text))


def tags_of(example: NluExample, units: Sequence[Token]) -> tuple[list[str], bool]:
    """BILOU tags of the units, and whether every annotation begins and ends where units do.

    Of two annotations on the same words the first counts.
    """
    tags = [OUTSIDE] * len(units)
    aligned = True
    for entity in example.entities:
        inside = [i for i, unit in enumerate(units) if unit.start < entity.end and entity.start < unit.end]
        if not inside or any(tags[i] != OUTSIDE for i in inside):
            continue
        aligned &= units[inside[0]].start >= entity.start and units[inside[-1]].end <= entity.end
        for i in inside:
            place = "B" if i == inside[0] else "L" if i == inside[-1] else "I"
            tags[i] = tag_of("U" if len(inside) == 1 else place, entity)
    return tags, aligned


def known_values(examples: Sequence[NluExample], times: int) -> NamedPhrases:
    """The values of each entity that are annotated at least so many times."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        for entity in example.entities:
            found[entity.entity][example.text[entity.start : entity.end].strip().lower()] += 1
    return NamedPhrases(
        {
            entity: [value for value, count in counts.items() if count >= times]
            for entity, counts in sorted(found.items())
        }
    )
