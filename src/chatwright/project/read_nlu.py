"""NLU training data from YAML: examples, synonyms, patterns and lookup tables.

Rasa's format: a list under ``nlu:``, each item with exactly one of ``intent synonym regex lookup`` and its
``examples``, either a ``|`` block of ``- `` lines or a list of texts and ``{text, metadata}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwright.errors import Location
from chatwright.project.annotations import AnnotationError, has_broken_marks, parse_annotated
from chatwright.project.files import find_files
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import LookupTable, NluData, NluExample, RegexFeature
from chatwright.project.yaml_reader import (
    LocatedDoc,
    YamlList,
    YamlMap,
    locate,
    plain,
    read_yaml,
    read_yaml_text,
)

__all__ = ["NluCollector", "nlu_from_yaml", "parse_annotated", "read_nlu", "read_nlu_files"]

_KINDS = ("intent", "synonym", "regex", "lookup")
_Line = tuple[str, Location | None, Mapping[str, Any]]


@dataclass
class NluCollector:
    """NLU data of several files as it grows."""

    examples: list[NluExample] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    regexes: list[RegexFeature] = field(default_factory=list)
    lookups: list[LookupTable] = field(default_factory=list)

    def data(self) -> NluData:
        """What was collected."""
        return NluData(tuple(self.examples), dict(self.synonyms), tuple(self.regexes), tuple(self.lookups))

    def add_example(
        self,
        annotated: str,
        intent: str | None,
        findings: Findings,
        *,
        at: Location | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """One example text, with marks; bad marks become an error and the example is left out."""
        try:
            text, entities = parse_annotated(annotated)
        except AnnotationError as error:
            findings.error(
                "bad-annotation",
                str(error),
                at=at,
                fix='write [words]{"entity": "name", "role": "…"}, on one line',
            )
            return
        if has_broken_marks(text):
            findings.warn(
                "bad-annotation",
                f"a mark in '{annotated}' is none, and stays in the text",
                at=at,
                fix="write [words](entity): these very brackets, no space between, no mark inside of another",
            )
        base, _, key = (intent or "").partition("/")
        self.examples.append(
            NluExample(text, base or None, intent if key else None, entities, metadata or {}, at)
        )
        for entity in entities:
            words = text[entity.start : entity.end]
            if entity.value != words:
                self.add_synonym(words, str(entity.value), findings, at)

    def add_synonym(self, words: str, value: str, findings: Findings, at: Location | None) -> None:
        """``words`` stand for ``value``; the first meaning given stays."""
        known = self.synonyms.setdefault(words, value)
        if known != value:
            findings.warn(
                "synonym-conflict",
                f"'{words}' stands for '{known}' and for '{value}'; '{known}' is used",
                at=at,
                fix="keep one value for these words",
            )


def read_nlu(docs: Iterable[LocatedDoc], findings: Findings, into: NluCollector | None = None) -> NluData:
    """The ``nlu:`` sections of parsed files, merged."""
    collector = into or NluCollector()
    for doc in docs:
        for index, item in enumerate(findings.sequence(doc.data, "nlu", "'nlu'")):
            _read_item(item, locate(doc.data["nlu"], index), collector, findings)
    return collector.data()


def read_nlu_files(paths: Iterable[Path]) -> NluData:
    """The NLU data of the YAML files in ``paths``, folders included.

    Raises:
        ProjectInvalid: a file cannot be read or holds errors.
    """
    findings = Findings()
    docs = [findings.read(lambda file=file: read_yaml(file)) for file in find_files(paths)]
    data = read_nlu([doc for doc in docs if doc is not None], findings)
    findings.raise_errors()
    return data


def nlu_from_yaml(text: str) -> NluData:
    """NLU data from one YAML text.

    Raises:
        YamlError: not YAML.
        ProjectInvalid: YAML, but not NLU data.
    """
    findings = Findings()
    data = read_nlu([read_yaml_text(text)], findings)
    findings.raise_errors()
    return data


def _read_item(item: Any, at: Location | None, collector: NluCollector, findings: Findings) -> None:
    kinds = [kind for kind in _KINDS if kind in item] if isinstance(item, YamlMap) else []
    if len(kinds) != 1:
        findings.warn(
            "unknown-nlu-item",
            "skipped: an item of 'nlu' must have exactly one of intent, synonym, regex, lookup",
            at=at,
            fix="check the spelling and indentation of the item",
        )
        return
    kind = kinds[0]
    name = item[kind]
    if name is None or isinstance(name, dict | list):
        findings.error(
            "bad-nlu-item", f"'{kind}' needs a name", at=item.location(kind), fix=f"write '{kind}: name'"
        )
        return
    findings.unknown_keys(item, (kind, "examples", "metadata"), f"the {kind} '{name}'")
    lines = list(_examples(item, f"the {kind} '{name}'", findings))
    if not lines:
        findings.warn(
            "no-examples",
            f"the {kind} '{name}' has no examples",
            at=item.location(kind),
            fix="add some or remove it",
        )
    _READERS[kind](str(name), lines, item, collector, findings)


def _read_intent(
    name: str, lines: list[_Line], item: YamlMap, collector: NluCollector, findings: Findings
) -> None:
    shared = {"intent": plain(item["metadata"])} if item.get("metadata") is not None else {}
    for text, at, metadata in lines:
        collector.add_example(
            text, name, findings, at=at, metadata={**shared, **metadata} if shared else metadata
        )


def _read_synonym(
    name: str, lines: list[_Line], item: YamlMap, collector: NluCollector, findings: Findings
) -> None:
    for text, at, _ in lines:
        collector.add_synonym(text, name, findings, at)


def _read_regex(
    name: str, lines: list[_Line], item: YamlMap, collector: NluCollector, findings: Findings
) -> None:
    for text, at, _ in lines:
        try:
            re.compile(text)
        except re.error as error:
            findings.error(
                "bad-regex",
                f"'{text}' is not a regular expression: {error}",
                at=at,
                fix="escape with \\ or fix it",
            )
            continue
        collector.regexes.append(RegexFeature(name, text, at))


def _read_lookup(
    name: str, lines: list[_Line], item: YamlMap, collector: NluCollector, findings: Findings
) -> None:
    phrases = tuple(text for text, _, _ in lines)
    if phrases:
        collector.lookups.append(LookupTable(name, phrases, item.location("lookup")))


_READERS = {"intent": _read_intent, "synonym": _read_synonym, "regex": _read_regex, "lookup": _read_lookup}


def _examples(item: YamlMap, what: str, findings: Findings) -> Iterator[_Line]:
    examples = item.get("examples")
    if isinstance(examples, str):
        yield from _block(examples, item, what, findings)
    elif isinstance(examples, YamlList):
        for index, example in enumerate(examples):
            yield from _list_item(example, examples.location(index), what, findings)
    elif examples is not None:
        findings.error(
            "wrong-type",
            f"the examples of {what} must be a '|' block of '- ' lines, or a list",
            at=item.location("examples"),
            fix="write 'examples: |' and one '- text' a line below it",
        )


def _block(block: str, item: YamlMap, what: str, findings: Findings) -> Iterator[_Line]:
    """The ``- `` lines of a block. A plain or folded scalar has no line of its own for each example."""
    *_, line, column, literal = item.marks["examples"]
    file, key = item.file, item.location("examples").key
    empty: Mapping[str, Any] = {}
    for number, text in enumerate(block.split("\n"), line + 1):
        if text.startswith("-"):
            stripped = text[1:].strip()
            if stripped:
                place = Location(file, number, 0, key) if literal else Location(file, line, column, key)
                yield stripped, place, empty
        elif text.strip():
            findings.warn(
                "dropped-line",
                f"'{_shorten(text.strip())}' in {what} is left out: the line does not begin with '-'",
                at=Location(file, number if literal else line, 0, key),
                fix="begin each example with '- ', all in the same column",
            )


def _list_item(example: Any, at: Location, what: str, findings: Findings) -> Iterator[_Line]:
    metadata: Mapping[str, Any] = {}
    text = example
    if isinstance(example, YamlMap):
        text = example.get("text")
        if example.get("metadata") is not None:
            metadata = {"example": plain(example["metadata"])}
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        findings.error(
            "wrong-type",
            f"an example of {what} must be a text or have a 'text'",
            at=at,
            fix="write '- text: …'",
        )
    elif stripped := str(text).strip():
        yield stripped, at, metadata


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
