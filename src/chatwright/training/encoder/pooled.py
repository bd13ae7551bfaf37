"""Sentence vectors of a PyTorch encoder, batched so that little padding is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from chatwright.training.encoder.checkpoint import MAX_LENGTH

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["SentenceEncoder", "half_precision", "pool"]

BATCH = 32
"""Texts that go through the model at once, of about the same length."""


def pool(states: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """(B, T, D) states and (B, T) mask → (B, D) vectors of length 1.

    Args:
        pooling: ``mean`` over the pieces, or ``cls``: the first.
    """
    if pooling == "cls":
        return functional.normalize(states[:, 0].float(), dim=-1)
    weights = mask.unsqueeze(-1).float()
    return functional.normalize((states.float() * weights).sum(1), dim=-1)


def half_precision() -> Any:
    """Autocast to bfloat16 where the processor is faster with it (AVX-512 BF16, AMX)."""
    has = torch.cpu._is_avx512_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=has)


class SentenceEncoder:
    """Model, tokenizer and pooling.

    Args:
        pooling: as of ``pool``.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, pooling: str) -> None:
        self.model, self.tokenizer, self.pooling = model, tokenizer, pooling
        self.dimension: int = model.config.hidden_size
        self.max_length = min(MAX_LENGTH, int(tokenizer.model_max_length))

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, special pieces included."""
        encoded: Any = self.tokenizer(list(texts), truncation=True, max_length=self.max_length)
        return encoded["input_ids"]

    def vectors(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """(N, D) unit vectors of texts as ``pieces`` gives them; gradients flow where they are enabled."""
        parts, places = [], []
        for chosen in by_length(rows, BATCH):
            ids, mask = self._padded([rows[i] for i in chosen])
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            parts.append(pool(states, mask, self.pooling))
            places += chosen
        order = torch.empty(len(places), dtype=torch.long)
        order[torch.tensor(places)] = torch.arange(len(places))
        return torch.cat(parts)[order]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, D) unit vectors, without dropout."""
        self.model.eval()
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with torch.inference_mode():
            return self.vectors(self.pieces(texts)).float().numpy()

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T) ids and mask."""
        longest = max(len(row) for row in rows)
        filler = self.tokenizer.pad_token_id or 0
        ids = torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        return ids, mask


def by_length(rows: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Numbers of the rows in batches of ``size``, short ones first."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    for start in range(0, len(order), size):
        yield order[start : start + size]
