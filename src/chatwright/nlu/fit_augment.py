"""More training examples from few: values swapped, letters mistyped, words replaced, texts translated back.

Augmented copies are made when a bot is trained, from its training part alone, so that tests and
cross-validation never see copies of what they score.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from chatwright.errors import ComponentError, did_you_mean
from chatwright.nlu.tag_features import units_of
from chatwright.project.nlu_data import NluData, NluExample

__all__ = ["METHODS", "Augmenter", "replace_spans"]

Values = Mapping[tuple[str, str | None], Sequence[str]]
"""Entity and role → the values that it has in the data."""
BackTranslate = Callable[[Sequence[str]], Sequence[str]]
SEED = 42


@dataclass(frozen=True, slots=True)
class Augmenter:
    """How examples are multiplied.

    Attributes:
        copies: of each example, at most; copies that equal an example are left out.
        methods: names from ``METHODS``; the first copy is made by the first that changes anything, the second
            begins with the next.
        thesaurus: word → words that may stand in its place.
        back_translate: texts → the same texts said otherwise (a translation there and back), or None.
    """

    copies: int = 1
    methods: tuple[str, ...] = ("swap_entities", "mistype")
    thesaurus: Mapping[str, Sequence[str]] = field(default_factory=dict)
    back_translate: BackTranslate | None = None
    seed: int = SEED

    @classmethod
    def from_config(cls, config: Mapping[str, Any], project_root: Path | None = None) -> Self:
        """From an ``ExampleAugmenter`` entry of the pipeline.

        Raises:
            ComponentError: a method is unknown, or a file or function that it names is not there.
        """
        methods = tuple(config.get("methods") or ("swap_entities", "mistype"))
        for method in methods:
            if method not in METHODS:
                raise ComponentError(
                    f"ExampleAugmenter has no method {method!r}",
                    fix=did_you_mean(method, METHODS) or f"use some of {', '.join(METHODS)}",
                )
        thesaurus = _read_thesaurus(config.get("thesaurus"), project_root)
        if "synonyms" in methods and not thesaurus:
            raise ComponentError(
                "ExampleAugmenter: synonyms needs a thesaurus",
                fix="name a file whose lines are words that mean the same, such as `thesaurus: words.txt`",
            )
        return cls(
            int(config.get("copies", 1)),
            methods,
            thesaurus,
            _import_function(config.get("back_translate"), project_root),
            int(config.get("random_seed") or SEED),
        )

    def enlarge(self, data: NluData, train: object = None) -> NluData:
        """The data with copies behind its examples; the same every time."""
        chance = random.Random(self.seed)
        values = _values_of(data)
        known = {(e.text, e.response_key or e.intent) for e in data.examples}
        copies: list[NluExample] = []
        for example in data.examples:
            for number in range(self.copies):
                copy = self._copy(example, number, values, chance)
                key = (copy.text, copy.response_key or copy.intent)
                if key not in known and copy.text.strip():
                    known.add(key)
                    copies.append(copy)
        for copy in self._translated(data.examples):
            key = (copy.text, copy.response_key or copy.intent)
            if key not in known:
                known.add(key)
                copies.append(copy)
        return replace(data, examples=[*data.examples, *copies])

    def _copy(self, example: NluExample, number: int, values: Values, chance: random.Random) -> NluExample:
        """By the first method, from this number on, that changes anything; else the example itself."""
        for step in range(len(self.methods)):
            method = self.methods[(number + step) % len(self.methods)]
            copy = METHODS[method](self, example, values, chance)
            if copy.text != example.text:
                return copy
        return example

    def _translated(self, examples: Sequence[NluExample]) -> Iterable[NluExample]:
        """Only examples without entities: a translation does not say where they went."""
        plain = [e for e in examples if not e.entities and e.intent]
        if self.back_translate is None or not plain:
            return []
        texts = self.back_translate([e.text for e in plain])
        return [replace(e, text=str(text)) for e, text in zip(plain, texts, strict=True)]


def replace_spans(example: NluExample, changes: Sequence[tuple[int, int, str]]) -> NluExample:
    """The example with pieces of its text replaced; entities move along, and hold what stands in them.

    Args:
        changes: begin, end and new text, in order, not empty, apart; none cuts an entity's border.
    """
    text, place = "", 0
    moved: list[tuple[int, int]] = []  # where the old text was, by how much it has grown
    for start, end, new in changes:
        text += example.text[place:start] + new
        place = end
        moved.append((end, len(new) - (end - start)))
    text += example.text[place:]
    entities = []
    for entity in example.entities:
        first = entity.start + sum(grown for end, grown in moved if end <= entity.start)
        last = entity.end + sum(grown for end, grown in moved if end <= entity.end)
        value = (
            entity.value if text[first:last] == example.text[entity.start : entity.end] else text[first:last]
        )
        entities.append(replace(entity, start=first, end=last, value=value))
    return replace(example, text=text, entities=tuple(entities))


def _swap_entities(how: Augmenter, example: NluExample, values: Values, chance: random.Random) -> NluExample:
    changes = []
    for entity in sorted(example.entities, key=lambda e: e.start):
        others = [
            v for v in values[entity.entity, entity.role] if v != example.text[entity.start : entity.end]
        ]
        if others and not (changes and entity.start < changes[-1][1]):
            changes.append((entity.start, entity.end, chance.choice(others)))
    return replace_spans(example, changes)


def _mistype(how: Augmenter, example: NluExample, values: Values, chance: random.Random) -> NluExample:
    """One letter of a word dropped, doubled, or swapped with the next; entities stay as they are."""
    words = [u for u in _outside(example) if len(u[2]) >= 4 and u[2].isascii() and u[2].isalpha()]
    if not words:
        return example
    start, _, word = chance.choice(words)
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(3)
    new = word[:at] + ("", word[at] * 2, word[at + 1] + word[at])[kind] + word[at + 1 + (kind == 2) :]
    return replace_spans(example, [(start, start + len(word), new)])


def _synonyms(how: Augmenter, example: NluExample, values: Values, chance: random.Random) -> NluExample:
    text, found = example.text.lower(), []
    for word, others in how.thesaurus.items():
        start = text.find(word)
        end = start + len(word)
        inside = word.isascii() and (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
        free = all(e.end <= start or end <= e.start for e in example.entities)
        if start >= 0 and free and not inside:
            found.append((start, end, chance.choice(list(others))))
    return replace_spans(example, [chance.choice(found)]) if found else example


METHODS: Mapping[str, Callable[[Augmenter, NluExample, Values, random.Random], NluExample]] = {
    "swap_entities": _swap_entities,
    "mistype": _mistype,
    "synonyms": _synonyms,
}


def _outside(example: NluExample) -> list[tuple[int, int, str]]:
    """Words that no entity covers."""
    return [
        (unit.start, unit.end, unit.text)
        for unit in units_of(example.text)
        if all(e.end <= unit.start or unit.end <= e.start for e in example.entities)
    ]


def _values_of(data: NluData) -> Values:
    out: dict[tuple[str, str | None], dict[str, None]] = defaultdict(dict)
    for example in data.examples:
        for entity in example.entities:
            out[entity.entity, entity.role][example.text[entity.start : entity.end]] = None
    for table in data.lookups:
        for key in [key for key in out if key[0] == table.name]:
            out[key].update(dict.fromkeys(table.phrases))
    return {key: list(values) for key, values in out.items()}


def _read_thesaurus(name: Any, root: Path | None) -> dict[str, list[str]]:
    """Lines of words that mean the same, parted by blanks or tabs."""
    if not name:
        return {}
    path = (root or Path()) / str(name)
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ComponentError(
            f"the thesaurus {name} cannot be read: {error}", fix="is the path right?"
        ) from error
    out: dict[str, list[str]] = {}
    for line in lines:
        words = line.lower().split()
        for word in words:
            out.setdefault(word, []).extend(other for other in words if other != word)
    return {word: others for word, others in out.items() if others}


def _import_function(name: Any, root: Path | None) -> BackTranslate | None:
    """``module.function`` of the project's folder or of an installed package."""
    if not name:
        return None
    module, _, function = str(name).rpartition(".")
    if root and str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ComponentError(
            f"back_translate: {name} cannot be imported: {error}",
            fix="write `def translate(texts: list[str]) -> list[str]` in a module of the project, "
            "and name it as module.translate",
        ) from error
