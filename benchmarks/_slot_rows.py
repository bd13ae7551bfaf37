"""Rows of intents and entities: SNIPS, ATIS, CAIS, CLUENER, Resume, Weibo; light, deep and with an encoder.

Entities count when type, begin and end are right (micro F1). CLUENER is scored on its public validation part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from _nlu_measures import Measured, accuracy, measure, slot_f1
from _nlu_sets import DataSet, cluener, joint
from _table import Row

SETS: Mapping[str, Callable[[], DataSet]] = {
    "snips": partial(joint, "snips"),
    "atis": partial(joint, "atis"),
    "cais": partial(joint, "cais"),
    "cluener": cluener,
    "resume": partial(joint, "resume_ner"),
    "weibo": partial(joint, "weibo_ner"),
}
MUST_SLOTS = {"snips": 94.0, "atis": 95.5, "cais": 87.0, "cluener": 68.0, "resume": 93.5, "weibo": 48.0}
BEST_SLOTS = {"snips": 97.1, "atis": 96.9, "cais": 88.6, "cluener": 80.4, "resume": 96.7, "weibo": 72.3}
MUST_INTENTS = {"snips": 98.0, "atis": 97.0, "cais": 94.5}
BEST_INTENTS = {"snips": 99.0, "atis": 98.0, "cais": 95.2}
WITH_ENCODER = ("snips", "atis")
"""The encoder knows English."""
MUST_SLOTS_ENCODER = {"snips": 95.5, "atis": 95.8}
MUST_INTENTS_ENCODER = {"snips": 98.5, "atis": 97.5}

Entry = Mapping[str, Any]


def light(seed: int = 0) -> list[Entry]:
    """The pipeline of the base install; nothing in it draws at random."""
    return [{"name": "MixedTokenizer"}, {"name": "IntentClassifier"}, {"name": "EntityTagger"}]


def deep(seed: int = 0) -> list[Entry]:
    """The joint net (extra ``train``)."""
    return [{"name": "MixedTokenizer"}, {"name": "JointClassifier", "seed": seed}]


def encoder(seed: int = 0) -> list[Entry]:
    """MiniLM, fine-tuned for the intents, and as it is before the joint net."""
    tokenizer, net = deep(seed)
    fine_tuned = {"name": "EncoderFeaturizer", "model": "minilm", "fine_tune": "contrastive"}
    return [tokenizer, fine_tuned, {**net, "random_seed": 42 + seed}]


PIPELINES: Mapping[str, Callable[[int], list[Entry]]] = {"light": light, "deep": deep, "encoder": encoder}


def slot_rows(
    settings: Sequence[str] = ("light", "deep"),
    seeds: Sequence[int] = (0, 1, 2),
    names: Sequence[str] = tuple(SETS),
    *,
    on_validation: bool = False,
) -> Iterator[list[Row]]:
    """The rows of one data set and setting after the other, as they are measured.

    Args:
        on_validation: score the validation part, while something is being chosen.
    """
    for name in names:
        data = SETS[name]()
        if on_validation:
            data = replace(data, test=data.valid)
        for setting in settings:
            runs = [
                measure(data, PIPELINES[setting](seed))
                for seed in (seeds if setting != "light" else seeds[:1])
            ]
            yield _rows_of(name, setting, data, runs)


def _rows_of(name: str, setting: str, data: DataSet, runs: Sequence[Measured]) -> list[Row]:
    encoded = setting == "encoder"
    slots, intents = (MUST_SLOTS_ENCODER, MUST_INTENTS_ENCODER) if encoded else (MUST_SLOTS, MUST_INTENTS)
    label = "joint net with encoder" if encoded else setting
    rows = [Row(name, "slot F1", label, must=slots[name], best=BEST_SLOTS[name])]
    rows[0].runs = [slot_f1(run.found, data.test) for run in runs]
    if name in intents:
        rows.append(Row(name, "intent accuracy", label, must=intents[name], best=BEST_INTENTS[name]))
        rows[1].runs = [accuracy(run.found, data.test) for run in runs]
    for row in rows:
        row.seconds, row.milliseconds = runs[-1].seconds, runs[-1].milliseconds
    return rows
