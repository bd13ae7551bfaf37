"""The net of the Transformer policy in PyTorch; ``dialogue/policies/turn_net.py`` runs what it learns.

The names of the modules are those that the run time looks up, so keep the two together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from chatwright.dialogue.policies.turn_net import TextRows, TurnRows

__all__ = ["Batch", "Conversation", "NetOptions", "TextTable", "TurnModule", "batch_of"]


@dataclass(frozen=True, slots=True)
class NetOptions:
    """Size of the net and its regularisation; chosen on a held-out part of the TED paper's stories."""

    width: int = 64
    heads: int = 4
    layers: int = 1
    dropout: float = 0.2
    hide_parts: float = 0.1
    """Share of the parts of a state that are left out in each step."""
    hide_words: float = 0.3
    """The same of the words of a text."""


class TextTable:
    """All texts of the training conversations, padded, so that a batch need only number them."""

    def __init__(self, texts: Sequence[TextRows]) -> None:
        longest = max([1, *(len(text.words) for text in texts)])
        self.words = torch.full((len(texts), longest), -1, dtype=torch.long)
        for number, text in enumerate(texts):
            self.words[number, : len(text.words)] = torch.from_numpy(text.words)
        width = texts[0].vector.size if texts else 0
        vectors = np.array([text.vector for text in texts], np.float32)
        self.vectors = torch.from_numpy(vectors.reshape(len(texts), width))


@dataclass(frozen=True, slots=True)
class Batch:
    """Conversations, padded at their ends."""

    parts: Tensor
    """(B, T, P) rows of parts, -1 where there are fewer."""
    texts: Tensor
    """(2, B, T) numbers of what was heard and said, -1 for none."""
    actions: Tensor
    """(B, T) what was done, -1 where nothing is to be learned."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The states of a conversation, and what was done after each."""

    turns: Sequence[TurnRows]
    heard: Sequence[int]
    said: Sequence[int]
    actions: Sequence[int]

    def then(self, other: Conversation) -> Conversation:
        """Both, one after the other; what the first teaches is left out."""
        return Conversation(
            [*self.turns, *other.turns],
            [*self.heard, *other.heard],
            [*self.said, *other.said],
            [-1] * len(self.actions) + list(other.actions),
        )


def batch_of(conversations: Sequence[Conversation]) -> Batch:
    """Conversations of any lengths together."""
    length = max(len(c.turns) for c in conversations)
    most = max([1, *(len(turn.parts) for c in conversations for turn in c.turns)])
    parts = torch.full((len(conversations), length, most), -1, dtype=torch.long)
    texts = torch.full((2, len(conversations), length), -1, dtype=torch.long)
    actions = torch.full((len(conversations), length), -1, dtype=torch.long)
    for row, conversation in enumerate(conversations):
        for place, turn in enumerate(conversation.turns):
            parts[row, place, : len(turn.parts)] = torch.from_numpy(turn.parts)
        known = len(conversation.turns)
        texts[0, row, :known] = torch.tensor(conversation.heard)
        texts[1, row, :known] = torch.tensor(conversation.said)
        actions[row, :known] = torch.tensor(conversation.actions)
    return Batch(parts, texts, actions)


class _Deeper(nn.Module):
    def __init__(self, options: NetOptions) -> None:
        super().__init__()
        self.wide = nn.Linear(options.width, 2 * options.width)
        self.narrow = nn.Linear(2 * options.width, options.width)
        self.thinking = nn.LayerNorm(options.width)
        self.dropout = nn.Dropout(options.dropout)

    def think(self, states: Tensor) -> Tensor:
        """(…, D) → (…, D)"""
        wide = self.dropout(functional.relu(self.wide(self.thinking(states))))
        return states + self.dropout(self.narrow(wide))


