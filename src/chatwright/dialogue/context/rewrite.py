"""Rewriting: other words in a text, and where entities then stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chatwright.dialogue.context.schema import label_of
from chatwright.schema.understanding import Entity

__all__ = ["CARRIED", "carried", "found_in", "labelled", "put_in", "with_words"]

CARRIED = "context"
"""Extractor of entities that an earlier message holds."""


def carried(entity: Entity, label: str | None = None) -> Entity:
    """An entity of an earlier message as one of this, where it has no words."""
    name, _, role = (label or label_of(entity)).partition(":")
    return replace(entity, entity=name, role=role or None, start=0, end=0, extractor=CARRIED, processors=())


def labelled(value: Entity, label: str) -> Entity:
    """The entity under another label, such as ``city:to``."""
    name, _, role = label.partition(":")
    return replace(value, entity=name, role=role or None)


def put_in(text: str, pieces: Sequence[tuple[int, int, str]]) -> tuple[str, Mapping[int, tuple[int, int]]]:
    """Replace spans of a text; gives the new text and the new span of each piece, by its number.

    >>> put_in("how much is it?", [(12, 14, "the tent")])
    ('how much is the tent?', {0: (12, 20)})
    """
    spans: dict[int, tuple[int, int]] = {}
    out, position = "", 0
    for number, (start, end, words) in sorted(enumerate(pieces), key=lambda piece: piece[1][:2]):
        out += text[position:start]
        spans[number] = (len(out), len(out) + len(words))
        out += words
        position = max(position, end)
    return out + text[position:], spans


def with_words(text: str, added: Iterable[str], language: str) -> str:
    """A question with more words: at its end in English, at its front in Chinese."""
    for more in added:
        if language == "zh":
            text = f"{more}{text}"
        else:
            body = text.rstrip()
            marks = body[len(body.rstrip("?!.")) :]
            text = f"{body.rstrip('?!.')} {more}{marks}"
    return text


def found_in(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Entities with their spans in a text; empty ones where their words are not in it."""
    placed = []
    for entity in entities:
        start = text.lower().find(str(entity.value).lower())
        end = start + len(str(entity.value)) if start >= 0 else 0
        placed.append(replace(entity, start=max(start, 0), end=end))
    return placed
