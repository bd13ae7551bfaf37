"""Events and understandings survive JSON, in Rasa's form."""

from __future__ import annotations

import contextlib
import itertools
import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import RequestError
from chatwright.schema.decision import Decision, PolicyPrediction
from chatwright.schema.events import (
    EVENT_TYPES,
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    FeedbackGiven,
    LoopInterrupted,
    ReminderScheduled,
    SlotSet,
    UserUttered,
    event_from_json,
    events_from_json,
)
from chatwright.schema.messages import BotMessage, UserMessage
from chatwright.schema.understanding import Entity, IntentScore, Token, Understanding
from chatwright.schema.why import Evidence

TEXT = st.text(max_size=12)
CONFIDENCE = st.floats(0, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT, lambda x: st.lists(x, max_size=3), max_leaves=4
)
ENTITIES = st.builds(
    Entity,
    entity=TEXT,
    value=JSON,
    start=st.integers(0, 50),
    end=st.integers(0, 50),
    role=st.none() | TEXT.filter(bool),
    group=st.none() | TEXT.filter(bool),
    confidence=st.none() | CONFIDENCE,
    extractor=TEXT,
    processors=st.lists(TEXT, max_size=2).map(tuple),
)
SCORES = st.builds(IntentScore, st.none() | TEXT.filter(bool), CONFIDENCE)
EVIDENCE = st.builds(Evidence, st.just("rule"), TEXT, st.none() | TEXT.filter(bool), st.none() | CONFIDENCE)


@st.composite
def understandings(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXT) -> Understanding:
    said = draw(text)
    cuts = sorted(draw(st.lists(st.integers(0, len(said)), max_size=4)))
    return Understanding(
        text=said,
        language=draw(st.sampled_from([None, "zh", "en"])),
        tokens=tuple(Token(said[a:b], a, b) for a, b in itertools.pairwise(cuts)),
        intent=draw(SCORES),
        ranking=tuple(draw(st.lists(SCORES, max_size=3))),
        entities=tuple(draw(st.lists(ENTITIES, max_size=3))),
        response_selector=draw(st.dictionaries(TEXT, JSON, max_size=2)),
        evidence=tuple(draw(st.lists(EVIDENCE, max_size=2))),
    )


def again(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False))


@given(understandings())
def test_an_understanding_survives_json(understanding: Understanding) -> None:
    assert Understanding.from_json(again(understanding.to_json())) == understanding


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": TEXT, "value": JSON, "policy": st.none() | TEXT, "confidence": st.none() | CONFIDENCE,
    "action_text": st.none() | TEXT, "hide_rule_turn": st.booleans(), "text": TEXT,
    "data": st.dictionaries(TEXT, JSON, max_size=2), "entities": st.lists(ENTITIES, max_size=2).map(tuple),
    "use_text_for_featurization": st.booleans(), "is_interrupted": st.booleans(), "intent": TEXT,
    "date_time": st.just("2026-01-01T10:00:00"), "kill_on_user_msg": st.booleans(),
    "input_channel": st.none() | TEXT, "message_id": st.none() | TEXT,
    "turn": st.integers(1, 9), "comment": st.none() | TEXT,
}  # fmt: skip


@st.composite
def any_event(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(list(EVENT_TYPES.values())))
    if kind is UserUttered:
        heard = draw(understandings())
        return UserUttered(text=heard.text, understanding=heard, input_channel=draw(VALUES["input_channel"]))
    given_fields = {f.name: draw(VALUES[f.name]) for f in fields(kind) if f.name in VALUES}
    if kind is FeedbackGiven:
        given_fields["value"] = draw(st.sampled_from(["up", "down"]))
    if kind is ReminderScheduled:
        given_fields["name"] = draw(TEXT.filter(bool))
        given_fields["entities"] = draw(JSON)
    elif "entities" in given_fields and kind.type_name == "cancel_reminder":
        given_fields["entities"] = draw(JSON)
    return kind(**given_fields, metadata=draw(st.dictionaries(TEXT, JSON, max_size=2)))


@given(any_event())
def test_every_event_survives_json(event: Event) -> None:
    read = event_from_json(again(event.to_json()))
    assert read == event
    assert read.timestamp == event.timestamp
    assert dict(read.metadata) == dict(event.metadata)


@given(
    st.dictionaries(
        st.sampled_from(["event", "name", "value", "text", "timestamp", "parse_data", "entities"]), JSON
    )
)
def test_any_json_is_read_or_refused_with_a_reason(data: dict[str, Any]) -> None:
    with contextlib.suppress(RequestError):  # nothing else may come out
        assert event_from_json(data).type_name in EVENT_TYPES


