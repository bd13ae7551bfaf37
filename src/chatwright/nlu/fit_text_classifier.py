"""Training a classifier of short texts, and how far to trust it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.calibrate import Calibration, best_chance
from chatwright.learn.fit_calibrate import fit_gate, fit_temperature
from chatwright.learn.fit_linear import fit_linear, one_thread
from chatwright.learn.fit_vectorize import fit_vectorizer, to_matrix
from chatwright.learn.linear import LinearClassifier, Neighbours, softmax
from chatwright.learn.vectorize import Bag, SparseVector, Vectorizer
from chatwright.lm.embedder import Embedder, embedder_of
from chatwright.nlu.component import Message
from chatwright.nlu.features import BLOCK_WEIGHTS, FeatureOptions, features_of, label_words
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.tag_features import units_of
from chatwright.nlu.text_classifier import KnownExample, TextClassifier, familiarity
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Token

__all__ = ["LabelledText", "fit_on_examples", "fit_text_classifier"]

FOLDS = 4
HELD_OUT_ENOUGH = 600
"""Further folds are left out when so many examples have been held out."""
SEED = 42
DENSE_WEIGHT = 0.8
"""Length of the dense vector beside that of all sparse features."""
DEFAULT_TEMPERATURE = 0.5
DEFAULT_GATE = (-3.4, 2.9, 3.1, 0.6, 4.0)
"""Bias, log-odds, nearest example, known words, known characters: fitted on many small projects drawn from
two public sets, with messages of other topics; a project's own data moves it."""
SHARE_KNOWN = 0.9
"""Of the messages to a bot in use, how many are about one of its intents."""

