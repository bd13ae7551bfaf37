"""Intents and entities from one net (extra ``train`` to train it; it runs in numpy)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.deep import can_train
from chatwright.learn.tagger import OUTSIDE, Tagged
from chatwright.lm.embedder import load_embedder, save_embedder
from chatwright.lm.text_encoder import TextEncoder
from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.entity_tagger import LEAST_SURE, EntityTagger, join_tags, split_tag, sure_enough
from chatwright.nlu.joint_features import JointFeatures
from chatwright.nlu.joint_net import JointNet
from chatwright.nlu.tag_features import units_of
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import IntentScore

__all__ = ["LEAST_EXAMPLES", "JointClassifier", "can_train"]

LEAST_EXAMPLES = 250
"""For ``DIETClassifier``: annotated examples from which on the net beats the light tagger."""
RANKING_LENGTH = 10


@dataclass(slots=True)
class JointClassifier:
    """Entities with roles and groups, and a second opinion on the intent.

    Where an intent classifier stands before it, the confidences of the two are multiplied (the linear one is
    better with few examples, and both together with many); else the net's own count.

    Options: ``least_examples`` (0): with fewer annotated examples than that the light ``EntityTagger`` is
    trained in its place; ``seed``, ``passes``, ``net`` as ``training/nlu/fit_joint.py`` says.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset({"intent", "entities"})

    name: str
    config: Mapping[str, Any]
    features: JointFeatures | None = None
    net: JointNet | None = None
    """None where there was nothing to learn, or the light tagger does the work."""
    labels: Sequence[str] = ()
    intents: Sequence[str] = ()
    least_sure: float = 0.0
    """As the light tagger's."""
    light: EntityTagger | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(str(config.get("name", "JointClassifier")), dict(config))

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Train the net, or the light tagger.

        Raises:
            MissingExtraError: there are examples enough, and PyTorch is not installed.
        """
        started = time.perf_counter()
        annotated = sum(bool(example.entities) for example in data.examples)
        least = int(self.config.get("least_examples", 0))
        if annotated < least:
            self.light = EntityTagger.from_config(self.config)
            report = self.light.fit(data, messages)
            why = f"light: {annotated} annotated examples, and the net needs {least}"
            return replace(report, details={**report.details, "model": why})
        from chatwright.nlu.fit_entity_tagger import is_few
        from chatwright.nlu.fit_joint_classifier import fit_joint_classifier

        self.least_sure = LEAST_SURE if is_few(data) else 0.0
        fitted = fit_joint_classifier(data, messages, self.config)
        if fitted is None:
            return FitReport(component=self.name, details={"examples": 0})
        self.features, self.net = fitted.features, fitted.net
        self.labels, self.intents = fitted.labels, fitted.intents
        return FitReport(
            component=self.name, seconds=time.perf_counter() - started, details=dict(fitted.details)
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        if self.light is not None:
            return self.light.process(messages)
        return [self._understood(message) for message in messages]

    def _understood(self, message: Message) -> Message:
        units = units_of(message.text)
        if self.net is None or self.features is None or not units:
            return message
        scores, logits = self.net.scores(self.features.rows(message.text, units, message.tokens))
        if len(self.labels) > 1:
            tagged = self._tagged(self.net, scores)
            apart = self.config.get("split_entities_by_comma", True)
            found = join_tags(message.text, units, tagged, apart)
            patterns, known = self.features.patterns, self.features.known
            found = sure_enough(found, message.text, patterns, known, self.least_sure)
            entities = [replace(entity, extractor=self.name) for entity in found]
            message = replace(message, entities=[*message.entities, *entities])
        if not self.config.get("intent_classification", True) or len(self.intents) < 2:
            return message
        ranking = _ranked(_softmax(logits), self.intents, message.ranking)
        length = int(self.config.get("ranking_length", RANKING_LENGTH)) or None
        return replace(message, intent=ranking[0], ranking=ranking[:length])

    def _tagged(self, net: JointNet, scores: NDArray[np.float32]) -> list[Tagged]:
        chances = net.chain.marginals(scores)
        kinds = np.array([_kind(label) for label in self.labels])
        out = []
        for row, number in zip(chances, net.chain.best(scores), strict=True):
            if self.labels[number] == OUTSIDE:
                out.append(Tagged(OUTSIDE, 1.0, 1.0))
                continue
            together = float(row[kinds == kinds[number]].sum())
            out.append(Tagged(self.labels[number], min(1.0, float(row[number])), min(1.0, together)))
        return out

    def save(self, folder: Path) -> None:
        content = {
            "config": self.config,
            "features": self.features.to_json() if self.features else None,
            "labels": list(self.labels),
            "intents": list(self.intents),
            "least_sure": self.least_sure,
            "light": self.light is not None,
        }
        (folder / "joint.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        if self.net is not None and self.features is not None:
            self.net.save(folder)
            save_embedder(self.features.encoder, folder)
        if self.light is not None:
            self.light.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / "joint.json").read_text("utf-8"))
        found = cls.from_config(content["config"])
        found.labels, found.intents = content["labels"], content["intents"]
        found.least_sure = content["least_sure"]
        if content["features"]:
            encoder = load_embedder(folder)
            encoder = encoder if isinstance(encoder, TextEncoder) else None
            found.features = JointFeatures.from_json(content["features"], encoder)
            found.net = JointNet.load(folder)
        found.light = EntityTagger.load(folder) if content["light"] else None
        return found


def _ranked(
    chances: NDArray[np.float32], intents: Sequence[str], before: Sequence[IntentScore]
) -> list[IntentScore]:
    """Best first. Where there is a ranking already, the geometric mean of both, over its intents; the share
    of messages that are about none of them stays what it was."""
    own = dict(zip(intents, map(float, chances), strict=True))
    if before:
        total = sum(score.confidence for score in before)
        own = {s.name: (s.confidence * own.get(s.name, 0.0)) ** 0.5 for s in before if s.name is not None}
        scale = total / (sum(own.values()) or 1.0)
        own = {name: min(1.0, chance * scale) for name, chance in own.items()}
    return sorted((IntentScore(*pair) for pair in own.items()), key=lambda score: -score.confidence)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    chances = np.exp(logits - logits.max())
    return chances / chances.sum()


def _kind(label: str) -> str:
    return OUTSIDE if label == OUTSIDE else split_tag(label)[1]
