"""Whether nets can be trained here."""

from __future__ import annotations

import importlib.util

__all__ = ["can_train"]


def can_train() -> bool:
    """Whether PyTorch is installed (the extra ``train``)."""
    return importlib.util.find_spec("torch") is not None
