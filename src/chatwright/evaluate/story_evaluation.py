"""Test conversations: each message is understood, each action decided on, and both compared with the story.

The rules are Rasa's (``rasa test core``, rasa.core.test). Nothing is executed, unless that is asked for: what
an action does to slots and forms stands in the story. After a wrong step the story goes on as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chatwright.dialogue.tracker import Tracker
from chatwright.dialogue.training_stories import TrainingDialogue, story_dialogues
from chatwright.errors import Location
from chatwright.evaluate.nlu_evaluation import Label, classification_report
from chatwright.project.annotations import annotate
from chatwright.project.stories import Story
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from chatwright.schema.understanding import Entity, IntentScore, Understanding

if TYPE_CHECKING:
    from chatwright.brain import Brain

__all__ = ["StepResult", "StoryEvaluation", "StoryResult", "evaluate_stories"]

UNLIKELY = "action_unlikely_intent"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of a test conversation."""

    kind: str
    """As in the file: ``intent`` (or ``user``, for a message without intent), ``action``, ``bot``,
    ``slot_was_set``, ``active_loop``. The last two set the scene; where actions run, they must come true."""
    expected: str
    predicted: str
    passed: bool = True
    with_warning: bool = False
    """Right, but the bot found the message unlikely first."""
    why: str = ""
    """What made the bot decide so."""
    policy: str | None = None
    confidence: float = 1.0
    value: Any = None
    """Of a slot or loop."""
    said: Understanding | None = None
    """The message with its labels as the story has them."""
    labels: Sequence[Label] = ()
    """What is counted: the intent and its entities, or the action."""

    @property
    def wanted(self) -> str:
        """What the story says, in words."""
        return f"{self.expected}: {self.value!r}" if self.kind == "slot_was_set" else self.expected


@dataclass(frozen=True, slots=True)
class StoryResult:
    """One test conversation."""

    name: str
    location: Location | None
    steps: Sequence[StepResult]

    @property
    def passed(self) -> bool:
        """Whether every intent, entity and action is right."""
        return all(step.passed for step in self.steps)

    @property
    def with_warning(self) -> bool:
        """Whether it passed, though the bot found a message unlikely."""
        return self.passed and any(step.with_warning for step in self.steps)


@dataclass(frozen=True, slots=True)
class StoryEvaluation:
    """All test conversations of a run."""

    results: Sequence[StoryResult] = field(default_factory=tuple)

    @property
    def passed(self) -> int:
        """How many conversations passed."""
        return sum(result.passed for result in self.results)

    @property
    def actions(self) -> list[Label]:
        """Every action, expected and predicted."""
        steps = [step for result in self.results for step in result.steps]
        return [label for step in steps if step.kind in ("action", "bot") for label in step.labels]

    @property
    def action_accuracy(self) -> float:
        """Share of right actions, listening included; 0 without any."""
        actions = self.actions
        return sum(label.is_right for label in actions) / len(actions) if actions else 0.0

    def report(self) -> dict[str, Any]:
        """Rasa's ``story_report.json``: scores of every action, intent and entity, and of conversations."""
        labels = [label for result in self.results for step in result.steps for label in step.labels]
        report = classification_report(labels)
        for row in report.values():
            if isinstance(row, dict):
                row.pop("confused_with", None)
        if self.results:
            report["conversation_accuracy"] = {
                "accuracy": self.passed / len(self.results),
                "correct": self.passed,
                "with_warnings": sum(result.with_warning for result in self.results),
                "total": len(self.results),
            }
        return report


async def evaluate_stories(
    brain: Brain, stories: Sequence[Story], *, run_actions: bool = False
) -> StoryEvaluation:
    """Run test conversations; alternatives and checkpoints make several of one story, as in training.

    Args:
        run_actions: run what is decided on, the project's own actions and forms too. Slots and loops in the
            story are then not set but compared.
    """
    dialogues = story_dialogues(stories, brain.domain)
    kind = _ActingRun if run_actions else _Run
    return StoryEvaluation([await kind(brain, dialogue).result() for dialogue in dialogues])


