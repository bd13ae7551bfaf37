"""Fine-tuning an encoder on intents, with few examples and with many.

Two losses are summed: softmax over cosines to a prototype of each class, which meets all classes in every
step, and supervised contrastive over the batch, where hard negatives weigh most (Khosla et al. 2020; Gunel
et al. 2021). A prototype begins as the mean of its class, its name being one example more, so the first step
knows what the frozen encoder knows. Dropout gives a text another view each time. Word embeddings stay: words
that no example has keep their place beside those that one has.

With many examples a tenth is held out; training stops when it gets no better. A checkpoint an epoch.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from chatwright.errors import TrainingError
from chatwright.training.encoder.checkpoints import Saved
from chatwright.training.encoder.losses import Prototypes, supervised_contrastive
from chatwright.training.encoder.pooled import SentenceEncoder, half_precision

__all__ = ["Recipe", "Report", "fine_tune", "recipe_for"]

log = logging.getLogger(__name__)

MANY = 3000
"""From so many examples on a tenth is held out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train."""

    epochs: int
    """At most."""
    learning_rate: float = 1e-4
    """Of the encoder, at its highest."""
    prototype_rate: float = 1e-2
    """Of the prototypes."""
    batch: int = 64
    """Examples a step."""
    together: int = 2
    """Examples of a class that come in one batch."""
    contrastive: float = 1.0
    """Weight of the contrastive loss."""
    held_out: float = 0.0
    """Share of the examples that decide when to stop."""
    patience: int = 2
    """Epochs without any gain before it stops."""
    warm_up: float = 0.1
    """Share of the steps in which the learning rate rises."""
    seed: int = 42


def recipe_for(examples: int, *, seed: int = 42, **changed: Any) -> Recipe:
    """The recipe for so many examples, chosen on validation parts.

    Args:
        changed: fields to be otherwise.
    """
    found = {"epochs": 5, "held_out": 0.1} if examples >= MANY else {"epochs": 8}
    return Recipe(**{**found, "seed": seed, **changed})


@dataclass(frozen=True, slots=True)
class Report:
    """What came out."""

    epochs: int
    losses: Sequence[float]
    """Mean of each epoch."""
    held_out: Sequence[float]
    """Accuracy on the held-out part after each epoch; empty without one."""
    unseen: Sequence[int]
    """Numbers of the examples that were held out."""


@dataclass(slots=True)
class _State:
    """What a run has reached."""

    epoch: int = 0
    losses: list[float] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """Weights of the best epoch, where a part is held out."""


def fine_tune(
    encoder: SentenceEncoder,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    names: dict[str, str] | None = None,
    recipe: Recipe | None = None,
    checkpoint: Path | None = None,
) -> Report:
    """Train ``encoder`` in place.

    Args:
        encoder: left in evaluation mode.
        texts: N examples.
        labels: of each, at least two different ones.
        names: label → the words that its name says, one example more.
        recipe: by default that for N examples.
        checkpoint: folder of a run that can be cut off; the same call goes on where it was.

    Raises:
        TrainingError: there are fewer than two labels.
    """
    recipe = recipe or recipe_for(len(texts))
    classes = sorted(set(labels))
    if len(classes) < 2:
        raise TrainingError("fine-tuning takes at least two intents", fix="add examples, or fine_tune: none")
    number = {label: i for i, label in enumerate(classes)}
    unseen = _held_out(labels, recipe)
    seen = [i for i in range(len(texts)) if i not in set(unseen)]
    named = {label: words for label, words in (names or {}).items() if label in number and words}
    rows = encoder.pieces([*(texts[i] for i in seen), *named.values()])
    targets = torch.tensor([number[label] for label in [*(labels[i] for i in seen), *named]])
    run = _Run(encoder, rows, targets, len(classes), recipe)
    state = run.resume(checkpoint)
    judged = ([texts[i] for i in unseen], [number[labels[i]] for i in unseen])
    while state.epoch < recipe.epochs and not _stuck(state.held_out, recipe.patience):
        state.losses.append(run.epoch(state.epoch))
        state.epoch += 1
        if unseen:
            state.held_out.append(run.accuracy(*judged))
            if state.held_out[-1] == max(state.held_out):
                state.best = {key: value.clone() for key, value in encoder.model.state_dict().items()}
        log.info("epoch %d of %d: loss %.3f %s", state.epoch, recipe.epochs, state.losses[-1],
                 f"held out {state.held_out[-1]:.4f}" if unseen else "")  # fmt: skip
        run.keep(checkpoint, state)
    if state.best:
        encoder.model.load_state_dict(state.best)
    encoder.model.eval()
    return Report(state.epoch, state.losses, state.held_out, unseen)


def _held_out(labels: Sequence[str], recipe: Recipe) -> list[int]:
    """A share of each class."""
    chance, out = random.Random(recipe.seed), []
    by_class: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        by_class.setdefault(label, []).append(i)
    for label in sorted(by_class):
        members = by_class[label]
        out += chance.sample(members, min(round(recipe.held_out * len(members)), len(members) - 1))
    return sorted(out)


def _stuck(accuracies: Sequence[float], patience: int) -> bool:
    return bool(accuracies) and accuracies.index(max(accuracies)) < len(accuracies) - patience


class _Run:
    """Optimizer, schedule and batches."""

    def __init__(
        self,
        encoder: SentenceEncoder,
        rows: Sequence[Sequence[int]],
        targets: torch.Tensor,
        classes: int,
        recipe: Recipe,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.encoder, self.rows, self.targets, self.recipe = encoder, rows, targets, recipe
        encoder.model.eval()
        with torch.inference_mode(), half_precision():
            vectors = encoder.vectors(rows).float()
        self.prototypes = Prototypes(torch.stack([vectors[targets == c].mean(0) for c in range(classes)]))
        encoder.model.requires_grad_(True)
        encoder.model.get_input_embeddings().requires_grad_(False)
        self.weights = [p for p in encoder.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": self.weights, "lr": recipe.learning_rate, "weight_decay": 0.01},
                {
                    "params": list(self.prototypes.parameters()),
                    "lr": recipe.prototype_rate,
                    "weight_decay": 0.0,
                },
            ],
            fused=True,
        )
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.steps = len(list(self._batches(0)))

    def epoch(self, number: int) -> float:
        """One pass over the examples; the mean loss."""
        torch.manual_seed(self.recipe.seed + number)
        self.encoder.model.train()
        losses = []
        for step, chosen in enumerate(self._batches(number), number * self.steps):
            share = _rate(step, self.recipe.epochs * self.steps, self.recipe.warm_up)
            for group, highest in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = highest * share
            targets = self.targets[chosen]
            with half_precision():
                vectors = self.encoder.vectors([self.rows[i] for i in chosen])  # (B, D)
            vectors = vectors.float()
            loss = functional.cross_entropy(self.prototypes(vectors), targets)
            loss = loss + self.recipe.contrastive * supervised_contrastive(vectors, targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def accuracy(self, texts: Sequence[str], targets: Sequence[int]) -> float:
        """By the nearest prototype."""
        with half_precision():
            vectors = torch.from_numpy(self.encoder.embed(texts))
        with torch.inference_mode():
            return float((self.prototypes(vectors).argmax(1) == torch.tensor(targets)).float().mean())

    def _batches(self, epoch: int) -> Iterator[list[int]]:
        """Examples in another order each epoch, a few of a class side by side."""
        chance, recipe = random.Random(f"{self.recipe.seed}/{epoch}"), self.recipe
        by_class: dict[int, list[int]] = {}
        for i, target in enumerate(self.targets.tolist()):
            by_class.setdefault(target, []).append(i)
        groups = []
        for members in by_class.values():
            chance.shuffle(members)
            groups += [members[i : i + recipe.together] for i in range(0, len(members), recipe.together)]
        chance.shuffle(groups)
        order = [i for group in groups for i in group]
        for start in range(0, len(order), recipe.batch):
            yield order[start : start + recipe.batch]

    def keep(self, folder: Path | None, state: _State) -> None:
        """Write the checkpoint."""
        if folder:
            Saved(self.encoder.model, self.prototypes, self.optimizer).write(folder, state)

    def resume(self, folder: Path | None) -> _State:
        """The state of a checkpoint, which is loaded; a new one where there is none."""
        if folder is None:
            return _State()
        saved = Saved(self.encoder.model, self.prototypes, self.optimizer)
        return _State(**saved.read(folder))


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Linear warm-up, then half a cosine down to 0."""
    rising = min(1.0, (step + 1) / max(1.0, warm_up * steps))
    return rising * 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(1, steps))))
