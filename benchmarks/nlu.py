"""How well, how fast and how honestly are messages understood, with few examples and with many?

    CHATWRIGHT_DATA=… python benchmarks/nlu.py [--quick] [--rasa path/to/rasa-venv]

The default pipeline beside a common baseline (TF-IDF of words and characters, linear support vector
machine) in the same run. Everything was chosen on training and validation parts; the test parts are only
scored. Rasa (with ``--rasa``, minutes a set) is trained with its default pipeline on the same examples; its
figures are kept in results/nlu_rasa.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from _nlu_sets import DataSet, banking_full, few_shot, fewclue, slots
from _peers import HERE, RASA_ENV, RESULTS, keep, machine, run_timed
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import IntentScore, Understanding
from chatwright.text.chinese_words import Segmenter
from chatwright.text.tokens import mixed_tokens

REJECTED_IN_SCOPE = 0.04
"""How many in-scope messages may be lost when out-of-scope recall is measured at a threshold."""


def best(found: Understanding) -> IntentScore:
    """The best intent, whatever the fallback says."""
    return next((score for score in found.ranking if score.name != NLU_FALLBACK), found.intent)


def measure(data: DataSet) -> tuple[Pipeline, list[Understanding], dict[str, Any]]:
    """Train and parse the test part."""
    pipeline = Pipeline.from_config(None, [data.language])
    pipeline.parse(["你好 hello"])  # the Chinese dictionary is read once a process, not once a training
    started = time.perf_counter(), time.process_time()
    pipeline.fit(NluData(data.train))
    seconds, cpu_seconds = time.perf_counter() - started[0], time.process_time() - started[1]
    found, taken = [], []
    for example in data.test:
        before = time.perf_counter()
        found += pipeline.parse([example.text])
        taken.append(1000 * (time.perf_counter() - before))
    return (
        pipeline,
        found,
        {
            "examples": len(data.train),
            "test": len(data.test),
            "training_seconds": seconds,
            "training_cpu_seconds": cpu_seconds,
            "ms_per_message": statistics.median(taken),
        },
    )


def score_intents(data: DataSet) -> dict[str, Any]:
    """Accuracy, calibration and fallbacks on the test part, and the baseline's accuracy."""
    pipeline, found, out = measure(data)
    right = np.array([best(u).name == e.intent for u, e in zip(found, data.test, strict=True)])
    confidence = np.array([best(u).confidence for u in found])
    fallback = np.array([u.intent.name == NLU_FALLBACK for u in found])
    out |= {
        "accuracy": 100 * right.mean(),
        "baseline_accuracy": 100 * baseline(data),
        "calibration_error": calibration_error(confidence, right),
        "fallback_of_right": fallback[right].mean(),
        "fallback_of_wrong": fallback[~right].mean(),
    }
    if data.out_of_scope:
        valid = np.array([best(u).confidence for u in pipeline.parse([e.text for e in data.valid])])
        threshold = float(np.quantile(valid, REJECTED_IN_SCOPE))
        foreign = pipeline.parse(list(data.out_of_scope))
        foreign_confidence = np.array([best(u).confidence for u in foreign])
        out["out_of_scope"] = {
            "fallback_recall": np.mean([u.intent.name == NLU_FALLBACK for u in foreign]),
            "threshold_from_validation": threshold,
            "in_scope_rejected": (confidence < threshold).mean(),
            "recall_at_threshold": (foreign_confidence < threshold).mean(),
        }
    return out


def score_slots(data: DataSet) -> dict[str, Any]:
    """Micro F1 of entities with the right type, begin and end; and intent accuracy."""
    _, found, out = measure(data)
    hits = predicted = gold = 0
    for understanding, example in zip(found, data.test, strict=True):
        got = {(e.entity, e.start, e.end) for e in understanding.entities}
        wanted = {(e.entity, e.start, e.end) for e in example.entities}
        hits, predicted, gold = hits + len(got & wanted), predicted + len(got), gold + len(wanted)
    right = [best(u).name == e.intent for u, e in zip(found, data.test, strict=True)]
    return out | {"slot_f1": 200 * hits / (predicted + gold), "accuracy": 100 * np.mean(right)}


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017)."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(confidence[which == b].mean() - right[which == b].mean()) * (which == b).mean()
            for b in range(bins)
            if (which == b).any()
        )
    )


