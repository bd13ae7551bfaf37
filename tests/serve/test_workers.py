"""What is refused before workers are started."""

from pathlib import Path

import pytest

from chatwright.errors import ProjectError
from chatwright.serve.settings import ServeSettings
from chatwright.serve.workers import run


def test_workers_do_not_share_a_store_in_memory(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="in memory"):
        run(ServeSettings(root=tmp_path, workers=2, store="sqlite://"))


def test_nor_one_that_the_project_names(tmp_path: Path) -> None:
    (tmp_path / "endpoints.yml").write_text("store:\n  url: sqlite://\n", "utf-8")
    with pytest.raises(ProjectError, match="in memory"):
        run(ServeSettings(root=tmp_path, workers=2))
