"""Losses against their definitions."""

import math

import pytest

torch = pytest.importorskip("torch")

from chatwright.training.encoder.losses import Prototypes, supervised_contrastive  # noqa: E402


def test_the_contrastive_loss_is_that_of_its_equation() -> None:
    torch.manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(7, 5), dim=-1)
    labels, temperature = [0, 1, 0, 2, 1, 0, 3], 0.3
    losses = []
    for i in range(7):
        others = [k for k in range(7) if k != i]
        positives = [p for p in others if labels[p] == labels[i]]
        if positives:
            total = sum(math.exp(float(vectors[i] @ vectors[k]) / temperature) for k in others)
            terms = [
                -math.log(math.exp(float(vectors[i] @ vectors[p]) / temperature) / total) for p in positives
            ]
            losses.append(sum(terms) / len(terms))
    found = supervised_contrastive(vectors, torch.tensor(labels), temperature)
    assert float(found) == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_a_batch_without_positives_adds_nothing() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(3, 4), dim=-1).requires_grad_()
    loss = supervised_contrastive(vectors, torch.tensor([0, 1, 2]))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert torch.isfinite(vectors.grad).all()


def test_prototypes_score_by_cosine() -> None:
    points = torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    logits = Prototypes(points, temperature=0.5)(torch.tensor([[1.0, 0.0]]))
    assert logits.tolist() == [[2.0, 0.0]]
