"""The policy that learned how to ask: what it may choose, what it sees, and what forms make of it."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.brain import Brain
from chatwright.dialogue.policies.aligned import AlignedPolicy, Network
from chatwright.dialogue.policies.fit_aligned import fit_aligned
from chatwright.dialogue.policies.form_choices import Choice, FormChoices
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import ComponentError
from chatwright.project.form_questions import END_FORM
from chatwright.project.validate import validate
from chatwright.schema.events import ActiveLoop, BotUttered, SlotSet, UserUttered
from chatwright.schema.messages import UserMessage
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.simulate.environment import aligned_policy, with_aligned_policy
from chatwright.turn import TurnRun
from table_bot import trained

SLOTS = ("food", "people", "day", "confirmed")


def choosing(action: str) -> Brain:
    """The bot with a policy that always likes one action best, where it is allowed."""
    _, brain = trained()
    policy = aligned_policy(brain)
    choices = policy.choices
    weights = np.zeros((len(choices.choices), choices.width + len(choices.choices)), np.float32)
    bias = np.array([float(choice.action == action) for choice in choices.choices], np.float32)
    return with_aligned_policy(brain, dataclasses.replace(policy, network=Network([(weights, bias)])))


def talk(brain: Brain, *messages: str) -> tuple[Tracker, TurnRun]:
    """A conversation of payloads, and its last turn."""

    async def turns() -> TurnRun:
        for number, text in enumerate(messages, 1):
            run = TurnRun(brain, tracker, number)
            await run.start_session_if_due({})
            await run.hear(UserMessage(text=text, conversation="c", message_id=str(number), channel="rest"))
            await run.answer()
        return run

    tracker = Tracker("c", brain.domain)
    return tracker, asyncio.run(turns())


def texts(run: TurnRun) -> list[str | None]:
    return [reply.text for reply in run.replies]


def test_without_weights_the_form_asks_in_its_own_order() -> None:
    _, brain = trained()
    assert texts(talk(brain, "/book")[1]) == ["Which food?"]


def test_one_question_asks_for_several_slots_and_any_answer_is_taken() -> None:
    brain = choosing("utter_ask_table_form")
    tracker, run = talk(brain, "/book")
    assert texts(run) == ["Which food, how many people, which day?"]
    tracker, run = talk(brain, "/book", '/inform{"people": "two", "day": "friday"}')
    assert (tracker.slots["people"], tracker.slots["day"]) == ("two", "friday")
    assert texts(run) == ["Which food?"]  # a question for several things is none for one


def test_the_form_may_end_without_what_may_be_skipped() -> None:
    everything = '/inform{"food": "thai", "people": "two", "day": "friday"}'
    tracker, run = talk(choosing(END_FORM), "/book", everything)
    assert texts(run) == ["Booked: thai for two on friday."]
    assert tracker.active_loop_name is None
    assert tracker.slots["confirmed"] is None
    _, run = talk(trained()[1], "/book", everything)
    assert texts(run) == ["thai for two on friday, right?"]


def test_giving_up_leaves_the_form_and_waits() -> None:
    tracker, run = talk(choosing("utter_colleague"), "/book", '/inform{"food": "thai"}')
    assert texts(run) == ["A colleague will help you."]
    assert tracker.active_loop_name is None
    assert [step["action"] for step in run.steps] == ["utter_colleague", "action_listen"]


def test_rules_go_first_and_the_form_goes_on_with_the_learned_question() -> None:
    _, run = talk(choosing("utter_ask_people_and_day"), "/book", "/parking")
    assert texts(run) == ["Behind the house.", "How many people, and which day?"]


def test_the_reason_is_told() -> None:
    _, run = talk(choosing("utter_ask_people_and_day"), "/book")
    reasons = [evidence["summary"] for step in run.steps for evidence in step["evidence"]]
    assert "learned from simulated users: ask for people and day" in reasons


@given(
    filled=st.sets(st.sampled_from(SLOTS)),
    running=st.booleans(),
)
def test_the_mask_never_allows_what_makes_no_sense(filled: set[str], running: bool) -> None:
    _, brain = trained()
    choices = aligned_policy(brain).choices
    tracker = Tracker("c", brain.domain)
    if running:
        tracker.update(ActiveLoop(name="table_form"))
    tracker.update_all(SlotSet(name=slot, value="x") for slot in filled)
    allowed = choices.allowed(tracker, "table_form")
    missing = set(SLOTS) - filled
    for choice in np.array(choices.choices, object)[allowed]:
        assert missing, "a form with nothing missing is over by itself"
        if choice.action == END_FORM:
            assert running
            assert missing == {"confirmed"}
        elif not choice.slots:
            assert running
        else:
            assert missing & set(choice.slots)
            if "confirmed" in choice.slots:
                assert missing == {"confirmed"}
    if missing:
        assert allowed.any()
        observed = choices.observe(tracker, "table_form")
        assert observed.shape == (choices.width,)
        assert ((observed >= 0) & (observed <= 1)).all()


def heard(intent: str, confidence: float, **entities: tuple[str, float]) -> UserUttered:
    found = tuple(
        Entity(entity=name, value=value, start=0, end=0, confidence=sure)
        for name, (value, sure) in entities.items()
    )
    return UserUttered(
        text="x",
        understanding=Understanding(text="x", intent=IntentScore(intent, confidence), entities=found),
    )


def test_what_is_seen_are_fillings_doubts_and_questions() -> None:
    _, brain = trained()
    choices = aligned_policy(brain).choices
    tracker = Tracker("c", brain.domain)
    tracker.update_all(
        [
            heard("book", 0.9),
            ActiveLoop(name="table_form"),
            BotUttered(text="?", metadata={"utter_action": "utter_ask_people_and_day"}),
            heard("inform", 0.6, people=("two", 0.5)),
            SlotSet(name="people", value="two"),
            SlotSet(name="people", value="two"),  # validation says it again
        ]
    )
    seen = dict(zip(_names(choices), choices.observe(tracker, "table_form"), strict=True))
    assert seen["people filled"] == 1
    assert seen["people sure"] == pytest.approx(0.5)
    assert seen["people asked"] == pytest.approx(1 / 3)
    assert (seen["day filled"], seen["day asked"]) == (0, pytest.approx(1 / 3))
    assert seen["intent"] == pytest.approx(0.6)
    assert seen["turns"] == pytest.approx(2 / 12)
    tracker.update_all([heard("inform", 0.6, people=("two", 0.5)), SlotSet(name="people", value="two")])
    seen = dict(zip(_names(choices), choices.observe(tracker, "table_form"), strict=True))
    assert seen["people sure"] == pytest.approx(0.75)  # said twice


def _names(choices: FormChoices) -> list[str]:
    return [
        *(f"{slot} {what}" for slot in choices.slots for what in ("filled", "sure", "asked")),
        *("intent", "filled now", "turns", "idle turns"),
        *choices.forms,
    ]


def test_saved_and_loaded_it_decides_the_same(tmp_path: Path) -> None:
    _, brain = trained()
    policy = aligned_policy(brain)
    count = len(policy.choices.choices)
    rng = np.random.default_rng(0)
    shapes = [(8, policy.choices.width + count), (count, 8)]
    layers = [(rng.normal(size=shape).astype(np.float32), np.zeros(shape[0], np.float32)) for shape in shapes]
    policy = dataclasses.replace(policy, network=Network(layers))
    policy.save(tmp_path)
    loaded = AlignedPolicy.load(tmp_path)
    tracker = Tracker("c", brain.domain)
    assert loaded.predict(tracker, brain.domain) == policy.predict(tracker, brain.domain)
    assert loaded.choices == policy.choices


def test_options_that_name_nothing_are_refused() -> None:
    domain = trained()[0].domain
    with pytest.raises(ComponentError, match="which no form asks for") as wrong:
        fit_aligned({"may_skip": ["confirmd"]}, domain)
    assert "confirmed" in str(wrong.value.fix)
    with pytest.raises(ComponentError, match="which is no action"):
        fit_aligned({"give_up": "utter_colleag"}, domain)
    found = fit_aligned({"may_skip": ["confirmed"]}, domain).choices
    assert Choice("table_form", "utter_ask_people_and_day", ("people", "day")) in found.choices


def test_what_is_said_when_a_form_is_given_up_counts_as_used() -> None:
    assert [problem.code for problem in validate(trained()[0])] == []
