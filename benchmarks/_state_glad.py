"""A baseline for dialogue states: global and local self-attentive encoders (GLAD: Zhong, Xiong, Socher 2018).

A compact one, made after the paper's description, sections 2.1 to 2.4, with what our file gives: the bot's
sentence is encoded in place of its acts, words begin at the house vectors in place of GloVe and character
n-grams, encoders are narrower. The epoch is chosen by the joint goal on the validation part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from chatwright.dialogue.belief.words import words
from chatwright.lm.static_vectors import house_vectors

__all__ = ["Example", "glad_states"]

HIDDEN = 64
EPOCHS = 12
BATCH = 64
DROPOUT = 0.2
RARE = -3.0
"""A turn sets few values: the logit to begin with, which saves epochs."""


@dataclass(frozen=True, slots=True)
class Example:
    """A user turn: ``changes`` holds what it sets, ``state`` all that holds after it."""

    text: str
    reply: str
    changes: Mapping[str, str]
    state: Mapping[str, str]
    first: bool
    """Whether the dialogue begins here."""


class _Attention(nn.Module):
    """Sums a sequence with learnt weights (eq. 4 and 5)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.score = nn.Linear(size, 1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        scores = self.score(states).squeeze(-1).masked_fill(~mask, -1e9)
        return (scores.softmax(-1).unsqueeze(-1) * states).sum(1)


class _Encoder(nn.Module):
    """A bidirectional LSTM for all slots and one a slot, mixed by a learnt share (eq. 1 to 9)."""

    def __init__(self, size: int, slots: Sequence[str]) -> None:
        super().__init__()
        names = ["all", *(f"slot{number}" for number in range(len(slots)))]
        self.slots = {slot: f"slot{number}" for number, slot in enumerate(slots)}
        self.lstms = nn.ModuleDict(
            {name: nn.LSTM(size, HIDDEN, batch_first=True, bidirectional=True) for name in names}
        )
        self.attentions = nn.ModuleDict({name: _Attention(2 * HIDDEN) for name in names})
        self.shares = nn.ParameterDict({name: nn.Parameter(torch.zeros(1)) for name in names[1:]})
        self.dropout = nn.Dropout(DROPOUT)

    def forward(
        self, embedded: Tensor, mask: Tensor, slots: Sequence[str]
    ) -> dict[str, tuple[Tensor, Tensor]]:
        """Of ``slots`` each → states (B, T, 2H) and their summary (B, 2H)."""
        everywhere = self.dropout(self._run("all", embedded, mask))
        in_all = self.attentions["all"](everywhere, mask)
        found = {}
        for slot in slots:
            name = self.slots[slot]
            share = self.shares[name].sigmoid()
            local = self.dropout(self._run(name, embedded, mask))
            states = share * local + (1 - share) * everywhere
            found[slot] = states, share * self.attentions[name](local, mask) + (1 - share) * in_all
        return found

    def _run(self, name: str, embedded: Tensor, mask: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(
            embedded, mask.sum(1).cpu(), batch_first=True, enforce_sorted=False
        )
        states, _ = self.lstms[name](packed)
        return nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=embedded.shape[1])[0]


class _Glad(nn.Module):
    def __init__(self, vectors: Tensor, ontology: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        size = vectors.shape[1]
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=0)
        self.dropout = nn.Dropout(DROPOUT)
        slots = list(ontology)
        self.text, self.reply, self.value = (_Encoder(size, slots) for _ in range(3))
        self.score = nn.Linear(2 * HIDDEN, 1)
        nn.init.constant_(self.score.bias, RARE)
        self.weight = nn.Parameter(torch.tensor(0.5))

    def forward(self, text: Tensor, reply: Tensor, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Slot → (B, V) logits of its values."""
        heard, replied = (
            self._encode(*one, tuple(values)) for one in ((self.text, text), (self.reply, reply))
        )
        return {
            slot: self._logits(
                heard[slot], replied[slot][0], self._encode(self.value, ids, (slot,))[slot][1], text, reply
            )
            for slot, ids in values.items()
        }

    def _logits(
        self, heard: tuple[Tensor, Tensor], replied: Tensor, values: Tensor, text: Tensor, reply: Tensor
    ) -> Tensor:
        states, summary = heard
        by_value = (states @ values.T).masked_fill(text.eq(0).unsqueeze(-1), -1e9).softmax(1)
        of_text = self.score(torch.einsum("btv,bth->bvh", by_value, states)).squeeze(-1)
        by_text = torch.einsum("bth,bh->bt", replied, summary).masked_fill(reply.eq(0), -1e9).softmax(1)
        of_reply = torch.einsum("bt,bth->bh", by_text, replied) @ values.T
        return of_text + self.weight * of_reply

    def _encode(
        self, encoder: _Encoder, ids: Tensor, slots: Sequence[str]
    ) -> dict[str, tuple[Tensor, Tensor]]:
        return encoder(self.dropout(self.embedding(ids)), ids.ne(0), slots)


def glad_states(
    train: Sequence[Example],
    valid: Sequence[Example],
    test: Sequence[Example],
    ontology: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
) -> list[dict[str, str]]:
    """Train, and give the state after each turn of the test part."""
    torch.manual_seed(seed)
    vocabulary = {"": 0, "<": 1}
    for example in train:
        for word in (*_texts(example.text), *_texts(example.reply)):
            vocabulary.setdefault(word, len(vocabulary))
    for slot, values in ontology.items():
        for word in (*_texts(slot), *(word for value in values for word in _texts(value))):
            vocabulary.setdefault(word, len(vocabulary))
    model = _Glad(_vectors(vocabulary), ontology)
    encoded = {slot: _ids([f"{slot} {value}" for value in ontology[slot]], vocabulary) for slot in ontology}
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    best, kept = -1.0, model.state_dict()
    order = torch.Generator().manual_seed(seed)
    for epoch in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(train), generator=order).split(BATCH):
            chosen = [train[int(number)] for number in batch]
            text, reply = (
                _ids([e.text for e in chosen], vocabulary),
                _ids([e.reply for e in chosen], vocabulary),
            )
            loss = torch.zeros(())
            for slot, logits in model(text, reply, encoded).items():
                wanted = [[float(e.changes.get(slot) == value) for value in ontology[slot]] for e in chosen]
                loss = loss + binary_cross_entropy_with_logits(logits, torch.tensor(wanted))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        found = _states(model, valid, ontology, encoded, vocabulary)
        joint = sum(a == dict(e.state) for a, e in zip(found, valid, strict=True)) / len(valid)
        print(f"GLAD epoch {epoch + 1}: joint goal on valid {100 * joint:.1f}", flush=True)
        if joint > best:
            best, kept = joint, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    return _states(model, test, ontology, encoded, vocabulary)


@torch.no_grad()
def _states(
    model: _Glad,
    examples: Sequence[Example],
    ontology: Mapping[str, Sequence[str]],
    encoded: Mapping[str, Tensor],
    vocabulary: Mapping[str, int],
) -> list[dict[str, str]]:
    model.eval()
    changes: list[dict[str, str]] = [{} for _ in examples]
    for start in range(0, len(examples), 200):
        part = examples[start : start + 200]
        text, reply = _ids([e.text for e in part], vocabulary), _ids([e.reply for e in part], vocabulary)
        for slot, logits in model(text, reply, encoded).items():
            odds, chosen = logits.sigmoid().max(1)
            for number, (odd, value) in enumerate(zip(odds.tolist(), chosen.tolist(), strict=True)):
                if odd > 0.5:
                    changes[start + number][slot] = ontology[slot][int(value)]
    states: list[dict[str, str]] = []
    for example, change in zip(examples, changes, strict=True):
        before = {} if example.first else states[-1]
        states.append({**before, **change})
    return states


def _texts(text: str) -> list[str]:
    return [word.text for word in words(text)]


def _ids(texts: Sequence[str], vocabulary: Mapping[str, int]) -> Tensor:
    """(N, T) numbers of words; 0 fills up."""
    rows = [[1, *(vocabulary[word] for word in _texts(text) if word in vocabulary)] for text in texts]
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


def _vectors(vocabulary: Mapping[str, int]) -> Tensor:
    house = house_vectors()
    if house is None:
        return nn.Embedding(len(vocabulary), 160, padding_idx=0).weight.detach()
    rows = torch.stack([torch.from_numpy(house.word(word)) for word in vocabulary])
    return torch.where(rows.norm(dim=1, keepdim=True) > 0, rows / rows.std(), torch.randn(rows.shape) * 0.1)
