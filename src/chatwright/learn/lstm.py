"""One direction of a layer of long short-term memory (Hochreiter and Schmidhuber 1997), in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["lstm"]

Array = NDArray[np.float32]


def lstm(given: Array, back: Array) -> Array:
    """(T, H) states, first to last.

    Args:
        given: (T, 4H) what the inputs and the bias give the gates, in PyTorch's order: input, forget, cell,
            output.
        back: (H, 4H) what the state before gives them.
    """
    size = len(back)
    state, cell = np.zeros(size, np.float32), np.zeros(size, np.float32)
    states = np.empty((len(given), size), np.float32)
    for step, row in enumerate(given):
        gates = row + state @ back
        opened = _sigmoid(gates)
        cell = opened[size : 2 * size] * cell + opened[:size] * np.tanh(gates[2 * size : 3 * size])
        state = opened[3 * size :] * np.tanh(cell)
        states[step] = state
    return states


def _sigmoid(values: Array) -> Array:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * values) + np.float32(1.0))
