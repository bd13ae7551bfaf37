"""Rasa 2.x projects rewritten as Rasa 3.x ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chatwright.errors import ProjectInvalid
from chatwright.project.migrate import migrate
from chatwright.project.project import Project
from chatwright.project.validate import validate
from chatwright.project.yaml_reader import plain, read_yaml

OLD = {
    "config.yml": """\
language: en  # English
pipeline:
- name: HFTransformersNLP
  model_name: bert
  model_weights: bert-base-uncased
- name: LanguageModelTokenizer
- name: LanguageModelFeaturizer
- name: DIETClassifier
  epochs: 10
- name: DucklingHTTPExtractor
- name: my_parts.Sentiment
policies:
- name: MappingPolicy
- name: MemoizationPolicy
- name: TwoStageFallbackPolicy
  nlu_threshold: 0.4
  core_threshold: 0.2
  fallback_core_action_name: action_give_up
""",
    "domain.yml": """\
version: "2.0"
# what people want
intents:
- greet
- inform
- help: {triggers: action_help}
entities: [city, cuisine]
slots:
  city:
    type: text
  cuisine:
    type: text
    auto_fill: false
  mood:
    type: unfeaturized
forms:
  trip_form:
    people:
    - type: from_text
    city:
    - {type: from_entity, entity: city}
responses:
  utter_greet:
  - text: Hello!
  utter_ask_people:
  - text: How many?
  utter_ask_city:
  - text: Where to?
actions: [action_help, action_give_up]
""",
    "data/nlu.yml": """\
version: "2.0"
nlu:
- intent: greet
  examples: |
    - hello
    - hi
- intent: inform
  examples: |
    - to [Rome](city)
    - to [Paris](city)
- intent: help
  examples: |
    - help
    - help me
""",
    "data/rules.yml": """\
version: "2.0"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
""",
    "data/old.md": "## intent:bye\n- bye\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in OLD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def yaml(path: Path):
    return plain(read_yaml(path).data)


def test_the_domain_is_in_the_new_form_and_keeps_its_comments(project: Path) -> None:
    migrate(project)
    domain = yaml(project / "domain.yml")
    assert domain["version"] == "3.1"
    assert domain["forms"] == {"trip_form": {"required_slots": ["people", "city"]}}
    assert domain["slots"]["people"]["mappings"] == [
        {"type": "from_text", "conditions": [{"active_loop": "trip_form", "requested_slot": "people"}]}
    ]
    assert {"type": "from_entity", "entity": "city"} in domain["slots"]["city"]["mappings"]
    assert domain["slots"]["cuisine"]["mappings"] == [{"type": "custom"}]
    assert domain["slots"]["mood"]["type"] == "any"
    assert domain["intents"] == ["greet", "inform", "help"]
    assert "# what people want" in (project / "domain.yml").read_text("utf-8")


def test_policies_become_rules(project: Path) -> None:
    migrate(project)
    config = yaml(project / "config.yml")
    assert [entry["name"] for entry in config["policies"]] == ["MemoizationPolicy", "RulePolicy"]
    assert config["policies"][1]["core_fallback_threshold"] == 0.2
    assert config["policies"][1]["core_fallback_action_name"] == "action_give_up"
    rules = yaml(project / "data" / "migrated_rules.yml")["rules"]
    assert [rule["steps"][:2] for rule in rules] == [
        [{"intent": "nlu_fallback"}, {"action": "action_two_stage_fallback"}],
        [{"intent": "help"}, {"action": "action_help"}],
    ]


def test_components_are_renamed(project: Path) -> None:
    migrate(project)
    pipeline = yaml(project / "config.yml")["pipeline"]
    names = [entry["name"] for entry in pipeline]
    assert names[:3] == ["WhitespaceTokenizer", "LanguageModelFeaturizer", "DIETClassifier"]
    assert "DucklingEntityExtractor" in names
    assert pipeline[1]["model_weights"] == "bert-base-uncased"
    assert pipeline[-1] == {"name": "FallbackClassifier", "threshold": 0.4, "ambiguity_threshold": 0.1}


def test_what_has_no_equivalent_is_told(project: Path) -> None:
    left = " ".join(migrate(project).left)
    assert "my_parts.Sentiment" in left
    assert "data/old.md" in left


def test_the_files_as_they_were_are_kept_and_not_read(project: Path) -> None:
    migrate(project)
    assert (project / ".rasa2" / "domain.yml").read_text("utf-8") == OLD["domain.yml"]
    examples = Project.load(project).nlu.examples
    assert len(examples) == 6


def test_a_second_time_there_is_nothing_to_do(project: Path) -> None:
    migrate(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert migrate(project).changes == []
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_dry_run_says_the_same_and_changes_nothing(project: Path) -> None:
    told = migrate(project, dry_run=True)
    assert (project / "domain.yml").read_text("utf-8") == OLD["domain.yml"]
    assert not (project / ".rasa2").exists()
    assert migrate(project).changes == told.changes


def test_a_broken_file_stops_it_before_anything_is_changed(project: Path) -> None:
    (project / "data" / "rules.yml").write_text("rules: [", "utf-8")
    with pytest.raises(ProjectInvalid):
        migrate(project)
    assert (project / "domain.yml").read_text("utf-8") == OLD["domain.yml"]


BOTS = Path(os.environ.get("CHATWRIGHT_BOTS", "nowhere"))
OLD_BOTS = sorted(
    path.parent
    for folder in ("rasa-form-examples", "rasa-examples")
    for path in BOTS.glob(f"{folder}/*/domain.yml")
)


@pytest.mark.skipif(not OLD_BOTS, reason="CHATWRIGHT_BOTS is not set: the public 2.x projects are absent")
@pytest.mark.parametrize("bot", OLD_BOTS, ids=lambda path: path.name)
def test_public_projects_have_no_leftovers_of_rasa_2(bot: Path, tmp_path: Path) -> None:
    root = tmp_path / "bot"
    shutil.copytree(bot, root)
    before = [p for p in validate(Project.load(root)) if p.severity == "error"]
    migrate(root)
    problems = validate(Project.load(root))
    assert [str(p) for p in problems if p.code in ("rasa-2-leftover", "version")] == []
    assert len([p for p in problems if p.severity == "error"]) <= len(before)
