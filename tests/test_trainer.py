"""From a project to a bundle: what is trained, what is taken over, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatwright.bundle import open_bundle
from chatwright.errors import ProjectInvalid, TrainingError
from chatwright.project.project import Project
from chatwright.trainer import check, stale_parts, train
from small_bot import write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "bot")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_project_is_clean(project: Path) -> None:
    assert [str(problem) for problem in check(Project.load(project))] == []


def test_a_bundle_holds_what_is_needed_and_nothing_else(project: Path) -> None:
    heard: list[tuple[str, float]] = []
    result = train(project, progress=lambda what, fraction: heard.append((what, fraction)))
    assert result.trained == ("nlu", "dialogue")
    assert result.path.parent == project / "models"
    bundle = open_bundle(result.path)
    assert tuple(bundle.manifest.languages) == ("en", "zh")
    kinds = {path.suffix for path in bundle.folder.rglob("*") if path.is_file()}
    assert kinds <= {".json", ".npz", ".npy", ".crfsuite"}
    assert "actions.py" not in {path.name for path in bundle.folder.rglob("*")}
    assert all(0 <= fraction <= 1 for _, fraction in heard)
    assert any(what.startswith("understanding") for what, _ in heard)
    assert any(what.startswith("dialogue") for what, _ in heard)


def test_editing_a_response_trains_nothing(project: Path) -> None:
    first = train(project)
    edit(project / "domain.yml", "Hello!", "Hello, friend!")
    assert stale_parts(Project.load(project), project / "models") == ("responses",)
    second = train(project)
    assert second.trained == ()
    assert second.reused == ("nlu", "dialogue")
    assert second.bundle_id != first.bundle_id
    assert "friend" in (open_bundle(second.path).folder / "domain.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("data/nlu.yml", "- hey you", "- hey ho", "nlu"),
        ("data/nlu.yml", "- 晚安", "- 明天见", "nlu"),
        ("data/rules.yml", "- action: utter_bye", "- action: utter_greet", "dialogue"),
        ("config.yml", "recipe: default.v1", "recipe: default.v1\npolicies:\n- name: RulePolicy", "dialogue"),
    ],
)
def test_only_what_changed_is_trained(project: Path, file: str, old: str, new: str, part: str) -> None:
    train(project)
    edit(project / file, old, new)
    assert train(project).trained == (part,)


def test_training_twice_gives_the_same_bundle(project: Path) -> None:
    first = train(project, fixed_name="one")
    second = train(project, fixed_name="two", force=True)
    assert second.trained == ("nlu", "dialogue")
    assert first.bundle_id == second.bundle_id


def test_parts_can_be_trained_alone(project: Path) -> None:
    assert train(project, core=False).path.name.startswith("nlu-")
    assert train(project, nlu=False).path.name.startswith("core-")


def test_errors_are_all_listed_and_nothing_is_written(project: Path) -> None:
    edit(project / "domain.yml", "required_slots: [size, topping]", "required_slots: [size, toping]")
    edit(project / "data/rules.yml", "  - action: utter_hours", "  - action: utter_hours\n  - checkpoint: x")
    with pytest.raises(ProjectInvalid) as caught:
        train(project)
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert len(errors) >= 2
    assert all(problem.location and problem.location.line for problem in errors)
    assert any("topping" in problem.fix for problem in errors)
    assert not (project / "models").exists()


def test_nothing_to_train_on_is_told(project: Path) -> None:
    for file in ("nlu.yml", "rules.yml"):
        (project / "data" / file).unlink()
    with pytest.raises(TrainingError, match="nothing to train"):
        train(project)


def test_an_unknown_component_is_refused_before_training(project: Path) -> None:
    edit(project / "config.yml", "recipe: default.v1", "recipe: default.v1\npipeline:\n- name: DIETClasifier")
    with pytest.raises((ProjectInvalid, TrainingError)) as caught:
        train(project)
    told = str(caught.value) + "".join(map(str, getattr(caught.value, "problems", ())))
    assert "DIETClassifier" in told


def test_wrong_entries_of_the_configuration_are_told_with_their_lines(project: Path) -> None:
    config = project / "config.yml"
    config.write_text(
        "assistant_id: bot\nlanguages: [en, zh]\npipeline:\n- name: MixedTokenizer\n- nam: IntentClassifier\n"
        "- name: FallbackClassifier\n  threshold: high\npolicies:\n- name: RulePolic\n"
    )
    errors = [problem for problem in check(Project.load(project)) if problem.severity == "error"]
    places = {(p.code, p.location.line_in_file) for p in errors if p.location}
    assert {
        ("no-name", "config.yml:5"),
        ("unusable-component", "config.yml:6"),
        ("unknown-policy", "config.yml:9"),
    } <= places
    assert len([code for code, _ in places if code == "unusable-component"]) == 1
