"""Rows of what is learnt from little, and of how true the named reasons are.

``little_rows``: five examples an intent with what multiplies them (copies with swapped values and typing
errors; the whole training part as messages without labels) beside the same without.
``reason_rows``: how often a decision gets less sure or changes when the words that were named as its reason
are taken out, beside as many words drawn at random.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _nlu_measures import accuracy, best, measure
from _nlu_sets import DataSet, few_shot, fewclue, full
from _table import Row
from chatwright.nlu.pipeline import Pipeline
from chatwright.nlu.registry import DEFAULT_PIPELINE
from chatwright.schema.understanding import Understanding

SHOTS = 5
ASKED = 500
"""Messages of a test part whose reasons are tried."""
MUST_BE_TRUE = 80.0


def little_rows(seeds: Sequence[int] = (0, 1, 2)) -> Iterator[list[Row]]:
    """A row for each set and way of multiplying examples; what it is compared with stands as ``linear``."""
    for name in ("banking77", "hwu64", "clinc150"):
        unlabelled = [example.text for example in full(name).train]
        plain = [accuracy(measure(few_shot(name, SHOTS, s)).found, _tested(name, s)) for s in seeds]
        with tempfile.TemporaryDirectory() as folder:
            messages = Path(folder) / "messages.txt"
            messages.write_text("\n".join(" ".join(text.split()) for text in unlabelled), "utf-8")
            for setting, entry in (
                ("light, augmented", {"name": "ExampleAugmenter"}),
                ("light, self-training", {"name": "SelfTraining", "unlabelled": str(messages)}),
            ):
                row = Row(f"{name} {SHOTS}-shot", "accuracy", setting, linear=plain)
                for seed in seeds:
                    measured = measure(few_shot(name, SHOTS, seed), [*DEFAULT_PIPELINE, entry])
                    row.runs.append(accuracy(measured.found, _tested(name, seed)))
                    row.seconds, row.milliseconds = measured.seconds, measured.milliseconds
                yield [row]


def _tested(name: str, seed: int) -> Sequence[Any]:
    return few_shot(name, SHOTS, seed).test


def reason_rows() -> Iterator[list[Row]]:
    """BANKING77 and headlines of tnews, in percent of the messages that have a reason in words."""
    for data in (few_shot("banking77", 10), fewclue("tnews", 0)):
        yield [_reason_row(data)]


def _reason_row(data: DataSet) -> Row:
    chance = random.Random(0)
    asked = list(data.test)
    chance.shuffle(asked)
    asked = asked[:ASKED]
    measured = measure(DataSet(data.name, data.language, data.train, asked))
    named, drawn = [], []
    for found in measured.found:
        spans = sorted(_named_words(found))
        if spans:
            named.append(_weakened(measured.pipeline, found, spans))
            drawn.append(_weakened(measured.pipeline, found, _as_many(found, len(spans), chance)))
    share, by_chance = (100 * sum(hits) / len(hits) for hits in (named, drawn))
    return Row(
        data.name,
        "weakened without the named words",
        "light",
        [share],
        [by_chance],
        must=MUST_BE_TRUE,
        more={"messages": len(named)},
    )


def _named_words(found: Understanding) -> Iterator[tuple[int, int]]:
    for reason in found.evidence:
        if reason.kind == "token" and reason.summary.endswith(f"speaks for {best(found).name}"):
            data: Mapping[str, Any] = reason.data
            yield data["start"], data["end"]


def _as_many(found: Understanding, count: int, chance: random.Random) -> list[tuple[int, int]]:
    spans = [(token.start, token.end) for token in found.tokens]
    return sorted(chance.sample(spans, min(count, len(spans))))


def _weakened(pipeline: Pipeline, found: Understanding, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the decision changes, or gets less sure, without these places of the text."""
    left, place = "", 0
    for start, end in spans:
        left, place = left + found.text[place:start], end
    again = pipeline.parse([left + found.text[place:]])[0]
    before, after = best(found), best(again)
    return after.name != before.name or after.confidence < before.confidence
