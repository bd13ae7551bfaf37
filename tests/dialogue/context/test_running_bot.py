"""Follow-ups, several requests in a message and interrupted forms on a trained bot, in both languages."""
# ruff: noqa: E501 - a line of YAML or of a table reads best whole

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwright.actions.call import ActionCall
from chatwright.actions.protocol import request_body
from chatwright.bot import Bot, Turn
from chatwright.bundle import open_bundle
from chatwright.dialogue.context.context import CONTEXT_FILE
from chatwright.project.project import Project
from chatwright.schema.events import BotUttered, UserUttered
from chatwright.trainer import train


def heard(turn: Turn) -> list[tuple[str | None, dict[str, Any]]]:
    users = [event for event in turn.events if isinstance(event, UserUttered)]
    return [
        (user.intent, {entity.entity: entity.value for entity in user.understanding.entities})
        for user in users
    ]


def texts(turn: Turn) -> list[str | None]:
    return [reply.text for reply in turn.replies]


async def last(bot: Bot, *messages: str, conversation: str = "ann") -> Turn:
    turn = None
    for message in messages:
        turn = await bot.handle(message, conversation=conversation)
    assert turn is not None
    return turn


@pytest.mark.parametrize(
    ("first", "second", "intent", "entities"),
    [
        ("how much is the red bicycle?", "and the blue one?", "ask_price", {"color": "blue", "product": "bicycle"}),
        ("what does the helmet cost?", "what about the tent?", "ask_price", {"product": "tent"}),
        ("how is the weather in London today", "and tomorrow?", "ask_weather", {"city": "London", "date": "tomorrow"}),
        ("how is the weather in London today", "what about Lisbon?", "ask_weather", {"city": "Lisbon", "date": "today"}),
        ("what's the weather like in Rome?", "will it rain there on Sunday?", "ask_rain", {"city": "Rome", "date": "Sunday"}),
        ("is the blue tent in stock?", "how much does it cost?", "ask_price", {"color": "blue", "product": "tent"}),
        ("price of the green lamp", "no, I meant the red one", "ask_price", {"color": "red", "product": "lamp"}),
        ("红色的自行车多少钱?", "那蓝色的呢?", "ask_price", {"color": "蓝色", "product": "自行车"}),
        ("上海今天天气如何", "那北京呢?", "ask_weather", {"city": "北京", "date": "今天"}),
        ("上海今天天气如何", "苏州呢?", "ask_weather", {"city": "苏州", "date": "今天"}),
        ("蓝色帐篷有货吗?", "那它多少钱?", "ask_price", {"color": "蓝色", "product": "帐篷"}),
        ("成都明天会下雨吗?", "后天呢", "ask_rain", {"city": "成都", "date": "后天"}),
    ],
)  # fmt: skip
async def test_a_follow_up_is_read_in_its_context(
    bot: Bot, first: str, second: str, intent: str, entities: dict[str, str]
) -> None:
    assert heard(await last(bot, first, second)) == [(intent, entities)]


async def test_a_follow_up_of_a_follow_up(bot: Bot) -> None:
    turn = await last(bot, "how is the weather in London today", "and in Paris?", "thanks a lot", "tomorrow?")
    assert heard(turn) == [("ask_weather", {"city": "Paris", "date": "tomorrow"})]


async def test_one_of_what_the_bot_listed(bot: Bot) -> None:
    turn = await last(bot, "is the tent in stock?", "how much is the second one?")
    (intent, entities) = heard(turn)[0]
    assert (intent, entities["color"]) == ("ask_price", "blue")


async def test_a_button_is_pressed_in_words(bot: Bot) -> None:
    await bot.handle("thank you", conversation="ann")
    buttons = [{"title": "One", "payload": "/ask_hours"}, {"title": "Two", "payload": "/ask_rain"}]
    await bot.append_events("ann", [BotUttered(text="Choose", data={"buttons": buttons})])
    assert heard(await bot.handle("the last one please", conversation="ann")) == [("ask_rain", {})]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("how is the weather in London tomorrow", "how much is the red bicycle?"),
        ("how much is the red bicycle?", "when do you open?"),
        ("how is the weather in London tomorrow", "is it raining in Paris"),
        ("红色的自行车多少钱?", "北京天气怎么样?"),
        ("上海今天天气如何", "谢谢"),
    ],
)
async def test_a_message_that_is_clear_by_itself_is_left_alone(bot: Bot, first: str, second: str) -> None:
    alone = heard(await last(bot, second, conversation="alone"))
    turn = await last(bot, first, second)
    assert heard(turn) == alone
    assert not any("context" in e.metadata.get("chatwright", {}) for e in turn.events)


async def test_the_event_keeps_the_words_and_the_trace_says_why(bot: Bot) -> None:
    turn = await last(bot, "how much is the red bicycle?", "and the blue one?")
    user = next(event for event in turn.events if isinstance(event, UserUttered))
    assert user.text == user.understanding.text == "and the blue one?"
    context = user.metadata["chatwright"]["context"]
    assert (context["kind"], context["rewritten"]) == ("ellipsis", "how much is the blue bicycle?")
    assert context["carried"] == {"product": "bicycle"}
    said = {entity.entity: (entity.start, entity.end) for entity in user.understanding.entities}
    assert said == {"product": (0, 0), "color": (8, 12)}
    summaries = [evidence["summary"] for evidence in turn.why["understanding"]["evidence"]]
    assert any("blue takes the place of red" in summary for summary in summaries)


