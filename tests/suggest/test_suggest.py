"""From a log to a draft to a trained bot that answers a new question, as a person types it."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chatwright.cli.main import app
from chatwright.project.project import Project
from suggest.service_log import PERSONAL, rows


def run(*arguments: str, cwd: Path, stdin: str | None = None) -> Result:
    before = Path.cwd()
    os.chdir(cwd)
    try:
        return CliRunner().invoke(app, list(arguments), input=stdin)
    finally:
        os.chdir(before)


def write_log(folder: Path) -> Path:
    path = folder / "service log.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["session_id", "role", "content"])
        table.writerows(rows())
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log, the draft of it, and the trained draft."""
    folder = tmp_path_factory.mktemp("home")
    write_log(folder)
    result = run("data", "suggest", "service log.csv", cwd=folder)
    assert result.exit_code == 0, result.output
    result = run("train", cwd=folder / "suggested")
    assert result.exit_code == 0, result.output
    return folder


def test_the_draft_is_a_project_without_errors(home: Path) -> None:
    result = run("data", "validate", "--json", cwd=home / "suggested")
    assert result.exit_code == 0
    assert {problem["code"] for problem in json.loads(result.stdout)} <= {"unused-intent"}


def test_nobody_is_named_in_what_is_written(home: Path) -> None:
    files = [path for path in (home / "suggested").rglob("*") if path.suffix in (".yml", ".html", ".csv")]
    assert len(files) >= 6
    for path in files:
        text = path.read_text("utf-8")
        assert [word for word in PERSONAL if word in text] == [], path


def test_questions_that_are_answered_alike_become_faq(home: Path) -> None:
    project = Project.load(home / "suggested")
    answers = {
        variation.content["text"] for found in project.domain.responses.values() for variation in found
    }
    assert "订单付款后48小时内发货，一般三天送到。" in answers
    assert "Our shop is open from nine to six, Monday to Saturday." in answers
    assert "It was lost." not in answers
    told = {example.text: example.response_key for example in project.nlu.examples}
    assert told["where is the parcel that I ordered"] is None
    assert told["什么时候发货"] is not None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("tell me when the shop opens", "from nine to six"),
        ("请问几天能发货呢", "48小时内发货"),
        ("我想开发票", "电子发票"),
    ],
)
def test_the_draft_answers_a_new_question(home: Path, question: str, answer: str) -> None:
    result = run("chat", cwd=home / "suggested", stdin=f"{question}\n")
    assert result.exit_code == 0, result.output
    assert answer in result.output


def test_the_report_is_one_page(home: Path) -> None:
    page = (home / "suggested" / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "48小时内发货" in page


def test_the_same_log_gives_the_same_draft(home: Path) -> None:
    assert run("data", "suggest", "service log.csv", "--out", "again", cwd=home).exit_code == 0
    for path in (home / "again" / "data").rglob("*.yml"):
        other = home / "suggested" / path.relative_to(home / "again")
        assert path.read_text("utf-8") == other.read_text("utf-8")


def test_a_bot_names_what_to_label_next_and_not_what_it_knows(home: Path, tmp_path: Path) -> None:
    lines = ["when does the shop open", "什么时候发货"] * 3
    lines += [
        "=my gift card shows no balance",
        "the gift card is not accepted",
        "gift card or parcel or shop",
    ]
    (tmp_path / "new.txt").write_text("\n".join(lines), "utf-8")
    out = tmp_path / "next"
    arguments = ("data", "suggest", str(tmp_path / "new.txt"), "--out", str(out), "--min-cluster", "2")
    result = run(*arguments, "--model", "models", "--label", "5", "--json", cwd=home / "suggested")
    assert result.exit_code == 0, result.output
    named = [item["text"] for item in json.loads(result.stdout)["label_next"]]
    assert "when does the shop open" not in named
    assert "什么时候发货" not in named
    assert named
    with (out / "label_next.csv").open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert len(table) == len(named)
    assert not [cell for row in table for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert all(row["intent"] == "" for row in table)


def test_a_folder_that_is_not_empty_is_left_alone(home: Path) -> None:
    result = run("data", "suggest", "service log.csv", cwd=home)
    assert result.exit_code == 1
    assert "not empty" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("service log.csv", "--text-column", "contents"), "did you mean 'content'?"),
        (("none.csv",), "cannot be read"),
        (("service log.csv", "--min-cluster", "1000"), "lower --min-cluster"),
        (("service log.csv", "--model", "nowhere"), "there is no bundle"),
    ],
)
def test_errors_say_what_to_do(home: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run("data", "suggest", *arguments, "--out", "never", cwd=home)
    assert result.exit_code == 1
    assert said in result.stderr
    assert not (home / "never").exists()
