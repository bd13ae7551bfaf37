"""Train the emotion models of the house: ``python corpora/emotion/train.py [zh] [en]``.

A tenth of the messages in this folder, by hash, is held out: the figures are measured on it, and the shipped
model then learns from all. Writes ``src/chatwright/weights/emotion-*`` and ``figures.json`` beside this file.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chatwright.nlu.emotion_model import EmotionModel
from chatwright.nlu.fit_emotion import FeltText, fit_emotion, read_emotions

HERE = Path(__file__).parent
WEIGHTS = HERE.parents[1] / "src" / "chatwright" / "weights"
LANGUAGES = {"zh": "Chinese", "en": "English"}


def tenth(text: str) -> int:
    """Which tenth of the messages a text belongs to, 0 to 9."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10


def messages(language: str) -> list[FeltText]:
    """The messages of this folder."""
    return [e for path in sorted((HERE / language).glob("*.tsv")) for e in read_emotions(path)]


def figures(model: EmotionModel, held_out: Sequence[FeltText]) -> dict[str, Any]:
    """Scores on messages that the model has not seen."""
    started = time.perf_counter()
    felt = [model.feel(e.text) for e in held_out]
    milliseconds = 1000 * (time.perf_counter() - started) / len(held_out)
    labels = sorted({e.label for e in held_out})
    f1 = {}
    for label in labels:
        hits = sum(f is not None and f.label == e.label == label for f, e in zip(felt, held_out, strict=True))
        said = sum(f is not None and f.label == label for f in felt)
        f1[label] = 200 * hits / max(1, said + sum(e.label == label for e in held_out))
    pairs = [(f, e) for f, e in zip(felt, held_out, strict=True) if f is not None]
    sentiments = model.sentiments
    return {
        "messages": len(held_out),
        "accuracy": _percent(f.label == e.label for f, e in pairs),
        "macro_f1": round(float(np.mean(list(f1.values()))), 1),
        "f1": {label: round(value, 1) for label, value in f1.items()},
        "sentiment_accuracy": _percent(f.sentiment == sentiments.get(e.label, "neutral") for f, e in pairs),
        "intensity_exact": _percent(f.intensity == e.intensity for f, e in pairs),
        "intensity_within_1": _percent(abs(f.intensity - e.intensity) <= 1 for f, e in pairs),
        "mean_confidence": round(100 * float(np.mean([f.confidence for f, _ in pairs])), 1),
        "milliseconds": round(milliseconds, 3),
    }


def card(language: str, found: dict[str, Any]) -> str:
    """The model's card."""
    by_label = "\n".join(f"| {label} | {value} |" for label, value in found["f1"].items())
    return f"""# Emotions of messages in {LANGUAGES[language]}

What `EmotionClassifier` uses without options: nine emotions, an intensity from 0 to 3, a sentiment.

- Data: {found["trained_on"]:,} messages of corpora/emotion/{language}, written for this project.
- Licence: Apache-2.0.
- Recipe: `python corpora/emotion/train.py {language}`; one linear support vector machine for each emotion and
  step of intensity over words, characters and manners (TF-IDF), Platt scaling, half precision.
- Size: {found["size_mb"]} MB.

Figures on {found["messages"]} messages (a tenth by hash) that the measured model did not see; the shipped one
learnt from them too. The messages have one author: expect less on those of your users.

| measure | value |
|---|---|
| accuracy, 9 emotions | {found["accuracy"]} % |
| macro-F1 | {found["macro_f1"]} |
| sentiment accuracy | {found["sentiment_accuracy"]} % |
| intensity exact | {found["intensity_exact"]} % |
| intensity within 1 | {found["intensity_within_1"]} % |
| mean confidence | {found["mean_confidence"]} % |

| emotion | F1 |
|---|---|
{by_label}
"""


def _percent(right: Any) -> float:
    return round(100 * float(np.mean(list(right))), 1)


def main() -> None:
    """Train, measure, train on everything, write."""
    report = HERE / "figures.json"
    found = json.loads(report.read_text("utf-8")) if report.exists() else {}
    for language in sys.argv[1:] or list(LANGUAGES):
        ours = messages(language)
        model, _ = fit_emotion([e for e in ours if tenth(e.text)])
        found[language] = figures(model, [e for e in ours if not tenth(e.text)])
        model, _ = fit_emotion(ours)
        folder = WEIGHTS / f"emotion-{language}"
        folder.mkdir(parents=True, exist_ok=True)
        model.save(folder)
        sizes = sum(path.stat().st_size for path in folder.iterdir() if path.suffix in (".json", ".npz"))
        found[language]["size_mb"] = round(sizes / 1e6, 2)
        found[language]["trained_on"] = len(ours)
        (folder / "CARD.md").write_text(card(language, found[language]), "utf-8")
        print(language, json.dumps(found[language]))
    report.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
