"""``train --finetune``: new examples beside what was learnt before, and what was forgotten."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatwright.bundle import open_bundle
from chatwright.errors import BundleError
from chatwright.evaluate.forgetting import compare_bots
from chatwright.further_training import train_further
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import LookupTable, NluData, NluExample, RegexFeature
from chatwright.project.project import Project
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.trainer import train
from small_bot import write_project

NEW = """\
version: "3.1"
nlu:
- intent: complain
  examples: |
    - this is terrible
    - the pizza was cold and awful
    - i want to complain
    - what a terrible service
    - 太差了
    - 我要投诉
    - 披萨是冷的
    - 服务太差
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = write_project(tmp_path / "bot")
    shutil.rmtree(root / "tests" / "nlu")
    train(root)
    (root / "new").mkdir()
    (root / "new" / "complaints.yml").write_text(NEW, "utf-8")
    domain = root / "domain.yml"
    domain.write_text(domain.read_text("utf-8").replace("affirm, deny]", "affirm, deny, complain]"), "utf-8")
    return root


def test_new_labels_are_learnt_from_new_files_alone_and_old_ones_are_kept(project: Path) -> None:
    result, report = train_further(Project.load(project, data=["new"]), core=False)
    pipeline = Pipeline.load(open_bundle(result.path).folder / "nlu")
    assert [u.intent.name for u in pipeline.parse(["this pizza is awful", "我要投诉你们"])] == [
        "complain"
    ] * 2
    assert [u.intent.name for u in pipeline.parse(["hello", "再见"])] == ["greet", "bye"]
    assert report.scored_on == "training"
    assert report.after >= report.before - 0.05
    assert "complain" not in {change.intent for change in report.changes}


def test_held_out_examples_are_what_both_bots_are_scored_on(project: Path) -> None:
    (project / "tests" / "nlu").mkdir(parents=True)
    (project / "tests" / "nlu" / "held.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello you\n', "utf-8"
    )
    _, report = train_further(Project.load(project, data=["new"]), core=False)
    assert report.scored_on == "held out"
    assert [change.examples for change in report.changes] == [1]


def test_without_a_bundle_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        train_further(Project.load(write_project(tmp_path / "bot")))


def test_the_project_has_the_last_word_on_a_text() -> None:
    old = NluData([NluExample("hi", "greet"), NluExample("bye", "bye")], synonyms={"nyc": "NYC"})
    new = NluData([NluExample("hi", "smalltalk")], synonyms={"nyc": "New York"})
    both = new.over(old)
    assert [(e.text, e.intent) for e in both.examples] == [("hi", "smalltalk"), ("bye", "bye")]
    assert both.synonyms == {"nyc": "New York"}


def test_training_data_survives_json() -> None:
    entity = Entity(entity="city", value="NYC", start=3, end=6, role="to")
    data = NluData(
        [NluExample("to nyc", "inform", None, (entity,)), NluExample("when open", "faq", "faq/hours")],
        {"nyc": "NYC"},
        [RegexFeature("zip", r"\d{5}")],
        [LookupTable("city", ("NYC", "北京"))],
    )
    assert NluData.from_json(json.loads(json.dumps(data.to_json()))) == data


def test_what_was_forgotten_is_named() -> None:
    def bot(answers: dict[str, str]):
        def parse(texts: Sequence[str]) -> list[Understanding]:
            return [Understanding(text=t, intent=IntentScore(answers[t], 1.0)) for t in texts]

        return parse

    examples = [NluExample("a", "x"), NluExample("b", "x"), NluExample("c", "y"), NluExample("d", "new")]
    before = bot({"a": "x", "b": "x", "c": "x", "d": "x"})
    after = bot({"a": "x", "b": "new", "c": "y", "d": "new"})
    report = compare_bots(before, after, examples, {"x", "y"}, scored_on="held out")
    assert [(c.intent, c.before, c.after, c.forgotten) for c in report.changes] == [
        ("x", 2, 1, ("b",)),
        ("y", 0, 1, ()),
    ]
    assert report.forgotten == 1
