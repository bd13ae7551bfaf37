"""A project's own Python: what it may do, and what cannot hurt the conversation."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import chatwright as cw
from chatwright.actions.python_actions import PythonActions
from chatwright.errors import ActionError, ProjectError
from chatwright.schema.events import (
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    FollowupAction,
    ReminderCancelled,
    ReminderScheduled,
    SlotSet,
)
from conversation import converse

Load = Callable[[str], PythonActions]

DOMAIN: dict[str, Any] = {
    "intents": ["order", "inform"],
    "entities": ["size", "原因"],
    "slots": {
        "size": {"type": "text", "mappings": [{"type": "from_entity", "entity": "size"}]},
        "原因": {"type": "text", "mappings": [{"type": "custom"}]},
        "mood": {"type": "text", "mappings": [{"type": "custom", "action": "action_mood"}]},
    },
    "forms": {"退货表": {"required_slots": ["size", "原因"]}},
    "responses": {
        "utter_size": [{"text": "{size}, {n}", "language": "en"}, {"text": "{size}，{n}", "language": "zh"}],
        "utter_ask_size": [{"text": "size?"}],
        "utter_ask_原因": [{"text": "原因？"}],
    },
    "actions": ["action_a", "action_b", "action_mood"],
}


def said(events: list[Event]) -> list[str | None]:
    return [event.text for event in events if isinstance(event, BotUttered)]


async def test_all_that_an_action_may_do_in_the_order_of_its_calls(load_actions: Load) -> None:
    python = load_actions("""
import chatwright as cw
from chatwright.schema.events import ConversationPaused

@cw.action
def action_a(context):
    context.say("utter_size", n=1)
    context.set_slot("size", "large")
    assert context.slots["size"] == "large"
    context.say("utter_size", n=2)
    context.say_text("literal", buttons=[{"title": "t", "payload": "/order"}], image="http://x/y.png")
    context.followup("action_b")
    context.remind("order", in_seconds=60, name="later", entities={"size": "s"}, kill_on_user_msg=False)
    context.cancel_reminder("sooner")
    context.events.append(ConversationPaused())

@cw.action("action_b")
async def another(context):
    context.say_text("|".join([context.text, str(context.intent), context.language, context.conversation,
        context.channel, context.idempotency_key, context.entities[0].value, context.project.name,
        str(context.tracker.turns)]))
