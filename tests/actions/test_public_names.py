"""What ``import chatwright`` offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import chatwright


def test_every_public_name_is_there_and_sorted() -> None:
    assert chatwright.__all__ == sorted(chatwright.__all__)
    for name in chatwright.__all__:
        assert getattr(chatwright, name) is not None
    assert set(chatwright.__all__) <= set(dir(chatwright))


def test_train_is_the_trainers() -> None:
    from chatwright import trainer

    assert chatwright.train is trainer.train


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        _ = chatwright.tarin


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys, chatwright; print([n for n in sys.modules if n.startswith('chatwright.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
