"""One training and one pass over the test part: what benchmarks/nlu.py fills its rows with."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from _nlu_sets import OUT_OF_SCOPE, DataSet
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import IntentScore, Understanding
from chatwright.text.chinese_words import Segmenter
from chatwright.text.tokens import mixed_tokens

REJECTED_IN_SCOPE = 0.03
"""Share of the validation part below the threshold at which out-of-scope recall is measured. At most 0.04 of
in-scope messages may be lost; the rest is a margin for the difference between two parts."""
PipelineConfig = Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True)
class Measured:
    """A trained pipeline and what it understood of the test part."""

    pipeline: Pipeline
    found: Sequence[Understanding]
    seconds: float
    """CPU time of training: other work on the machine does not count."""
    milliseconds: float
    """CPU time of a message, median."""


def measure(data: DataSet, config: PipelineConfig = None) -> Measured:
    """Train and parse the test part, one message after the other."""
    pipeline = Pipeline.from_config(config, [data.language])
    pipeline.parse(["你好 hello"])  # the Chinese dictionary is read once a process, not once a training
    started = time.process_time()
    pipeline.fit(NluData(data.train, answers=data.answers))
    seconds = time.process_time() - started
    found, taken = [], []
    for example in data.test:
        before = time.process_time()
        found += pipeline.parse([example.text])
        taken.append(1000 * (time.process_time() - before))
    return Measured(pipeline, found, seconds, statistics.median(taken))


def best(found: Understanding) -> IntentScore:
    """The best intent, whatever the fallback says."""
    return next((score for score in found.ranking if score.name != NLU_FALLBACK), found.intent)


def right(found: Sequence[Understanding], examples: Sequence[NluExample]) -> np.ndarray:
    """(N,) whether each intent is right."""
    return np.array([best(u).name == e.intent for u, e in zip(found, examples, strict=True)])


def confidence(found: Sequence[Understanding]) -> np.ndarray:
    """(N,) confidence in the best intent."""
    return np.array([best(u).confidence for u in found])


def accuracy(found: Sequence[Understanding], examples: Sequence[NluExample]) -> float:
    """Of intents, in percent."""
    return 100 * float(right(found, examples).mean())


def slot_f1(found: Sequence[Understanding], examples: Sequence[NluExample]) -> float:
    """Micro F1 of entities with the right type, begin and end, in percent."""
    hits = predicted = gold = 0
    for understanding, example in zip(found, examples, strict=True):
        got = {(e.entity, e.start, e.end) for e in understanding.entities}
        wanted = {(e.entity, e.start, e.end) for e in example.entities}
        hits, predicted, gold = hits + len(got & wanted), predicted + len(got), gold + len(wanted)
    return 200 * hits / max(1, predicted + gold)


def calibration_error(sure: np.ndarray, was_right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017)."""
    which = np.minimum((sure * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(sure[which == b].mean() - was_right[which == b].mean()) * (which == b).mean()
            for b in range(bins)
            if (which == b).any()
        )
    )


def out_of_scope(measured: Measured, data: DataSet) -> dict[str, float]:
    """Recall of out-of-scope messages, in percent: by the fallback, and by ``in_scope`` at the threshold that
    rejects ``REJECTED_IN_SCOPE`` of the validation part."""
    threshold = float(
        np.quantile(_in_scope(measured.pipeline.parse([e.text for e in data.valid])), REJECTED_IN_SCOPE)
    )
    foreign = measured.pipeline.parse(list(data.out_of_scope))
    return {
        "recall": 100 * float((_in_scope(foreign) < threshold).mean()),
        "in_scope_rejected": 100 * float((_in_scope(measured.found) < threshold).mean()),
        "fallback_recall": 100
        * float(np.mean([u.intent.name in (NLU_FALLBACK, OUT_OF_SCOPE) for u in foreign])),
    }


def _in_scope(found: Sequence[Understanding]) -> np.ndarray:
    """(N,) how likely each message is about any intent at all."""
    return np.array([u.in_scope if u.in_scope is not None else best(u).confidence for u in found])


def tf_idf(language: str) -> Any:
    """An untrained vectorizer of words and characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    segmenter = Segmenter()
    words = TfidfVectorizer(
        tokenizer=lambda text: [token.text.lower() for token in mixed_tokens(text, segmenter)],
        token_pattern=None,
        ngram_range=(1, 2),
        sublinear_tf=True,
    )
    characters = TfidfVectorizer(
        analyzer="char_wb" if language == "en" else "char",
        ngram_range=(2, 5) if language == "en" else (1, 3),
        sublinear_tf=True,
    )
    return make_union(words, characters)


def baseline(data: DataSet) -> float:
    """Accuracy of TF-IDF over words and characters with LinearSVC, as everyone writes it first."""
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(tf_idf(data.language), LinearSVC(random_state=0))
    model.fit([e.text for e in data.train], [e.intent for e in data.train])
    predicted = model.predict([e.text for e in data.test])
    return 100 * float(np.mean([p == e.intent for p, e in zip(predicted, data.test, strict=True)]))
