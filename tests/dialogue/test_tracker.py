"""The tracker is a fold over events: always the same, however it was restored, and at a steady cost."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.dialogue import tracker as tracker_module
from chatwright.dialogue.tracker import WINDOW, Tracker
from chatwright.schema.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FeedbackGiven,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUtteranceReverted,
    event_from_json,
)
from chatwright.schema.understanding import Entity

from .talking import Bot, events, said

BOT = Bot("""
intents: [greet, inform, 问好, stop]
entities: [city, 城市]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  城市: {type: text, initial_value: 北京, mappings: [{type: from_entity, entity: 城市}]}
  tags: {type: list, mappings: [{type: custom}]}
  done: {type: bool, mappings: [{type: custom}]}
forms:
  trip_form: {required_slots: [city, done]}
  订票表单: {required_slots: [城市]}
actions: [action_x]
responses:
  utter_greet: [{text: hi}]
""")


def test_a_new_conversation_begins_by_listening() -> None:
    tracker = BOT.after()
    assert tracker.followup_action == "action_listen"
    assert tracker.slots["城市"] == "北京"
    assert not tracker.has_session
    assert tracker.latest_message is None


def test_slots_messages_actions_and_loops_are_folded() -> None:
    tracker = BOT.after("> inform city=Rome", "= city=Rome", "trip_form", "loop trip_form")
    assert tracker.slots["city"] == "Rome"
    assert tracker.latest_action_name == "trip_form"
    assert tracker.active_loop_name == "trip_form"
    assert tracker.active_loop is not None
    assert tracker.active_loop.trigger_message is not None
    assert tracker.active_loop.trigger_message["intent"]["name"] == "inform"
    assert tracker.followup_action is None


def test_a_list_slot_wraps_a_single_value_and_unknown_slots_are_ignored() -> None:
    tracker = BOT.after("= tags=红色", "= nothing=1")
    assert tracker.slots["tags"] == ["红色"]
    assert "nothing" not in tracker.slots


def test_a_restart_forgets_everything_and_starts_a_session_next() -> None:
    tracker = BOT.after(
        "> greet", "= city=Rome", "= 城市=上海", "loop trip_form", [ConversationPaused(), Restarted()]
    )
    assert tracker.slots["city"] is None
    assert tracker.slots["城市"] == "北京"
    assert tracker.active_loop is None
    assert not tracker.paused
    assert tracker.latest_message is None
    assert tracker.followup_action == "action_session_start"


def test_a_session_start_begins_anew_and_later_slots_are_carried_over() -> None:
    tracker = BOT.after("> greet", "= city=Rome", "action_session_start", [SessionStarted()], "= city=Rome")
    tracker.update(ActionExecuted(name="action_listen"))
    assert tracker.slots["city"] == "Rome"
    assert [event.type_name for event in tracker.applied_events()] == ["slot", "action"]
    assert len(tracker.states()) == 2


def test_a_rewind_takes_back_the_user_turn_and_the_listen_before_it() -> None:
    before = BOT.after("> greet", "utter_greet")
    tracker = BOT.after(
        "> greet", "utter_greet", "> inform", "= city=Rome", "action_x", [UserUtteranceReverted()]
    )
    assert tracker.slots["city"] is None
    assert tracker.latest_action_name == "utter_greet"
    assert tracker.latest_message is not None
    assert tracker.latest_message.intent == "greet"
    assert tracker.states() == before.states()


def test_a_rewind_of_the_first_turn_leads_back_to_listening() -> None:
    tracker = BOT.after("> greet", "action_default_fallback", [UserUtteranceReverted()])
    assert tracker.latest_action_name is None
    assert tracker.followup_action == "action_listen"


def test_an_undo_takes_back_the_last_action_with_what_it_did() -> None:
    tracker = BOT.after("> greet", "utter_greet", "action_x", "= city=Rome", [ActionReverted()])
    assert tracker.latest_action_name == "utter_greet"
    assert tracker.slots["city"] is None


def test_all_slots_reset() -> None:
    tracker = BOT.after("= city=Rome", "= 城市=上海", [AllSlotsReset()])
    assert (tracker.slots["city"], tracker.slots["城市"]) == (None, "北京")


def test_pause_and_resume() -> None:
    assert BOT.after([ConversationPaused()]).paused
    assert not BOT.after([ConversationPaused(), ConversationResumed()]).paused


def test_a_followup_lasts_until_an_action_or_a_message() -> None:
    assert BOT.after("> greet", [FollowupAction(name="action_x")]).followup_action == "action_x"
    assert BOT.after("> greet", [FollowupAction(name="action_x")], "action_x").followup_action is None
    assert BOT.after([FollowupAction(name="action_x"), said("greet")]).followup_action is None


def test_interruption_and_rejection_end_when_the_form_runs() -> None:
    tracker = BOT.after("> inform", "trip_form", "loop trip_form", "> stop", "! trip_form")
    assert tracker.active_loop is not None
    assert tracker.active_loop.rejected
    assert tracker.rejected_action == "trip_form"
    tracker.update_all([*events("utter_greet"), LoopInterrupted(is_interrupted=True)])
    assert tracker.active_loop.rejected
    assert tracker.active_loop.is_interrupted
    assert tracker.rejected_action is None
    tracker.update_all(events("trip_form"))
    assert not tracker.active_loop.rejected
    assert not tracker.active_loop.is_interrupted


def test_entities_found_by_a_policy_belong_to_the_message_just_heard() -> None:
    entity = Entity(entity="city", value="Rome", start=0, end=4)
    heard = BOT.after("> greet", [EntitiesAdded(entities=(entity,)), EntitiesAdded(entities=(entity,))])
    assert heard.latest_message is not None
    assert list(heard.latest_message.understanding.entities) == [entity]
    late = BOT.after("> greet", "utter_greet", [EntitiesAdded(entities=(entity,))])
    assert late.latest_message is not None
    assert not late.latest_message.understanding.entities


def test_the_happy_path_of_a_form_does_not_show() -> None:
    started = BOT.after("> inform", "trip_form", "loop trip_form")
    answered = BOT.after("> inform", "trip_form", "loop trip_form", "> greet", "= done=true", "trip_form")
    assert [state.previous for state in answered.states()] == [state.previous for state in started.states()]
    assert answered.state().intent == "inform"
    assert dict(answered.state().slots)["done"] == (1.0, 1.0)
    assert answered.latest_message is not None
    assert answered.latest_message.intent == "greet"


def test_the_unhappy_path_of_a_form_shows() -> None:
    tracker = BOT.after(
        "> inform", "trip_form", "loop trip_form", "> greet", "! trip_form", "utter_greet", "trip_form"
    )
    shown = [state.previous for state in tracker.states()]
    assert shown == [None, "action_listen", "trip_form", "action_listen", "utter_greet", "trip_form"]


def test_what_a_form_set_on_its_happy_path_lasts_in_order() -> None:
    tracker = BOT.after(
        "> inform", "trip_form", "loop trip_form", "> greet", "= city=Rome", [AllSlotsReset()]
    )
    tracker.update_all(events("= done=true", "trip_form", "> stop", "= city=Oslo"))
    tracker.update(UserUtteranceReverted())
    assert (tracker.slots["city"], tracker.slots["done"]) == (None, True)


def test_a_form_that_does_much_in_a_turn_still_knows_that_it_ran() -> None:
    tracker = Tracker("ann", BOT.domain, window=4)
    tracker.update_all(events("> inform", "trip_form", "loop trip_form", "> greet"))
    tracker.update_all([BotUttered(text="please wait")] * 8)
    tracker.update_all(events("trip_form"))
    assert [state.previous for state in tracker.states()] == ["action_listen", "trip_form"]
    assert tracker.state().intent == "inform"


def test_ours_are_not_folded_and_not_shown_to_rasa_clients() -> None:
    tracker = BOT.after("> greet")
    before = tracker.state_json()
    tracker.update(FeedbackGiven(turn=1, value="up"))
    assert tracker.state_json() == before
    assert len(tracker.events) == 3


def test_the_state_is_rasas() -> None:
    tracker = BOT.after("> inform city=Rome", "= city=Rome", "trip_form", "loop trip_form")
    state = tracker.state_json()
    assert state["sender_id"] == "ann"
    assert state["latest_message"]["intent"] == {"name": "inform", "confidence": 1.0}
    assert state["active_loop"]["name"] == "trip_form"
    assert state["latest_action"] == {"action_name": "trip_form"}
    assert [event["event"] for event in state["events"]] == [
        "action",
        "user",
        "slot",
        "action",
        "active_loop",
    ]


def test_a_copy_goes_its_own_way() -> None:
    tracker = BOT.after("> inform", "trip_form", "loop trip_form")
    copy = tracker.copy()
    copy.update_all(events("> greet", "! trip_form", "= city=Rome"))
    assert tracker.slots["city"] is None
    assert tracker.active_loop is not None
    assert not tracker.active_loop.rejected
    assert len(tracker.states()) == 3


def test_a_session_expires_by_the_time_of_the_last_message() -> None:
    tracker = BOT.after("> greet")
    assert tracker.last_user_time is not None
    assert not tracker.session_expired(tracker.last_user_time + 3599)
    assert tracker.session_expired(tracker.last_user_time + 3601)


# Any conversation, restored at any moment.

NAMES = st.sampled_from(
    ["utter_greet", "action_x", "trip_form", "订票表单", "action_listen", "action_default_fallback"]
)
SAID = st.sampled_from(["greet", "inform city=Rome", "问好 城市=上海", "stop", "inform city=Oslo"])
ANY_EVENT = st.one_of(
    NAMES.map(lambda name: events(name)),
    NAMES.map(lambda name: events(name)),
    SAID.map(lambda line: events(f"> {line}")),
    st.tuples(
        st.sampled_from(["city", "城市", "tags", "done"]), st.sampled_from([None, "a", True, ["x"]])
    ).map(lambda pair: [SlotSet(name=pair[0], value=pair[1])]),
    st.sampled_from(["trip_form", "订票表单", None]).map(lambda name: [ActiveLoop(name=name)]),
    st.sampled_from(["trip_form", "订票表单"]).map(lambda name: events(f"! {name}")),
    st.sampled_from(
        [
            AllSlotsReset(),
            ConversationPaused(),
            ConversationResumed(),
            UserUtteranceReverted(),
            ActionReverted(),
            Restarted(),
            SessionStarted(),
            BotUttered(text="hi"),
            LoopInterrupted(is_interrupted=True),
            UserFeaturization(use_text_for_featurization=True),
            FollowupAction(name="action_x"),
        ]
    ).map(lambda event: [event]),
)


def everything(tracker: Tracker) -> dict[str, Any]:
    """All that anyone can see of a tracker, except the list of events it happens to hold."""
    state = tracker.state_json(events=())
    return {
        **state,
        "states": tracker.states(),
        "points": [(p.action and p.action.name, p.keeps_hiding) for p in tracker.points()],
        "applied": [event.to_json() for event in tracker.applied_events()],
        "rejected": tracker.rejected_action,
        "turns": tracker.turns,
        "language": tracker.language,
        "beginning": tracker.starts_at_beginning,
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_EVENT, max_size=60), st.data())
def test_a_snapshot_and_the_events_after_it_give_what_all_events_give(
    batches: list[list[Event]], data: st.DataObject
) -> None:
    told = [event for batch in batches for event in batch]
    whole = Tracker("ann", BOT.domain)
    whole.update_all(told)
    cut = data.draw(st.integers(0, len(told)))
    first = Tracker("ann", BOT.domain)
    first.update_all(told[:cut])
    kept = json.loads(json.dumps(first.snapshot()))
    restored = Tracker.restore("ann", BOT.domain, kept, [event_from_json(e.to_json()) for e in told[cut:]])
    assert everything(restored) == everything(whole)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_EVENT, min_size=150, max_size=400))
def test_folding_old_events_away_changes_nothing_that_lasts(batches: list[list[Event]]) -> None:
    short, whole = Tracker("ann", BOT.domain, window=16), Tracker("ann", BOT.domain, window=None)
    for event in (event for batch in batches for event in batch):
        short.update(event)
        whole.update(event)
    if short.needs_replay:
        return
    assert short.slots == whole.slots
    assert short.active_loop == whole.active_loop
    assert short.latest_action_name == whole.latest_action_name
    assert short.followup_action == whole.followup_action
    assert short.paused == whole.paused
    recent = [state.previous for state in short.states()][1:]
    assert recent == [state.previous for state in whole.states()][len(whole.states()) - len(recent) :]


def test_taking_back_more_than_is_kept_asks_for_a_replay_which_is_exact() -> None:
    told: list[Event] = [
        event for turn in range(80) for event in events("> greet", f"= city=c{turn}", "utter_greet")
    ]
    told += [UserUtteranceReverted()] * 75
    tracker = Tracker("ann", BOT.domain)
    tracker.update_all(told)
    assert tracker.needs_replay
    replayed = Tracker.restore("ann", BOT.domain, None, told)
    assert not replayed.needs_replay
    assert replayed.slots["city"] == "c4"


class Counted:
    """Counts the work of a tracker: states made and events folded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.work = 0
        for name in ("make_state", "fold"):
            monkeypatch.setattr(tracker_module, name, self._counting(getattr(tracker_module, name)))

    def _counting(self, real: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.work += 1
            return real(*args, **kwargs)

        return counted


@pytest.mark.parametrize(
    "turn",
    [
        ("> greet", "utter_greet"),
        ("> inform", "= city=x", "trip_form", "loop trip_form"),
        ("> greet", "! trip_form", "utter_greet", "trip_form", "= done=true"),
        ("> greet", "! trip_form", "utter_greet"),
    ],
    ids=["talk", "an endless form", "an interrupted form", "a form that is left open"],
)
def test_a_turn_costs_the_same_at_turn_10_000(turn: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    tracker = (
        BOT.after("> inform", "trip_form", "loop trip_form") if "trip_form" in str(turn) else BOT.after()
    )

    def cost() -> tuple[int, int]:
        counted.work = 0
        kept = tracker.snapshot()
        restored = Tracker.restore("ann", BOT.domain, kept, events(*turn))
        restored.states()
        return counted.work, len(kept["window"])

    costs = []
    for number in range(10_000):
        tracker.update_all(events(*turn))
        if number % 1000 == 999:
            costs.append(cost())
    assert max(work for work, _ in costs) <= 6 * WINDOW
    assert max(size for _, size in costs) <= 4 * WINDOW
    assert tracker.turns >= 10_000
