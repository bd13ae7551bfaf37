"""Losses that draw texts of one intent together and push those of others away."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

__all__ = ["Prototypes", "supervised_contrastive"]


def supervised_contrastive(
    vectors: torch.Tensor, labels: torch.Tensor, temperature: float = 0.07
) -> torch.Tensor:
    """Khosla et al. 2020, equation 2 (L_out): every text of the batch with the same label is a positive, all
    others are negatives, the hard ones weighing most.

    Args:
        vectors: (B, D) of length 1.
        labels: (B,) class numbers; a text without another of its class in the batch adds nothing.

    Returns:
        The mean over texts that have a positive; 0 where none has.
    """
    itself = torch.eye(len(labels), dtype=torch.bool)
    similar = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)  # (B, B)
    likely = similar - similar.logsumexp(1, keepdim=True)
    positive = (labels[:, None] == labels[None, :]) & ~itself
    counts = positive.sum(1)
    losses = -likely.masked_fill(~positive, 0.0).sum(1) / counts.clamp(min=1)
    return losses.sum() / (counts > 0).sum().clamp(min=1)


class Prototypes(nn.Module):
    """A point for every class on the sphere of sentence vectors: softmax over cosines.

    Args:
        points: (C, D) where the classes begin.
        temperature: of the softmax.
    """

    def __init__(self, points: torch.Tensor, temperature: float = 0.05) -> None:
        super().__init__()
        self.points = nn.Parameter(functional.normalize(points, dim=-1))
        self.temperature = temperature

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """(B, D) unit vectors → (B, C) logits."""
        return vectors @ functional.normalize(self.points, dim=-1).T / self.temperature
