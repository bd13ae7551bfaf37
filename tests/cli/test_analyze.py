"""``chatwright analyze``: what it prints and writes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chatwright.cli.main import app

NOW = ("--now", "2026-03-11T10:00:00")


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["analyze", *arguments], input=stdin)


def test_a_chinese_request_has_its_frame_and_times() -> None:
    result = run("我想把昨天下午三点的会议改到下周五", "--json", *NOW)
    assert result.exit_code == 0, result.output
    analysis = json.loads(result.output)
    (frame,) = analysis["sentences"][0]["frames"]
    found = {argument["role"]: argument["text"] for argument in frame["arguments"]}
    assert found == {"agent": "我", "patient": "昨天下午三点的会议", "goal": "下周五"}
    assert (frame["predicate"], frame["modality"], frame["negated"]) == ("改", "want", False)
    values = [value["value"][:16] for value in analysis["values"]]
    assert values == ["2026-03-10T15:00", "2026-03-20T00:00"]


def test_an_english_request_has_its_frame() -> None:
    result = run("I don't want to pay by card", "--json")
    assert result.exit_code == 0, result.output
    (frame,) = json.loads(result.output)["sentences"][0]["frames"]
    assert (frame["predicate"], frame["modality"], frame["negated"]) == ("pay", "want", True)
    assert {one["role"]: one["text"] for one in frame["arguments"]} == {"agent": "I", "instrument": "card"}


def test_tables_for_people() -> None:
    result = run("She works in Shanghai. [brackets] stay", "--language", "en")
    assert result.exit_code == 0, result.output
    for word in ("part of speech", "nsubj", "agent", "places", "[brackets]"):
        assert word in result.output


def test_lines_of_standard_input() -> None:
    result = run("--json", stdin="你好\n\nhello there\n")
    assert result.exit_code == 0, result.output
    assert [analysis["text"] for analysis in json.loads(result.output)] == ["你好", "hello there"]
    assert len(json.loads(run("--json", stdin="你好\n").output)) == 1  # a list, however many lines


def test_drawings(tmp_path: Path) -> None:
    drawing, page = tmp_path / "tree.svg", tmp_path / "tree.html"
    result = run("I paid & left <now>.", "--svg", str(drawing), "--html", str(page))
    assert result.exit_code == 0, result.output
    assert xml.fromstring(drawing.read_text("utf-8")).tag.endswith("svg")
    content = page.read_text("utf-8")
    assert "<h2>I paid &amp; left &lt;now&gt;.</h2>" in content
    assert "http://" not in content.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("text", ["", "   ", "。。。", "😀", "\u200b", "a\x00b", "字" * 2_000])
def test_hard_texts(text: str) -> None:
    result = run(text, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["text"] == text


def test_wrong_use_is_explained() -> None:
    assert run("hallo", "--language", "de").exit_code == 2
    result = run("hello", "--pipeline", "no_such_pipeline")
    assert result.exit_code == 1
    assert "no_such_pipeline" in result.output or "analyze" in result.output


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    result = run("hello", "--svg", str(tmp_path / "no" / "tree.svg"))
    assert result.exit_code == 1
    assert "tree.svg: No such file or directory" in "".join(result.output.splitlines())