Tokenize = Callable[[str], Sequence[Token]]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One training example."""

    text: str
    tokens: Sequence[Token]
    label: str
    source: str | None = None


def fit_on_examples(
    data: NluData, pairs: Sequence[tuple[NluExample, Message, str]], config: Mapping[str, Any]
) -> tuple[TextClassifier | None, dict[str, Any]]:
    """A classifier of a project's examples; None without any.

    Args:
        data: the project's, for its patterns and lookup tables.
        pairs: examples, as messages with tokens, and their labels.
        config: of the component; ``features`` are options of ``FeatureOptions``, ``patterns`` those of a
            ``RegexFeaturizer`` (None to do without), ``random_seed`` a number, ``embedder`` as in
            ``embedder_of``.
    """
    if not pairs:
        return None, {"examples": 0, "classes": 0}
    chosen = config.get("patterns", {})
    examples = [
        LabelledText(m.text, m.tokens, label, e.location.line_in_file if e.location else None)
        for e, m, label in pairs
    ]
    return fit_text_classifier(
        examples,
        options=FeatureOptions(**config.get("features", {})),
        patterns=Patterns() if chosen is None else Patterns.of(data, chosen),
        tokenize=units_of,
        embedder=embedder_of(config.get("embedder")),
        seed=int(config.get("random_seed") or SEED),
    )


@dataclass(frozen=True, slots=True)
class _Samples:
    """Features of texts, as many as labels."""

    bags: Sequence[Bag]
    dense: NDArray[np.float32]
    """(N, D); D is 0 without an embedder."""
    labels: Sequence[str]

    def vector(self, vectorizer: Vectorizer, index: int) -> SparseVector:
        """The vector of one of the texts."""
        return vectorizer.transform(self.bags[index], self.dense[index])


@dataclass(frozen=True, slots=True)
class _Sampler:
    """Makes features of texts."""

    options: FeatureOptions
    patterns: Patterns
    embedder: Embedder | None

    def __call__(self, texts: Sequence[LabelledText]) -> _Samples:
        bags = [features_of(t.text, t.tokens, self.options, self.patterns).bag for t in texts]
        dense = np.zeros((len(texts), 0), np.float32)
        if self.embedder and texts:
            dense = self.embedder.embed([t.text for t in texts], [t.tokens for t in texts])
        return _Samples(bags, dense, [t.label for t in texts])


@dataclass(frozen=True, slots=True)
class _Model:
    """A model without calibration, as trained for a fold or for good."""

    labels: list[str]
    vectorizer: Vectorizer
    classifier: LinearClassifier
    neighbours: Neighbours
    order: list[int]
    """Row → example, as ``neighbours`` holds them."""

    def look(self, samples: _Samples, index: int) -> tuple[NDArray[np.float32], tuple[float, ...]]:
        """Scores of a text, and signs that it is like the training examples."""
        vector = samples.vector(self.vectorizer, index)
        scores = self.classifier.scores(vector)
        return scores, familiarity(vector, scores, self.neighbours)


def fit_text_classifier(
    examples: Sequence[LabelledText],
    *,
    options: FeatureOptions,
    patterns: Patterns,
    tokenize: Tokenize,
    embedder: Embedder | None = None,
    label_parts: Callable[[str], str] = label_words,
    seed: int = 42,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[TextClassifier, dict[str, Any]]:
    """Train on labelled texts.

    Args:
        examples: in any order; repeated texts count once a label.
        options: which features.
        patterns: of the project.
        tokenize: splits the names of labels into words, as it split the examples.
        embedder: gives a dense vector of each text, which is learnt from beside the features.
        label_parts: the words that a label's name says.

    Returns:
        The classifier, and a report: ``classes``, ``examples``, ``held_out_accuracy``, ``temperature``.
    """
    unique = list({(e.text, e.label): e for e in examples}.values())
    sampler = _Sampler(options, patterns, embedder)
    samples = sampler(unique)
    texts = [(label, label_parts(label)) for label in sorted({e.label for e in unique})]
    names = sampler([LabelledText(words, tokenize(words), label) for label, words in texts if words])
    with one_thread():
        chance = random.Random(seed)
        count = max(4, len(unique) // 40)
        nonsense = [
            sampler(
                [
                    LabelledText(t, tokenize(t), "")
                    for t in _gibberish([e.text for e in unique], chance, count)
                ]
            )
            for _ in range(FOLDS)
        ]
        calibration, report = _calibrate(samples, names, nonsense, seed, progress)
        model = _fit(samples, names, range(len(unique)), seed)
    progress(1.0)
    classifier = TextClassifier(
        labels=model.labels,
        options=options,
        patterns=patterns,
        vectorizer=model.vectorizer,
        classifier=model.classifier,
        neighbours=model.neighbours,
        examples=[KnownExample(unique[i].text, unique[i].source) for i in model.order],
        calibration=calibration,
        embedder=embedder,
    )
    return classifier, {"classes": len(model.labels), "examples": len(unique), **report}


def _fit(samples: _Samples, names: _Samples, chosen: Sequence[int], seed: int) -> _Model:
    """A model of the ``chosen`` examples, each label's name being one example more."""
    classes = sorted({samples.labels[i] for i in chosen})
    number = {label: i for i, label in enumerate(classes)}
    order = sorted(chosen, key=lambda i: (number[samples.labels[i]], i))
    named = [i for i, label in enumerate(names.labels) if label in number]
    bags = [*(samples.bags[i] for i in order), *(names.bags[i] for i in named)]
    labels = [*(samples.labels[i] for i in order), *(names.labels[i] for i in named)]
    dense = samples.dense.shape[1]
    vectorizer = fit_vectorizer(bags, labels, BLOCK_WEIGHTS, dense=dense, dense_weight=DENSE_WEIGHT)
    vectors = [samples.vector(vectorizer, i) for i in order] + [names.vector(vectorizer, i) for i in named]
    targets = [number[label] for label in labels]
    matrix = to_matrix(vectors, vectorizer.size)
    whole = len(samples.bags)
    classifier = fit_linear(matrix, targets, len(classes), seed=seed, whole=whole, dense=dense)
    count = len(order)
    neighbours = Neighbours.of(vectors[:count], targets[:count], len(classes), vectorizer.size, dense)
    return _Model(classes, vectorizer, classifier, neighbours, order)


