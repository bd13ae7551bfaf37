"""Training a classifier of short texts, and how far to trust it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chatwright.learn.calibrate import Calibration, best_chance
from chatwright.learn.fit_calibrate import fit_gate, fit_temperature
from chatwright.learn.fit_linear import fit_linear, one_thread
from chatwright.learn.fit_vectorize import fit_vectorizer, to_matrix
from chatwright.learn.linear import LinearClassifier, Neighbours, softmax
from chatwright.learn.vectorize import Bag, SparseVector, Vectorizer
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
            ``RegexFeaturizer`` (None to do without), ``random_seed`` a number.
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
        seed=int(config.get("random_seed") or SEED),
    )


@dataclass(frozen=True, slots=True)
class _Model:
    """A model without calibration, as trained for a fold or for good."""

    labels: list[str]
    vectorizer: Vectorizer
    classifier: LinearClassifier
    neighbours: Neighbours
    order: list[int]
    """Row → example, as ``neighbours`` holds them."""


def fit_text_classifier(
    examples: Sequence[LabelledText],
    *,
    options: FeatureOptions,
    patterns: Patterns,
    tokenize: Tokenize,
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
        label_parts: the words that a label's name says.

    Returns:
        The classifier, and a report: ``classes``, ``examples``, ``held_out_accuracy``, ``temperature``.
    """
    unique = list({(e.text, e.label): e for e in examples}.values())
    bags: list[Bag] = [features_of(e.text, e.tokens, options, patterns).bag for e in unique]
    names = {}
    for label in sorted({e.label for e in unique}):
        words = label_parts(label)
        names[label] = features_of(words, tokenize(words), options, patterns).bag
    labels = [e.label for e in unique]
    with one_thread():
        calibration, report = _calibrate(
            unique, bags, labels, names, options, patterns, tokenize, seed, progress
        )
        model = _fit(bags, labels, range(len(bags)), names, seed)
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
    )
    return classifier, {"classes": len(model.labels), "examples": len(unique), **report}


def _fit(
    bags: Sequence[Bag], labels: Sequence[str], chosen: Sequence[int], names: dict[str, Bag], seed: int
) -> _Model:
    """A model of the ``chosen`` examples, each label's name being one example more."""
    classes = sorted({labels[i] for i in chosen})
    number = {label: i for i, label in enumerate(classes)}
    order = sorted(chosen, key=lambda i: (number[labels[i]], i))
    named = [label for label in classes if any(names[label])]
    all_bags = [*(bags[i] for i in order), *(names[label] for label in named)]
    all_labels = [*(labels[i] for i in order), *named]
    vectorizer = fit_vectorizer(all_bags, all_labels, BLOCK_WEIGHTS)
    vectors = [vectorizer.transform(bag) for bag in all_bags]
    targets = [number[label] for label in all_labels]
    matrix = to_matrix(vectors, vectorizer.size)
    classifier = fit_linear(matrix, targets, len(classes), seed=seed, whole=len(bags))
    count = len(order)
    neighbours = Neighbours.of(vectors[:count], targets[:count], len(classes), vectorizer.size)
    return _Model(classes, vectorizer, classifier, neighbours, order)


def _calibrate(
    examples: Sequence[LabelledText],
    bags: Sequence[Bag],
    labels: Sequence[str],
    names: dict[str, Bag],
    options: FeatureOptions,
    patterns: Patterns,
    tokenize: Tokenize,
    seed: int,
    progress: Callable[[float], None],
) -> tuple[Calibration, dict[str, Any]]:
    """Temperature and gate from folds.

    Each fold is trained without a part of every label's examples, which shows how sure it may be, and
    without some labels altogether, whose examples then are texts about something else.
    """
    fold_of = _folds(labels, seed)
    left_out = _labels_left_out(sorted(set(labels)), seed)
    chance = random.Random(seed)
    held: list[tuple[Any, int, tuple[float, ...]]] = []
    foreign: list[tuple[Any, tuple[float, ...]]] = []
    folds = FOLDS if len(names) > 1 and len(bags) >= 2 * FOLDS else 0
    for fold in range(min(folds, 1 + FOLDS * HELD_OUT_ENOUGH // len(bags))):
        chosen = [i for i in range(len(bags)) if fold_of[i] != fold and labels[i] not in left_out[fold]]
        model = _fit(bags, labels, chosen, names, seed)
        number = {label: i for i, label in enumerate(model.labels)}
        for i in range(len(bags)):
            if fold_of[i] == fold and labels[i] in number:
                held.append((*_look(model, bags[i], number[labels[i]]),))
            elif labels[i] in left_out[fold]:
                scores, _, signs = _look(model, bags[i], 0)
                foreign.append((scores, signs))
        for text in _gibberish([e.text for e in examples], chance, max(4, len(bags) // 40)):
            bag = features_of(text, tokenize(text), options, patterns).bag
            scores, _, signs = _look(model, bag, 0)
            foreign.append((scores, signs))
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


def _look(model: _Model, bag: Bag, label: int) -> tuple[Any, int, tuple[float, ...]]:
    vector: SparseVector = model.vectorizer.transform(bag)
    scores = model.classifier.scores(vector)
    return scores, label, familiarity(vector, scores, model.neighbours)


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
