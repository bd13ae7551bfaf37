"""Training the joint net on a project's examples, on the CPU.

The schedule is fixed by the size of the data: the learning rate falls to zero over so many steps, so that the
last weights are the best ones, and nothing is held out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from chatwright.lm.static_vectors import house_vectors
from chatwright.lm.text_encoder import TextEncoder
from chatwright.nlu.component import Message
from chatwright.nlu.encoder_option import frozen
from chatwright.nlu.fit_embedder import embedder_or_tuner
from chatwright.nlu.fit_entity_tagger import is_few, is_listed, known_values, tags_of
from chatwright.nlu.joint_features import JointFeatures, UnitRows
from chatwright.nlu.joint_net import JointNet
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.tag_features import dictionary_tokens, unit_features, units_of
from chatwright.project.nlu_data import NluData
from chatwright.text.normalise import fold
from chatwright.training.nlu.net import JointModule, NetOptions, batch_of
from chatwright.training.one_thread import one_thread

__all__ = ["Fitted", "fit_joint"]

BATCH = 32
RATE = 4e-3
STEPS = (600, 4500)
PASSES = 15
"""``PASSES`` over the data, but at least and at most so many ``STEPS``, where the configuration is silent."""
LEAST_SEEN = 2
"""A feature that was seen once only teaches the net to know a text by heart."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained net and what belongs to it."""

    features: JointFeatures
    net: JointNet
    labels: Sequence[str]
    intents: Sequence[str]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Sample:
    rows: UnitRows
    tags: list[int]
    intent: int


def fit_joint(data: NluData, messages: Sequence[Message], config: Mapping[str, Any]) -> Fitted | None:
    """The net of a project; None where its examples have neither two intents nor an entity.

    Args:
        messages: the examples of ``data`` with their tokens.
        config: ``embedder``: an encoder that reads the texts too, as it is; ``seed`` (0); ``passes`` over the
            data; ``net``: fields of ``NetOptions``; ``patterns`` holds the options of a ``RegexFeaturizer``,
            or None to do without.
    """
    torch.manual_seed(seed := int(config.get("seed", 0)))
    options = config.get("patterns", {})
    patterns = Patterns() if options is None else Patterns.of(data, options)
    encoder = embedder_or_tuner(frozen(config).get("embedder"), (), seed)
    encoder = encoder if isinstance(encoder, TextEncoder) else None
    features, samples, labels, intents = _samples(data, messages, patterns, encoder)
    if not samples or (len(labels) < 2 and len(intents) < 2):
        return None
    net = NetOptions(**config.get("net", {}))
    sizes = (len(features.words) + 1, len(features.names), *_widths(samples[0].rows))
    module = JointModule(*sizes, labels, len(intents), net)
    steps = _steps(len(samples), config.get("passes"))
    with one_thread():
        last_loss = _train(module, samples, steps, seed)
    details = {"examples": len(samples), "steps": steps, "loss": round(last_loss, 3), "tags": len(labels)}
    features = replace(features, known=known_values(data.examples, 1))
    return Fitted(features, JointNet.of(module.arrays()), labels, intents, details)


def _steps(samples: int, passes: int | None) -> int:
    if passes is not None:
        return int(passes) * -(-samples // BATCH)
    return min(max(PASSES * samples // BATCH, STEPS[0]), STEPS[1])


def _samples(
    data: NluData, messages: Sequence[Message], patterns: Patterns, encoder: TextEncoder | None
) -> tuple[JointFeatures, list[_Sample], list[str], list[str]]:
    """Features, numbered examples, tags and intents. An example with neither is left out."""
    repeated = known_values(data.examples, 2)
    labels: dict[str, int] = {"O": 0}
    intents = {intent: number for number, intent in enumerate(data.intents())}
    marked, few = any(e.entities for e in data.examples), is_few(data)
    raw = []
    for example, message in zip(data.examples, messages, strict=True):
        units = units_of(example.text)
        if not units or not (example.intent or marked):
            continue
        tags = [labels.setdefault(tag, len(labels)) for tag in tags_of(example, units)[0]]
        intent = intents[example.intent] if example.intent else -1
        tokens = dictionary_tokens(example.text, message.tokens)
        read = partial(unit_features, example.text, units, tokens, patterns, repeated)
        copies = [read()]
        if few and any(is_listed(example.text, entity, patterns) for entity in example.entities):
            copies.append(read(unlisted=[i for i, tag in enumerate(tags) if tag]))
        raw.append((example.text, units, tokens, copies, tags if marked else [], intent))
    features = JointFeatures.of(
        (
            ((fold(u.text) for u in units), (name for unit in names for name in unit))
            for _, units, _, copies, *_ in raw
            for names in copies
        ),
        patterns,
        repeated,
        LEAST_SEEN,
        house_vectors(),
        encoder,
    )
    contexts = features.contexts([text for text, *_ in raw], [units for _, units, *_ in raw])
    samples = [
        _Sample(features.rows_of(units, tokens, names, context.astype(np.float16)), tags, intent)
        for (_, units, tokens, copies, tags, intent), context in zip(raw, contexts, strict=True)
        for names in copies
    ]
    return features, samples, list(labels), list(intents)


def _widths(rows: UnitRows) -> tuple[int, int]:
    return rows.vectors.shape[1], rows.context.shape[1]


def _train(module: JointModule, samples: Sequence[_Sample], steps: int, seed: int) -> float:
    """The mean loss of the last tenth of the steps."""
    tables = [module.words.weight, module.names.weight]
    others = [p for p in module.parameters() if not any(p is table for table in tables)]
    optimisers = [torch.optim.SparseAdam(tables, lr=RATE), torch.optim.Adam(others, lr=RATE)]
    fall = [torch.optim.lr_scheduler.LambdaLR(o, lambda step: 1 - step / steps) for o in optimisers]
    module.train()
    losses = []
    for batch, _ in zip(_batches(samples, random.Random(seed)), range(steps), strict=False):
        loss = module.loss(
            batch_of([s.rows for s in batch], [s.tags for s in batch], [s.intent for s in batch])
        )
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 5.0)
        for optimiser, schedule in zip(optimisers, fall, strict=True):
            optimiser.step()
            schedule.step()
        losses.append(loss.item())
    module.eval()
    tail = losses[-max(1, steps // 10) :]
    return sum(tail) / len(tail)


def _batches(samples: Sequence[_Sample], chance: random.Random) -> Iterator[list[_Sample]]:
    """Without end: texts of similar length together, in random order."""
    while True:
        order = list(samples)
        chance.shuffle(order)
        for start in range(0, len(order), 50 * BATCH):
            part = sorted(order[start : start + 50 * BATCH], key=lambda sample: len(sample.rows.words))
            batches = [part[i : i + BATCH] for i in range(0, len(part), BATCH)]
            chance.shuffle(batches)
            yield from batches