class _Run:
    """One test conversation under way."""

    def __init__(self, brain: Brain, dialogue: TrainingDialogue) -> None:
        self.brain = brain
        self.dialogue = dialogue
        self.tracker = Tracker(dialogue.name, brain.domain)

    async def result(self) -> StoryResult:
        first, *events = self.dialogue.events  # the first says what was before; Rasa does not test it
        self.tracker.update(first)
        steps = [step for event in events for step in await self._step(event)]
        return StoryResult(self.dialogue.name, self.dialogue.location, [*_scene(first), *steps])

    async def _step(self, event: Event) -> list[StepResult]:
        match event:
            case UserUttered():
                return [self._hear(event)]
            case ActionExecuted():
                return [self._decide(event)]
            case _:
                self.tracker.update(event)
                return list(_scene(event))

    def _hear(self, event: UserUttered) -> StepResult:
        said, found = event.understanding, event.understanding
        ours: dict[str, Any] = {}
        if event.text:
            found = self.brain.understand(event.text, self.tracker)
            if (resolution := self.brain.resolve(found, self.tracker)) is not None:
                found, ours = resolution.applied(found), {"chatwright": {"context": resolution.to_json()}}
            if event.text.startswith("/") and not said.entities:
                # "/intent{…}" says itself which entities it has.
                said = Understanding(text=said.text, intent=said.intent, entities=found.entities)
        gold = str(event.metadata.get("full_intent") or said.intent.name or "")
        name = found.intent.name or ""
        if name != gold:
            name = _full_intent(found) or name
        # A message without intent in the story is read as text; what its intent may be is not tested.
        tested = said.intent.name is not None
        labels = [Label(event.text, gold, name, found.intent.confidence)] if tested else []
        in_words = [entity for entity in found.entities if entity.end > entity.start or not ours]
        labels += _entity_labels(event.text, said.entities, in_words)
        passed = all(label.is_right for label in labels)
        kept = _kept(said, found, passed)
        self.tracker.update(UserUttered(text=event.text, understanding=kept, metadata=ours))
        with_entities = any(not label.is_right for label in labels[tested:])
        return StepResult(
            kind="intent" if tested else "user",
            expected=_words(gold, said, with_entities),
            predicted=_words(name, found, with_entities),
            passed=passed,
            confidence=found.intent.confidence,
            said=said,
            labels=labels,
        )

    def _decide(self, event: ActionExecuted) -> StepResult:
        expected = event.name or event.action_text or ""
        decision, name = self._predicted(expected)
        unlikely = name == UNLIKELY != expected
        if unlikely:
            self.tracker.update(ActionExecuted(name=UNLIKELY, policy=decision.policy))
            decision, name = self._predicted(expected)
        right = name == expected
        is_text = event.name is None
        self.done = Decision(
            action=decision.action if right and not is_text else expected,
            is_text=is_text,
            policy=decision.policy,
            confidence=decision.confidence,
            hide_rule_turn=right and decision.hide_rule_turn,
        )
        self._go_on(self.done)
        return StepResult(
            kind="bot" if is_text else "action",
            expected=expected,
            predicted=name,
            passed=right,
            with_warning=right and unlikely,
            why="; ".join(evidence.summary for evidence in decision.evidence),
            policy=decision.policy,
            confidence=decision.confidence,
            labels=[Label("", expected, name, decision.confidence)],
        )

    def _go_on(self, done: Decision) -> None:
        """Nothing runs: the conversation goes on as if it had."""
        self.tracker.update(
            ActionExecuted(
                name=None if done.is_text else done.action,
                action_text=done.action if done.is_text else None,
                policy=done.policy,
                confidence=done.confidence,
                hide_rule_turn=done.hide_rule_turn,
            )
        )

    def _predicted(self, expected: str) -> tuple[Decision, str]:
        """The decision and its name; inside a form that is not expected, the form is taken to decline."""
        decision = self.brain.decide(self.tracker)
        name = self._name(decision, expected)
        domain = self.brain.domain
        if name != expected and name == self.tracker.active_loop_name and name in domain.forms:
            self.tracker.update(ActionExecutionRejected(name=name))
            decision = self.brain.decide(self.tracker)
            name = self._name(decision, expected)
        return decision, name

    def _name(self, decision: Decision, expected: str) -> str:
        """``utter_faq`` by its full name ``utter_faq/hours``, unless the story has the short one."""
        name = decision.action
        message = self.tracker.latest_message
        if name == expected or message is None or not self.brain.domain.is_retrieval_action(name):
            return name
        return _chosen(message.understanding, name.removeprefix("utter_")).get("utter_action") or name


