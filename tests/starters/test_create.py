"""`chatwright init`: what is written, for which languages, and what is refused."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatwright.errors import ProjectError
from chatwright.project.project import Project
from chatwright.starters.create import LANGUAGES, TEMPLATES, create
from chatwright.trainer import check

HAN = re.compile("[\u4e00-\u9fff]")
SAID = ("domain", "data", "tests")
"""Folders whose files hold what people and the bot say."""


def lines_said(project: Path) -> list[str]:
    files = [file for folder in SAID for file in (project / folder).rglob("*.yml")]
    return [line for file in files for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_project_has_no_problem(tmp_path: Path, template: str, language: str) -> None:
    project = Project.load(create(tmp_path / "bot", template=template, language=language))
    assert check(project) == []
    assert tuple(project.config.languages) == LANGUAGES[language]
    assert project.test_stories
    spoken = {v.language for variations in project.domain.responses.values() for v in variations}
    assert spoken == set(LANGUAGES[language])


@pytest.mark.parametrize("template", TEMPLATES)
def test_one_language_means_that_language_only(tmp_path: Path, template: str) -> None:
    english = lines_said(create(tmp_path / "en", template=template, language="en"))
    assert not [line for line in english if HAN.search(line)]
    chinese = Project.load(create(tmp_path / "zh", template=template, language="zh"))
    examples = [example.text for example in chinese.nlu.examples]
    foreign = [text for text in examples if not HAN.search(text)]
    assert len(foreign) < len(examples) / 20, foreign  # order numbers, OK and the like are said in both


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_response_speaks_every_language(tmp_path: Path, language: str) -> None:
    project = Project.load(create(tmp_path / "bot", language=language))
    for name, variations in project.domain.responses.items():
        assert {v.language for v in variations} == set(LANGUAGES[language]), name


def test_both_languages_are_the_sum_of_each(tmp_path: Path) -> None:
    def texts(language: str) -> set[str]:
        project = Project.load(create(tmp_path / language, language=language))
        return {example.text for example in project.nlu.examples}

    assert texts("both") == texts("zh") | texts("en")


def test_the_order_database_is_real(tmp_path: Path) -> None:
    project = create(tmp_path / "shop")
    with closing(sqlite3.connect(project / "orders.sqlite")) as database:
        found = database.execute(
            "SELECT name_zh, name_en, status FROM orders JOIN products ON product = id WHERE number = ?",
            ["20231107"],
        ).fetchall()
        (statuses,) = database.execute("SELECT count(DISTINCT status) FROM orders").fetchone()
    assert found == [("跑鞋", "pair of running shoes", "shipped")]
    assert statuses == 4


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ProjectError, match="not an empty folder"):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    create(tmp_path, template="blank", force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "config.yml").is_file()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("mine")
    for force in (False, True):
        with pytest.raises(ProjectError):
            create(tmp_path / "bot", force=force)
    assert (tmp_path / "bot").read_text() == "mine"


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "机器人").mkdir()
    assert create(str(tmp_path / "机器人"), template="blank", language="zh") == tmp_path / "机器人"


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        ({"template": "custmer-service"}, "customer-service"),
        ({"template": "x"}, "blank"),
        ({"language": "fr"}, "both"),
    ],
)
def test_wrong_names_are_told_with_a_fix(tmp_path: Path, options: dict[str, str], fix: str) -> None:
    with pytest.raises(ProjectError) as error:
        create(tmp_path / "bot", **options)  # type: ignore[arg-type]
    assert fix in (error.value.fix or "")
    assert not (tmp_path / "bot").exists()


def test_the_starters_are_not_written_to(tmp_path: Path) -> None:
    first = create(tmp_path / "one", language="en")
    second = create(tmp_path / "two", language="both")
    assert HAN.search((second / "domain" / "responses.yml").read_text("utf-8"))
    assert not HAN.search((first / "domain" / "responses.yml").read_text("utf-8"))
