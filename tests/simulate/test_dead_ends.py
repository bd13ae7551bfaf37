"""States from which no form can be completed are found, and shown with the way there."""

from __future__ import annotations

from pathlib import Path

from chatwright.simulate.accepted_values import with_accepted_values
from chatwright.simulate.dead_ends import Exploration, find_dead_ends
from chatwright.simulate.user_goal import read_world
from table_bot import DOMAIN, RULES, brain_of, trained, write_table_bot


def explore(folder: Path, **files: str) -> Exploration:
    project, brain = brain_of(write_table_bot(folder / "bot", **files))
    return find_dead_ends(brain, read_world(project))


def test_a_bot_that_works_has_none() -> None:
    project, brain = trained()
    found = find_dead_ends(brain, read_world(project))
    assert found.complete
    assert found.dead_ends == []
    assert found.reached == {"table_form": 3}  # begin, tell everything, agree
    assert found.states > 20


def test_a_slot_that_nothing_fills_makes_the_whole_task_a_dead_end(tmp_path: Path) -> None:
    slot = "  card: {type: text, mappings: [{type: custom}]}\n"
    domain = DOMAIN.replace("slots:\n", f"slots:\n{slot}", 1).replace("[food, people, day,", "[food, card,")
    found = explore(tmp_path, domain=domain)
    assert found.reached == {}
    (dead_end,) = found.dead_ends
    assert dead_end.task == "table_form"
    assert dead_end.path == ()  # from the very beginning on
    assert "nothing that a user can say" in str(dead_end)


def test_the_way_into_a_trap_is_shown(tmp_path: Path) -> None:
    """After a question about parking, this bot takes no day any more."""
    slot = (
        "  parked:\n    type: bool\n    influence_conversation: false\n"
        "    mappings: [{type: from_intent, intent: parking, value: true}]\n"
    )
    domain = DOMAIN.replace("slots:\n", f"slots:\n{slot}", 1) + "actions: [validate_table_form]\n"
    folder = write_table_bot(tmp_path / "bot", domain=domain)
    (folder / "actions.py").write_text(
        "import chatwright as cw\n\n\n@cw.validate('table_form', 'day')\ndef day(context, value):\n"
        "    return None if context.slots.get('parked') else value\n",
        "utf-8",
    )
    project, brain = brain_of(folder)
    found = find_dead_ends(brain, read_world(project))
    assert found.reached == {"table_form": 3}
    assert found.dead_ends[0].path == (("/parking", ("Behind the house.",)),)


def test_a_bot_that_goes_round_in_circles_is_a_dead_end(tmp_path: Path) -> None:
    rules = RULES.replace("{intent: deny}, {action: utter_change}", "{intent: deny}, {action: action_circle}")
    domain = DOMAIN + "actions: [action_circle]\n"
    folder = write_table_bot(tmp_path / "bot", domain=domain, rules=rules)
    (folder / "actions.py").write_text(
        "import chatwright as cw\n\n\n@cw.action\ndef action_circle(context):\n"
        "    context.followup('action_circle')\n",
        "utf-8",
    )
    project, brain = brain_of(folder)
    found = find_dead_ends(brain, read_world(project))
    assert {dead_end.reason for dead_end in found.dead_ends} == {
        "the bot goes round in circles and is cut off"
    }
    assert found.dead_ends[0].path[-1][0] == "/deny"


def test_values_that_validation_refuses_are_not_wanted(tmp_path: Path) -> None:
    folder = write_table_bot(tmp_path / "bot", domain=DOMAIN + "actions: [validate_table_form]\n")
    (folder / "actions.py").write_text(
        "import chatwright as cw\n\n\n@cw.validate('table_form', 'food')\ndef food(context, value):\n"
        "    return value if value == 'italian' else None\n",
        "utf-8",
    )
    project, brain = brain_of(folder)
    (task,) = with_accepted_values(brain, read_world(project)).tasks
    assert task.wishes["food"].values == ("italian",)
    assert task.wishes["day"].values == ("friday", "sunday")
