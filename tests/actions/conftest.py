"""Projects made of one text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chatwright.actions.python_actions import PythonActions


@pytest.fixture
def load_actions(tmp_path: Path) -> Callable[[str], PythonActions]:
    """The actions of a project whose ``actions.py`` is the given text."""

    def load(text: str) -> PythonActions:
        (tmp_path / "actions.py").write_text(text, "utf-8")
        actions = PythonActions.load(tmp_path)
        assert actions is not None
        return actions

    return load
