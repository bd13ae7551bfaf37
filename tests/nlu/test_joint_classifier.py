"""The joint net as a component."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatwright.errors import BundleError, MissingExtraError
from chatwright.nlu import fit_joint_classifier, joint_classifier
from chatwright.nlu.joint_classifier import JointClassifier
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import IntentScore

from .shop import shop

SMALL = {"name": "JointClassifier", "net": {"hidden": 24, "word_size": 16, "bag_size": 24}, "passes": 80}


def trained(**options: object) -> Pipeline:
    pytest.importorskip("torch")
    pipeline = Pipeline.from_config([{"name": "MixedTokenizer"}, {**SMALL, **options}], ["en"])
    pipeline.fit(shop())
    return pipeline


def test_intents_entities_and_roles_are_learnt() -> None:
    pipeline = trained()
    for text, wanted in (
        ("a ticket from Berlin to Rome", [("Berlin", "from"), ("Rome", "to")]),
        ("买一张从广州到上海的票", [("广州", "from"), ("上海", "to")]),
    ):
        (found,) = pipeline.parse([text])
        assert found.intent.name == "book"
        assert [(e.value, e.role) for e in found.entities] == wanted
        assert all(e.extractor == "JointClassifier" and 0 < (e.confidence or 0) <= 1 for e in found.entities)


def test_the_same_seed_gives_the_same_net(tmp_path: Path) -> None:
    texts = ["from Madrid to Bonn", "refund please", ""]
    first, second = trained(passes=2), trained(passes=2)
    assert first.parse(texts) == second.parse(texts)
    (tmp_path / "net").mkdir()
    first.save(tmp_path / "net")
    assert Pipeline.load(tmp_path / "net").parse(texts) == first.parse(texts)


def test_with_few_annotations_the_light_tagger_does_the_work(tmp_path: Path) -> None:
    entries = [{"name": "MixedTokenizer"}, {"name": "DIETClassifier"}]
    pipeline = Pipeline.from_config(entries, ["en"])
    reports = {report.component: report.details for report in pipeline.fit(shop())}
    assert "model" not in reports["DIETClassifier"] or "light" in reports["DIETClassifier"]["model"]
    pipeline.save(tmp_path)
    texts = ["a ticket from Berlin to Rome"]
    assert [e.value for e in pipeline.parse(texts)[0].entities] == ["Berlin", "Rome"]
    assert Pipeline.load(tmp_path).parse(texts) == pipeline.parse(texts)


def test_without_pytorch_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_joint_classifier, "can_train", lambda: False)
    with pytest.raises(MissingExtraError) as error:
        JointClassifier.from_config({"name": "JointClassifier"}).fit(shop(), [])
    assert "chatwright[train]" in str(error.value.fix)


def test_two_opinions_keep_the_share_of_messages_that_are_about_nothing() -> None:
    before = [IntentScore("a", 0.5), IntentScore("b", 0.1)]
    ranking = joint_classifier._ranked([0.1, 0.8, 0.1], ["a", "b", "c"], before)  # type: ignore[arg-type]
    assert [score.name for score in ranking] == ["b", "a"]
    assert sum(score.confidence for score in ranking) == pytest.approx(0.6)


def test_nothing_to_learn_is_no_error(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data = NluData([NluExample("hello", "greet")])
    pipeline = Pipeline.from_config([{"name": "MixedTokenizer"}, {**SMALL, "passes": 1}], ["en"])
    pipeline.fit(data)
    pipeline.save(tmp_path)
    assert Pipeline.load(tmp_path).parse(["hello", "", "word " * 2000]) == pipeline.parse(
        ["hello", "", "word " * 2000]
    )


def test_other_house_vectors_than_in_training_are_told(tmp_path: Path) -> None:
    pipeline = trained(passes=1)
    pipeline.save(tmp_path)
    (file,) = tmp_path.rglob("joint.json")
    content = json.loads(file.read_text("utf-8"))
    content["features"]["vectors"] = "of another version"
    file.write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleError, match="house vectors"):
        Pipeline.load(tmp_path)


def test_it_does_without_house_vectors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from chatwright.training.nlu import fit_joint

    monkeypatch.setattr(fit_joint, "house_vectors", lambda: None)
    pipeline = trained(passes=2)
    pipeline.save(tmp_path)
    texts = ["a ticket from Berlin to Rome"]
    assert Pipeline.load(tmp_path).parse(texts) == pipeline.parse(texts)


def test_an_encoder_reads_the_texts_too(tmp_path: Path) -> None:
    for package in ("torch", "transformers", "ctranslate2"):
        pytest.importorskip(package)
    from tiny_encoder import make_checkpoint

    model = {
        "name": "EncoderFeaturizer",
        "model": str(make_checkpoint(tmp_path / "tiny")),
        "fine_tune": "none",
    }
    pipeline = Pipeline.from_config([{"name": "MixedTokenizer"}, model, SMALL], ["en"])
    pipeline.fit(shop())
    joint = pipeline.components[-1]
    assert isinstance(joint, JointClassifier)
    assert joint.net is not None
    assert joint.net.arrays["context"].shape[0] == 64
    texts = ["a ticket from Berlin to Rome", "\x00", "买一张从广州到上海的票"]
    found = pipeline.parse(texts)
    assert [e.value for e in found[0].entities] == ["Berlin", "Rome"]
    (tmp_path / "net").mkdir()
    pipeline.save(tmp_path / "net")
    assert len(list((tmp_path / "net").rglob("model.bin"))) == 1  # both components share one
    assert Pipeline.load(tmp_path / "net").parse(texts) == found
