"""Intents with a transformer encoder, from config.yml to a loaded pipeline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatwright.errors import ComponentError, TrainingError
from chatwright.nlu.encoder_option import encoder_option, lacking
from chatwright.nlu.pipeline import Pipeline
from chatwright.nlu.registry import plan_pipeline
from chatwright.project.nlu_data import NluData, NluExample

EXAMPLES = {
    "lost_card": ["where is my card", "my card is lost", "lost card", "card not arrive", "the card is lost"],
    "greet": ["hello", "good day", "hello hello", "hello good day", "good good day"],
    "refund": ["refund please", "pay my money", "money not pay", "please refund my money", "refund money"],
}
DATA = NluData([NluExample(text, intent) for intent, texts in EXAMPLES.items() for text in texts])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("torch", "transformers", "ctranslate2"):
        pytest.importorskip(package)
    from tiny_encoder import make_checkpoint

    root = tmp_path_factory.mktemp("project")
    make_checkpoint(root / "models" / "tiny")
    return root


def pipeline(project: Path, featurizer: dict[str, str]) -> Pipeline:
    entries = [{"name": "MixedTokenizer"}, featurizer, {"name": "IntentClassifier"}]
    return Pipeline.from_config(entries, ["en"], project_root=project)


@pytest.mark.parametrize("fine_tune", ["contrastive", "none"])
def test_a_pipeline_with_an_encoder_is_saved_and_runs_without_pytorch(
    fine_tune: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    trained = pipeline(project, {"name": "EncoderFeaturizer", "model": "models/tiny", "fine_tune": fine_tune})
    report = trained.fit(DATA)[-1].to_json()
    assert report.get("fine_tuned", False) == (fine_tune == "contrastive")
    texts = ["my card is lost", "hello", "refund please", "", "\ud800"]
    found = [u.intent.name for u in trained.parse(texts)]
    assert found[:3] == ["lost_card", "greet", "refund"]
    assert not list((tmp_path / "cache").rglob("run.json"))

    (tmp_path / "bundle").mkdir()
    trained.save(tmp_path / "bundle")
    code = (
        "import sys, json; from pathlib import Path; from chatwright.nlu.pipeline import Pipeline\n"
        f"loaded = Pipeline.load(Path({str(tmp_path / 'bundle')!r}))\n"
        f"print(json.dumps([u.intent.name for u in loaded.parse({texts!r})]))\n"
        "print([name for name in ('torch', 'transformers', 'sklearn') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names, heavy = out.strip().splitlines()
    assert json.loads(names) == found
    assert heavy == "[]"


def test_with_many_examples_confidence_comes_from_those_that_were_held_out(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("chatwright.training.encoder.fine_tune.MANY", 30)
    endings = ("please", "now", "today", "again")
    examples = [NluExample(f"{e.text} {end}", e.intent) for e in DATA.examples for end in endings]
    trained = pipeline(project, {"name": "EncoderFeaturizer", "model": "models/tiny"})
    report = trained.fit(NluData(examples))[-1].to_json()
    assert report["fine_tuned"]
    assert report["epochs"] <= 5
    assert 0.5 < report["held_out_accuracy"] <= 1.0
    assert trained.parse(["my card is lost"])[0].intent.name == "lost_card"


def test_an_encoder_that_is_not_there_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    trained = pipeline(project, {"name": "EncoderFeaturizer", "model": "models/nothing"})
    with pytest.raises(TrainingError, match="models/nothing"):
        trained.fit(DATA)


def test_rasas_featurizer_takes_weights_that_are_there_as_they_are(project: Path) -> None:
    entries = [
        {"name": "WhitespaceTokenizer"},
        {"name": "LanguageModelFeaturizer", "model_name": "bert", "model_weights": "models/tiny"},
        {"name": "LogisticRegressionClassifier"},
    ]
    plan = plan_pipeline(entries, ["en"], project_root=project)
    assert not plan.notices
    assert plan.steps[-1].config["embedder"]["fine_tune"] == "none"


def test_rasas_featurizer_without_its_weights_is_replaced(tmp_path: Path) -> None:
    entries = [
        {"name": "WhitespaceTokenizer"},
        {"name": "LanguageModelFeaturizer", "model_name": "bert", "model_weights": "nobody/nothing"},
        {"name": "LogisticRegressionClassifier"},
    ]
    plan = plan_pipeline(entries, ["en"], project_root=tmp_path)
    assert "nobody/nothing" in plan.notices[0]
    assert "embedder" not in plan.steps[-1].config


def test_only_intents_are_fine_tuned_for(project: Path) -> None:
    entries = [
        {"name": "MixedTokenizer"},
        {"name": "EncoderFeaturizer", "model": "models/tiny"},
        {"name": "IntentClassifier"},
        {"name": "ResponseSelector"},
    ]
    steps = plan_pipeline(entries, ["en"], project_root=project).steps
    assert [step.config["embedder"]["fine_tune"] for step in steps[1:]] == ["contrastive", "none"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"modell": "minilm"}, "did you mean 'model'"),
        ({"fine_tune": "yes"}, "contrastive or none"),
        ({"pooling": "max"}, "mean or cls"),
    ],
)
def test_wrong_options_are_refused(entry: dict[str, str], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        encoder_option({"name": "EncoderFeaturizer", **entry}, None)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = __import__("importlib").util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *more: None if name == "torch" else real(name, *more)
    )
    assert "torch is not installed" in (lacking("minilm") or "")
    with pytest.raises(ComponentError, match=r"chatwright\[train\]"):
        encoder_option({"model": "some/encoder"}, None)
