"""The public data sets of benchmarks/nlu.py, read from ``$CHATWRIGHT_DATA`` (see DATA.md)."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwright.project.nlu_data import NluExample
from chatwright.schema.understanding import Entity

OUT_OF_SCOPE = "oos"
"""CLINC150's name for what is none of its intents."""


@dataclass(frozen=True)
class DataSet:
    """One table row: what is learnt from, what is scored on."""

    name: str
    language: str
    train: Sequence[NluExample]
    test: Sequence[NluExample]
    out_of_scope: Sequence[str] = ()
    valid: Sequence[NluExample] = ()
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts of the answers of retrieval intents."""


def folder() -> Path:
    """Where the data lies."""
    place = os.environ.get("CHATWRIGHT_DATA")
    if not place:
        raise SystemExit("set CHATWRIGHT_DATA to the folder of data sets that benchmarks/DATA.md describes")
    return Path(place)


def few_shot(name: str, shots: int, draw: int = 0) -> DataSet:
    """BANKING77, HWU64 or CLINC150 with ``shots`` examples an intent; the whole test part.

    Args:
        draw: 0 is the published sample; others are drawn here from the training part, by this seed.
    """
    if draw:
        train = _draw(_in_scope(_training_part(name)), shots, draw)
    else:
        train = _labelled(_rows(f"{name}/fewshot_train_{shots}.jsonl"))
    return _with_test_part(f"{name} {shots}-shot", name, train)


def full(name: str) -> DataSet:
    """BANKING77, HWU64 or CLINC150 (in-scope examples) with the whole training part."""
    return _with_test_part(f"{name} full", name, _in_scope(_training_part(name)))


def clinc150_with_out_of_scope() -> DataSet:
    """CLINC150 with its hundred out-of-scope training examples, labelled ``oos``."""
    return _with_test_part("clinc150 with out-of-scope", "clinc150", _labelled(_training_part("clinc150")))


FEWCLUE = {
    "tnews": ("sentence",),
    "eprstmt": ("sentence",),
    "csldcp": ("content",),
    "bustm": ("sentence1", "sentence2"),
    "iflytek": ("sentence",),
}
"""Task → the fields that are read."""


def fewclue(task: str, sample: int) -> DataSet:
    """A task of FewCLUE with one of its five samples (iflytek: all of them); the public test part."""
    part = "few_all" if task == "iflytek" else str(sample)
    train, test = (
        [
            NluExample(" | ".join(row[field] for field in FEWCLUE[task]), str(row["label"]))
            for row in _rows(f"fewclue/{task}/{name}.jsonl")
        ]
        for name in (f"train_{part}", "test_public")
    )
    return DataSet(f"fewclue {task}", "zh", train, test)


def joint(name: str) -> DataSet:
    """SNIPS, ATIS, CAIS: intents and entities; resume_ner, weibo_ner: entities. The last three: Chinese."""
    train, valid, test = (
        [_tagged(row) for row in _rows(f"{name}/{part}.jsonl")] for part in ("train", "valid", "test")
    )
    return DataSet(name, "en" if name in ("snips", "atis") else "zh", train, test, valid=valid)


def cluener() -> DataSet:
    """CLUENER2020 (Chinese entities): its public validation part is the test part here, and a tenth of the
    training part, chosen by hash, is for validation."""
    train, valid = [], []
    for row in _rows("cluener2020/train.jsonl"):
        part = valid if hashlib.sha256(row["text"].encode()).digest()[0] < 26 else train
        part.append(_spanned(row))
    return DataSet(
        "cluener", "zh", train, [_spanned(r) for r in _rows("cluener2020/valid.jsonl")], valid=valid
    )


def covid_faq(*, further: bool = False) -> DataSet:
    """Questions and answers on COVID-19; the questions in other words are the test part.

    Args:
        further: half of the other words of each question are learnt from, the rest is the test part.
    """
    asked = {row["question"].strip().lower(): row for row in _rows("covid_faq_en/faq.jsonl")}
    keys = {question: f"faq/{number}" for number, question in enumerate(asked)}
    train = [NluExample(row["question"].strip(), "faq", keys[question]) for question, row in asked.items()]
    reworded: dict[str, list[str]] = {}
    for row in _rows("covid_faq_en/question_similarity.jsonl"):
        key = keys.get(row["question_1"].strip().lower())
        if row["similar"] and key and row["question_2"].strip().lower() not in keys:
            reworded.setdefault(key, []).append(row["question_2"])
    test = []
    for key, texts in reworded.items():
        learnt = len(texts) // 2 if further else 0
        train += [NluExample(text, "faq", key) for text in texts[:learnt]]
        test += [NluExample(text, "faq", key) for text in texts[learnt:]]
    answers = {keys[question]: [row["answer"]] for question, row in asked.items()}
    title = "covid faq, several questions an answer" if further else "covid faq, a question an answer"
    return DataSet(title, "en", train, test, answers=answers)


def _training_part(name: str) -> list[dict[str, Any]]:
    return _rows("clinc150/full_train.jsonl" if name == "clinc150" else f"{name}/train.jsonl")


def _with_test_part(title: str, name: str, train: Sequence[NluExample]) -> DataSet:
    if name != "clinc150":
        return DataSet(title, "en", train, _labelled(_rows(f"{name}/test.jsonl")))
    test, valid = _rows("clinc150/full_test.jsonl"), _rows("clinc150/full_valid.jsonl")
    foreign = [row["text"] for row in test if row["intent"] == OUT_OF_SCOPE]
    return DataSet(title, "en", train, _in_scope(test), foreign, _in_scope(valid))


def _in_scope(rows: Sequence[dict[str, Any]]) -> list[NluExample]:
    return _labelled(row for row in rows if row["intent"] != OUT_OF_SCOPE)


def _draw(examples: Sequence[NluExample], shots: int, seed: int) -> list[NluExample]:
    """``shots`` examples of each intent."""
    by_intent: dict[str, list[NluExample]] = {}
    for example in examples:
        by_intent.setdefault(example.intent or "", []).append(example)
    chance = random.Random(seed)
    return [
        e
        for intent in sorted(by_intent)
        for e in chance.sample(by_intent[intent], min(shots, len(by_intent[intent])))
    ]


def _rows(path: str) -> list[dict[str, Any]]:
    """The records of a file, which may lie there compressed."""
    file = folder() / path
    if not file.exists():
        file = file.with_name(file.name + ".gz")
    raw = file.read_bytes()
    # not splitlines: texts may hold other line ends
    lines = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8").strip("\n").split("\n")
    return [json.loads(line) for line in lines]


def _labelled(rows: Any) -> list[NluExample]:
    return [NluExample(row["text"], row["intent"]) for row in rows]


def _spanned(row: dict[str, Any]) -> NluExample:
    entities = [
        Entity(entity=e["type"], value=e["value"], start=e["start"], end=e["end"]) for e in row["entities"]
    ]
    return NluExample(row["text"], entities=tuple(entities))


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
    return NluExample(text, row.get("intent"), entities=tuple(entities))
