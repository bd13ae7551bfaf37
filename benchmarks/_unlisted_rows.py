"""Entities whose values no example and no lookup table holds, and those that a table holds, said alone.

The bot of the follow-up questions (``data/follow_ups``) is trained with one half of the values of its open
entities, in examples and lookup tables; its sentences are asked with the other half. Then the values that it
knows are said alone, or nearly so.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from _follow_up_bot import read, write_project
from _nlu_measures import slot_f1
from _table import Row
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluExample
from chatwright.project.project import Project
from chatwright.schema.understanding import Entity

CLOSED = {"order_number", "amount", "setting", "size", "price_level", "class", "level", "account"}
"""Entities whose values are few, or a pattern."""
ALONE = {
    "en": ("what about {}?", "or {}?", "and {}?", "{}", "{} please", "something {} maybe"),
    "zh": ("那{}呢?", "{}呢", "{}", "要{}的", "还是{}吧", "换成{}"),
}
SAID_ALONE = 300


def unlisted_rows(splits: Sequence[int]) -> Iterator[list[Row]]:
    """Two rows a language, light.

    Args:
        splits: seeds by which values are held out.
    """
    for language in ("en", "zh"):
        name = f"names, {language}"
        rows = [Row(name, metric, "light") for metric in ("slot F1, in no table", "slot F1, said alone")]
        for split in splits:
            for row, figure in zip(rows, _measured(language, split), strict=True):
                row.runs.append(figure)
        yield rows


def _measured(language: str, split: int) -> tuple[float, float]:
    known, held_out = _halves(read(f"bot_{language}"), split)
    project = _project(language, known)
    asked = [e for e in _project(language, held_out, samples=1).nlu.examples if e.entities]
    alone = random.Random(4).sample(_said_alone(language, known["values"]), SAID_ALONE)
    pipeline = Pipeline.from_config(project.config.pipeline, [language])
    pipeline.fit(project.nlu)
    new, listed = (slot_f1(pipeline.parse([e.text for e in told]), told) for told in (asked, alone))
    return new, listed


def _halves(bot: dict[str, Any], split: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bot with one half of its values, and with the other."""
    chance = random.Random(split)
    one, other = deepcopy(bot), deepcopy(bot)
    for name, values in bot["values"].items():
        if name not in CLOSED:
            shuffled = chance.sample(values, len(values))
            one["values"][name] = shuffled[: len(values) // 2]
            other["values"][name] = shuffled[len(values) // 2 :]
    return one, other


def _project(language: str, bot: dict[str, Any], **more: int) -> Project:
    with tempfile.TemporaryDirectory() as folder:
        return Project.load(write_project(language, Path(folder), bot, **more))


def _said_alone(language: str, values: Mapping[str, Sequence[Any]]) -> list[NluExample]:
    """Values that only one entity has."""
    owners: dict[str, list[str]] = {}
    for name, listed in values.items():
        for value in map(str, listed):
            owners.setdefault(value, []).append(name)
    out = []
    for value, names in owners.items():
        if len(names) == 1 and names[0] not in ("order_number", "amount", "setting"):
            for sentence in ALONE[language]:
                text, start = sentence.format(value), sentence.index("{")
                entity = Entity(entity=names[0], value=value, start=start, end=start + len(value))
                out.append(NluExample(text, entities=(entity,)))
    return out
