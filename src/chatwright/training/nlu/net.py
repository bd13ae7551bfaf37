"""The joint net in PyTorch. ``nlu/joint_net.py`` runs the same in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from chatwright.learn.crf import FORBIDDEN, bilou_rules
from chatwright.nlu.joint_features import UNKNOWN, UnitRows

__all__ = ["Batch", "JointModule", "NetOptions", "batch_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetOptions:
    """Sizes, and how much is hidden during training."""

    word_size: int = 64
    bag_size: int = 96
    """Of the sum of a unit's feature vectors."""
    vector_size: int = 64
    """What the house vectors of a unit are brought to."""
    context_size: int = 128
    """What the encoder's vector of a unit is brought to."""
    hidden: int = 112
    """Of each LSTM."""
    dropout: float = 0.5
    hide_words: float = 0.1
    """Share of words that are taken for unknown."""
    hide_names: float = 0.4
    """Share of features that are left out."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``B`` texts of at most ``T`` units."""

    words: Tensor
    """(B, T)"""
    names: Tensor
    """(N,) features of the first unit of the first text, and so on."""
    starts: Tensor
    """(B * T,) where each unit's features begin in ``names``; a place behind a text's end has none."""
    vectors: Tensor
    """(B, T, V) house vectors."""
    context: Tensor
    """(B, T, E) vectors of an encoder."""
    mask: Tensor
    """(B, T) True where a text has a unit."""
    turned: Tensor
    """(B, T) places of the units from last to first; those behind the end stay."""
    tags: Tensor
    """(B, T); -1 where unknown or behind the end."""
    intents: Tensor
    """(B,); -1 where unknown."""


def batch_of(rows: list[UnitRows], tags: list[list[int]], intents: list[int]) -> Batch:
    """Texts side by side."""
    length = max(len(r.words) for r in rows)
    words, labels = np.zeros((len(rows), length), np.int64), np.full((len(rows), length), -1, np.int64)
    vectors = np.zeros((*words.shape, rows[0].vectors.shape[1]), np.float32)
    context = np.zeros((*words.shape, rows[0].context.shape[1]), np.float32)
    turned = np.tile(np.arange(length), (len(rows), 1))
    starts = np.empty((len(rows), length), np.int64)
    before = [0, *accumulate(len(r.names) for r in rows)]
    for i, r in enumerate(rows):
        size = len(r.words)
        words[i, :size] = r.words
        vectors[i, :size] = r.vectors
        context[i, :size] = r.context
        labels[i, : len(tags[i])] = tags[i]
        turned[i, :size] = np.arange(size)[::-1]
        starts[i, :size] = r.starts + before[i]
        starts[i, size:] = before[i + 1]
    mask = np.arange(length) < np.array([[len(r.words)] for r in rows])
    names = np.concatenate([r.names for r in rows])
    arrays = (
        words,
        names,
        starts.reshape(-1),
        vectors,
        context,
        mask,
        turned,
        labels,
        np.array(intents, np.int64),
    )
    return Batch(*map(torch.from_numpy, arrays))