def _calibrate(
    samples: _Samples,
    names: _Samples,
    nonsense: Sequence[_Samples],
    seed: int,
    progress: Callable[[float], None],
) -> tuple[Calibration, dict[str, Any]]:
    """Temperature and gate from folds.

    Each fold is trained without a part of every label's examples, which shows how sure it may be, and
    without some labels altogether, whose examples then are texts about something else.
    """
    labels = samples.labels
    fold_of = _folds(labels, seed)
    left_out = _labels_left_out(sorted(set(labels)), seed)
    held: list[tuple[Any, int, tuple[float, ...]]] = []
    foreign: list[tuple[Any, tuple[float, ...]]] = []
    folds = FOLDS if len(set(labels)) > 1 and len(labels) >= 2 * FOLDS else 0
    for fold in range(min(folds, 1 + FOLDS * HELD_OUT_ENOUGH // len(labels))):
        chosen = [i for i in range(len(labels)) if fold_of[i] != fold and labels[i] not in left_out[fold]]
        model = _fit(samples, names, chosen, seed)
        number = {label: i for i, label in enumerate(model.labels)}
        for i, label in enumerate(labels):
            if fold_of[i] == fold and label in number:
                scores, signs = model.look(samples, i)
                held.append((scores, number[label], signs))
            elif label in left_out[fold]:
                foreign.append(model.look(samples, i))
        foreign += [model.look(nonsense[fold], i) for i in range(len(nonsense[fold].labels))]
        progress((fold + 1) / (folds + 1))
    temperature = fit_temperature(
        [scores for scores, _, _ in held], [label for _, label, _ in held], default=DEFAULT_TEMPERATURE
    )
    gate = fit_gate(
        [best_chance(softmax(s, temperature)) for s in [*(s for s, _, _ in held), *(s for s, _ in foreign)]],
        [*(signs for _, _, signs in held), *(signs for _, signs in foreign)],
        [True] * len(held) + [False] * len(foreign),
        prior=DEFAULT_GATE,
        share_known=SHARE_KNOWN,
    )
    right = [int(scores.argmax()) == label for scores, label, _ in held]
    report: dict[str, Any] = {"temperature": round(temperature, 3)}
    if right:
        report["held_out_accuracy"] = round(float(np.mean(right)), 4)
    return Calibration(temperature, gate), report


def _folds(labels: Sequence[str], seed: int) -> list[int]:
    """A fold for each example, those of one label spread evenly; a lone example (-1) is never held out."""
    order = list(range(len(labels)))
    random.Random(seed).shuffle(order)
    order.sort(key=lambda i: labels[i])
    totals = Counter(labels)
    out = [-1] * len(labels)
    for place, i in enumerate(order):
        if totals[labels[i]] > 1:
            out[i] = place % FOLDS
    return out


def _labels_left_out(labels: Sequence[str], seed: int) -> list[set[str]]:
    """Labels that each fold does not see at all; a model needs at least two that it does see."""
    if len(labels) < 3:
        return [set() for _ in range(FOLDS)]
    order = list(labels)
    random.Random(seed).shuffle(order)
    return [
        set(order[fold::FOLDS]) if len(labels) - len(order[fold::FOLDS]) > 1 else set()
        for fold in range(FOLDS)
    ]


def _gibberish(texts: Sequence[str], chance: random.Random, count: int) -> list[str]:
    """Texts that mean nothing: real ones with their characters shuffled or typed at random."""
    out = []
    for number in range(count):
        text = chance.choice(texts)
        characters = [c for c in text if not c.isspace()] or ["?"]
        if number % 2:
            letters = "abcdefghijklmnopqrstuvwxyz"
            words = [
                "".join(chance.choices(letters, k=chance.randint(2, 8))) for _ in range(chance.randint(1, 4))
            ]
            out.append(" ".join(words))
        else:
            chance.shuffle(characters)
            size = chance.randint(3, 7)
            out.append(" ".join("".join(characters[i : i + size]) for i in range(0, len(characters), size)))
    return out
