"""The pipeline as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatwright.errors import ComponentError
from chatwright.nlu.pipeline import Pipeline

from .shop import shop


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    found = Pipeline.from_config(None, ["zh", "en"])
    found.fit(shop())
    return found


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("where's my parcel?", "track"),
        ("我的包裹到哪里了", "track"),
        ("can i have my money back", "refund"),
        ("我想退款", "refund"),
        ("Until when do you open today", "faq"),
        ("哪儿能停车", "faq"),
    ],
)
def test_intents_in_both_languages(pipeline: Pipeline, text: str, intent: str) -> None:
    assert pipeline.parse([text])[0].intent.name == intent


@pytest.mark.parametrize(
    "text", ["asdf qwer", "xkcd zzgh", "今天股票怎么样", "乙丙丁戊", "photosynthesis of cyanobacteria", "🤷"]
)
def test_what_the_bot_does_not_know_falls_back(pipeline: Pipeline, text: str) -> None:
    found = pipeline.parse([text])[0]
    assert found.intent.name == "nlu_fallback"
    assert found.ranking[0].name == "nlu_fallback"


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        ("a ticket from Hamburg to Lisbon", [("Hamburg", "from"), ("Lisbon", "to")]),
        ("i travel from Los Angeles to Rome", [("Los Angeles", "from"), ("Rome", "to")]),
        ("买一张从杭州到重庆的票", [("杭州", "from"), ("重庆", "to")]),
        ("我要从苏州飞到厦门", [("苏州", "from"), ("厦门", "to")]),
    ],
)
def test_unseen_values_are_found_with_their_roles(
    pipeline: Pipeline, text: str, cities: list[tuple[str, str]]
) -> None:
    found = pipeline.parse([text])[0].entities
    assert [(entity.value, entity.role) for entity in found] == cities
    assert all(text[e.start : e.end] == e.value and e.extractor == "EntityTagger" for e in found)
    assert all(0 < (e.confidence_role or 0) <= (e.confidence or 0) <= 1 for e in found)


def test_the_answer_of_a_retrieval_intent(pipeline: Pipeline) -> None:
    for text, key in (("is there parking", "faq/parking"), ("你们几点开门", "faq/hours")):
        found = pipeline.parse([text])[0].response_selector
        assert found["all_retrieval_intents"] == ["faq"]
        assert found["default"]["response"]["intent_response_key"] == key
        assert found["default"]["response"]["utter_action"] == f"utter_{key}"
        assert found["default"]["response"]["responses"] == []
        assert found["default"]["ranking"][0]["intent_response_key"] == key


def test_why_an_intent_was_chosen(pipeline: Pipeline) -> None:
    evidence = pipeline.parse(["please track my parcel"])[0].evidence
    tokens = [e for e in evidence if e.kind == "token"]
    examples = [e for e in evidence if e.kind == "example"]
    assert any("track" in e.summary for e in tokens)
    assert examples[0].source == "data/nlu.yml:11"
    assert "track my parcel" in examples[0].summary


def test_training_tells_how_far_it_is_and_what_it_did() -> None:
    told: list[tuple[str, float]] = []
    reports = Pipeline.from_config(None, ["en"]).fit(shop(), progress=lambda *seen: told.append(seen))
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    by_name = {report.component: report.to_json() for report in reports}
    assert by_name["IntentClassifier"]["classes"] == 5
    assert 0 <= by_name["IntentClassifier"]["held_out_accuracy"] <= 1


def test_several_intents_in_one_label() -> None:
    from chatwright.project.nlu_data import NluData, NluExample

    both = ["yes and where is my parcel", "sure, track my order too"]
    data = shop()
    pipeline = Pipeline.from_config(None, ["en"])
    pipeline.fit(NluData([*data.examples, *(NluExample(t, "affirm+track") for t in both)]))
    assert pipeline.parse(["yes and where is my order"])[0].intent.name == "affirm+track"


OWN = """
import json
from dataclasses import replace

