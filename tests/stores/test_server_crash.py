"""``kill -9`` of the workers of a real server while clients talk (benchmarks/crash.py, shorter)."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Place

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_workers_lose_nothing(
    database: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    crash = __import__("crash")
    result = crash.run(database.url, tmp_path / "bot", turns=160)
    assert {name: result[name] for name in crash.PROMISED} == dict.fromkeys(crash.PROMISED, 0)
    assert result["acknowledged"] == 160
    assert result["workers_killed"] > 0
