"""The commands, as a person types them: what they print, write and exit with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chatwright.cli.main import app
from chatwright.trainer import train
from small_bot import write_project


def run(*arguments: str, cwd: Path, stdin: str | None = None) -> Result:
    before = Path.cwd()
    os.chdir(cwd)
    try:
        return CliRunner().invoke(app, list(arguments), input=stdin)
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("trained"))
    train(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "bot")


def all_commands(group: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    import typer.main

    command = typer.main.get_command(app) if group is None else group
    found = [path]
    for name, child in getattr(command, "commands", {}).items():
        found += all_commands(child, (*path, name))
    return found


@pytest.mark.parametrize("path", all_commands(None), ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...], tmp_path: Path) -> None:
    result = run(*path, "--help", cwd=tmp_path)
    assert result.exit_code == 0
    assert "chatwright " in result.output


def test_strict_stops_where_a_substitute_would_be_used(project: Path) -> None:
    (project / "config.yml").write_text(
        "recipe: default.v1\nassistant_id: small\nlanguages: [en, zh]\npipeline:\n"
        "- name: components.micro.MicroTokenizer\n- name: IntentClassifier\n- name: EntityTagger\n",
        "utf-8",
    )
    refused = run("train", "--strict", cwd=project)
    assert refused.exit_code == 1
    assert "MicroTokenizer is replaced by MixedTokenizer" in refused.stderr
    assert not (project / "models").exists()
    told = run("train", cwd=project)
    assert told.exit_code == 0
    assert "note: components.micro.MicroTokenizer is replaced" in told.stderr
    (project / "credentials.yml").write_text("facebook:\n  page-access-token: x\n", "utf-8")
    refused = run("serve", "--strict", cwd=project)
    assert refused.exit_code == 1
    assert "MicroTokenizer is replaced" in refused.stderr
    assert "the channel facebook is not served" in refused.stderr


def test_train_says_where_the_bot_is(project: Path) -> None:
    result = run("train", cwd=project)
    assert result.exit_code == 0, result.output
    bundle = next((project / "models").glob("*.tar.gz"))
    assert bundle.name in result.output
    again = run("train", "--json", cwd=project)
    told = json.loads(again.stdout)
    assert told["trained"] == []
    assert told["reused"] == ["nlu", "dialogue"]


def test_dry_run_has_the_exit_codes_of_rasa(project: Path) -> None:
    assert run("train", "--dry-run", cwd=project).exit_code == 1
    run("train", cwd=project)
    assert run("train", "--dry-run", cwd=project).exit_code == 0
    assert run("train", "--dry-run", "--force", cwd=project).exit_code == 8


def test_errors_are_sentences_with_places(project: Path) -> None:
    domain = project / "domain.yml"
    domain.write_text(domain.read_text("utf-8").replace("utter_hours:", "utter_hour:"), "utf-8")
    rules = project / "data" / "rules.yml"
    rules.write_text(
        rules.read_text("utf-8") + "- rule: x\n  steps:\n  - intent: greet\n  - action: utter_bye\n"
    )
    result = run("train", cwd=project)
    assert result.exit_code == 1
    assert "data/rules.yml:" in result.output
    assert "utter_greet" in result.output
    assert "Traceback" not in result.output
    assert not (project / "models").exists()


def test_outside_a_project_it_says_what_to_do(tmp_path: Path) -> None:
    for command in (["train"], ["test"], ["data", "validate"]):
        result = run(*command, cwd=tmp_path)
        assert result.exit_code == 1, command
        assert "chatwright init" in result.output
    for command in (["chat"], ["parse", "hi"]):
        result = run(*command, cwd=tmp_path)
        assert result.exit_code == 1
        assert "chatwright train" in result.output


def test_wrong_use_exits_with_2(tmp_path: Path) -> None:
    assert run("trian", cwd=tmp_path).exit_code == 2
    assert run("train", "--no-such-option", cwd=tmp_path).exit_code == 2


def test_validate_lists_everything(project: Path) -> None:
    assert run("data", "validate", cwd=project).exit_code == 0
    nlu = project / "data" / "nlu.yml"
    nlu.write_text(nlu.read_text("utf-8").replace("- intent: bye", "- intent: byee"), "utf-8")
    result = run("data", "validate", "--json", cwd=project)
    found = json.loads(result.stdout)
    assert any("byee" in problem["message"] and "bye" in problem["fix"] for problem in found)
    byee = next(
        problem["location"] for problem in found if "byee" in problem["message"] and problem["location"]
    )
    assert set(byee) == {"file", "line", "column", "key"}
    assert "bye" in (project / byee["file"]).read_text("utf-8").splitlines()[byee["line"] - 1]
    assert run("data", "validate", "--fail-on-warnings", cwd=project).exit_code == 1


def test_schemas_are_written(project: Path) -> None:
    result = run("data", "schema", "--out", "schemas", cwd=project)
    assert result.exit_code == 0
    for path in (project / "schemas").iterdir():
        assert json.loads(path.read_text("utf-8"))["$schema"]


@pytest.mark.parametrize(
    ("text", "intent"), [("good morning", "greet"), ("早上好", "greet"), ("几点开门", "ask_hours")]
)
def test_parse(trained: Path, text: str, intent: str) -> None:
    told = json.loads(run("parse", text, "--json", cwd=trained).stdout)
    assert told["intent"]["name"] == intent
    shown = run("parse", text, "--why", cwd=trained).output
    assert intent in shown
    assert "data/nlu.yml" in shown
    assert ("的例句" if text[0] > "z" else "like the example") in shown


def test_places_of_examples_are_not_cut(project: Path, tmp_path: Path) -> None:
    name = "examples_of_greetings_of_all_kinds.yml"
    (project / "data" / "nlu.yml").rename(project / "data" / name)
    assert run("train", "nlu", "--out", str(tmp_path), cwd=project).exit_code == 0
    shown = run("parse", "hello you there", "--why", "--model", str(tmp_path), cwd=project).output
    assert re.search(rf"data/{name}:\d+", shown)
    assert "…" not in shown


def test_brackets_in_a_message_are_no_markup(trained: Path) -> None:
    result = run("parse", '/inform{"size": "[/b]"}', cwd=trained)
    assert result.exit_code == 0, result.output
    assert "[/b]" in result.output


def test_chat_reads_lines_and_says_why(trained: Path) -> None:
    result = run("chat", cwd=trained, stdin="hello\nI want a pizza\n1\n/stop\nhello\n")
    assert result.exit_code == 0, result.output
    assert "Hello!" in result.output
    assert "[1] Large" in result.output
    assert "Which topping?" in result.output  # 1 pressed the button
    assert result.output.count("Hello!") == 1  # nothing after /stop
    why = run("chat", "--why", cwd=trained, stdin="你好\n").output
    assert "你好！" in why
    assert "data/rules.yml:" in why
    assert "规则“" in why
    assert "rule '" not in why
    why = run("chat", "--why", cwd=trained, stdin="hello\n/greet\n").output  # a payload has no language
    assert why.count("rule '") > 2
    assert "rule '" not in run("chat", "--why", cwd=trained, stdin="你好\n/greet\n").output


def test_test_writes_reports(trained: Path) -> None:
    result = run("test", cwd=trained)
    assert result.exit_code == 0, result.output
    assert "1 of 1 passed" in result.output
    names = {path.name for path in (trained / "results").iterdir()}
    assert {"report.html", "intent_report.json", "story_report.json", "failed_test_stories.yml"} <= names


def test_a_failing_conversation_exits_with_1(trained: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "test_wrong.yml"
    wrong.write_text(
        'version: "3.1"\nstories:\n- story: wrong\n  steps:\n'
        "  - user: hello\n    intent: greet\n  - action: utter_bye\n"
    )
    result = run("test", "core", "--stories", str(wrong), "--out", str(tmp_path / "out"), cwd=trained)
    assert result.exit_code == 1
    assert "utter_greet" in result.output
    silent = run(
        "test", "core", "--stories", str(wrong), "--out", str(tmp_path / "out"),
        "--no-fail-on-prediction-errors", cwd=trained,
    )  # fmt: skip
    assert silent.exit_code == 0


def test_cross_validation(trained: Path, tmp_path: Path) -> None:
    result = run("test", "nlu", "--cross-validation", "--folds", "2", "--out", str(tmp_path), cwd=trained)
    assert result.exit_code == 0, result.output
    assert "on the training parts" in result.output
    assert "not scored" not in result.output
    assert (tmp_path / "report.html").is_file()


def test_cross_validation_names_the_intents_that_it_does_not_score(project: Path, tmp_path: Path) -> None:
    with (project / "data" / "nlu.yml").open("a", encoding="utf-8") as file:
        file.write("- intent: rare\n  examples: |\n    - once in a blue moon\n")
    result = run("test", "nlu", "--cross-validation", "--folds", "2", "--out", str(tmp_path), cwd=project)
    assert "not scored, with fewer examples than parts (see --folds): rare" in " ".join(result.output.split())


def test_held_out_examples_that_are_not_there_are_named(trained: Path, tmp_path: Path) -> None:
    result = run("test", "nlu", "--nlu", "tests/nope.yml", "--out", str(tmp_path), cwd=trained)
    assert result.exit_code == 1
    assert "tests/nope.yml" in result.output


def test_help_loads_nothing_heavy() -> None:
    heavy = ("numpy", "sqlalchemy", "fastapi", "pydantic")
    code = f"import sys, chatwright.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_substitutes_are_named(project: Path) -> None:
    config = project / "config.yml"
    config.write_text(
        config.read_text("utf-8")
        + "pipeline:\n- name: WhitespaceTokenizer\n- name: LanguageModelFeaturizer\n- name: DIETClassifier\n"
        + "policies:\n- name: RulePolicy\n- name: TEDPolicy\n- name: UnexpecTEDIntentPolicy\n",
        "utf-8",
    )
    told = run("train", cwd=project).output
    for name in ("LanguageModelFeaturizer", "TEDPolicy", "UnexpecTEDIntentPolicy"):
        assert f"note: {name}" in told or name in told.split("note:", 1)[-1], told


def test_a_component_that_does_not_exist_is_an_error_of_validate(project: Path) -> None:
    config = project / "config.yml"
    config.write_text(config.read_text("utf-8") + "pipeline:\n- name: DIETClasifier\n", "utf-8")
    result = run("data", "validate", cwd=project)
    assert result.exit_code == 1
    assert "DIETClassifier" in result.output
