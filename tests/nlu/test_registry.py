"""Names of components: Rasa's, ours, the user's, and wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwright.errors import ComponentError, Location
from chatwright.nlu import registry
from chatwright.nlu.joint_classifier import LEAST_EXAMPLES
from chatwright.nlu.pipeline import Pipeline
from chatwright.nlu.registry import check_pipeline, misspelt_options, pipeline_errors, plan_pipeline

RASA_DEFAULT: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": 100},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]
RASA_COMPONENTS = (
    "MitieNLP SpacyNLP WhitespaceTokenizer JiebaTokenizer MitieTokenizer SpacyTokenizer "
    "CountVectorsFeaturizer LexicalSyntacticFeaturizer RegexFeaturizer MitieFeaturizer SpacyFeaturizer "
    "ConveRTFeaturizer LanguageModelFeaturizer DIETClassifier LogisticRegressionClassifier "
    "SklearnIntentClassifier MitieIntentClassifier KeywordIntentClassifier FallbackClassifier "
    "CRFEntityExtractor MitieEntityExtractor SpacyEntityExtractor DucklingEntityExtractor "
    "RegexEntityExtractor EntitySynonymMapper ResponseSelector"
).split()


@pytest.fixture(autouse=True)
def _base_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "can_train", lambda: False)


def kinds(entries: list[dict[str, Any]] | None, languages: list[str]) -> list[str]:
    return [step.kind.rsplit(".", 1)[-1] for step in plan_pipeline(entries, languages).steps]


def test_of_rasas_default_pipeline_only_the_net_is_replaced() -> None:
    (notice,) = check_pipeline(RASA_DEFAULT, ["en"])
    assert notice.startswith("DIETClassifier is trained as")
    assert kinds(RASA_DEFAULT, ["en"]) == [
        "Tokenizer",
        "IntentClassifier",
        "EntityTagger",
        "EntitySynonymMapper",
        "ResponseSelector",
        "FallbackClassifier",
    ]


@pytest.mark.parametrize("entries", [None, []])
def test_no_pipeline_is_the_default_one(entries: list | None) -> None:
    assert kinds(entries, ["zh", "en"]) == kinds(RASA_DEFAULT, ["en"])


@pytest.mark.parametrize("name", RASA_COMPONENTS)
@pytest.mark.parametrize("prefix", ["", "rasa.nlu.some.module."])
def test_every_component_of_rasa_has_its_place(name: str, prefix: str) -> None:
    before = [] if name.endswith(("Tokenizer", "NLP")) else [{"name": "WhitespaceTokenizer"}]
    if name == "FallbackClassifier":
        before.append({"name": "DIETClassifier"})
    pipeline = Pipeline.from_config([*before, {"name": prefix + name}], ["en"])
    stands_for_itself = any(component.name == name for component in pipeline.components)
    is_named = any(name in notice for notice in pipeline.notices)
    assert stands_for_itself or is_named or name.endswith("Featurizer")


@pytest.mark.parametrize(
    "name",
    "MitieNLP SpacyNLP SpacyTokenizer MitieTokenizer SpacyFeaturizer MitieFeaturizer ConveRTFeaturizer "
    "LanguageModelFeaturizer DucklingEntityExtractor SpacyEntityExtractor".split(),
)
def test_what_is_done_otherwise_is_named(name: str) -> None:
    before = [] if name.endswith(("Tokenizer", "NLP")) else [{"name": "WhitespaceTokenizer"}]
    notices = check_pipeline([*before, {"name": name}], ["en"])
    assert any(notice.startswith(name) for notice in notices)


def test_diet_does_what_its_options_say() -> None:
    tokenizer = {"name": "WhitespaceTokenizer"}
    assert kinds([tokenizer, {"name": "DIETClassifier", "entity_recognition": False}], ["en"]) == [
        "Tokenizer",
        "IntentClassifier",
    ]
    assert kinds([tokenizer, {"name": "DIETClassifier", "intent_classification": False}], ["en"]) == [
        "Tokenizer",
        "EntityTagger",
    ]


def test_diet_may_become_the_joint_net_where_it_can_be_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "can_train", lambda: True)
    entries = [{"name": "WhitespaceTokenizer"}, {"name": "DIETClassifier"}]
    assert kinds(entries, ["en"]) == ["Tokenizer", "IntentClassifier", "JointClassifier"]
    assert plan_pipeline(entries, ["en"]).steps[-1].config["least_examples"] == LEAST_EXAMPLES


def test_featurizers_are_options_of_what_follows() -> None:
    steps = plan_pipeline(
        [
            {"name": "WhitespaceTokenizer"},
            {"name": "CountVectorsFeaturizer", "max_ngram": 3},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "max_ngram": 6},
            {"name": "LogisticRegressionClassifier"},
        ],
        ["en"],
    ).steps
    assert steps[1].config["features"] == {"word_pairs": 3, "characters": (2, 6)}
    assert steps[1].config["patterns"] is None


def test_spaces_do_not_show_chinese_words() -> None:
    pipeline = Pipeline.from_config([{"name": "WhitespaceTokenizer"}], ["zh"])
    assert "WhitespaceTokenizer" in pipeline.notices[0]
    assert len(pipeline.parse(["我想订机票"])[0].tokens) > 1


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("components.micro.MicroTokenizer", ["Tokenizer", "IntentClassifier"]),
        ("own.MyIntentClassifier", ["Tokenizer", "IntentClassifier", "IntentClassifier"]),
        ("own.CityExtractor", ["Tokenizer", "EntityTagger", "IntentClassifier"]),
        ("own.SentimentAnalyser", ["Tokenizer", "IntentClassifier"]),
        ("own.BertFeaturizer", ["Tokenizer", "IntentClassifier"]),
    ],
)
def test_code_that_cannot_be_had_is_replaced_and_named(name: str, instead: list[str]) -> None:
    others = [] if name.endswith("Tokenizer") else [{"name": "WhitespaceTokenizer"}]
    entries = [*others, {"name": name}, {"name": "LogisticRegressionClassifier"}]
    assert kinds(entries, ["en"]) == instead
    (notice,) = check_pipeline(entries, ["en"])
    assert name in notice
    assert "No module named" in notice


def test_code_written_for_rasa_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "written_for_rasa.py").write_text("from rasa.engine.graph import GraphComponent\n")
    entries = [{"name": "written_for_rasa.MyTokenizer"}, {"name": "IntentClassifier"}]
    (notice,) = check_pipeline(entries, ["en"], project_root=tmp_path)
    assert "MyTokenizer is replaced by MixedTokenizer" in notice
    assert "'rasa'" in notice


@pytest.mark.parametrize(
    ("entries", "message", "fix"),
    [
        ([{"name": "DIETClasifier"}], "no component 'DIETClasifier'", "did you mean 'DIETClassifier'?"),
        ([{"name": "DIETClassifier"}], "DIETClassifier needs a tokenizer", "put a tokenizer earlier"),
        ([{"name": "FallbackClassifier"}], "needs an intent classifier", "earlier in the pipeline"),
        (
            [{"name": "WhitespaceTokenizer"}, {"name": "JiebaTokenizer"}],
            "JiebaTokenizer is a second tokenizer",
            "leave one",
        ),
        ([{"name": "chatwright.nlu.Thing"}], "chatwright.nlu.Thing cannot be imported", "class Thing"),
        ([{"name": "rasa.nlu.Wrong"}], "no component 'Wrong'", "use one of"),
        ([{}], "no component ''", "use one of"),
    ],
)
def test_errors_name_the_place_and_the_fix(entries: list, message: str, fix: str) -> None:
    with pytest.raises(ComponentError, match=message) as caught:
        check_pipeline(entries, ["en"])
    assert fix in caught.value.fix
    assert caught.value.location is not None
    assert caught.value.location.key == f"pipeline[{len(entries) - 1}]"


def test_all_entries_that_are_wrong_are_told_at_once() -> None:
    entries = [
        {"name": "JiebaTokeniser"},
        {"name": "CountVectorsFeaturizer", "max_ngram": "many"},
        {"name": "IntentClassifier"},
        {"name": "FallbackClassifier", "threshold": "high"},
    ]
    errors = pipeline_errors(entries, ["zh"])
    places = [error.location.key for error in errors if error.location]
    assert places == ["pipeline[0]", "pipeline[1]", "pipeline[3]"]  # the tokenizer, misspelt, is not missed
    assert "'many'" in errors[1].message
    assert "'high'" in errors[2].message


def test_an_option_that_is_misspelt_is_named_with_the_one_that_is_meant() -> None:
    found = misspelt_options(
        [
            {"name": "rasa.nlu.featurizers.CountVectorsFeaturizer", "analyser": "char_wb", "min_ngram": 1},
            {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
            {"name": "FallbackClassifier", "treshold": 0.4, "ambiguity_threshold": 0.1},
            {"name": "my_nlu.Own", "treshold": 1},
        ]
    )
    assert [problem.fix for problem in found] == ["did you mean 'analyzer'?", "did you mean 'threshold'?"]
    assert found[1].location == Location("config.yml", key="pipeline[2]")


@pytest.mark.parametrize("code", ["def (", "raise RuntimeError('no licence')"])
def test_code_that_fails_when_it_is_imported_is_an_error_with_its_place(tmp_path: Path, code: str) -> None:
    (tmp_path / f"own_{len(code)}.py").write_text(code)
    (error,) = pipeline_errors([{"name": f"own_{len(code)}.Loud"}], ["en"], project_root=tmp_path)
    assert "cannot be imported" in error.message
    assert error.location
