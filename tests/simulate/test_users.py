"""Simulated users: what they want, how they say it, and that they know nothing of how bots decide."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chatwright.simulate
from chatwright.errors import ProjectError
from chatwright.project.project import Project
from chatwright.simulate.agenda import (
    CONTRARY,
    HURRIED,
    SEEN,
    TALKATIVE,
    AgendaUser,
    BotTurn,
    Habits,
    UserAct,
)
from chatwright.simulate.user_goal import Goal, UserWorld, read_world
from chatwright.simulate.wording import Wording
from table_bot import DOMAIN, NLU, RULES, trained, write_table_bot

STEADY = Habits(
    patience=30, initiative=0, completeness=1, attention=1, digression=0, change_of_mind=0, touchiness=0
)
WISHES = ("food", "people", "day")
FOOD, PEOPLE, DAY = (("food", None, None), ("people", None, None), ("day", None, None))


def world() -> UserWorld:
    return read_world(trained()[0])


def user(habits: Habits = STEADY, seed: int = 0) -> AgendaUser:
    found = world()
    goal = Goal(found.tasks[0], {"food": "thai", "people": "two", "day": "friday"})
    return AgendaUser(goal, found, habits, random.Random(seed))


def test_tasks_are_read_off_the_project() -> None:
    found = world()
    (task,) = found.tasks
    assert (task.form, task.openings) == ("table_form", ("book",))
    assert {slot: wish.kind for slot, wish in task.wishes.items()} == dict.fromkeys(WISHES, "entity")
    assert task.wishes["food"].values == ("thai", "italian")
    assert task.wishes["people"].intents[0] == "inform"  # "book" begins, it does not answer
    assert task.consents == {"confirmed": ("affirm", "deny")}
    assert found.asides == ("parking",)


def test_slots_told_by_intents_and_by_free_words(tmp_path: Path) -> None:
    domain = DOMAIN.replace(
        "food: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: food}]}",
        "food: {type: text, mappings: [{type: from_text, not_intent: [book, affirm, deny, parking]}]}",
    ).replace(
        "day: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: day}]}",
        "day: {type: text, mappings: [{type: from_intent, intent: weekday, value: w}, "
        "{type: from_intent, intent: weekend, value: e}]}",
    ).replace("intents: [", "intents: [weekday, weekend, ")  # fmt: skip
    nlu = NLU.replace("    - [sunday](day)\n", "    - [sunday](day)\n    - without nuts\n")
    (task,) = read_world(Project.load(write_table_bot(tmp_path / "bot", domain=domain, nlu=nlu))).tasks
    assert (task.wishes["food"].kind, task.wishes["food"].values) == ("words", ("without nuts",))
    assert (task.wishes["day"].kind, task.wishes["day"].intents) == ("intent", ("weekday", "weekend"))
    talker = AgendaUser(
        Goal(task, {"food": "without nuts", "people": "two", "day": "e"}), world(), STEADY, random.Random(0)
    )
    talker.speak(None)
    assert talker.speak(BotTurn(asked=("day",))) == UserAct("weekend")
    assert talker.speak(BotTurn(asked=("food",))) == UserAct("inform", words="without nuts")


def test_a_project_without_forms_gives_users_nothing_to_want(tmp_path: Path) -> None:
    rules = RULES.replace("intent: book}, {action: table_form}", "intent: book}, {action: utter_go_on}")
    with pytest.raises(ProjectError, match="nothing to want"):
        read_world(Project.load(write_table_bot(tmp_path / "bot", rules=rules)))


def test_what_is_asked_is_answered() -> None:
    talker = user()
    assert talker.speak(None) == UserAct("book")
    act = talker.speak(BotTurn(asked=("people", "day")))
    assert act is not None
    assert dict(act.tells) == {PEOPLE: "two", DAY: "friday"}
    assert talker.speak(BotTurn(asked=("food",))) == UserAct("inform", ((FOOD, "thai"),))
    right = {"food": "thai", "people": "two", "day": "Friday"}
    assert talker.speak(BotTurn(asked=("confirmed",), shown=right)) == UserAct("affirm")


def test_a_wrong_value_that_is_read_back_is_taken_back() -> None:
    for seed in range(20):
        talker = user(seed=seed)
        talker.speak(None)
        wrong = BotTurn(asked=("confirmed",), shown={"food": "thai", "people": "four", "day": "friday"})
        said = [talker.speak(wrong) for _ in range(9)]  # some say no a few times first
        assert UserAct("affirm") not in said
        assert UserAct("inform", ((PEOPLE, "two"),)) in said


def test_who_does_not_look_agrees() -> None:
    careless = Habits(**{**{n: getattr(STEADY, n) for n in STEADY.__dataclass_fields__}, "attention": 0.0})
    talker = user(careless)
    talker.speak(None)
    assert talker.speak(BotTurn(asked=("confirmed",), shown={"people": "four"})) == UserAct("affirm")


turns = st.builds(
    BotTurn,
    asked=st.lists(st.sampled_from([*WISHES, "confirmed"]), unique=True).map(tuple),
    shown=st.dictionaries(st.sampled_from(WISHES), st.sampled_from(["thai", "two", "friday", "x", None])),
    answered=st.booleans(),
)


@settings(max_examples=60)
@given(
    bot=st.lists(turns, min_size=40, max_size=40),
    seed=st.integers(0, 10_000),
    habits=st.sampled_from([SEEN, CONTRARY, HURRIED, TALKATIVE]),
)
def test_every_conversation_ends_and_says_nothing_unknown(
    bot: list[BotTurn], seed: int, habits: object
) -> None:
    found = world()
    rng = random.Random(seed)
    drawn = habits.draw(rng)  # type: ignore[attr-defined]
    talker = AgendaUser(Goal.draw(found, rng), found, drawn, rng)
    act = talker.speak(None)
    said = 0
    for turn in bot:
        if act is None:
            break
        said += 1
        assert act.intent in trained()[0].domain.intents
        assert all(value in found.values[key] for key, value in act.tells)
        act = talker.speak(turn)
    assert act is None, "patience ends every conversation"
    assert said == talker.turns <= drawn.patience
    assert 0 <= talker.mood <= 1


def test_the_same_seed_is_the_same_user() -> None:
    def course(seed: int) -> list[UserAct | None]:
        rng = random.Random(seed)
        talker = AgendaUser(Goal.draw(world(), rng), world(), CONTRARY.draw(rng), rng)
        asked = [None, *(BotTurn(asked=(slot,)) for slot in WISHES)]
        return [talker.speak(turn) for turn in asked]

    assert course(3) == course(3)
    assert len({str(course(seed)) for seed in range(10)}) > 5


def test_words_are_those_of_the_examples_with_the_users_values() -> None:
    wording = Wording(trained()[0].nlu.examples, ["en"])
    rng = random.Random(0)
    said = {
        wording.say(UserAct("inform", ((FOOD, "italian"), (PEOPLE, "four"))), "en", rng) for _ in range(9)
    }
    assert said == {"italian for four"}
    assert wording.say(UserAct("deny"), "en", rng) in ("no", "wrong")
    every = wording.say(UserAct("inform", ((FOOD, "thai"), (PEOPLE, "two"), (DAY, "sunday"))), "en", rng)
    assert {"thai", "two", "sunday"} <= set(every.replace(",", "").split())
    assert wording.say(UserAct("book", ((DAY, "friday"),)), "en", rng) == "friday"


def test_users_share_no_code_with_policies() -> None:
    folder = Path(chatwright.simulate.__file__).parent
    for name in ("agenda", "user_goal", "hearing", "held_out", "wording"):
        tree = ast.parse((folder / f"{name}.py").read_text("utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [module for module in imported if module and ".dialogue" in module], name
