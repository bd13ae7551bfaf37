"""The starters as bots: trained, they pass their own tests, and understand what they were not trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.evaluate.test_run import run_nlu_test, run_story_test
from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.project import Project
from chatwright.project.read_nlu import read_nlu_files
from chatwright.schema.events import ActionExecuted, UserUttered
from chatwright.schema.understanding import Emotion, IntentScore, Understanding
from starter_project import made, trained

CHOICES = [
    ("customer-service", "both"),
    ("customer-service", "zh"),
    ("customer-service", "en"),
    ("blank", "both"),
    ("blank", "zh"),
    ("blank", "en"),
]


def brain_of(project: Path) -> Brain:
    return Brain.load(project / "models", project_root=project)


@pytest.mark.parametrize(("template", "language"), CHOICES)
async def test_test_conversations_pass(tmp_path: Path, template: str, language: str) -> None:
    project = made(tmp_path / "bot", template, language)
    evaluation = await run_story_test(brain_of(project), Project.load(project))
    assert [result.name for result in evaluation.results if not result.passed] == []
    assert trained(template, language).problems == ()


@pytest.mark.parametrize("choice", ["both", "alone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_held_out_messages_are_understood(tmp_path: Path, language: str, choice: str) -> None:
    project = made(tmp_path / "bot", language="both" if choice == "both" else language)
    brain = brain_of(project)
    held_out = read_nlu_files([project / "tests" / "nlu" / f"{language}.yml"]).examples
    evaluation = run_nlu_test(brain, held_out)
    assert evaluation.intent_accuracy() > 0.88
    ordinary = [example.text for example in held_out if example.intent != "complain"]
    alarms = [text for text in ordinary if brain.understand(text).intent.name == "complain"]
    assert len(alarms) < 0.07 * len(ordinary)
    for example in held_out:
        for entity in example.entities:
            if entity.entity == "order_number":
                found = {e.value for e in brain.understand(example.text).entities}
                assert entity.value in found, example.text


def test_held_out_messages_are_held_out(tmp_path: Path) -> None:
    project = Project.load(made(tmp_path / "bot"))
    known = {example.text.casefold() for example in project.nlu.examples}
    for language in ("zh", "en"):
        examples = read_nlu_files([project.root / "tests" / "nlu" / f"{language}.yml"]).examples
        assert known.intersection(example.text.casefold() for example in examples) == set()
        counts = {
            intent: sum(example.intent == intent for example in examples)
            for intent in {example.intent for example in project.nlu.examples}
        }
        assert min(counts.values()) >= 8, counts


@pytest.mark.parametrize(("label", "intensity"), [("anger", 2), ("anger", 1), ("joy", 3)])
async def test_an_angry_message_that_is_not_understood_gets_an_apology(
    tmp_path: Path, label: str, intensity: int
) -> None:
    brain = brain_of(made(tmp_path / "bot"))
    emotion = Emotion(
        label=label, confidence=0.9, intensity=intensity, sentiment="negative", sentiment_confidence=0.9
    )
    heard = Understanding(text="…", intent=IntentScore(NLU_FALLBACK, 0.9), emotion=emotion)
    tracker = Tracker("c", brain.domain)
    tracker.update_all([ActionExecuted(name="action_listen"), UserUttered(text="…", understanding=heard)])
    await brain.extract_slots(tracker, channel="rest", idempotency_key="c/1/0")
    upset = (label, intensity) == ("anger", 2)
    assert brain.decide(tracker).action == ("action_apologise" if upset else "action_clarify")