""")
    c = converse(DOMAIN, python=python)
    await c.hear("a small one", "order", size="small")
    events = await c.run("action_a")
    assert [event.type_name for event in events] == [
        "bot", "slot", "bot", "bot", "followup", "reminder", "cancel_reminder", "pause",
    ]  # fmt: skip
    assert said(events) == ["small, 1", "large, 2", "literal"]
    assert events[1] == SlotSet(name="size", value="large")
    assert events[3].message().buttons == ({"title": "t", "payload": "/order"},)
    assert events[4] == FollowupAction(name="action_b")
    reminder = events[5]
    assert isinstance(reminder, ReminderScheduled)
    wait = datetime.fromisoformat(reminder.date_time) - datetime.now(UTC)
    assert 50 < wait.total_seconds() <= 60
    assert (reminder.name, reminder.entities, reminder.kill_on_user_msg) == ("later", {"size": "s"}, False)
    assert events[6] == ReminderCancelled(name="sooner")
    assert events[7] == ConversationPaused()
    (told,) = said(await c.run("action_b"))
    assert told == f"a small one|order|en|ann|rest|c/1/0|small|{python.root.name}|1"
    await c.hear("大", "order", language="zh", size="大")
    assert said(await c.run("action_a")) == ["大，1", "large，2", "literal"]


@pytest.mark.parametrize(("language", "sorry"), [("en", "Sorry"), ("zh", "抱歉")])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("raise RuntimeError('secret 4711')", "CW500"),
        ("raise SystemExit", "CW500"),
        ("raise StopIteration", "CW500"),
        ("context.set_slot('siez', 1)", "CW500"),
        ("context.say('utter_siez')", "CW500"),
        ("context.set_slot('size', object())", "CW500"),
        ("context.say_text('\\ud800')", "CW500"),
        ("import time; time.sleep(5)", "CW502"),
    ],
)
async def test_a_failure_is_told_kindly_and_kept_on_record(
    load_actions: Load, body: str, code: str, language: str, sorry: str, caplog: pytest.LogCaptureFixture
) -> None:
    python = load_actions(
        "import chatwright as cw\n@cw.action(timeout_s=0.1)\ndef action_a(context):\n"
        f"    context.set_slot('size', 'lost')\n    {body}\n"
        "@cw.action\ndef action_b(context):\n    context.say_text('fine')\n"
    )
    c = converse(DOMAIN, python=python)
    await c.hear("hi", "order", language=language)
    (event,) = await c.run("action_a")
    assert isinstance(event, BotUttered)
    assert event.text is not None
    assert event.text.startswith(sorry)
    error = event.metadata["chatwright"]["error"]
    assert error["code"] == code
    assert "4711" not in str(event)
    assert c.tracker.slots["size"] is None
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    assert said(await c.run("action_b")) == ["fine"]


async def test_the_project_may_word_the_failure(load_actions: Load) -> None:
    python = load_actions("import chatwright as cw\n@cw.action\ndef action_a(context):\n    1 / 0\n")
    words = {"utter_action_failed": [{"text": "Oops."}]}
    c = converse({**DOMAIN, "responses": {**DOMAIN["responses"], **words}}, python=python)
    (event,) = await c.run("action_a")
    assert event.text == "Oops."
    assert event.metadata["chatwright"]["error"]["code"] == "CW500"
    assert event.metadata["utter_action"] == "utter_action_failed"


async def test_an_action_that_is_nowhere_is_told_with_the_nearest_name() -> None:
    c = converse(DOMAIN)
    (event,) = await c.run("action_a")
    assert event.metadata["chatwright"]["error"]["code"] == "CW501"
    assert not c.runner.has("action_zzz")
    assert c.runner.has("action_a")


async def test_a_timeout_does_not_wait_for_the_thread(load_actions: Load) -> None:
    python = load_actions("""
import threading
import chatwright as cw
go, ended = threading.Event(), threading.Event()

@cw.action(timeout_s=0.05)
def action_a(context):
    go.wait(20)
    context.say_text("too late")
    ended.set()

@cw.action(timeout_s=0.05)
async def action_b(context):
    import asyncio
    await asyncio.sleep(20)
""")
    c = converse(DOMAIN, python=python)
    (event,) = await c.run("action_a")
    assert event.metadata["chatwright"]["error"]["code"] == "CW502"
    module = sys.modules["actions"]
    assert not module.ended.is_set()
    module.go.set()
    assert await asyncio.to_thread(module.ended.wait, 10)
    assert "too late" not in said(list(c.tracker.events))
    (event,) = await c.run("action_b")
    assert event.metadata["chatwright"]["error"]["code"] == "CW502"


async def test_blocking_actions_leave_other_conversations_alone(load_actions: Load) -> None:
    python = load_actions("""
import threading
import chatwright as cw
together = threading.Barrier(8)

@cw.action
def action_a(context):
    together.wait(8)
    context.say_text(context.conversation)
""")
    conversations = [converse(DOMAIN, python=python, conversation=str(n)) for n in range(8)]
    answers = await asyncio.gather(*(c.run("action_a") for c in conversations))
    assert [said(events) for events in answers] == [[str(n)] for n in range(8)]
    assert threading.active_count() < 40


async def test_declining(load_actions: Load) -> None:
    python = load_actions(
        "import chatwright as cw\n@cw.action\ndef action_a(context):\n    raise cw.ActionRejected('no')\n"
    )
    c = converse(DOMAIN, python=python)
    assert await c.run("action_a") == [ActionExecutionRejected(name="action_a")]


async def test_a_form_with_functions_of_its_own(load_actions: Load) -> None:
    python = load_actions("""
import chatwright as cw

@cw.validate("退货表", "size")
async def size(context, value):
    if value not in ("s", "l"):
        context.say_text(f"没有{value}")
        return None
    return value.upper()

@cw.extract("退货表", "原因")
def reason(context):
    return context.text[2:] if context.text.startswith("因为") else None

@cw.validate("退货表", "原因")
def known(context, value):
    if value == "都坏了":
        context.set_slot("size", "all")
    return value
