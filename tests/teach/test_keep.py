"""What is kept can be read again, whatever was said, and nothing that stood there is lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chatwright.errors import YamlError
from chatwright.project.annotations import annotate
from chatwright.project.project import Project
from chatwright.project.stories import UserStep
from chatwright.schema.understanding import Entity
from chatwright.teach.keep import keep_lesson
from chatwright.teach.lesson import Example
from small_bot import write_project

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="[]\ufffe\uffff"), min_size=1, max_size=40)
HARD = [
    "${HOME}",
    "no",
    "12:30",
    "a: b # c",
    "- x",
    "'\"",
    "line one\r\nline two",
    "你好\u2028您",
    "*a &b !c",
    "{}",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "bot")


def lines(project: Path) -> dict[Path, list[str]]:
    return {path: path.read_text("utf-8").splitlines() for path in project.rglob("*.yml")}


@given(text=TEXTS | st.sampled_from(HARD), value=TEXTS | st.sampled_from(HARD), name=TEXTS)
@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example reads a project: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_was_said_is_read_again(project: Path, text: str, value: str, name: str) -> None:
    (project / "data" / "nlu.yml").write_text(
        "nlu:\n- intent: inform  # short\n  examples: |\n    - [ham](topping)\n"
    )
    (project / "data" / "stories.yml").unlink(missing_ok=True)
    text, name = f"x{text}x", f"taught {name}."
    before = lines(project)
    step = {"intent": "inform", "entities": [{"topping": value}]}
    marked = annotate(text, (Entity(entity="topping", value=text, start=0, end=len(text)),))
    keep_lesson(project, name, [step, {"action": "utter_greet"}], [Example("inform", marked)])
    read = Project.load(project)
    assert not read.errors, read.errors
    story = read.stories[-1]
    assert story.name == name
    assert isinstance(story.steps[0], UserStep)
    assert story.steps[0].entities[0].value == value
    kept = [example for example in read.nlu.examples if example.intent == "inform"][-1]
    assert [(entity.start, entity.end) for entity in kept.entities] == [(0, len(kept.text))]
    assert kept.text.split()[0][0] == "x"
    after = lines(project)
    for path, there in before.items():
        assert [line for line in there if line not in after[path]] == []


def test_where_one_file_is_broken_none_is_written(project: Path) -> None:
    (project / "data" / "stories.yml").write_text("stories: []\n")
    (project / "data" / "nlu.yml").write_text('nlu: [{intent: greet, examples: "- hi"}]\nnlu: 1: 2\n')
    before = lines(project)
    with pytest.raises(YamlError):
        keep_lesson(project, "a", [{"intent": "greet"}], [Example("greet", "hello you")])
    assert lines(project) == before


def test_an_example_is_kept_once(project: Path) -> None:
    steps = [{"intent": "greet"}, {"action": "utter_greet"}]
    hello = Example("greet", "hello you all")
    first = keep_lesson(project, "one", steps, [hello, hello])
    second = keep_lesson(project, "two", steps, [hello])
    assert [path.name for path in first] == ["stories.yml", "nlu.yml"]
    assert [path.name for path in second] == ["stories.yml"]
    assert [e.text for e in Project.load(project).nlu.examples].count("hello you all") == 1


def _keep(project: Path, number: int) -> None:
    for turn in range(5):
        name = f"{number}-{turn}"
        keep_lesson(project, name, [{"intent": "greet"}, {"action": "utter_greet"}], [Example("greet", name)])


def test_several_who_keep_at_once_lose_nothing(project: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    keepers = [spawn.Process(target=_keep, args=(project, number)) for number in range(3)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join(60)
    wanted = {f"{number}-{turn}" for number in range(3) for turn in range(5)}
    read = Project.load(project)
    assert {story.name for story in read.stories} >= wanted
    assert {example.text for example in read.nlu.examples} >= wanted
