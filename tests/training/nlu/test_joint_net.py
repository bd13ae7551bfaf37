"""The net: its loss against all sequences, and the same numbers in PyTorch and in numpy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from chatwright.learn.crf import Chain  # noqa: E402
from chatwright.nlu.joint_features import UnitRows  # noqa: E402
from chatwright.nlu.joint_net import JointNet  # noqa: E402
from chatwright.training.nlu.net import JointModule, NetOptions, batch_of  # noqa: E402

LABELS = ["O", "B-a\t\t", "L-a\t\t", "U-a\t\t"]
SIZES = NetOptions(word_size=5, bag_size=6, hidden=4)


def module() -> JointModule:
    torch.manual_seed(3)
    found = JointModule(9, 12, 6, 7, LABELS, 3, SIZES)
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.normal_(std=0.5)
    return found.eval()


def rows(length: int, seed: int) -> UnitRows:
    chance = np.random.default_rng(seed)
    counts = chance.integers(1, 4, length)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    vectors, context = (chance.standard_normal((length, size)).astype(np.float32) for size in (6, 7))
    names = chance.integers(0, 12, counts.sum())
    return UnitRows(chance.integers(0, 9, length), names, starts, vectors, context)


def test_numpy_says_what_pytorch_says() -> None:
    net = module()
    light = JointNet.of(net.arrays())
    texts = [rows(length, length) for length in (1, 4, 7)]
    with torch.no_grad():
        tags, intents = net(batch_of(texts, [[]] * 3, [-1] * 3))
    for i, text in enumerate(texts):
        scores, logits = light.scores(text)
        assert np.allclose(scores, tags[i, : len(text.words)].numpy(), atol=0.02)  # half precision tables
        assert np.allclose(logits, intents[i].numpy(), atol=0.02)


@pytest.mark.parametrize("length", [1, 2, 4])
def test_the_loss_is_that_of_all_sequences(length: int) -> None:
    """A second, longer text in the batch changes nothing."""
    net = module()
    text, truth = rows(length, 1), [0] * (length - 1) + [3]
    with torch.no_grad():
        alone = float(net.loss(batch_of([text], [truth], [-1])))
        scores, _ = net(batch_of([text], [truth], [-1]))
        chain = Chain(*(part.numpy() for part in net.chain()))
        both = float(net.loss(batch_of([text, rows(6, 2)], [truth, []], [-1, -1])))
    sums = []
    for path in itertools.product(range(len(LABELS)), repeat=length):
        steps = sum(chain.steps[a, b] for a, b in itertools.pairwise(path))
        at = sum(float(scores[0, t, y]) for t, y in enumerate(path))
        sums.append(chain.first[path[0]] + chain.last[path[-1]] + steps + at)
        if list(path) == truth:
            true = sums[-1]
    assert np.isclose(alone, np.logaddexp.reduce(np.array(sums, np.float64)) - true, atol=1e-3)
    assert np.isclose(2 * both, alone, atol=1e-3)


def test_a_saved_net_is_the_same(tmp_path) -> None:
    light = JointNet.of(module().arrays())
    light.save(tmp_path)
    again = JointNet.load(tmp_path)
    for one, other in zip(light.scores(rows(5, 8)), again.scores(rows(5, 8)), strict=True):
        assert np.array_equal(one, other)