def test_the_names_are_rasas() -> None:
    ours = {name for name, kind in EVENT_TYPES.items() if not kind.is_rasa}
    assert ours == {"feedback"}
    assert set(EVENT_TYPES) - ours == {
        "user", "bot", "agent", "action", "slot", "entities", "user_featurization", "active_loop",
        "loop_interrupted", "action_execution_rejected", "followup", "pause", "resume", "restart", "rewind",
        "undo", "reset_slots", "session_started", "export", "reminder", "cancel_reminder",
    }  # fmt: skip


def test_rasas_fields() -> None:
    event = ActionExecuted(name="utter_greet", policy="RulePolicy", confidence=1.0, timestamp=2.5)
    assert event.to_json() == {
        "event": "action", "timestamp": 2.5, "name": "utter_greet", "policy": "RulePolicy", "confidence": 1.0,
        "action_text": None, "hide_rule_turn": False,
    }  # fmt: skip
    assert SlotSet(name="城市", value=["北京"], timestamp=1.0, metadata={"a": 1}).to_json() == {
        "event": "slot", "timestamp": 1.0, "metadata": {"a": 1}, "name": "城市", "value": ["北京"],
    }  # fmt: skip


def test_legacy_events_of_rasa() -> None:
    assert event_from_json({"event": "form", "name": "f"}) == ActiveLoop(name="f")
    assert event_from_json({"event": "form_validation", "validate": False}) == LoopInterrupted(
        is_interrupted=True
    )
    assert event_from_json({"event": "form_validation"}) == LoopInterrupted(is_interrupted=False)


def test_an_event_without_time_happens_now() -> None:
    assert event_from_json({"event": "pause"}, now=lambda: 7.0).timestamp == 7.0
    assert event_from_json({"event": "pause", "timestamp": None}, now=lambda: 7.0).timestamp == 7.0
    assert event_from_json({"event": "pause", "timestamp": "3"}).timestamp == 3.0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"event": "slto", "name": "x"}, "unknown event type 'slto'"),
        ({}, "unknown event type None"),
        ([], "unknown event type None"),
        ({"event": "slot"}, "lacks the field 'name'"),
        ({"event": "pause", "timestamp": "soon"}, "malformed"),
        ({"event": "user", "text": "hi", "parse_data": [1]}, "malformed"),
        ({"event": "feedback", "turn": 1, "value": "great"}, "must be 'up' or 'down'"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(data: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        event_from_json(data)


def test_the_nearest_event_type_is_offered() -> None:
    with pytest.raises(RequestError) as caught:
        events_from_json([{"event": "pause"}, {"event": "restrat"}])
    assert caught.value.fix == "did you mean 'restart'?"


def test_what_happened_is_the_same_whenever_it_did() -> None:
    assert SlotSet(name="a", value=1, timestamp=1.0) == SlotSet(
        name="a", value=1, timestamp=2.0, metadata={"x": 1}
    )
    assert SlotSet(name="a", value=1) != SlotSet(name="a", value=2)


def test_metadata_is_added_to_a_copy() -> None:
    event = SlotSet(name="a", value=1, metadata={"x": 1})
    assert event.with_metadata(y=2).metadata == {"x": 1, "y": 2}
    assert event.metadata == {"x": 1}


def test_a_bot_message_and_its_event() -> None:
    message = BotMessage(
        text="你好", image="i.png", buttons=({"title": "是", "payload": "/affirm"},), custom={"a": [1]},
        metadata={"utter_action": "utter_greet"},
    )  # fmt: skip
    event = event_from_json(again(BotUttered.from_message(message).to_json()))
    assert isinstance(event, BotUttered)
    assert event.message() == message
    assert event.data["quick_replies"] is None


def test_message_ids_differ() -> None:
    assert UserMessage(text="a").message_id != UserMessage(text="a").message_id


def test_a_prediction_names_its_best_action() -> None:
    prediction = PolicyPrediction(policy="p", priority=1, scores={"a": 0.2, "b": 0.7, "c": 0.7})
    assert (prediction.action, prediction.confidence) == ("b", 0.7)
    nothing = PolicyPrediction(policy="p", priority=1)
    assert (nothing.action, nothing.confidence) == (None, 0.0)


def test_a_decision_as_json_leaves_out_policies_without_a_proposal() -> None:
    proposals = (
        PolicyPrediction(policy="one", priority=1, scores={"a": 0.5}),
        PolicyPrediction(policy="two", priority=1),
    )
    decision = Decision(
        action="a",
        confidence=0.5,
        policy="one",
        evidence=(Evidence("rule", "rule 'r'", "f.yml:3"),),
        proposals=proposals,
    )
    assert again(decision.to_json()) == {
        "action": "a", "policy": "one", "confidence": 0.5,
        "evidence": [{"kind": "rule", "summary": "rule 'r'", "source": "f.yml:3"}],
        "proposals": [{"policy": "one", "action": "a", "confidence": 0.5}],
    }  # fmt: skip