from chatwright.nlu.component import FitReport
from chatwright.schema.understanding import Entity


class Shouting:
    requires, provides = frozenset({"intent"}), frozenset({"entities"})

    def __init__(self, name, mark, seen=0):
        self.name, self.mark, self.seen = name, mark, seen

    @classmethod
    def from_config(cls, config):
        return cls(config["name"], config.get("mark", "!"))

    def fit(self, data, messages):
        self.seen = sum(m.intent.name is not None for m in messages)
        return FitReport(component=self.name, details={"seen": self.seen})

    def process(self, messages):
        found = Entity(entity="shouting", value=self.seen, start=0, end=1, extractor=self.name)
        return [replace(m, entities=[*m.entities, found]) if self.mark in m.text else m for m in messages]

    def save(self, folder):
        (folder / "own.json").write_text(json.dumps([self.name, self.mark, self.seen]))

    @classmethod
    def load(cls, folder):
        return cls(*json.loads((folder / "own.json").read_text()))
"""


def test_a_component_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_parts.py").write_text(OWN)
    entries = [
        {"name": "MixedTokenizer"},
        {"name": "IntentClassifier"},
        {"name": "own_parts.Shouting", "mark": "!!"},
    ]
    pipeline = Pipeline.from_config(entries, ["en"], project_root=tmp_path)
    pipeline.fit(shop())
    (tmp_path / "model").mkdir()
    pipeline.save(tmp_path / "model")
    found = Pipeline.load(tmp_path / "model", project_root=tmp_path).parse(["where is my order!!"])[0]
    assert [(e.value, e.extractor) for e in found.entities] == [(len(shop().examples), "Shouting")]


def test_code_of_the_users_own_that_fails_stops_training_and_no_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, old, new in (
        (
            "fails_at_fit",
            "        self.seen = sum",
            "        raise KeyError('boom')\n        self.seen = sum",
        ),
        ("fails_later", "        found = Entity", "        raise KeyError('boom')\n        found = Entity"),
    ):
        assert old in OWN
        (tmp_path / f"{name}.py").write_text(OWN.replace(old, new, 1))
    before = [{"name": "MixedTokenizer"}, {"name": "IntentClassifier"}]
    learning = Pipeline.from_config(
        [*before, {"name": "fails_at_fit.Shouting"}], ["en"], project_root=tmp_path
    )
    with pytest.raises(ComponentError, match="KeyError: 'boom'") as caught:
        learning.fit(shop())
    assert caught.value.location
    assert caught.value.location.file.endswith("fails_at_fit.py")
    assert caught.value.location.line > 1
    running = Pipeline.from_config([*before, {"name": "fails_later.Shouting"}], ["en"], project_root=tmp_path)
    running.fit(shop())
    assert running.parse(["where is my order"])[0].intent.name == "track"
    assert "fails_later.Shouting failed" in caplog.text


def test_a_class_that_is_no_component_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "no_parts.py").write_text("class Nothing: pass")
    with pytest.raises(ComponentError, match=r"no_parts\.Nothing lacks from_config"):
        Pipeline.from_config([{"name": "no_parts.Nothing"}], ["en"], project_root=tmp_path)


def test_the_running_bot_needs_no_training_library(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.save(tmp_path)
    code = (
        "import sys, pathlib\n"
        "from chatwright.nlu.pipeline import Pipeline\n"
        f"pipeline = Pipeline.load(pathlib.Path({str(tmp_path)!r}))\n"
        "found = pipeline.parse(['我的订单到哪了', 'a ticket from Oslo'])\n"
        "assert found[0].intent.name == 'track'\n"
        "print([name for name in ('sklearn', 'scipy', 'torch', 'pandas') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_nothing_in_a_model_is_pickled(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.save(tmp_path)
    kinds = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert kinds <= {".json", ".npz", ".npy", ".crfsuite"}
