"""A bot with a memory: turns are kept, repeated, resumed and explained, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatwright.bot import Bot, Turn
from chatwright.bundle import Bundle, open_bundle
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import RequestError
from chatwright.schema.events import ActionExecuted, SlotSet, UserUttered
from chatwright.trainer import train
from small_bot import write_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("small"))
    train(folder)
    return folder


@pytest.fixture
async def bot(project: Path, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = await Bot.load(project=project, store=f"sqlite:///{tmp_path}/kept.sqlite")
    yield bot
    await bot.close()


def texts(turn: Turn) -> list[str | None]:
    return [reply.text for reply in turn.replies]


async def say(bot: Bot, *messages: str, conversation: str = "ann") -> list[str | None]:
    said: list[str | None] = []
    for message in messages:
        said = texts(await bot.handle(message, conversation=conversation))
    return said


async def test_it_answers_in_the_language_of_the_message(bot: Bot) -> None:
    assert await say(bot, "hello") == ["Hello!"]
    assert await say(bot, "你好") == ["你好！"]
    assert await say(bot, "7") in (["我没听懂。"], ["你好！"], ["什么配料？"])  # a number does not switch it
    assert await say(bot, "when do you open") == ["We open at ten."]


@pytest.mark.parametrize(
    ("order", "hours", "size", "topping", "asked", "baked"),
    [
        (
            "I want a pizza",
            "when do you open",
            "large",
            "with ham",
            ["We open at ten.", "What size?"],
            "A large pizza with ham is number 7.",
        ),
        (
            "我想要一个披萨",
            "几点开门",
            "大的",
            "加火腿",
            ["十点开门。", "多大的？"],
            "large披萨加火腿，号码7。",
        ),
    ],
)
async def test_a_form_is_interrupted_and_comes_back(
    bot: Bot, order: str, hours: str, size: str, topping: str, asked: list[str], baked: str
) -> None:
    await say(bot, order)
    assert await say(bot, hours) == asked
    await say(bot, size)
    assert await say(bot, topping) == [baked]
    tracker = await bot.tracker("ann")
    assert tracker.active_loop_name is None
    assert tracker.slots["size"] is None


async def test_the_same_message_again_changes_nothing(bot: Bot) -> None:
    first = await bot.handle("hello", conversation="ann", message_id="1")
    again = await bot.handle("hello", conversation="ann", message_id="1")
    assert again.duplicate
    assert texts(again) == texts(first)
    assert len([e for e in await bot.store.events("ann") if isinstance(e, UserUttered)]) == 1


async def test_a_conversation_goes_on_after_a_restart(project: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    first = await Bot.load(project=project, store=url)
    await say(first, "I want a pizza")
    await first.close()
    second = await Bot.load(project=project, store=url)
    assert (await second.tracker("ann")).active_loop_name == "pizza_form"
    assert await say(second, "large") == ["Which topping?"]
    await second.close()


async def test_an_action_that_fails_is_contained(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    turn = await bot.handle("no thanks", conversation="ann")
    assert len(turn.replies) == 1
    assert "4711" not in str(texts(turn))
    errors = [
        e.metadata["chatwright"]["error"] for e in turn.events if "error" in e.metadata.get("chatwright", {})
    ]
    assert errors[0]["code"] == "CW500"
    assert any(step.get("error") for step in turn.why["steps"])
    assert await say(bot, "hello") == ["Hello!"]


async def test_an_action_that_takes_too_long_is_stopped(bot: Bot) -> None:
    turn = await bot.handle("是的", conversation="ann")
    assert len(turn.replies) == 1
    assert any("\u4e00" <= char <= "\u9fff" for char in str(turn.replies[0].text))
    codes = [
        e.metadata["chatwright"]["error"]["code"]
        for e in turn.events
        if "error" in e.metadata.get("chatwright", {})
    ]
    assert codes == ["CW502"]
    assert await say(bot, "你好") == ["你好！"]


async def test_each_step_says_why(bot: Bot) -> None:
    turn = await bot.handle("hello", conversation="ann")
    assert turn.why["understanding"]["intent"] == "greet"
    step = next(step for step in turn.why["steps"] if step["action"] == "utter_greet")
    assert step["policy"] == "RulePolicy"
    assert step["evidence"][0]["source"].startswith("data/rules.yml:")
    assert (await bot.store.why("ann"))[-1]["turn"] == 1


async def test_restart_forgets_the_slots(bot: Bot) -> None:
    await say(bot, "a small pizza with cheese", "/restart")
    tracker = await bot.tracker("ann")
    assert tracker.slots["topping"] is None
    assert tracker.active_loop_name is None


async def test_events_from_outside(bot: Bot) -> None:
    await bot.append_events("ann", [SlotSet(name="size", value="small")])
    assert (await bot.tracker("ann")).slots["size"] == "small"
    turn = await bot.trigger_intent("ann", "greet")
    assert texts(turn) in (["Hello!"], ["你好！"])
    with pytest.raises(RequestError, match="greeet") as caught:
        await bot.trigger_intent("ann", "greeet")
    assert caught.value.status == 404
    assert "greet" in caught.value.fix
    turn = await bot.execute_action("ann", "utter_bye")
    assert [e.name for e in turn.events if isinstance(e, ActionExecuted)] == ["utter_bye"]
    await bot.add_message("ann", "with ham")
    assert (await bot.predict("ann")).action


async def test_long_conversations_are_folded_from_a_snapshot(bot: Bot) -> None:
    for _ in range(30):
        await say(bot, "hello")
    snapshot, tail = await bot.store.recall("ann")
    assert snapshot is not None
    assert len(tail) < 80
    everything = await bot.store.events("ann")
    assert len([e for e in everything if isinstance(e, UserUttered)]) == 30
    assert (await bot.tracker("ann")).turns == 30


async def test_a_snapshot_of_another_bot_is_not_used(project: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    first = await Bot.load(project=project, store=url)
    for _ in range(30):
        await say(first, "I want a pizza")
    await first.close()
    domain = project / "domain.yml"
    before = domain.read_text("utf-8")
    domain.write_text(before.replace("What size?", "Which size?"), "utf-8")
    try:
        other = open_bundle(train(project, out=tmp_path / "other").path)
        assert isinstance(other, Bundle)
        second = await Bot.load(other, project=project, store=url)
        assert (await second.tracker("ann")).active_loop_name == "pizza_form"
        assert (await second.tracker("ann")).turns == 30
        await second.close()
    finally:
        domain.write_text(before, "utf-8")


async def test_what_another_process_wrote_is_seen(project: Path, tmp_path: Path) -> None:
    """A tracker that was kept in memory is dropped when somebody else held the conversation meanwhile."""
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    one, two = await Bot.load(project=project, store=url), await Bot.load(project=project, store=url)
    await say(one, "I want a pizza")
    assert await say(two, "large") == ["Which topping?"]
    assert await say(one, "with ham") == ["A large pizza with ham is number 7."]
    await say(two, "I want a pizza")
    await one.append_events("ann", [SlotSet(name="size", value="small")])
    await one.store.erase("ann")
    assert (await one.tracker("ann")).turns == 0
    assert await say(two, "hello") == ["Hello!"]
    assert (await two.tracker("ann")).slots["size"] is None
    await one.close()
    await two.close()


async def test_a_kept_tracker_is_what_folding_gives(bot: Bot, project: Path) -> None:
    script = [
        "hello",
        "a large pizza",
        "你好",
        "when do you open",
        "加火腿",
        "/restart",
        "I want a pizza",
        "no",
        "small",
    ]
    for number in range(120):
        await bot.handle(script[number % len(script)], conversation="ann")
        if number % 7 == 0:
            folded = Tracker.restore("ann", bot.domain, None, await bot.store.events("ann"))
            kept = await bot.tracker("ann")
            assert kept.slots == folded.slots
            assert kept.active_loop == folded.active_loop
            assert kept.states()[-8:] == folded.states()[-8:]
            turn = await bot.handle("small", conversation="ann")
            again = Tracker.restore("ann", bot.domain, None, await bot.store.events("ann"))
            assert again.turns == turn.number


async def test_a_bot_away_from_its_project_says_that_it_is(
    project: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bot = await Bot.load(project / "models", project=tmp_path, store=f"sqlite:///{tmp_path}/kept.sqlite")
    try:
        await say(bot, "I want a pizza", "large", "with ham")
    finally:
        await bot.close()
    assert f"no project was found in {tmp_path}" in caplog.text
    assert "Bot.load(..., project=...)" in caplog.text
