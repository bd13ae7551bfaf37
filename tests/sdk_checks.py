"""What must hold for actions written for rasa-sdk, wherever they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    FeedbackGiven,
    FollowupAction,
    ReminderCancelled,
    ReminderScheduled,
    SlotSet,
)

__all__ = ["check_all"]

Make = Callable[[], Any]


def said(events: list[Event]) -> list[str | None]:
    return [event.text for event in events if isinstance(event, BotUttered)]


async def check_all(make: Make) -> None:
    """Run every check, each on a conversation that ``make`` begins."""
    for check in (messages, events, declines, failures, history, form, form_refuses, slot_mappings):
        await check(make())


async def messages(c: Any) -> None:
    await c.hear("hi", "order")
    hello, literal, custom = await c.run("action_say")
    assert hello.text == "Hello Ann 安!"
    assert [button["title"] for button in hello.data["buttons"]] == ["Hi", "+"]
    assert hello.metadata["utter_action"] == "utter_hello"
    assert (literal.text, literal.data["image"]) == ("literal", "http://x/i.png")
    assert custom.data["custom"] == {"a": 1}
    await c.hear("你好", "order", language="zh")
    assert (await c.run("action_say"))[0].text == "你好，Ann 安！"


async def events(c: Any) -> None:
    await c.hear("hi", "order")
    got = await c.run("action_everything")
    assert got == [
        SlotSet(name="city", value="北京"),
        FollowupAction(name="action_say"),
        ReminderScheduled(intent="ask", date_time="2030-01-02T03:04:05", name="r", kill_on_user_msg=False),
        ReminderCancelled(name="r"),
        ConversationPaused(),
        ConversationResumed(),
        ActiveLoop(name=None),
        BotUttered(text="by hand"),
        ActionExecuted(name="action_listen"),
        ActionReverted(),
        AllSlotsReset(),
    ]


async def declines(c: Any) -> None:
    await c.hear("hi", "order")
    assert await c.run("action_decline") == [ActionExecutionRejected(name="action_decline")]


async def failures(c: Any) -> None:
    await c.hear("嗨", "order", language="zh")
    for action, code in (("action_crash", "CW500"), ("action_of_nobody", "CW501")):
        (sorry,) = await c.run(action)
        assert sorry.text.startswith("抱歉")
        assert sorry.metadata["chatwright"]["error"]["code"] == code
        assert "4711" not in str(sorry)
    assert said(await c.run("action_say"))[0] == "你好，Ann 安！"  # and stays usable


async def history(c: Any) -> None:
    await c.hear("one", "order")
    c.tracker.update(FeedbackGiven(turn=1, value="up"))
    await c.hear("二", "inform", language="zh")
    assert said(await c.run("action_history")) == ["ann|one/二|二|pizza_form"]


async def form(c: Any) -> None:
    await c.hear("large pizza", "order", size="large")
    assert said(await c.run("pizza_form")) == ["什么口味？"]
    await c.listen()
    await c.hear("加香菇", "inform", language="zh")
    assert said(await c.run("pizza_form")) == ["Extra?"]  # required because of the size
    assert c.tracker.slots["口味"] == "香菇"
    assert c.tracker.slots["requested_slot"] == "extra"
    await c.listen()
    await c.hear("no", "inform")
    got = await c.run("pizza_form")
    assert got[-2:] == [SlotSet(name="requested_slot", value=None), ActiveLoop(name=None)]
    assert c.tracker.slots["extra"] == "no"


async def form_refuses(c: Any) -> None:
    await c.hear("a pizza", "order")
    await c.run("pizza_form")
    await c.listen()
    await c.hear("huge", "inform", size="huge")
    assert said(await c.run("pizza_form")) == ["no huge", "Size?"]
    assert c.tracker.slots["size"] is None
    await c.listen()
    await c.hear("what?", "ask")
    assert await c.run("pizza_form") == [ActionExecutionRejected(name="pizza_form")]


async def slot_mappings(c: Any) -> None:
    assert SlotSet(name="city", value="Paris") in await c.hear("to paris", "inform", city="paris")