""")
    c = converse(DOMAIN, python=python)
    await c.hear("退货", "order", language="zh")
    await c.run("退货表")
    await c.listen()
    await c.hear("xxl", "inform", size="xxl")
    assert said(await c.run("退货表")) == ["没有xxl", "size?"]
    await c.listen()
    await c.hear("l", "inform", size="l")
    assert said(await c.run("退货表")) == ["原因？"]
    assert c.tracker.slots["size"] == "L"
    await c.listen()
    await c.hear("嗯", "inform")
    assert await c.run("退货表") == [ActionExecutionRejected(name="退货表")]
    await c.listen()
    await c.hear("因为都坏了", "inform")
    events = await c.run("退货表")
    assert events[-1] == ActiveLoop(name=None)
    assert (c.tracker.slots["原因"], c.tracker.slots["size"]) == ("都坏了", "all")


async def test_an_answer_in_a_detour_is_not_taken_for_the_form(load_actions: Load) -> None:
    python = load_actions("""
import chatwright as cw

@cw.extract("退货表", "原因")
def reason(context):
    return context.text
""")
    c = converse(DOMAIN, python=python)
    await c.hear("退货 l", "order", size="l")
    c.tracker.update_all([ActiveLoop(name="退货表"), SlotSet(name="requested_slot", value="原因")])
    await c.run("utter_ask_size")
    assert said(await c.run("退货表")) == ["原因？"]
    assert c.tracker.slots["原因"] is None


async def test_custom_mappings_and_validation_of_all_slots(load_actions: Load) -> None:
    python = load_actions("""
import chatwright as cw

@cw.action
def action_mood(context):
    context.set_slot("mood", "happy")
    context.say_text("noted")
    context.followup("action_a")

@cw.action
def action_validate_slot_mappings(context):
    context.set_slot("size", context.slots["size"].upper())
""")
    domain = {**DOMAIN, "actions": [*DOMAIN["actions"], "action_validate_slot_mappings"]}
    c = converse(domain, python=python)
    events = await c.hear("l", "inform", size="l")
    assert [event for event in events if isinstance(event, SlotSet)] == [
        SlotSet(name="size", value="L"),
        SlotSet(name="mood", value="happy"),
    ]
    assert said(events) == ["noted"]
    assert not any(isinstance(event, FollowupAction) for event in events)


async def test_a_failing_custom_mapping_is_logged_and_the_message_heard(
    load_actions: Load, caplog: pytest.LogCaptureFixture
) -> None:
    python = load_actions("import chatwright as cw\n@cw.action\ndef action_mood(context):\n    1 / 0\n")
    c = converse(DOMAIN, python=python)
    assert await c.hear("l", "inform", size="l") == [SlotSet(name="size", value="l")]
    assert "action_mood failed" in caplog.text


async def test_a_form_and_a_default_action_that_the_project_overrides(load_actions: Load) -> None:
    python = load_actions("""
import chatwright as cw

@cw.action("退货表")
def form(context):
    context.say_text("my form")

@cw.action
def action_restart(context):
    context.say_text("my restart")
