"""The tagger and parser as PyTorch trains it; ``chatwright.text.analysis.net`` runs its weights in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout, leaky_relu

from chatwright.text.analysis.net import LAYERS
from chatwright.text.analysis.word_features import ROWS

__all__ = ["Batch", "Parser", "Sizes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths of the layers, and how much is dropped while training."""

    embedding: int = 96
    state: int = 128
    arc: int = 128
    relation: int = 64
    word_dropout: float = 0.2
    dropout: float = 0.25


@dataclass(frozen=True, slots=True)
class Batch:
    """``B`` sentences of the same length ``T``."""

    words: Tensor
    """Rows of the words themselves, all in one line, (B · T · 2,)."""
    parts: Tensor
    """Rows of the words' parts, in one line."""
    part_offsets: Tensor
    """(B · T,) where each word's parts begin."""
    vectors: Tensor
    """(B · T, D) of the words, from running text."""
    tags: Tensor
    """(B, T)."""
    heads: Tensor
    """(B, T): 0 is the root, 1 the first word."""
    relations: Tensor
    """(B, T)."""


class Parser(nn.Module):
    """See ``chatwright.text.analysis.net``."""

    def __init__(self, tags: int, relations: int, vectors: int, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        wide = 2 * sizes.state
        self.words = nn.EmbeddingBag(ROWS, sizes.embedding, mode="sum")
        self.parts = nn.EmbeddingBag(ROWS, sizes.embedding, mode="sum")
        for table in (self.words, self.parts):
            nn.init.normal_(table.weight, std=0.2)
        self.lstm = nn.LSTM(
            2 * sizes.embedding + vectors,
            sizes.state,
            LAYERS,
            batch_first=True,
            bidirectional=True,
            dropout=sizes.dropout,
        )
        self.tag = nn.Linear(wide, tags)
        self.arc_dependent = nn.Linear(wide, sizes.arc)
        self.arc_head = nn.Linear(wide, sizes.arc)
        self.arc_root = nn.Parameter(torch.randn(1, sizes.arc) * 0.1)
        self.arc_weight = nn.Parameter(torch.randn(sizes.arc, sizes.arc) * sizes.arc**-0.5)
        self.arc_bias = nn.Parameter(torch.zeros(sizes.arc))
        self.relation_dependent = nn.Linear(wide, sizes.relation)
        self.relation_head = nn.Linear(wide, sizes.relation)
        self.relation_root = nn.Parameter(torch.randn(1, sizes.relation) * 0.1)
        self.relation_weight = nn.Parameter(
            torch.randn(sizes.relation + 1, relations, sizes.relation + 1) / sizes.relation
        )

    def loss(self, batch: Batch) -> Tensor:
        """Sum over all words: of the tag, of the head, and of the relation to the true head."""
        states = self._drop(self._encode(batch))
        count, length = batch.tags.shape
        heads, relations = self._scores(states, batch.heads)
        return (
            cross_entropy(self.tag(states).flatten(0, 1), batch.tags.flatten(), reduction="sum")
            + cross_entropy(heads.reshape(count * length, -1), batch.heads.flatten(), reduction="sum")
            + cross_entropy(relations.flatten(0, 1), batch.relations.flatten(), reduction="sum")
        )

    def _encode(self, batch: Batch) -> Tensor:
        """(B, T, 2 H)."""
        count, length = batch.tags.shape
        whole = self.words(batch.words.view(count * length, 2))
        if self.training:  # a word that was never seen is known by its parts alone
            kept = torch.rand(count * length, 1) >= self.sizes.word_dropout
            whole = whole * kept
        parts = self.parts(batch.parts, batch.part_offsets)
        inputs = self._drop(torch.cat([whole, parts, batch.vectors], 1)).view(count, length, -1)
        return self.lstm(inputs)[0]

    def _scores(self, states: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, 1 + T) of heads, and (B, T, R) of relations to the ``chosen`` heads."""
        count = len(states)
        heads = torch.cat([self.arc_root.expand(count, 1, -1), self._hidden(self.arc_head, states)], 1)
        arcs = self._hidden(self.arc_dependent, states) @ self.arc_weight @ heads.mT
        arcs = arcs + (heads @ self.arc_bias)[:, None, :]
        choices = self._hidden(self.relation_head, states)
        choices = torch.cat([self.relation_root.expand(count, 1, -1), choices], 1)
        theirs = choices.gather(1, chosen[:, :, None].expand(-1, -1, choices.shape[2]))
        ours = self._hidden(self.relation_dependent, states)
        weight = self.relation_weight
        mixed = (_with_one(ours).flatten(0, 1) @ weight.flatten(1)).view(-1, weight.shape[1], weight.shape[2])
        relations = torch.bmm(mixed, _with_one(theirs).flatten(0, 1)[:, :, None]).squeeze(2)
        return arcs, relations.view(*chosen.shape, -1)

    def _hidden(self, layer: nn.Linear, states: Tensor) -> Tensor:
        return self._drop(leaky_relu(layer(states), 0.1))

    def _drop(self, values: Tensor) -> Tensor:
        return dropout(values, self.sizes.dropout, self.training)


def _with_one(values: Tensor) -> Tensor:
    return torch.cat([values, values.new_ones(*values.shape[:-1], 1)], -1)
