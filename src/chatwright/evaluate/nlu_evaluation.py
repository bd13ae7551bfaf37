"""Scores of understanding: intents, entities, response selection.

The definitions are Rasa's (``rasa test nlu``): ``nlu_fallback`` is undone before scoring, entities
are scored token by token and extractor by extractor.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Entity, IntentScore, Token, Understanding

__all__ = [
    "NO_ENTITY",
    "EntityMessage",
    "Label",
    "NluEvaluation",
    "classification_report",
    "cross_validate",
    "evaluate_nlu",
]

Parse = Callable[[Sequence[str]], Sequence[Understanding]]

NO_ENTITY = "no_entity"


@dataclass(frozen=True, slots=True)
class Label:
    """One scored item: what it should be and what was predicted."""

    text: str
    gold: str
    predicted: str
    confidence: float

    @property
    def is_right(self) -> bool:
        """Whether the prediction is the gold label."""
        return self.gold == self.predicted


@dataclass(frozen=True, slots=True)
class EntityMessage:
    """The entities of one message, as annotated and as found by all extractors."""

    text: str
    gold: Sequence[Entity]
    predicted: Sequence[Entity]
    labels: dict[str, list[Label]]
    """Extractor → one item a token."""


@dataclass(frozen=True, kw_only=True)
class NluEvaluation:
    """All scored items of a test run."""

    intents: Sequence[Label] = ()
    fallbacks: int = 0
    """Messages whose prediction was ``nlu_fallback`` before it was undone."""
    messages: Sequence[EntityMessage] = ()
    """Messages whose entities are scored."""
    responses: Sequence[Label] = ()

    @cached_property
    def entities(self) -> dict[str, list[Label]]:
        """Extractor → one item a token."""
        merged: dict[str, list[Label]] = defaultdict(list)
        for message in self.messages:
            for extractor, labels in message.labels.items():
                merged[extractor] += labels
        return dict(sorted(merged.items()))

    def intent_accuracy(self) -> float:
        """Share of right intents; 0 without any."""
        return _accuracy(self.intents)

    def response_accuracy(self) -> float:
        """Share of right answers to retrieval intents; 0 without any."""
        return _accuracy(self.responses)

    def intent_report(self) -> dict[str, Any]:
        """Precision, recall, F1 and support of each intent, with what it is confused with."""
        return classification_report(self.intents)

    def entity_report(self, extractor: str) -> dict[str, Any]:
        """The same for entity labels of one extractor; tokens without entity do not count."""
        return classification_report(self.entities[extractor], ignore=NO_ENTITY)

    def response_report(self) -> dict[str, Any]:
        """The same for the answers chosen to retrieval intents."""
        return classification_report(self.responses)

    def __add__(self, other: NluEvaluation) -> NluEvaluation:
        return NluEvaluation(
            intents=[*self.intents, *other.intents],
            fallbacks=self.fallbacks + other.fallbacks,
            messages=[*self.messages, *other.messages],
            responses=[*self.responses, *other.responses],
        )


def evaluate_nlu(parse: Parse, examples: Sequence[NluExample]) -> NluEvaluation:
    """Parse every example and compare with its labels."""
    understandings = parse([example.text for example in examples])
    intents: list[Label] = []
    responses: list[Label] = []
    messages: list[EntityMessage] = []
    fallbacks = 0
    extractors = sorted({e.extractor for u in understandings for e in u.entities if _is_scored(e)})
    annotated = any(example.entities for example in examples)
    for example, found in zip(examples, understandings, strict=True):
        if example.intent:
            fallbacks += found.intent.name == NLU_FALLBACK
            score = _without_fallback(found)
            intents.append(Label(example.text, example.intent, score.name or "", score.confidence))
        if example.response_key and (chosen := _chosen_response(found, example.response_key)):
            responses.append(Label(example.text, example.response_key, *chosen))
        if annotated:
            by_extractor = {name: _token_labels(example, found, name) for name in extractors or ["none"]}
            messages.append(EntityMessage(example.text, example.entities, found.entities, by_extractor))
    return NluEvaluation(intents=intents, fallbacks=fallbacks, messages=messages, responses=responses)


def cross_validate(
    data: NluData,
    fit: Callable[[NluData], Parse],
    *,
    folds: int = 5,
    seed: int = 42,
    progress: Callable[[str, float], None] | None = None,
) -> list[tuple[NluEvaluation, NluEvaluation]]:
    """Stratified k-fold cross-validation.

    Args:
        data: what to split; synonyms, patterns and lookups go into every training part.
        fit: trains on a part and gives a parser.
        folds: number of parts; intents with fewer examples than parts stay in training.

    Returns:
        For each fold the evaluation on its training part and on its test part.
    """
    from sklearn.model_selection import StratifiedKFold

    counts = Counter(example.intent for example in data.examples)
    usable = [e for e in data.examples if e.intent and counts[e.intent] >= folds]
    rest = [e for e in data.examples if not (e.intent and counts[e.intent] >= folds)]
    if len(usable) < folds:
        return []
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    out = []
    labels = [e.response_key or e.intent for e in usable]
    if min(Counter(labels).values()) < folds:
        labels = [e.intent for e in usable]
    for number, (train_index, test_index) in enumerate(splitter.split(usable, labels)):
        if progress:
            progress("cross-validation", number / folds)
        train_examples = [*rest, *(usable[i] for i in train_index)]
        parse = fit(replace(data, examples=train_examples))
        test_examples = [usable[i] for i in test_index]
        out.append((evaluate_nlu(parse, train_examples), evaluate_nlu(parse, test_examples)))
    if progress:
        progress("cross-validation", 1.0)
    return out


def classification_report(labels: Sequence[Label], *, ignore: str | None = None) -> dict[str, Any]:
    """scikit-learn's classification report as JSON, with ``confused_with`` for each label (Rasa's form).

    Labels that were predicted but never right have no row, and do not count in the averages.

    Args:
        labels: scored items.
        ignore: a gold and predicted label that is left out of the table and the averages.
    """
    from sklearn.metrics import classification_report as report_of

    if not labels:
        return {}
    gold = [label.gold for label in labels]
    predicted = [label.predicted for label in labels]
    names = sorted(set(gold) - ({ignore} if ignore else set()))
    if not names:
        return {}
    report: dict[str, Any] = report_of(  # pyright: ignore[reportAssignmentType]
        gold,
        predicted,
        labels=names,
        output_dict=True,
        zero_division=0.0,  # pyright: ignore[reportArgumentType]
    )
    accuracy = _accuracy(labels)
    if "accuracy" in report:  # scikit-learn gives one of the two
        whole = dict.fromkeys(("precision", "recall", "f1-score"), accuracy)
        report["micro avg"] = {**whole, "support": report["macro avg"]["support"]}
    report["accuracy"] = accuracy
    confusions: dict[str, Counter[str]] = defaultdict(Counter)
    for label in labels:
        if not label.is_right and label.predicted != ignore:
            confusions[label.gold][label.predicted] += 1
    for name in names:
        report[name]["confused_with"] = dict(confusions[name].most_common(3))
    return report


def _accuracy(labels: Sequence[Label]) -> float:
    return sum(label.is_right for label in labels) / len(labels) if labels else 0.0


def _without_fallback(found: Understanding) -> IntentScore:
    if found.intent.name == NLU_FALLBACK and len(found.ranking) > 1:
        return found.ranking[1]
    return found.intent


def _chosen_response(found: Understanding, gold: str) -> tuple[str, float] | None:
    selectors = found.response_selector
    entry = selectors.get(gold.split("/", 1)[0]) or selectors.get("default")
    if not entry:
        return None
    response = entry["response"]
    return response.get("intent_response_key") or "", float(response.get("confidence") or 0.0)


def _is_scored(entity: Entity) -> bool:
    """Extractors that are not trained on the data (Duckling, spaCy's models) are not scored."""
    return entity.extractor not in {"DucklingEntityExtractor", "SpacyEntityExtractor", "ValueExtractor"}


def _token_labels(example: NluExample, found: Understanding, extractor: str) -> list[Label]:
    tokens = found.tokens or [Token(example.text, 0, len(example.text))]
    predicted = [e for e in found.entities if e.extractor == extractor]
    out = []
    for token in tokens:
        hit = _covering(token, predicted)
        out.append(
            Label(
                token.text,
                _entity_label(_covering(token, example.entities)),
                _entity_label(hit),
                (hit.confidence or 0.0) if hit else 0.0,
            )
        )
    return out


def _covering(token: Token, entities: Sequence[Entity]) -> Entity | None:
    """The entity that overlaps the token, the longest first."""
    hits = [e for e in entities if e.start < token.end and token.start < e.end]
    return max(hits, key=lambda e: e.end - e.start, default=None)


def _entity_label(entity: Entity | None) -> str:
    if entity is None:
        return NO_ENTITY
    return ".".join(part for part in (entity.entity, entity.group, entity.role) if part)
