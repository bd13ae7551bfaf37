"""From a PyTorch encoder of any architecture to an ONNX file with int8 weights."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from chatwright.errors import MissingExtraError
from chatwright.training.encoder.pooled import SentenceEncoder

__all__ = ["to_onnx"]


class _States(nn.Module):
    """Ids and mask, (B, T) each → (B, T, D) last hidden states."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def to_onnx(encoder: SentenceEncoder, file: Path) -> None:
    """Write the encoder, its weights quantised row by row: quantised as a whole they lose too much.

    Raises:
        MissingExtraError: ``onnx``, ``onnxscript`` or ``onnxruntime`` is not installed.
        RuntimeError, ValueError: PyTorch cannot export the architecture.
    """
    try:
        import onnxscript  # noqa: F401  # torch.onnx needs it
        from onnxruntime.quantization import quantize_dynamic
    except ImportError as error:
        raise MissingExtraError("exporting an encoder of this architecture", "train") from error
    ids = torch.ones((2, 6), dtype=torch.long)
    size = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with tempfile.TemporaryDirectory(prefix="chatwright-encoder-") as scratch, _quietly():
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            _States(encoder.model.eval()),
            (ids, torch.ones_like(ids)),
            plain,
            input_names=["input_ids", "attention_mask"],
            output_names=["states"],
            dynamic_shapes=(size, size),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        quantize_dynamic(plain, file, per_channel=True, op_types_to_quantize=["MatMul", "Gather"])


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the advice that the exporters give to their own developers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
