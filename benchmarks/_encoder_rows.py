"""Rows of intents with a transformer encoder of at most 30 million parameters, fine-tuned and frozen.

``encoder_rows`` trains through the public pipeline and scores the test parts; recipes were chosen on
validation parts (BANKING77's few-shot one, CLINC150's, a hash tenth of the others' training parts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from _nlu_measures import accuracy, calibration_error, confidence, measure, out_of_scope, right
from _nlu_sets import DataSet, clinc150_with_out_of_scope, few_shot, full, joint
from _table import Row

MUST = {
    "clinc150 full": 95.5, "clinc150 10-shot": 92.5, "clinc150 5-shot": 89.0,
    "banking77 full": 93.0, "banking77 10-shot": 87.5, "banking77 5-shot": 80.0,
    "hwu64 full": 90.5, "hwu64 10-shot": 85.0, "hwu64 5-shot": 79.0,
    "snips": 98.5, "atis": 97.5,
}  # fmt: skip
MUST_OUT_OF_SCOPE = 75.0
FEW_SHOT = ("banking77 5-shot", "hwu64 5-shot", "clinc150 5-shot", "banking77 10-shot", "hwu64 10-shot",
            "clinc150 10-shot")  # fmt: skip
OUT_OF_SCOPE = "clinc150 with out-of-scope"
FULL = ("hwu64 full", "banking77 full", "clinc150 full", "snips", "atis", OUT_OF_SCOPE)


def pipeline(
    seed: int = 0, *, fine_tune: str = "contrastive", model: str = "minilm"
) -> list[Mapping[str, Any]]:
    """An encoder beside words and characters."""
    return [
        {"name": "MixedTokenizer"},
        {"name": "EncoderFeaturizer", "model": model, "fine_tune": fine_tune},
        {"name": "IntentClassifier", "random_seed": 42 + seed},
    ]


def encoder_rows(
    names: Sequence[str] = (*FEW_SHOT, *FULL),
    seeds: Sequence[int] = (0, 1, 2),
    *,
    fine_tune: str = "contrastive",
) -> dict[str, Row]:
    """Name → its row: few-shot rows take a draw of the examples for each seed, others a seed of training."""
    return {name: _measured(name, seeds, fine_tune) for name in names}


def _measured(name: str, seeds: Sequence[int], fine_tune: str) -> Row:
    setting = "encoder" if fine_tune == "contrastive" else "encoder, frozen"
    scope = name == OUT_OF_SCOPE
    metric = (
        "out-of-scope recall" if scope else "intent accuracy" if name in ("snips", "atis") else "accuracy"
    )
    row = Row(name, metric, setting, must=MUST_OUT_OF_SCOPE if scope else MUST[name])
    for seed in seeds:
        data = _data(name, seed)
        measured = measure(data, pipeline(seed, fine_tune=fine_tune))
        row.seconds, row.milliseconds = measured.seconds, measured.milliseconds
        sure, hits = confidence(measured.found), right(measured.found, data.test)
        row.more["calibration_error"] = calibration_error(sure, hits)
        if scope:
            found = out_of_scope(measured, data)
            row.runs.append(found["recall"])
            row.more |= {**found, "in_scope_accuracy": accuracy(measured.found, data.test)}
        else:
            row.runs.append(accuracy(measured.found, data.test))
    return row


def _data(name: str, seed: int) -> DataSet:
    if name == OUT_OF_SCOPE:
        return clinc150_with_out_of_scope()
    if name in ("snips", "atis"):
        return joint(name)
    source, _, part = name.partition(" ")
    return full(source) if part == "full" else few_shot(source, int(part.removesuffix("-shot")), seed)