class JointModule(nn.Module):
    """Words and features → BILOU tags (linear-chain CRF) and intents.

    Args:
        labels: the tags, ``O`` among them.
        vectors: length of a unit's house vectors.
        context: length of a unit's vector by an encoder.
    """

    def __init__(
        self,
        words: int,
        names: int,
        vectors: int,
        context: int,
        labels: list[str],
        intents: int,
        options: NetOptions,
    ) -> None:
        super().__init__()
        self.options = options
        hidden, bag = options.hidden, options.bag_size
        self.words = nn.Embedding(words, options.word_size, sparse=True)
        self.names = nn.EmbeddingBag(names, bag, mode="sum", sparse=True)
        nn.init.normal_(self.words.weight, std=0.3)
        nn.init.normal_(self.names.weight, std=0.05)
        self.vectors = nn.Parameter(torch.randn(vectors, options.vector_size if vectors else 0) / 8)
        self.context = nn.Parameter(torch.randn(context, options.context_size if context else 0) / 2)
        size = options.word_size + bag + self.vectors.shape[1] + self.context.shape[1]
        self.forth = nn.LSTM(size, hidden, batch_first=True)
        self.back = nn.LSTM(size, hidden, batch_first=True)
        self.tags = nn.Linear(2 * hidden + bag, len(labels))
        self.attention = nn.Linear(2 * hidden, 1, bias=False)
        self.intents = nn.Linear(4 * hidden + bag, max(1, intents))
        rules = [
            torch.from_numpy(np.where(allowed, 0.0, FORBIDDEN)).float() for allowed in bilou_rules(labels)
        ]
        self.rules = rules
        self.steps = nn.Parameter(torch.zeros_like(rules[0]))
        self.first = nn.Parameter(torch.zeros_like(rules[1]))
        self.last = nn.Parameter(torch.zeros_like(rules[2]))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of tags (B, T, L) and logits of intents (B, I)."""
        size = batch.words.shape
        bags = self.names(batch.names, batch.starts, self._kept(batch.names)).view(*size, -1)
        words = batch.words
        if self.training:
            words = words.masked_fill(torch.rand(size) < self.options.hide_words, UNKNOWN)
        dense = [batch.vectors @ self.vectors, batch.context @ self.context]
        inputs = torch.cat([self.words(words), bags, *dense], 2)
        inputs = functional.dropout(inputs, self.options.dropout, self.training)
        forth, _ = self.forth(inputs)
        back, _ = self.back(_turn(inputs, batch.turned))
        states = torch.cat([forth, _turn(back, batch.turned)], 2)  # (B, T, 2H)
        if self.training:
            keep = 1 - self.options.dropout
            states = states * torch.bernoulli(torch.full_like(states[:, :1], keep)) / keep
            bags = functional.dropout(bags, self.options.dropout)
        return self.tags(torch.cat([states, bags], 2)), self.intents(self._pooled(states, bags, batch.mask))

    def loss(self, batch: Batch) -> Tensor:
        """Of tags (where every unit of a text has one) and of intents, a text."""
        scores, logits = self(batch)
        total = functional.cross_entropy(logits, batch.intents, ignore_index=-1, reduction="sum")
        marked = batch.tags[:, 0] >= 0
        if marked.any():
            total = total + self._surprise(scores[marked], batch.tags[marked], batch.mask[marked])
        return total / len(batch.words)

    def _kept(self, names: Tensor) -> Tensor:
        """Weight of each feature: some are left out, the others make up for it."""
        if not self.training:
            return torch.ones(names.shape)
        keep = 1 - self.options.hide_names
        return (torch.rand(names.shape) < keep) / keep

    def _pooled(self, states: Tensor, bags: Tensor, mask: Tensor) -> Tensor:
        inside = mask.unsqueeze(2)
        weights = self.attention(states).masked_fill(~inside, -torch.inf).softmax(1)
        highest = states.masked_fill(~inside, -torch.inf).amax(1)
        mean = (bags * inside).sum(1) / inside.sum(1)
        return torch.cat([(weights * states).sum(1), highest, mean], 1)

    def chain(self) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of steps, of first labels and of last labels, those included that may not be."""
        steps, first, last = self.rules
        return self.steps + steps, self.first + first, self.last + last

    def _surprise(self, scores: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Negative logarithm of the probability of the true tags, summed over texts."""
        steps, first, last = self.chain()
        weights = steps.exp()
        total = first + scores[:, 0]  # (B, L): logarithm of the sum over all beginnings
        true = first[tags[:, 0]] + _at(scores[:, 0], tags[:, 0])
        for t in range(1, scores.shape[1]):
            on = mask[:, t]
            peak = total.amax(1, keepdim=True).detach()
            onward = ((total - peak).exp() @ weights).clamp_min(1e-30).log() + peak + scores[:, t]
            total = torch.where(on.unsqueeze(1), onward, total)
            now = tags[:, t].clamp_min(0)
            gain = steps[tags[:, t - 1].clamp_min(0), now] + _at(scores[:, t], now)
            true = true + gain * on
        ends = tags.gather(1, (mask.sum(1, keepdim=True) - 1)).squeeze(1)
        return (torch.logsumexp(total + last, 1) - true - last[ends]).sum()

    def arrays(self) -> dict[str, np.ndarray]:
        """What ``JointNet`` runs."""
        steps, first, last = self.chain()
        found = {
            "words": self.words.weight, "names": self.names.weight, "vectors": self.vectors,
            "context": self.context,
            "tags": self.tags.weight.T, "tags_bias": self.tags.bias,
            "steps": steps, "first": first, "last": last,
            "attention": self.attention.weight[0],
            "intents": self.intents.weight.T, "intents_bias": self.intents.bias,
        }  # fmt: skip
        for side, lstm in (("forward", self.forth), ("backward", self.back)):
            found[f"{side}_in"] = lstm.weight_ih_l0.T
            found[f"{side}_back"] = lstm.weight_hh_l0.T
            found[f"{side}_bias"] = sum(lstm.get_parameter(f"bias_{part}_l0") for part in ("ih", "hh"))
        return {name: tensor.detach().numpy() for name, tensor in found.items()}


def _turn(states: Tensor, turned: Tensor) -> Tensor:
    return states.gather(1, turned.unsqueeze(2).expand_as(states))


def _at(scores: Tensor, tags: Tensor) -> Tensor:
    return scores.gather(1, tags.unsqueeze(1)).squeeze(1)
