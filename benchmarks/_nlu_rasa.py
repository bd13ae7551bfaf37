"""Rasa's default pipeline on the same examples, once a set: results/nlu_rasa.json keeps the figures."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from _nlu_sets import DataSet, few_shot, full, joint
from _peers import RASA_ENV, RESULTS, keep, rasa, run_timed
from chatwright.project.nlu_data import NluExample

PEER_FILE = RESULTS / "nlu_rasa.json"


def rasa_rows(environment: Path) -> None:
    """Measure every set that is not in the file yet; what takes more than an hour is noted as such."""
    sets = [few_shot(name, shots) for shots in (10, 5) for name in ("banking77", "hwu64", "clinc150")]
    sets += [joint("atis"), joint("snips"), full("hwu64"), full("banking77"), full("clinc150")]
    for data in sets:
        found = json.loads(PEER_FILE.read_text("utf-8")) if PEER_FILE.is_file() else {}
        if data.name not in found:
            found[data.name] = _measure(data, environment)
            keep("nlu_rasa", found)


def _measure(data: DataSet, environment: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        write_project(data, project)
        train = rasa(environment, "train", "nlu", "--nlu", "train.yml", "--out", "models")
        try:
            trained = run_timed(train, project, RASA_ENV, limit=3600)
        except TimeoutError:
            return {"seconds_over": 3600}
        asked = ("--nlu", "test.yml", "--model", "models", "--no-plot", "--no-errors")
        test = rasa(environment, "test", "nlu", *asked)
        subprocess.run(test, cwd=project, env={**os.environ, **RASA_ENV}, check=True, capture_output=True)
        report = json.loads((project / "results" / "intent_report.json").read_text("utf-8"))
        out = {
            "accuracy": 100 * report.get("accuracy", report.get("micro avg", {}).get("f1-score")),
            **trained,
        }
        slots = project / "results" / "DIETClassifier_report.json"
        if slots.is_file():
            out["token slot F1"] = 100 * json.loads(slots.read_text("utf-8"))["micro avg"]["f1-score"]
        return out


def write_project(data: DataSet, folder: Path) -> None:
    """A project without dialogue: ``train.yml`` to learn from, ``test.yml`` to be scored on."""
    intents = sorted({example.intent for example in data.train if example.intent})
    entities = sorted({entity.entity for example in data.train for entity in example.entities})
    domain = {"version": "3.1", "intents": intents, "entities": entities}
    config = f"recipe: default.v1\nassistant_id: benchmark\nlanguage: {data.language}\n"
    (folder / "config.yml").write_text(config, "utf-8")
    (folder / "domain.yml").write_text(yaml.safe_dump(domain), "utf-8")
    for name, examples in (("train", data.train), ("test", data.test)):
        _write_examples(folder / f"{name}.yml", examples)


def _write_examples(path: Path, examples: Sequence[NluExample]) -> None:
    by_intent: dict[str, list[str]] = {}
    for example in examples:
        by_intent.setdefault(example.intent or "", []).append(_annotated(example))
    items = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in by_intent.items()
    ]
    # YAML proper: Rasa takes a file that begins with a brace for one of its old JSON formats.
    content = yaml.safe_dump({"version": "3.1", "nlu": items}, allow_unicode=True, sort_keys=False)
    path.write_text(content, "utf-8")


def _annotated(example: NluExample) -> str:
    """The text with ``[value](entity)`` marks."""
    out, place = "", 0
    for entity in sorted(example.entities, key=lambda e: e.start):
        value = example.text[entity.start : entity.end]
        out += f"{example.text[place : entity.start]}[{value}]({entity.entity})"
        place = entity.end
    return " ".join((out + example.text[place:]).split())
