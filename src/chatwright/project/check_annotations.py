"""Checks of the entities that examples annotate: what the learner cannot take as it was meant."""

from __future__ import annotations

import itertools

from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Entity

__all__ = ["check_annotations"]

_FIRST_CJK = "\u2e80"
"""Scripts without spaces between words stand from here on."""


def check_annotations(nlu: NluData, findings: Findings) -> None:
    """Annotations overlap nowhere, and begin and end where words do."""
    for example in nlu.examples:
        _check_overlaps(example, findings)
        for entity in example.entities:
            _check_edges(example, entity, findings)


def _check_overlaps(example: NluExample, findings: Findings) -> None:
    placed = sorted(example.entities, key=lambda entity: (entity.start, -entity.end))
    for first, second in itertools.pairwise(placed):
        if second.start >= first.end:
            continue
        spans = [f"'{_words(example, entity)}' ({entity.entity})" for entity in (first, second)]
        how = "stands inside" if second.end <= first.end else "overlaps"
        findings.warn(
            "overlapping-entities",
            f"{spans[1]} {how} {spans[0]}: a word has one entity, and only the first counts in training",
            at=example.location,
            fix="annotate one of them; what a part means can be a role, or a group, of its own",
        )


def _check_edges(example: NluExample, entity: Entity, findings: Findings) -> None:
    text, words = example.text, _words(example, entity)
    if not words.strip():
        findings.warn(
            "empty-entity",
            f"an example annotates nothing as '{entity.entity}'",
            at=example.location,
            fix="put the brackets around the words that are the value",
        )
    elif words != words.strip():
        findings.warn(
            "misaligned-entity",
            f"the annotation of '{words.strip()}' ({entity.entity}) has spaces at its edges",
            at=example.location,
            fix="put the spaces outside of the brackets",
        )
    elif _inside_word(text, entity.start) or _inside_word(text, entity.end):
        findings.warn(
            "misaligned-entity",
            f"the annotation of '{words}' ({entity.entity}) begins or ends inside a word",
            at=example.location,
            fix="annotate whole words; entities are found word by word (in Chinese, character by character)",
        )


def _words(example: NluExample, entity: Entity) -> str:
    return example.text[entity.start : entity.end]


def _inside_word(text: str, place: int) -> bool:
    """Between two letters of an alphabet, or two digits."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    letters = before.isalpha() and after.isalpha() and before < _FIRST_CJK and after < _FIRST_CJK
    return letters or (before.isdigit() and after.isdigit())
