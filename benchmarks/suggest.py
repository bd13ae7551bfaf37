"""Do suggestions for a log deserve a person's time? Clusters, label errors, and what to label next.

    CHATWRIGHT_DATA=… python benchmarks/suggest.py [--only clusters|labels|learning]

Results are kept part by part in results/suggest.json, so that the run can be stopped and goes on.

- clusters: the training parts of three public sets taken for logs, grouped without their labels; beside
  k-means on TF-IDF, which is told the true number of intents (ours is not, except where it says so);
- labels: 5 % of BANKING77's training labels made wrong; how many of what is accused is really wrong, beside
  cleanlab's default on the same predictions;
- learning: BANKING77's training part as a log, a few labels in the beginning, more by active learning and by
  chance; accuracy on the test part after so many labels.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from _nlu_sets import full
from _peers import RESULTS, machine
from chatwright.doctor.label_errors import label_issues
from chatwright.doctor.out_of_fold import PIPELINE, predict_out_of_fold
from chatwright.doctor.witnesses import witnesses
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.suggest.choose import choose, uncertainty
from chatwright.suggest.cluster import cluster_vectors
from chatwright.suggest.vectors import text_vectors

FILE = RESULTS / "suggest.json"
SEEDS = (0, 1, 2)
START, STEP, ROUNDS = 154, 154, 4
"""Labels in the beginning (two an intent on average), more in each round, and rounds."""
WRONG = 0.05


def clusters() -> dict[str, Any]:
    """V-measure (equals NMI with arithmetic mean) and adjusted Rand index."""
    out = {}
    for name in ("banking77", "clinc150", "hwu64"):
        examples = list({e.text: e for e in full(name).train}.values())
        texts, gold = [e.text for e in examples], [str(e.intent) for e in examples]
        intents = len(set(gold))
        started = time.perf_counter()
        vectors = text_vectors(texts)
        found = cluster_vectors(vectors, min_cluster=5)
        seconds = time.perf_counter() - started
        out[name] = {
            "messages": len(texts),
            "intents": intents,
            "found": {
                "clusters": int(found.max() + 1),
                **_agreement(gold, found),
                "seconds": round(seconds, 1),
            },
            "told_the_number": _agreement(gold, cluster_vectors(vectors, min_cluster=1, clusters=intents)),
            "k_means_told_the_number": _agreement(gold, _k_means(texts, intents)),
        }
        print(name, out[name], flush=True)
    return out


def _k_means(texts: Sequence[str], clusters: int) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    matrix = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
    return KMeans(clusters, n_init=3, random_state=0).fit_predict(matrix)


def _agreement(gold: Sequence[str], found: Any) -> dict[str, float]:
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    return {
        "v_measure": round(100 * float(v_measure_score(gold, found)), 2),
        "adjusted_rand": round(100 * float(adjusted_rand_score(gold, found)), 2),
    }


def labels() -> dict[str, Any]:
    """Precision of what is accused, and of as many as were planted; recall."""
    from cleanlab.filter import find_label_issues

    data, planted = _with_wrong_labels(SEEDS[0])
    found = predict_out_of_fold(data, ["en"])
    wrong = np.array([(e.text, e.intent) in planted for e in found.examples])
    suspects = label_issues(found.given, found.chances).tolist()
    texts = [e.text for e in found.examples]
    accused = {
        "ours": list(witnesses(texts, found.given, found.chances.argmax(axis=1), suspects)),
        "cleanlab": find_label_issues(found.given, found.chances, return_indices_ranked_by="self_confidence"),
    }
    figures = {name: _precision(rows, wrong) for name, rows in accused.items()}
    print("labels", figures, flush=True)
    return {"data": "BANKING77, training part", "planted": WRONG, **figures}


def _with_wrong_labels(seed: int) -> tuple[NluData, set[tuple[str, str | None]]]:
    examples = list({e.text: e for e in full("banking77").train}.values())
    draws = np.random.default_rng(seed)
    names = sorted({str(e.intent) for e in examples})
    planted = set()
    for number in draws.permutation(len(examples))[: round(WRONG * len(examples))]:
        old = examples[number]
        others = [name for name in names if name != old.intent]
        examples[number] = NluExample(old.text, others[int(draws.integers(len(others)))])
        planted.add((old.text, examples[number].intent))
    return NluData(examples), planted


def _precision(rows: Any, wrong: Any) -> dict[str, float]:
    k = int(wrong.sum())
    return {
        "accused": len(rows),
        "precision": round(float(wrong[rows].mean()), 3),
        "precision_at_planted": round(float(wrong[rows[:k]].sum() / k), 3),
        "recall": round(float(wrong[rows].sum() / k), 3),
    }


def learning() -> dict[str, Any]:
    """Accuracy after so many labels: chosen, and drawn at random."""
    data = full("banking77")
    pool = list({e.text: e for e in data.train}.values())
    vectors = text_vectors([e.text for e in pool])
    curves: dict[str, list[list[float]]] = {"chosen": [], "at_random": []}
    for seed in SEEDS:
        for name, curve in curves.items():
            curve.append(_curve(pool, data.test, vectors, seed, active=name == "chosen"))
            print("learning", seed, name, curve[-1], flush=True)
    return {
        "data": "BANKING77: training part as a log, test part for scoring",
        "labels": [START + STEP * number for number in range(ROUNDS + 1)],
        "runs": curves,
        "mean": {name: [round(float(v), 2) for v in np.mean(runs, axis=0)] for name, runs in curves.items()},
    }


def _curve(
    pool: Sequence[NluExample], test: Sequence[NluExample], vectors: Any, seed: int, *, active: bool
) -> list[float]:
    draws = np.random.default_rng(seed)
    known = draws.permutation(len(pool))[:START].tolist()
    accuracies = []
    for number in range(ROUNDS + 1):
        pipeline = Pipeline.from_config(PIPELINE, ["en"])
        pipeline.fit(NluData([pool[row] for row in known]))
        found = pipeline.parse([e.text for e in test])
        right = [u.intent.name == e.intent for u, e in zip(found, test, strict=True)]
        accuracies.append(round(100 * float(np.mean(right)), 2))
        if number == ROUNDS:
            break
        rest = np.setdiff1d(np.arange(len(pool)), known)
        if active:
            best = [
                [s.confidence for s in u.ranking[:2]]
                for u in pipeline.parse([pool[row].text for row in rest])
            ]
            picked = choose(vectors[rest], uncertainty(np.array(best)), np.ones(len(rest)), STEP)
        else:
            picked = draws.permutation(len(rest))[:STEP]
        known += rest[picked].tolist()
    return accuracies


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "clusters": clusters,
    "labels": labels,
    "learning": learning,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--only", action="append", choices=PARTS, help="measure this part anew")
    options = arguments.parse_args()
    results = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    for name, measure in PARTS.items():
        if name not in (options.only or PARTS) or (name in results and not options.only):
            continue
        measured = measure()
        results = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
        results |= {name: measured, "machine": machine()}
        FILE.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
