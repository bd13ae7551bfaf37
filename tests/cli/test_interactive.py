"""Teaching in the terminal: what is typed decides, and ends up in the project's files."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chatwright.cli.main import app
from chatwright.project.project import Project
from chatwright.project.stories import ActionStep, SlotStep, UserStep
from chatwright.trainer import train
from small_bot import write_project


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("taught") / "bot")
    train(folder)
    return folder


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "bot"))


def teach(project: Path, *lines: str, code: int = 0) -> Result:
    before = Path.cwd()
    os.chdir(project)
    try:
        result = CliRunner().invoke(app, ["interactive"], input="".join(f"{line}\n" for line in lines))
    finally:
        os.chdir(before)
    assert result.exit_code == code, result.output
    return result


def taught_story(project: Path, name: str):
    return next(story for story in Project.load(project).stories if story.name == name)


def test_what_is_confirmed_becomes_a_story_and_an_example(project: Path) -> None:
    before = {path: path.read_text("utf-8") for path in project.rglob("*.yml")}
    told = teach(project, "hello you there", "", "", "", "", ":save", "a greeting", ":quit")
    assert "bot › Hello!" in told.output
    assert "rule" in told.output  # the reason of the action, before it is confirmed
    story = taught_story(project, "a greeting")
    assert [type(step) for step in story.steps] == [UserStep, ActionStep]
    assert (story.steps[0].intent, story.steps[1].name) == ("greet", "utter_greet")
    examples = [e.text for e in Project.load(project).nlu.examples if e.intent == "greet"]
    assert examples.count("hello you there") == 1
    for path, text in before.items():
        kept = path.read_text("utf-8")
        assert all(line in kept.splitlines() for line in text.splitlines()), path
    assert not (project / ".chatwright" / "lesson.json").exists()


def test_corrections_of_intent_entities_and_action(project: Path) -> None:
    lines = [
        "the tiny kind", "infrom", "n", "inform", "the [tiny](size) kind",  # a typo is noticed
        "utter_hours", "action_listen", ":save", "tiny", ":quit",
    ]  # fmt: skip
    told = teach(project, *lines)
    assert "did you mean 'inform'?" in told.output
    story = taught_story(project, "tiny")
    message, action = (step for step in story.steps if not isinstance(step, SlotStep))
    assert (message.intent, [(e.entity, e.value) for e in message.entities]) == ("inform", [("size", "tiny")])
    assert action.name == "utter_hours"
    example = next(e for e in Project.load(project).nlu.examples if e.text == "the tiny kind")
    assert [(e.entity, e.value) for e in example.entities] == [("size", "tiny")]


def test_a_form_is_one_step_of_the_story(project: Path) -> None:
    lines = ["/order_pizza", "", "", '/inform{"size": "large"}', "", ""]
    teach(project, *lines, ":save", "ordering", ":quit")
    steps = [step for step in taught_story(project, "ordering").steps if isinstance(step, UserStep)]
    assert [step.intent for step in steps] == ["order_pizza"]
    assert all(example.text[:1] != "/" for example in Project.load(project).nlu.examples)


def test_a_message_is_taken_back(project: Path) -> None:
    lines = ["hello", "", "", "", "", "good bye then", ":undo", "bye", "", "", "", ""]
    teach(project, *lines, ":save", "both", ":quit")
    steps = [step for step in taught_story(project, "both").steps if isinstance(step, UserStep)]
    assert [step.intent for step in steps] == ["greet", "bye"]
    assert "good bye then" not in [e.text for e in Project.load(project).nlu.examples]


def test_a_lesson_goes_on_another_time(project: Path) -> None:
    teach(project, "hello", "", "", "", "")  # the input ends, as when the terminal is closed
    told = teach(project, "yes", "bye", "", "", "", "", ":save", "two days", ":quit")
    assert "you › hello" in told.output
    steps = [step for step in taught_story(project, "two days").steps if isinstance(step, UserStep)]
    assert [step.intent for step in steps] == ["greet", "bye"]
    teach(project, "hello", "", "", "", "")
    told = teach(project, "no", ":save", ":quit")
    assert "nothing was said yet" in told.output


def test_new_intents_and_responses_and_training(project: Path) -> None:
    lines = [
        "do you deliver", "ask_delivery", "y", "", "utter_delivery", "We deliver until nine.",
        "九点前送到。",
        "action_listen", ":train", "delivery", "do you deliver", "", "", "", "", ":quit",
    ]  # fmt: skip
    told = teach(project, *lines)
    assert "declared in domain.yml" in told.output
    assert "bot › We deliver until nine." in told.output  # the new bot answers
    domain = Project.load(project).domain
    assert "ask_delivery" in domain.intents
    assert "utter_delivery" in domain.responses


def test_a_story_that_contradicts_a_rule_is_named_and_the_old_bot_goes_on(project: Path) -> None:
    lines = [
        "hello",
        "",
        "",
        "utter_bye",
        "action_listen",
        ":train",
        "rude",
        "hello",
        "",
        "",
        "",
        "",
        ":quit",
    ]
    told = teach(project, *lines)
    assert "rule-contradicts-story" in told.stderr
    assert "not trained" in told.output
    assert "bot › Hello!" in told.output


def test_wrong_marks_are_asked_for_again(project: Path) -> None:
    lines = ["hello", "", "hello there", 'hel[lo]{"entity"}', "[hello](size)", "", "", ":save", "x", ":quit"]
    told = teach(project, *lines)
    assert "write the same words" in told.output
    assert taught_story(project, "x").steps[0].entities[0].entity == "size"


def test_in_a_real_terminal(project: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "chatwright.cli.main", "interactive"],
        cwd=project, stdin=follower, stdout=follower, stderr=follower, close_fds=True,
    )  # fmt: skip
    os.close(follower)
    seen = b""
    try:
        for wanted, typed in (
            (b"you \xe2\x80\xba", b"hello\n"), (b"intent greet", b"\n"), (b"entities hello", b"\n"),
            (b"action utter_greet", b"\n"), (b"action action_listen", b"\n"),
            (b"you \xe2\x80\xba", b":save\n"),
            (b"Name of the story", b"typed\n"), (b"kept in", b":quit\n"),
        ):  # fmt: skip
            start = len(seen)
            while wanted not in seen[start:]:
                seen += os.read(leader, 4096)
            os.write(leader, typed)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    assert taught_story(project, "typed").steps


def test_the_page_needs_a_project_and_a_bot(project: Path, tmp_path: Path) -> None:
    before = Path.cwd()
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder, words in ((empty, "neither config.yml nor a domain"), (project, "there is no bundle at")):
        os.chdir(folder)
        try:
            result = CliRunner().invoke(app, ["interactive", "--web", "--model", "nowhere"])
        finally:
            os.chdir(before)
        assert result.exit_code == 1
        assert words in " ".join(result.stderr.split())