async def test_it_is_read_alike_after_the_conversation_was_put_away(project: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    for message in ("how is the weather in London today", "and in Paris?", "tomorrow?"):
        bot = await Bot.load(project=project, store=url)
        turn = await bot.handle(message, conversation="ann")
        await bot.close()
    assert heard(turn) == [("ask_weather", {"city": "Paris", "date": "tomorrow"})]


@pytest.mark.parametrize(
    ("message", "intents", "said"),
    [
        ("how much is the red bicycle and tell me the opening hours", ["ask_price", "ask_hours"], ["Ten.", "From nine to five."]),
        ("北京下雨吗，另外你们几点开门?", ["ask_rain", "ask_hours"], ["No rain.", "From nine to five."]),
    ],
)  # fmt: skip
async def test_several_requests_are_answered_in_order(
    bot: Bot, message: str, intents: list[str], said: list[str]
) -> None:
    turn = await bot.handle(message, conversation="ann")
    assert texts(turn) == said
    users = [event for event in turn.events if isinstance(event, UserUttered)]
    assert [user.intent for user in users] == intents
    assert users[0].text == message
    assert users[1].text in message
    for entity in users[0].understanding.entities:
        assert message[entity.start : entity.end] == entity.value
    assert [one["intent"] for one in (turn.why["understanding"], *turn.why["further"])] == intents
    assert (await bot.tracker("ann")).turns == 2


async def test_the_second_request_may_lean_on_the_first(bot: Bot) -> None:
    turn = await bot.handle("is the blue tent in stock? how much does it cost?", conversation="ann")
    assert heard(turn)[-1] == ("ask_price", {"color": "blue", "product": "tent"})


async def test_a_question_in_the_middle_of_a_form(bot: Bot) -> None:
    turn = await last(bot, "I want to book a table", "when do you open?")
    assert texts(turn) == ["From nine to five.", "Back to your booking:", "How many seats?"]
    assert texts(await last(bot, "seven people")) == ["Booked for seven people."]


async def test_an_answer_to_a_form_is_read_by_itself(bot: Bot) -> None:
    turn = await last(bot, "how much is the red bicycle?", "I want to book a table", "the blue one for two")
    assert not any("context" in event.metadata.get("chatwright", {}) for event in turn.events)


async def test_a_form_that_interrupts_another_is_finished_first(bot: Bot) -> None:
    assert texts(await last(bot, "I want to book a table", "I want to make a complaint")) == [
        "What is wrong?"
    ]
    assert (await bot.tracker("ann")).suspended == ("book_form",)
    turn = await last(bot, "the soup was cold")
    assert texts(turn) == ["Noted: the soup was cold.", "Back to your booking:", "How many seats?"]
    assert [step["policy"] for step in turn.why["steps"]].count("topics") == 1
    assert texts(await last(bot, "two")) == ["Booked for two."]
    tracker = await bot.tracker("ann")
    assert (tracker.active_loop_name, tracker.suspended) == (None, ())


async def test_words_of_the_house_where_the_domain_has_none(bot: Bot) -> None:
    turn = await last(bot, "我要投诉", "你们几点开门?")
    assert texts(turn) == ["From nine to five.", "我们接着刚才的说：", "What is wrong?"]


async def test_what_actions_are_sent_holds_no_reasons(bot: Bot) -> None:
    await last(bot, "how much is the red bicycle?", "and the blue one?")
    tracker = await bot.tracker("ann")
    assert tracker.state_json()["latest_message"]["text"] == "and the blue one?"
    body = await request_body(
        "action_x", ActionCall(tracker=tracker, channel="rest", idempotency_key="k"), None
    )
    assert "takes the place of" not in repr(body)


async def test_without_context_nothing_is_read_into_messages(project: Path, tmp_path: Path) -> None:
    """The same project without ``context:`` behaves as Rasa does."""
    plain = tmp_path / "plain"
    plain.mkdir()
    for name in ("domain.yml", "data"):
        (plain / name).symlink_to(project / name)
    config = (project / "config.yml").read_text("utf-8").replace("context: true\n", "")
    (plain / "config.yml").write_text(config, "utf-8")
    train(plain)
    bundle = open_bundle(plain / "models")
    assert not (bundle.folder / CONTEXT_FILE).exists()
    bot = await Bot.load(bundle, project=plain, store="sqlite://")
    turn = await last(bot, "how much is the red bicycle?", "and the blue one?")
    assert heard(turn)[0][1] == {"color": "blue"}
    turn = await last(bot, "I want to book a table", "when do you open?", conversation="bob")
    assert texts(turn) == ["From nine to five.", "How many seats?"]
    assert heard(await last(bot, "北京下雨吗，另外你们几点开门?", conversation="cy"))[1:] == []
    await bot.close()


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        ("context: {folow_ups: true}", "unknown-key", "follow_ups"),
        ("context: {topics: maybe}", "wrong-value", "maybe"),
    ],
)
def test_what_is_wrong_in_config_is_said(
    project: Path, tmp_path: Path, line: str, code: str, hint: str
) -> None:
    config = (project / "config.yml").read_text("utf-8").replace("context: true", line)
    (tmp_path / "config.yml").write_text(config, "utf-8")
    problems = Project.load(tmp_path).problems
    found = next(problem for problem in problems if problem.code == code)
    assert hint in f"{found.message} {found.fix}"
    assert found.location is not None
    assert found.location.line == 4