def baseline(data: DataSet) -> float:
    """Accuracy of TF-IDF over words and characters with LinearSVC, as everyone writes it first."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    segmenter = Segmenter()
    words = TfidfVectorizer(
        tokenizer=lambda text: [token.text.lower() for token in mixed_tokens(text, segmenter)],
        token_pattern=None,
        ngram_range=(1, 2),
        sublinear_tf=True,
    )
    characters = TfidfVectorizer(
        analyzer="char_wb" if data.language == "en" else "char",
        ngram_range=(2, 5) if data.language == "en" else (1, 3),
        sublinear_tf=True,
    )
    model = make_pipeline(make_union(words, characters), LinearSVC(random_state=0))
    model.fit([e.text for e in data.train], [e.intent for e in data.train])
    predicted = model.predict([e.text for e in data.test])
    return float(np.mean([p == e.intent for p, e in zip(predicted, data.test, strict=True)]))


def rasa_intents(data: DataSet, environment: Path) -> dict[str, Any]:
    """Rasa's default pipeline, trained and tested on the same examples."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        (project / "config.yml").write_text(f"recipe: default.v1\nlanguage: {data.language}\n", "utf-8")
        (project / "domain.yml").write_text(
            json.dumps({"version": "3.1", "intents": sorted({e.intent for e in data.train})}), "utf-8"
        )
        for name, examples in (("train", data.train), ("test", data.test)):
            by_intent: dict[str, list[str]] = {}
            for example in examples:
                by_intent.setdefault(example.intent or "", []).append(" ".join(example.text.split()))
            items = [
                {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
                for intent, texts in by_intent.items()
            ]
            content = json.dumps({"version": "3.1", "nlu": items}, ensure_ascii=False)
            (project / f"{name}.yml").write_text(content, "utf-8")
        rasa = str(environment / "bin" / "rasa")
        trained = run_timed(
            [rasa, "train", "nlu", "--nlu", "train.yml", "--out", "models"], project, RASA_ENV
        )
        test = [rasa, "test", "nlu", "--nlu", "test.yml", "--model", "models", "--no-plot", "--no-errors"]
        subprocess.run(test, cwd=project, env={**os.environ, **RASA_ENV}, check=True, capture_output=True)
        report = json.loads((project / "results" / "intent_report.json").read_text("utf-8"))
    accuracy = report.get("accuracy", report.get("micro avg", {}).get("f1-score"))
    return {"accuracy": 100 * accuracy, **trained}


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    rows = [
        "| set | examples | ours | baseline | Rasa | training s (CPU) | ms a message | calibration error |"
    ]
    rows.append("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, row in result["intents"].items():
        rasa = result["rasa"].get(name, {}).get("accuracy")
        rows.append(
            f"| {name} | {row['examples']} | {row['accuracy']:.1f} | {row['baseline_accuracy']:.1f} "
            f"| {f'{rasa:.1f}' if rasa else '–'} | {row['training_cpu_seconds']:.1f} "
            f"| {row['ms_per_message']:.2f} | {row['calibration_error']:.3f} |"
        )
    rows += ["", "| set | examples | slot F1 | intent accuracy | training s (CPU) | ms a message |"]
    rows.append("|---|---:|---:|---:|---:|---:|")
    rows += [
        f"| {name} | {row['examples']} | {row['slot_f1']:.1f} | {row['accuracy']:.1f} "
        f"| {row['training_seconds']:.1f} | {row['ms_per_message']:.2f} |"
        for name, row in result["slots"].items()
    ]
    return "\n".join(rows) + "\n"


def intent_sets(quick: bool) -> Sequence[DataSet]:
    """What the intents are scored on."""
    few = [few_shot(name, shots) for shots in (10, 5) for name in ("banking77", "hwu64", "clinc150")]
    few += [fewclue("tnews"), fewclue("csldcp")]
    return few if quick else [*few, banking_full()]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="small training parts only; a minute")
    arguments.add_argument("--rasa", type=Path, help="virtual environment with Rasa 3.6")
    options = arguments.parse_args()
    result: dict[str, Any] = {"machine": machine(), "quick": options.quick, "intents": {}, "slots": {}}
    kept = RESULTS / "nlu_rasa.json"
    result["rasa"] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    for data in intent_sets(options.quick):
        result["intents"][data.name] = score_intents(data)
        print(data.name, result["intents"][data.name], flush=True)
        if options.rasa and data.language == "en":
            result["rasa"][data.name] = rasa_intents(data, options.rasa)
            keep("nlu_rasa", result["rasa"])
    for name in ("snips", "atis", "cais"):
        data = slots(name, 500 if options.quick else 2000)
        result["slots"][data.name] = score_slots(data)
        print(data.name, result["slots"][data.name], flush=True)
    keep("nlu", result)
    (HERE / "results" / "nlu.md").write_text(table(result), "utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
