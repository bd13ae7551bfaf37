"""``align policy`` and ``test simulate``, as a person types them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chatwright.brain import Brain
from chatwright.cli.main import app
from chatwright.simulate.environment import aligned_policy
from chatwright.trainer import train
from table_bot import CONFIG, DOMAIN, write_table_bot


def run(*arguments: str, cwd: Path) -> Result:
    before = Path.cwd()
    os.chdir(cwd)
    try:
        return CliRunner().invoke(app, list(arguments))
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_table_bot(tmp_path_factory.mktemp("align") / "bot")
    train(folder)
    return folder


def test_a_policy_is_learned_kept_and_used(bot: Path) -> None:
    asked = ("align", "policy", "--steps", "128", "--dialogues", "6", "--texts", "2", "--json")
    done = run(*asked, cwd=bot)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["model"].endswith("-aligned.tar.gz")
    names = [row["setting"] for row in found["comparisons"]]
    assert names[0] == "acts, users as in training"
    assert {name.split(",")[0] for name in names} == {"acts", "texts"}
    assert all(0 <= value <= 1 for row in found["comparisons"] for value in row["success"])
    brain = Brain.load(bot / "models", project_root=bot)  # the newest
    assert aligned_policy(brain).network is not None
    assert brain.manifest.metrics["align"]["steps"] == 128
    weights = next((bot / ".chatwright" / "align").rglob("seed-0.npz"))
    before = weights.stat().st_mtime_ns
    again = run(*asked, cwd=bot)
    assert json.loads(again.stdout)["comparisons"] == found["comparisons"]
    assert weights.stat().st_mtime_ns == before  # what was finished is not done again
    taken_over = train(bot)
    assert taken_over.trained == ()
    assert aligned_policy(Brain.load(taken_over.path, project_root=bot)).network is not None


def test_without_the_policy_it_says_what_to_add(bot: Path, tmp_path: Path) -> None:
    folder = Path(
        shutil.copytree(bot, tmp_path / "bot", ignore=shutil.ignore_patterns("models", ".chatwright"))
    )
    (folder / "config.yml").write_text(CONFIG[: CONFIG.index("- name: AlignedPolicy")], "utf-8")
    train(folder, nlu=False)
    done = run("align", "policy", cwd=folder)
    assert done.exit_code == 1
    assert "- name: AlignedPolicy" in done.stderr


def test_simulated_conversations_become_test_conversations(bot: Path) -> None:
    done = run(
        "test", "simulate", "--dialogues", "10", "--write", "tests/test_made.yml", "--stories", "3", cwd=bot
    )
    assert done.exit_code == 0, done.output
    assert "0 dead ends" in done.output
    text = (bot / "tests" / "test_made.yml").read_text("utf-8")
    assert text.count("- story:") == 3
    tested = run("test", "core", "--stories", "tests", cwd=bot)
    assert "3 of 3 passed" in tested.output, tested.output


def test_a_dead_end_is_exit_code_1(tmp_path: Path) -> None:
    domain = DOMAIN.replace("[food, people, day,", "[food, card,").replace(
        "slots:\n", "slots:\n  card: {type: text, mappings: [{type: custom}]}\n", 1
    )
    folder = write_table_bot(tmp_path / "bot", domain=domain)
    train(folder, nlu=False)
    done = run("test", "simulate", "--dialogues", "2", cwd=folder)
    assert done.exit_code == 1
    assert "dead end" in done.output
    shown = json.loads(run("test", "simulate", "--dialogues", "2", "--json", cwd=folder).stdout)
    assert shown["dead_ends"]["dead_ends"][0]["task"] == "table_form"