""")
    c = converse({**DOMAIN, "actions": ["退货表", "action_restart"]}, python=python)
    assert said(await c.run("退货表")) == ["my form"]
    assert said(await c.run("action_restart")) == ["my restart"]


def test_a_project_without_actions_has_none(tmp_path: Path) -> None:
    assert PythonActions.load(tmp_path) is None
    (tmp_path / "actions").mkdir()
    assert PythonActions.load(tmp_path) is None


def test_packages_with_relative_and_absolute_imports(tmp_path: Path) -> None:
    package = tmp_path / "actions"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("from .one import action_a\n")
    (package / "one.py").write_text(
        "import chatwright as cw\nfrom actions.deep.two import WORD\nfrom helpers import MORE\n"
        "@cw.action\ndef action_a(context):\n    context.say_text(WORD + MORE)\n"
    )
    (package / "deep" / "__init__.py").write_text("")
    (package / "deep" / "two.py").write_text(
        "import chatwright as cw\nWORD = 'w'\n@cw.action\ndef action_b(context):\n    from late import X\n"
        "    context.say_text(X)\n"
    )
    (tmp_path / "helpers.py").write_text("MORE = 'm'\n")
    (tmp_path / "late.py").write_text("X = 'x'\n")
    python = PythonActions.load(tmp_path)
    assert python is not None
    assert set(python.names) == {"action_a", "action_b"}
    assert said(asyncio.run(converse(DOMAIN, python=python).run("action_a"))) == ["wm"]
    assert said(asyncio.run(converse(DOMAIN, python=python).run("action_b"))) == ["x"]


def test_two_projects_do_not_see_each_other(tmp_path: Path) -> None:
    loaded = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "shared_name.py").write_text(f"NAME = {name!r}\n")
        (folder / "actions.py").write_text(
            "import chatwright as cw\nfrom shared_name import NAME\n"
            "@cw.action\ndef action_a(context):\n    context.say_text(NAME)\n"
        )
        loaded.append(PythonActions.load(folder))
    told = [said(asyncio.run(converse(DOMAIN, python=python).run("action_a"))) for python in loaded]
    assert told == [["one"], ["two"]]
    assert sum(path.startswith(str(tmp_path)) for path in sys.path) == 1


def test_packages_that_only_lie_below_the_project_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "src" / "lying_below").mkdir(parents=True)
    (tmp_path / "src" / "lying_below" / "__init__.py").write_text("")
    (tmp_path / "actions.py").write_text("import lying_below\n")
    sys.path.append(str(tmp_path / "src"))
    try:
        PythonActions.load(tmp_path)
        module = sys.modules["lying_below"]
        PythonActions.load(tmp_path)
        assert sys.modules["lying_below"] is module
    finally:
        sys.path.remove(str(tmp_path / "src"))
        sys.modules.pop("lying_below", None)


def test_an_edited_file_is_read_again(load_actions: Load) -> None:
    text = "import chatwright as cw\n@cw.action\ndef action_a(context):\n    context.say_text('{}')\n"
    load_actions(text.format("old"))
    python = load_actions(text.format("newer"))
    assert said(asyncio.run(converse(DOMAIN, python=python).run("action_a"))) == ["newer"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\ny = (\n", 2, "SyntaxError"),
        ("import os\nimport nothing_of_that_name\n", 2, "nothing_of_that_name"),
        ("def f():\n    raise OSError('no disk')\n\nf()\n", 2, "no disk"),
        ("raise SystemExit(3)\n", 1, "SystemExit"),
        (
            "import chatwright as cw\n@cw.action\ndef a(c): ...\n@cw.action('a')\ndef b(c): ...\n",
            4,
            "defined twice, also at actions.py:2",
        ),
    ],
)
def test_what_cannot_be_imported_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    (tmp_path / "actions.py").write_text(text)
    with pytest.raises(ProjectError) as caught:
        PythonActions.load(tmp_path)
    assert caught.value.location is not None
    assert (caught.value.location.file, caught.value.location.line) == ("actions.py", line)
    assert words in str(caught.value)


def test_rasa_sdk_is_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "actions.py").write_text("from rasa_sdk import Action\n")
    assert PythonActions.load(tmp_path) is None
    assert "rasa-sdk" in caplog.text


def test_an_action_can_be_tested_by_itself() -> None:
    @cw.action
    def action_track(context: cw.ActionContext) -> None:
        if context.slots["order"] is None:
            context.say_text("哪个订单？")
            return
        context.say("utter_status", status="on its way")
        context.set_slot("order", None)

    context = cw.ActionContext(slots={"order": "20231107"}, language="en")
    action_track(context)
    assert context.said == ["utter_status"]
    assert context.slots["order"] is None
    with pytest.raises(TypeError):
        context.slots["order"] = 1  # type: ignore[index]
    empty = cw.ActionContext(slots={"order": None})
    action_track(empty)
    assert empty.said == ["哪个订单？"]


def test_names_are_checked_where_the_domain_is_known() -> None:
    from chatwright.project.read_domain import domain_from_json

    context = cw.ActionContext(domain=domain_from_json(DOMAIN))
    with pytest.raises(ActionError, match="did you mean 'size'"):
        context.set_slot("siez", 1)
    with pytest.raises(ActionError, match="did you mean 'utter_size'"):
        context.say("utter_siez")
