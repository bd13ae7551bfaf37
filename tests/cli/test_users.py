"""``chatwright users``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatwright.cli.main import app


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return f"sqlite:///{tmp_path}/kept.sqlite"


def run(*arguments: str, code: int = 0, **more: str) -> str:
    result = CliRunner().invoke(app, ["users", *arguments], **more)
    assert result.exit_code == code, result.output
    return result.output


def test_values_are_set_shown_and_erased(url: str) -> None:
    run("set", "安", "name=小安", "consent=true", "age=7", "note=a=b", "--store", url)
    run("set", "安", "age=", "--store", url)
    shown = json.loads(run("show", "安", "--json", "--store", url))
    assert shown["profile"] == {"name": "小安", "consent": True, "note": "a=b"}
    assert "name: 小安" in run("show", "安", "--store", url)
    assert "really" not in run("erase", "安", "--yes", "--store", url)
    assert "nothing is kept" in run("show", "安", "--store", url)
    assert "nothing is kept of the user" in run("erase", "安", "--yes", "--store", url, code=1)


def test_erasing_asks_first(url: str) -> None:
    run("set", "ann", "name=Ann", "--store", url)
    run("erase", "ann", "--store", url, code=1, input="n\n")
    assert json.loads(run("show", "ann", "--json", "--store", url))["profile"] == {"name": "Ann"}
    out = json.loads(run("erase", "ann", "--yes", "--json", "--conversations", "--store", url))
    assert out == {"profile": True, "conversations": 0}


def test_what_is_no_value_is_refused(url: str) -> None:
    run("set", "ann", "name", "--store", url, code=2)
