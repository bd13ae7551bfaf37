"""The public data sets of benchmarks/nlu.py, read from ``$CHATWRIGHT_DATA`` (see DATA.md)."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.project.nlu_data import NluExample
from chatwright.schema.understanding import Entity


@dataclass(frozen=True)
class DataSet:
    """One table row: what is learnt from, what is scored on."""

    name: str
    language: str
    train: Sequence[NluExample]
    test: Sequence[NluExample]
    out_of_scope: Sequence[str] = ()
    valid: Sequence[NluExample] = ()


def folder() -> Path:
    """Where the data lies."""
    place = os.environ.get("CHATWRIGHT_DATA")
    if not place:
        raise SystemExit("set CHATWRIGHT_DATA to the folder of data sets that benchmarks/DATA.md describes")
    return Path(place)


def few_shot(name: str, shots: int) -> DataSet:
    """BANKING77, HWU64 or CLINC150 with ``shots`` examples an intent; the whole test part."""
    train = _labelled(_rows(f"{name}/fewshot_train_{shots}.jsonl"))
    if name != "clinc150":
        return DataSet(f"{name} {shots}-shot", "en", train, _labelled(_rows(f"{name}/test.jsonl")))
    test, valid = _rows("clinc150/full_test.jsonl"), _rows("clinc150/full_valid.jsonl")
    return DataSet(
        f"{name} {shots}-shot",
        "en",
        train,
        _labelled(row for row in test if row["intent"] != "oos"),
        [row["text"] for row in test if row["intent"] == "oos"],
        _labelled(row for row in valid if row["intent"] != "oos"),
    )


def banking_full() -> DataSet:
    """All 10,003 training examples of BANKING77."""
    train = _labelled(_rows("banking77/train.jsonl"))
    return DataSet("banking77 full", "en", train, _labelled(_rows("banking77/test.jsonl")))


def fewclue(task: str) -> DataSet:
    """A classification task of FewCLUE, first of its five samples."""
    text, label = {"tnews": ("sentence", "label_desc"), "csldcp": ("content", "label")}[task]
    parts = [
        [NluExample(row[text], row[label]) for row in _rows(f"fewclue/{task}/{part}.jsonl")]
        for part in ("train_0", "test_public")
    ]
    return DataSet(f"fewclue {task}", "zh", *parts)


def slots(name: str, limit: int | None = None) -> DataSet:
    """SNIPS, ATIS (English) or CAIS (Chinese), with entities; at most ``limit`` training examples."""
    train = [_tagged(row) for row in _rows(f"{name}/train.jsonl")]
    test = [_tagged(row) for row in _rows(f"{name}/test.jsonl")]
    if limit:
        step = len(train) // limit
        train = train[::step][:limit]
    language = "zh" if name == "cais" else "en"
    return DataSet(f"{name} {limit or 'full'}", language, train, test)


def _rows(path: str) -> list[dict[str, Any]]:
    """The records of a file, which may lie there compressed."""
    file = folder() / path
    if not file.exists():
        file = file.with_name(file.name + ".gz")
    raw = file.read_bytes()
    lines = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _labelled(rows: Any) -> list[NluExample]:
    return [NluExample(row["text"], row["intent"]) for row in rows]


def _tagged(row: dict[str, Any]) -> NluExample:
    """BIO or BIOES tags → entities with offsets."""
    gap = "" if "chars" in row else " "
    pieces = row.get("chars") or row["tokens"]
    entities: list[Entity] = []
    text, open_type = "", None
    for piece, tag in zip(pieces, row["tags"], strict=True):
        start = len(text) + (len(gap) if text else 0)
        text += (gap if text else "") + piece
        place, _, kind = tag.partition("-")
        if tag == "O":
            open_type = None
        elif place in "BS" or kind != open_type:
            entities.append(Entity(entity=kind, value=piece, start=start, end=len(text)))
            open_type = kind
        else:
            last = entities[-1]
            entities[-1] = Entity(entity=kind, value=text[last.start :], start=last.start, end=len(text))
    return NluExample(text, row["intent"], entities=tuple(entities))