class _ActingRun(_Run):
    """A test conversation in which actions run."""

    async def _step(self, event: Event) -> list[StepResult]:
        key = f"test/{self.dialogue.name}/{len(self.tracker.events)}"
        match event:
            case UserUttered():
                heard = self._hear(event)
                await self.brain.extract_slots(self.tracker, channel="test", idempotency_key=key)
                return [heard]
            case ActionExecuted():
                decided = self._decide(event)
                events = await self.brain.act(self.tracker, self.done, channel="test", idempotency_key=key)
                return [_unless_failed(decided, events)]
            case SlotSet():
                found = self.tracker.slots.get(event.name)
                return [_compared(scene, found == event.value, found) for scene in _scene(event)]
            case ActiveLoop():
                found = self.tracker.active_loop_name
                return [_compared(scene, found == event.name, found) for scene in _scene(event)]
        return []

    def _go_on(self, done: Decision) -> None:
        """It is run."""


def _unless_failed(decided: StepResult, events: Sequence[Event]) -> StepResult:
    """The decision, wrong where its action failed or declined."""
    for event in events:
        error = (event.metadata.get("chatwright") or {}).get("error")
        if error:
            return replace(decided, passed=False, predicted=f"{decided.predicted} failed: {error['message']}")
        if isinstance(event, ActionExecutionRejected):
            return replace(decided, passed=False, predicted=f"{decided.predicted} declined to run")
    return decided


def _compared(scene: StepResult, is_right: bool, found: Any) -> StepResult:
    return scene if is_right else replace(scene, passed=False, predicted=f"{scene.expected}: {found!r}")


def _scene(event: Event) -> Iterator[StepResult]:
    if isinstance(event, SlotSet):
        yield StepResult(kind="slot_was_set", expected=event.name, predicted=event.name, value=event.value)
    elif isinstance(event, ActiveLoop):
        name = event.name or "null"
        yield StepResult(kind="active_loop", expected=name, predicted=name, value=event.name)


def _kept(said: Understanding, found: Understanding, passed: bool) -> Understanding:
    """What the story says, with the answer that the bot chose where it understood."""
    return Understanding(
        text=said.text,
        language=found.language,
        intent=IntentScore(said.intent.name, 1.0) if said.intent.name else found.intent,
        entities=said.entities,
        response_selector=found.response_selector if passed else {},
    )


def _chosen(found: Understanding, intent: str) -> dict[str, Any]:
    selector = found.response_selector
    entry = selector.get(intent) or selector.get("default") or {}
    return dict(entry.get("response") or {})


def _full_intent(found: Understanding) -> str | None:
    """``faq/hours`` of a retrieval intent."""
    intent = found.intent.name
    if intent is None or intent not in (found.response_selector.get("all_retrieval_intents") or ()):
        return None
    selector = found.response_selector
    entry = selector.get("default") or selector.get(intent) or {}
    return (entry.get("response") or {}).get("intent_response_key")


def _words(intent: str, understanding: Understanding, with_entities: bool) -> str:
    if not with_entities:
        return intent
    marked = annotate(understanding.text, tuple(understanding.entities))
    return f"{intent}: {marked}" if intent else marked


def _entity_labels(text: str, gold: Sequence[Entity], found: Sequence[Entity]) -> list[Label]:
    """Entities by span; duplicates, order, roles and groups do not matter (Rasa's EvaluationStore)."""
    expected, predicted = _by_span(gold), _by_span(found)
    labels = []
    for span in sorted({*expected, *predicted}):
        for one, other in _aligned(expected.get(span, []), predicted.get(span, [])):
            labels.append(Label(text, one, other, 1.0))
    return labels


def _by_span(entities: Sequence[Entity]) -> dict[tuple[int, int], list[str]]:
    out: dict[tuple[int, int], list[str]] = {}
    for entity in entities:
        names = out.setdefault((entity.start, entity.end), [])
        name = f"{entity.entity}: {entity.value}"
        if name not in names:
            names.append(name)
    return out


def _aligned(expected: list[str], predicted: list[str]) -> Iterator[tuple[str, str]]:
    both = [name for name in expected if name in predicted]
    yield from ((name, name) for name in both)
    missed = [name for name in expected if name not in both]
    extra = [name for name in predicted if name not in both]
    for number in range(max(len(missed), len(extra))):
        yield (
            missed[number] if number < len(missed) else "None",
            extra[number] if number < len(extra) else "None",
        )
