"""The net of the Transformer policy: the same numbers in PyTorch and in numpy, and no look ahead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from chatwright.dialogue.policies.turn_net import TextRows, TurnNet, TurnRows  # noqa: E402
from chatwright.training.policy.net import (  # noqa: E402
    Conversation,
    NetOptions,
    TextTable,
    TurnModule,
    batch_of,
)

PARTS, WORDS, NAMED, HOUSE, REACH = 11, 13, 5, 6, 4
CHANCE = np.random.default_rng(0)


def text() -> TextRows:
    words = CHANCE.integers(0, WORDS, CHANCE.integers(0, 5)).astype(np.int32)
    return TextRows(words, CHANCE.standard_normal(HOUSE).astype(np.float32))


TEXTS = [text() for _ in range(7)]


def module(layers: int) -> TurnModule:
    torch.manual_seed(layers)
    options = NetOptions(width=8, heads=2, layers=layers)
    found = TurnModule(PARTS, WORDS, NAMED, TextTable(TEXTS), REACH, options)
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.normal_(std=0.5)
    return found.eval()


def conversation(length: int) -> Conversation:
    heard, said = (CHANCE.integers(-1, len(TEXTS), length).tolist() for _ in range(2))
    turns = [
        TurnRows(
            np.unique(CHANCE.integers(0, PARTS, 3)).astype(np.int32),
            *(TEXTS[number] if number >= 0 else None for number in numbers),
        )
        for numbers in zip(heard, said, strict=True)
    ]
    return Conversation(turns, heard, said, [0] * length)


def scores(light: TurnNet, turns: Sequence[TurnRows]) -> np.ndarray:
    return light.scores(np.stack([light.state(turn) for turn in turns]))


def test_conversations_of_equal_length_may_be_scored_together() -> None:
    arrays = module(2).arrays() | {"actions": np.ones((NAMED, 8)), "bias": np.zeros(NAMED)}
    light = TurnNet(arrays, 2)
    talks = [conversation(5).turns for _ in range(3)]
    together = light.scores(np.array([[light.state(turn) for turn in turns] for turns in talks]))
    assert np.allclose(together, [scores(light, turns) for turns in talks], atol=1e-4)


@pytest.mark.parametrize("layers", [1, 2])
def test_numpy_says_what_pytorch_says(layers: int) -> None:
    net = module(layers)
    told = [conversation(length) for length in (1, 3, 9)]
    with torch.no_grad():
        queries = net.queries(batch_of(told))
        answers = torch.cat([net.named.weight, net.answers(torch.arange(3))])
    arrays = net.arrays() | {"actions": answers.numpy(), "bias": np.zeros(len(answers), np.float32)}
    light = TurnNet(arrays, net.options.heads)
    for row, talk in enumerate(told):
        for end in range(1, len(talk.turns) + 1):
            expected = (queries[row, end - 1] @ answers.T).numpy()
            assert np.allclose(scores(light, talk.turns[:end]), expected, atol=0.02)  # half precision tables


def test_a_block_looks_back_so_far_and_no_further() -> None:
    net = module(1)
    light = TurnNet(
        net.arrays() | {"actions": net.named.weight.detach().numpy(), "bias": np.zeros(NAMED)},
        net.options.heads,
    )
    turns = conversation(9).turns
    assert np.allclose(scores(light, turns), scores(light, turns[-REACH:]))
    assert not np.allclose(scores(light, turns), scores(light, turns[1 - REACH :]))
