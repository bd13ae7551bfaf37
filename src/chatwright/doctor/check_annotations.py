"""Entity marks that disagree with one another."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from chatwright.doctor.check_repeats import place
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Entity
from chatwright.text.normalise import fold, simplified
from chatwright.text.phrases import PhraseTable

__all__ = ["check_annotations"]

MARKED_MOSTLY = 0.7
"""Words that are marked less often than this where they occur may be meant to be left out."""
SHORTEST = 2
_EDGES = re.compile(r"^[\s,，.。!！?？;；:：、\"“”()（）]+|[\s,，。!！?？;；:：、\"“”(（]+$")
"""A full stop or a closing bracket at the end may belong to an abbreviation or a name."""

Label = tuple[str, str | None]


@dataclass(slots=True)
class _Words:
    """How one surface text is marked in all examples."""

    labels: Counter[Label] = field(default_factory=Counter)
    places: dict[Label, NluExample] = field(default_factory=dict)


def check_annotations(nlu: NluData, findings: Findings) -> None:
    """``entity-edges``, ``entity-conflict``, ``entity-boundary`` and ``unmarked-entity``."""
    known: dict[str, _Words] = defaultdict(_Words)
    for example in nlu.examples:
        for entity in example.entities:
            words = example.text[entity.start : entity.end]
            _check_edges(example, entity, words, findings)
            label = (entity.entity, entity.role)
            entry = known[_form(words).strip()]
            entry.labels[label] += 1
            entry.places.setdefault(label, example)
    for words, entry in known.items():
        _check_conflict(words, entry, findings)
    _check_boundaries(nlu, known, findings)
    _check_unmarked(nlu, known, findings)


def _check_edges(example: NluExample, entity: Entity, words: str, findings: Findings) -> None:
    trimmed = _EDGES.sub("", words)
    if trimmed and trimmed != words:
        findings.warn(
            "entity-edges",
            f"the mark of '{entity.entity}' takes in spaces or punctuation: '{words}'",
            at=example.location,
            fix=f"mark '{trimmed}'",
        )


def _check_conflict(words: str, entry: _Words, findings: Findings) -> None:
    """Other types only: which role a word has depends on the sentence, and so do roles and no role."""
    types = Counter[str]()
    for (entity, _), count in entry.labels.items():
        types[entity] += count
    if len(types) < 2:
        return
    (usual, often), *others = types.most_common()
    for other, count in others:
        example = next(e for (entity, _), e in entry.places.items() if entity == other)
        usually = next(e for (entity, _), e in entry.places.items() if entity == usual)
        findings.warn(
            "entity-conflict",
            f"'{words}' is marked as '{other}' here ({count} in all) and as '{usual}' in {often}, such as"
            f"{place(usually.location) or ' elsewhere'}",
            at=example.location,
            fix="use one type, or add a role to tell them apart",
        )


def _check_boundaries(nlu: NluData, known: Mapping[str, _Words], findings: Findings) -> None:
    """Where a mark and the words beside it are marked together elsewhere, as the same type."""
    longer: dict[str, list[str]] = defaultdict(list)
    for words, entry in known.items():
        for entity in {entity for entity, _ in entry.labels}:
            longer[entity].append(words)
    tables = {entity: _longest_first(phrases) for entity, phrases in longer.items()}
    for example in nlu.examples:
        folded = _form(example.text)
        for entity in example.entities:
            words = folded[entity.start : entity.end]
            for start, end in tables[entity.entity].find(folded):
                if start <= entity.start and entity.end <= end and (end - start) > len(words):
                    whole = folded[start:end]
                    other = next(e for (name, _), e in known[whole].places.items() if name == entity.entity)
                    if _marks_whole(example, start, end):
                        continue
                    findings.warn(
                        "entity-boundary",
                        f"'{words}' is marked here, but '{whole}' elsewhere{place(other.location)}",
                        at=example.location,
                        fix=f"mark the same words of '{entity.entity}' in both",
                    )


def _marks_whole(example: NluExample, start: int, end: int) -> bool:
    """Whether the span is marked, or consists of several marks."""
    inside = [e for e in example.entities if start <= e.start and e.end <= end]
    return len(inside) > 1 or any(e.start == start and e.end == end for e in inside)


def _check_unmarked(nlu: NluData, known: Mapping[str, _Words], findings: Findings) -> None:
    """Words that are marked nearly always, and not here."""
    table = _longest_first([words for words in known if len(words) >= SHORTEST])
    misses: dict[str, list[NluExample]] = defaultdict(list)
    for example in nlu.examples:
        for words in _unmarked(example, table):
            misses[words].append(example)
    for words, examples in misses.items():
        entry = known[words]
        marked = sum(entry.labels.values())
        if marked < 2 or marked / (marked + len(examples)) < MARKED_MOSTLY:
            continue
        (entity, _), _ = entry.labels.most_common(1)[0]
        at = next(iter(entry.places.values())).location
        for example in examples:
            findings.warn(
                "unmarked-entity",
                f"'{words}' is not marked here, but as '{entity}' in {marked} examples, such as"
                f"{place(at) or ' elsewhere'}",
                at=example.location,
                fix=f"write [{words}]({entity})",
            )


def _unmarked(example: NluExample, table: PhraseTable) -> Iterator[str]:
    folded = _form(example.text)
    for start, end in table.find(folded):
        if all(e.end <= start or end <= e.start for e in example.entities):
            yield folded[start:end]


def _form(text: str) -> str:
    """One form of the characters, as long as the text and as ``PhraseTable`` compares them."""
    return simplified(fold(text))


def _longest_first(phrases: Iterable[str]) -> PhraseTable:
    return PhraseTable(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))
