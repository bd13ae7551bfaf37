"""Training a classifier of short texts, and how far to trust it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chatwright.errors import ComponentError, did_you_mean
from chatwright.learn.fit_linear import one_thread
from chatwright.lm.embedder import Embedder
from chatwright.nlu.component import Message
from chatwright.nlu.features import FeatureOptions, label_words
from chatwright.nlu.fit_confidence import fit_confidence, gibberish
from chatwright.nlu.fit_embedder import Tuner, embedder_or_tuner, make_embedders
from chatwright.nlu.fit_samples import LabelledText, Sampler, fit_model
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.tag_features import units_of
from chatwright.nlu.text_classifier import KnownExample, TextClassifier
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Token

__all__ = ["OUT_OF_SCOPE_NAMES", "fit_on_examples", "fit_text_classifier"]

SEED = 42
OUT_OF_SCOPE_NAMES = ("out_of_scope", "oos")
"""An intent of such a name stands for everything else, where no option names another."""
COMPOSED = 10
"""Examples made for each label that is made of others."""

Tokenize = Callable[[str], Sequence[Token]]


def fit_on_examples(
    data: NluData,
    pairs: Sequence[tuple[NluExample, Message, str]],
    config: Mapping[str, Any],
    *,
    label_texts: Callable[[str], Sequence[str]] = lambda label: [label_words(label)],
) -> tuple[TextClassifier | None, dict[str, Any]]:
    """A classifier of a project's examples; None without any.

    Args:
        data: the project's, for its patterns and lookup tables.
        pairs: examples, as messages with tokens, and their labels.
        config: of the component; ``features`` are options of ``FeatureOptions``, ``patterns`` those of a
            ``RegexFeaturizer`` (None to do without), ``random_seed`` a number, ``embedder`` as in
            ``embedder_or_tuner``, ``out_of_scope_intent`` the label that stands for everything else, and
            ``intent_split_symbol`` what stands between the parts of a label.
        label_texts: texts that say what a label is about.

    Raises:
        ComponentError: ``out_of_scope_intent`` has no example.
    """
    if not pairs:
        return None, {"examples": 0, "classes": 0}
    chosen = config.get("patterns", {})
    examples = [
        LabelledText(m.text, m.tokens, label, e.location.line_in_file if e.location else None)
        for e, m, label in pairs
    ]
    seed = int(config.get("random_seed") or SEED)
    labels = sorted({e.label for e in examples})
    extra = [(text, label) for label in labels for text in label_texts(label) if text]
    if symbol := config.get("intent_split_symbol"):
        extra += _compositions(examples, symbol, seed)
    return fit_text_classifier(
        examples,
        options=FeatureOptions(**config.get("features", {})),
        patterns=Patterns() if chosen is None else Patterns.of(data, chosen),
        tokenize=units_of,
        embedder=embedder_or_tuner(config.get("embedder"), labels, seed),
        extra=extra,
        foreign_label=_foreign_label(labels, config.get("out_of_scope_intent")),
        seed=seed,
    )


def fit_text_classifier(
    examples: Sequence[LabelledText],
    *,
    options: FeatureOptions,
    patterns: Patterns,
    tokenize: Tokenize,
    embedder: Embedder | Tuner | None = None,
    extra: Sequence[tuple[str, str]] = (),
    foreign_label: str | None = None,
    seed: int = SEED,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[TextClassifier, dict[str, Any]]:
    """Train on labelled texts.

    Args:
        examples: in any order; repeated texts count once a label.
        options: which features.
        patterns: of the project.
        tokenize: splits further texts, as it split the examples.
        embedder: gives a dense vector of each text, which is learnt from beside the features; or makes such a
            one from the examples.
        extra: texts and labels to learn from that are no real messages, such as the labels' own names.
        foreign_label: the label of texts that are about none of the others.

    Returns:
        The classifier, and a report: ``classes``, ``examples``, ``held_out_accuracy``, ``calibration_error``,
        ``temperature``.
    """
    unique = list({(e.text, e.label): e for e in examples}.values())
    extra_texts = [LabelledText(text, tokenize(text), label) for text, label in extra]
    texts = gibberish([e.text for e in unique], random.Random(seed), len(unique))
    senseless = [LabelledText(text, tokenize(text), "") for text in texts]
    made = make_embedders(embedder, unique, foreign_label, seed)
    sampler = Sampler(options, patterns, made.final)
    fair = sampler if made.judge is made.final else Sampler(options, patterns, made.judge)
    samples, added = sampler(unique), sampler(extra_texts)
    judged, judged_added = (samples, added) if fair is sampler else (fair(unique), fair(extra_texts))
    with one_thread():
        calibration, report = fit_confidence(
            judged,
            lambda chosen: fit_model(judged, judged_added, chosen, seed),
            fair(senseless),
            foreign_label=foreign_label,
            seed=seed,
            progress=progress,
            only=made.only,
        )
        model = fit_model(samples, added, range(len(unique)), seed)
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
        embedder=made.final,
    )
    report = {"classes": len(model.labels), "examples": len(unique), **report}
    return classifier, {**made.report, **report}


def _foreign_label(labels: Sequence[str], named: str | None) -> str | None:
    """The label of texts about something else; a lone label is not taken for one."""
    if named is None:
        found = next((name for name in OUT_OF_SCOPE_NAMES if name in labels), None)
        return found if len(labels) > 1 else None
    if named not in labels:
        raise ComponentError(
            f"out_of_scope_intent {named!r} has no example",
            fix=did_you_mean(named, labels) or "give the intent examples, or leave the option out",
        )
    return named


def _compositions(examples: Sequence[LabelledText], symbol: str, seed: int) -> Iterator[tuple[str, str]]:
    """Examples of labels made of others: a text of each part, one after the other.

    Rasa's labels of several parts share what is learnt of the parts; so do these. As there, only those
    combinations can be recognised that occur in the training data.
    """
    texts: dict[str, list[str]] = {}
    for example in examples:
        texts.setdefault(example.label, []).append(example.text)
    chance = random.Random(seed)
    for label in sorted(texts):
        parts = label.split(symbol)
        if len(parts) > 1 and all(part in texts for part in parts):
            for _ in range(COMPOSED):
                yield " ".join(chance.choice(texts[part]) for part in parts), label