class _Block(_Deeper):
    def __init__(self, options: NetOptions, reach: int) -> None:
        super().__init__(options)
        self.heads = options.heads
        self.looking = nn.LayerNorm(options.width)
        self.mix = nn.Linear(options.width, 3 * options.width)
        self.back = nn.Linear(options.width, options.width)
        self.distance = nn.Parameter(torch.zeros(options.heads, reach))

    def forward(self, states: Tensor) -> Tensor:
        """(B, T, D) → (B, T, D); each state looks at itself and at those not too long before it."""
        batch, length, width = states.shape
        mixed = self.mix(self.looking(states)).view(batch, length, 3, self.heads, width // self.heads)
        queries, keys, values = mixed.permute(2, 0, 3, 1, 4)  # (B, H, T, d)
        places = torch.arange(length)
        ago = places[:, None] - places
        seen = (ago >= 0) & (ago < self.distance.shape[1])
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(width / self.heads)
        scores = scores + self.distance[:, torch.where(seen, ago, 0)]
        weights = self.dropout(scores.masked_fill(~seen, -torch.inf).softmax(-1))
        looked = (weights @ values).transpose(1, 2).reshape(batch, length, width)
        return self.think(states + self.dropout(self.back(looked)))


class TurnModule(nn.Module):
    """States of conversations → scores of actions.

    Args:
        parts: kinds of parts that a state may have.
        words: kinds of words that a text may have.
        named: actions that are no texts.
        texts: all texts of the conversations.
        reach: how many states each block looks back, the present one included.
    """

    def __init__(
        self, parts: int, words: int, named: int, texts: TextTable, reach: int, options: NetOptions
    ) -> None:
        super().__init__()
        self.options = options
        self.texts = texts
        width = options.width
        self.parts = nn.Embedding(parts, width)
        self.words = nn.Embedding(max(1, words), width)
        self.house = nn.Linear(max(1, texts.vectors.shape[1]), width, bias=False)
        self.heard, self.said = nn.Linear(width, width), nn.Linear(width, width)
        self.state = _Deeper(options)
        self.blocks = nn.ModuleList(_Block(options, reach) for _ in range(options.layers))
        self.query = nn.Linear(width, width)
        self.named = nn.Embedding(max(1, named), width)
        self.bias = nn.Parameter(torch.zeros(named))
        self.answer = _Deeper(options)
        self.dropout = nn.Dropout(options.dropout)
        self.text_norm, self.last_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        for table in (self.parts, self.words, self.named):
            nn.init.normal_(table.weight, std=0.3)

    def queries(self, batch: Batch) -> Tensor:
        """(B, T, D) what the actions are compared with."""
        states = self._bag(self.parts, batch.parts, self.options.hide_parts)
        if len(self.texts.words):
            known, place = torch.unique(batch.texts, return_inverse=True)  # the first is -1: none
            vectors = self.text(known)
            for role, layer, numbers in ((0, self.heard, place[0]), (1, self.said, place[1])):
                there = (batch.texts[role] >= 0).unsqueeze(-1)
                states = states + layer(vectors[numbers]) * there
        states = self.state.think(states)
        for block in self.blocks:
            states = block(states)
        return self.query(self.dropout(self.last_norm(states)))

    def text(self, numbers: Tensor) -> Tensor:
        """(N, D) vectors of texts."""
        words = self.texts.words[numbers]
        total = self._bag(self.words, words, self.options.hide_words)
        total = total / (words >= 0).sum(-1, keepdim=True).clamp_min(1).sqrt()
        if self.texts.vectors.shape[1]:
            total = total + self.house(self.texts.vectors[numbers])
        return self.dropout(self.text_norm(total))

    def answers(self, numbers: Tensor) -> Tensor:
        """(N, D) vectors of texts as things to say, about as long as those of the named actions."""
        return self.answer.think(self.text(numbers)) / math.sqrt(self.options.width)

    def _bag(self, table: nn.Embedding, rows: Tensor, hide: float) -> Tensor:
        """Sum of the rows along the last axis; some are left out in training, the others make up for it."""
        weight = (rows >= 0).float()
        if self.training and hide:
            weight = weight * (torch.rand(rows.shape) >= hide) / (1 - hide)
        return (table(rows.clamp_min(0)) * weight.unsqueeze(-1)).sum(-2)

    def arrays(self) -> dict[str, Any]:
        """What ``TurnNet`` reads but the actions; the two tables in half precision."""
        left_out = ("named.", "bias", "answer.")
        found = {
            name: tensor.detach().numpy().copy()
            for name, tensor in self.state_dict().items()
            if not name.startswith(left_out)
        }
        return found | {name: found[name].astype(np.float16) for name in ("parts.weight", "words.weight")}
