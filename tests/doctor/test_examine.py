"""The doctor on a project with one of every fault, through the command."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatwright.cli.main import app
from chatwright.doctor.examine import DEEP_CODES, examine
from chatwright.errors import Problem
from chatwright.project.project import Project

NLU = """\
version: "3.1"
nlu:
- intent: track_order
  examples: |
    - where is my order
    - where is the parcel I ordered in the shop last week
    - where is the parcel I ordered in the shop last weeks
    - has my parcel been sent to [Berlin](city)
    - track the parcel to [Berlin](city) please
    - when does my parcel arrive in [Berlin](city)
    - is the parcel to Berlin delayed
    - track my parcel
    - what about my parcel
    - parcel status please
    - 我的包裹到哪了
    - 查一下包裹
    - how do I get a refund of the money
- intent: refund
  examples: |
    - Where is my order?!
    - I want a refund
    - please refund my money
    - give me my money back
    - can I get the money back for the shoes
    - refund the shoes please
    - money back now
    - a refund of the money please
    - how long does a refund of my money take
    - I returned it and want my money
- intent: visit
  examples: |
    - I will visit [New York](city) City
    - a trip to [New York City](city)
    - a flight to [Paris ](city)
    - a table in [Paris](restaurant)
    - off to [Paris](city) on a trip
- intent: bye
  examples: |
    - goodbye
    - see you
"""
FILES = {
    "config.yml": "assistant_id: sick\nlanguages: [en, zh]\n",
    "domain.yml": """\
version: "3.1"
intents: [track_order, refund, visit, bye]
entities: [city, restaurant]
responses: {}
""",
    "data/nlu.yml": NLU,
    "tests/nlu/held_out.yml": """\
version: "3.1"
nlu:
- intent: bye
  examples: |
    - Goodbye!
    - so long
""",
    "tests/test_it.yml": """\
version: "3.1"
stories:
- story: tracked
  steps:
  - user: Track my parcel.
    intent: track_order
  - action: action_listen
""",
}


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sick")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def problems(sick: Path) -> list[Problem]:
    return examine(Project.load(sick))


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(NLU.splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("code", "words", "at"),
    [
        ("contradictory-examples", "'where is my order' of 'track_order'", "- where is my order"),
        ("near-duplicate", "last weeks", "last weeks"),
        ("unmarked-entity", "'berlin' is not marked here", "Berlin delayed"),
        ("entity-conflict", "'paris' is marked as 'restaurant' here", "(restaurant)"),
        ("entity-edges", "'Paris '", "[Paris ]"),
        ("entity-boundary", "'new york' is marked here, but 'new york city'", "City"),
        ("too-few-examples", "'bye' has 2", "- goodbye"),
        ("unbalanced-languages", "'refund' has 0 of", "- Where is my order?!"),
    ],
)
def test_each_fault_is_found_where_it_is(problems: list[Problem], code: str, words: str, at: str) -> None:
    found = [p for p in problems if p.code == code and words in p.message]
    assert found, [str(p) for p in problems if p.code == code]
    assert found[0].location is not None
    assert found[0].location.file.endswith("nlu.yml")
    assert found[0].location.line == line_of(at)
    assert found[0].fix


def test_tests_that_are_learnt_are_found(problems: list[Problem]) -> None:
    leaks = [p for p in problems if p.code == "leaked-test"]
    assert sorted(Path(p.location.file).name for p in leaks if p.location) == ["held_out.yml"]


def test_problems_come_in_the_order_of_harm(problems: list[Problem]) -> None:
    places = [DEEP_CODES.index(problem.code) for problem in problems]
    assert places == sorted(places)


def test_mislabelled_and_confused_intents_are_found(tmp_path: Path) -> None:
    colours, sizes = "red green blue black white brown".split(), "small large huge tiny medium long".split()
    lines = {
        "ask_colour": [f"do you have it in {c} {n}" for c in colours for n in ("please", "too", "now")],
        "ask_size": [f"is there a {s} one {n}" for s in sizes for n in ("left", "today", "here")],
        "say_yes": [f"{a} {b}" for a in ("yes", "sure", "fine") for b in ("please", "do", "then", "thanks")],
        "say_ok": [
            f"{a} {b}" for a in ("yes", "sure", "fine") for b in ("please so", "do so", "then so", "ok")
        ],
    }
    lines["ask_size"].append("do you have it in red please today")
    text = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {line}\n" for line in examples)
        for intent, examples in lines.items()
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(f'version: "3.1"\nnlu:\n{text}', "utf-8")
    (tmp_path / "config.yml").write_text("assistant_id: x\nlanguages: [en]\n", "utf-8")
    found = examine(Project.load(tmp_path))
    wrong = [p.message for p in found if p.code == "likely-mislabelled"]
    assert any("do you have it in red please today" in message for message in wrong), found
    confused = [p.message for p in found if p.code == "confused-intents"]
    assert all("ask_colour" not in message for message in confused)


def invoke(*arguments: str, cwd: Path) -> tuple[int, str]:
    before = Path.cwd()
    os.chdir(cwd)
    try:
        result = CliRunner().invoke(app, list(arguments))
    finally:
        os.chdir(before)
    return result.exit_code, result.stdout


def test_the_command_prints_json_and_writes_a_page(sick: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    code, out = invoke("data", "validate", "--deep", "--json", "--report", str(page), cwd=sick)
    assert code == 0
    found = json.loads(out)
    assert {"contradictory-examples", "leaked-test"} <= {problem["code"] for problem in found}
    assert all(problem["severity"] in ("error", "warning") for problem in found)
    html = page.read_text("utf-8")
    assert "contradictory-examples" in html
    assert "data/nlu.yml:" in html
    assert "<script" not in html


def test_without_deep_nothing_is_trained(sick: Path) -> None:
    _, out = invoke("data", "validate", "--json", cwd=sick)
    assert not {problem["code"] for problem in json.loads(out)} & set(DEEP_CODES)


@pytest.mark.parametrize("nlu", ["nlu: []", "nlu:\n- intent: a\n  examples: |\n    - hi"])
def test_tiny_data_is_no_error(tmp_path: Path, nlu: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(f'version: "3.1"\n{nlu}\n', "utf-8")
    (tmp_path / "config.yml").write_text("assistant_id: x\nlanguages: [en]\n", "utf-8")
    assert examine(Project.load(tmp_path)) == []
