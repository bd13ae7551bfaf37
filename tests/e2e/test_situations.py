"""What else people do to a customer-service bot: be angry, talk nonsense, change their minds, start over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatwright.bot import Bot
from chatwright.schema.messages import BotMessage
from server_process import ServerProcess
from starter_project import made, rows

LANGUAGES = ("zh", "en")


class Shop:
    """A conversation with the bot."""

    def __init__(self, bot: Bot, project: Path) -> None:
        self.bot = bot
        self.project = project
        self.replies: list[BotMessage] = []

    async def hears(self, *texts: str) -> list[str]:
        """What the bot says to the last of ``texts``, by the names of its responses."""
        for text in texts:
            self.replies = list((await self.bot.handle(text, conversation="ann")).replies)
        return [str(reply.metadata.get("utter_action")) for reply in self.replies]

    @property
    def buttons(self) -> list[str]:
        """Payloads of what may be pressed."""
        return [str(button["payload"]) for reply in self.replies for button in reply.buttons]

    async def presses(self, title: str) -> list[str]:
        """As ``hears``, for a button."""
        (payload,) = [b["payload"] for reply in self.replies for b in reply.buttons if b["title"] == title]
        return await self.hears(str(payload))

    def said(self, text: str) -> bool:
        """Whether the bot has just said the words."""
        return any(text in (reply.text or "") for reply in self.replies)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    project = made(tmp_path / "shop")
    bot = await Bot.load(project=project)
    yield Shop(bot, project)
    await bot.close()


SAID = {
    "angry": ("你们太过分了，等了半个月还没人管！", "this is outrageous, two weeks and nobody cares!"),
    "yes": ("好的", "yes please"),
    "no": ("不用了", "no thanks"),
    "nonsense": ("扑棱蛾子咕噜呱唧", "blargh fnord snark"),
    "more nonsense": ("叽里咕噜哇啦", "zxcv qwop ghjk"),
    "painting": ("蒙娜丽莎是谁画的", "who painted the Mona Lisa"),
    "hello": ("你好", "hello"),
    "return": ("我要退货", "I want to return it"),
    "return 20231105": ("订单20231105我要退货", "I want to return order 20231105"),
    "order 20231101": ("订单号是20231101", "the order number is 20231101"),
    "unsent order": ("我要退20231118", "I want to return order 20231118"),
    "unknown order": ("订单20239999到哪了", "where is order 20239999"),
    "reason": ("有划痕", "it has scratches"),
    "angry reason": ("质量太差了", "the quality is terrible"),
    "address": ("上海市浦东新区世纪大道100号", "5 Elm Street, Springfield"),
    "other address": (
        "不对，地址是上海市徐汇区淮海中路200号",
        "sorry, the address is 12 Oak Avenue, Boston",
    ),
    "bare address": ("上海市徐汇区淮海中路200号", "12 Oak Avenue, Boston"),
    "wrong address": ("地址写错了", "the address is wrong"),
    "stop": ("算了，不退了", "never mind, I don't want to return it"),
    "track": ("我的订单到哪了", "where is my order"),
    "human": ("转人工", "I want to talk to a human"),
    "cancel 20231116": ("取消订单20231116", "cancel order 20231116"),
    "cancel 20231107": ("取消订单20231107", "cancel order 20231107"),
}


ASKED_BACK = {"utter_clarify", "utter_out_of_scope"}


def in_language(language: str, *names: str) -> list[str]:
    return [SAID[name][LANGUAGES.index(language)] for name in names]


@pytest.mark.parametrize("language", LANGUAGES)
class TestSituations:
    async def test_an_angry_customer_is_offered_a_human(self, shop: Shop, language: str) -> None:
        assert await shop.hears(*in_language(language, "angry")) == ["utter_apology"]
        assert shop.buttons == ["/human", "/deny"]
        assert await shop.hears(*in_language(language, "yes")) == ["utter_hand_over"]
        assert len(rows(shop.project, "SELECT * FROM tickets WHERE conversation = 'ann'")) == 1

    async def test_the_offer_may_be_declined(self, shop: Shop, language: str) -> None:
        assert await shop.hears(*in_language(language, "angry", "no")) == ["utter_ok"]
        assert rows(shop.project, "SELECT * FROM tickets") == []

    async def test_the_offer_does_not_stand_for_ever(self, shop: Shop, language: str) -> None:
        assert await shop.hears(*in_language(language, "angry", "hello", "yes")) == ["utter_ok"]

    async def test_nonsense_is_asked_about_then_handed_over(self, shop: Shop, language: str) -> None:
        assert set(await shop.hears(*in_language(language, "nonsense"))) <= ASKED_BACK
        assert len(set(shop.buttons)) == 2
        assert await shop.hears(*in_language(language, "more nonsense")) == ["utter_hand_over"]

    async def test_being_understood_in_between_counts(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "nonsense", "hello", "more nonsense")
        assert set(await shop.hears(*talk)) <= ASKED_BACK

    async def test_other_topics(self, shop: Shop, language: str) -> None:
        assert set(await shop.hears(*in_language(language, "painting"))) <= ASKED_BACK
        assert len(set(shop.buttons)) == 2
        assert await shop.hears("/restart", "/out_of_scope") == ["utter_out_of_scope"]
        assert shop.buttons == ["/help", "/human"]

    async def test_nonsense_in_the_middle_of_a_return(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "reason", "address", "nonsense")
        assert await shop.hears(*talk) == ["utter_not_understood", "utter_ask_return_confirmed"]
        assert await shop.hears(*in_language(language, "more nonsense")) == ["utter_hand_over"]

    async def test_restart_forgets_all(self, shop: Shop, language: str) -> None:
        await shop.hears(*in_language(language, "return 20231105", "reason"))
        assert await shop.hears("/restart") == ["utter_restart"]
        assert await shop.hears(*in_language(language, "return")) == ["utter_ask_order_number"]

    async def test_the_order_number_is_asked_for(self, shop: Shop, language: str) -> None:
        assert await shop.hears(*in_language(language, "track")) == ["utter_ask_order_number"]
        assert await shop.hears("20231112") == ["utter_order_shipped"]

    async def test_an_unknown_order(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "unknown order")
        assert await shop.hears(*talk) == ["utter_order_unknown", "utter_ask_order_number"]

    @pytest.mark.parametrize("correction", ["other address", "bare address"])
    async def test_another_address_at_the_confirmation(
        self, shop: Shop, language: str, correction: str
    ) -> None:
        talk = in_language(language, "return 20231105", "reason", "address", correction)
        assert await shop.hears(*talk) == ["utter_address_changed", "utter_ask_return_confirmed"]
        assert shop.said("上海市徐汇区淮海中路200号" if language == "zh" else "12 Oak Avenue, Boston")

    async def test_a_correction_without_an_address_asks_for_one(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "reason", "address", "wrong address")
        assert (await shop.hears(*talk))[-1] == "utter_ask_pickup_address"
        assert await shop.hears(*in_language(language, "address")) == ["utter_ask_return_confirmed"]

    async def test_another_order_in_the_middle(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "reason", "order 20231101")
        assert await shop.hears(*talk) == ["utter_ask_pickup_address"]
        await shop.hears(*in_language(language, "address"))
        assert shop.said("20231101")

    async def test_anger_can_be_the_reason(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "angry reason")
        assert await shop.hears(*talk) == ["utter_ask_pickup_address"]

    async def test_stopping_a_return(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "reason", "stop")
        assert await shop.hears(*talk) == ["utter_return_stopped"]
        assert await shop.hears(*in_language(language, "hello")) == ["utter_greet"]

    async def test_not_confirming_a_return(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "reason", "address", "no")
        assert await shop.hears(*talk) == ["utter_return_stopped"]
        assert rows(shop.project, "SELECT * FROM returns") == []

    async def test_an_order_is_looked_up_in_the_middle(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "track")
        back = ["utter_back_to_return_form", "utter_ask_return_reason"]
        assert await shop.hears(*talk) == ["utter_order_delivered", *back]

    async def test_an_order_that_was_not_sent_is_not_returned(self, shop: Shop, language: str) -> None:
        assert (await shop.hears(*in_language(language, "unsent order")))[0] == "utter_cannot_return"

    async def test_cancelling(self, shop: Shop, language: str) -> None:
        assert await shop.hears(*in_language(language, "cancel 20231107")) == ["utter_cannot_cancel"]
        assert await shop.hears(*in_language(language, "cancel 20231116")) == ["utter_order_cancelled"]
        status = rows(shop.project, "SELECT status FROM orders WHERE number = '20231116'")
        assert status == [("cancelled",)]

    async def test_a_human_in_the_middle_of_a_return(self, shop: Shop, language: str) -> None:
        talk = in_language(language, "return 20231105", "reason", "human")
        assert await shop.hears(*talk) == ["utter_hand_over"]
        assert await shop.hears(*in_language(language, "hello")) == ["utter_greet"]


async def test_buttons_speak_the_language_of_the_conversation(shop: Shop) -> None:
    await shop.hears("hello")
    assert await shop.presses("Track an order") == ["utter_ask_order_number"]
    assert shop.said("order number")
    await shop.hears("算了", "你好")
    assert await shop.presses("查订单") == ["utter_ask_order_number"]
    assert shop.said("订单号")


async def test_the_name_of_an_intent_is_no_english(shop: Shop) -> None:
    await shop.hears(*in_language("zh", "angry"))
    assert await shop.presses("转人工") == ["utter_hand_over"]
    assert shop.said("工单号")


@pytest.mark.parametrize(
    ("question", "response", "words"),
    [
        ("电热水壶有货吗", "utter_in_stock", "电热水壶有货"),
        ("耳机还有吗", "utter_sold_out", "无线耳机"),
        ("do you have the rice cooker in stock", "utter_in_stock", "rice cooker"),
        ("is the keyboard available", "utter_sold_out", "mechanical keyboard"),
        ("is it in stock", "utter_stock", "stock"),
        ("订单20231203买了什么", "utter_order_details", "羊毛围巾 3 件，共 447 元"),
        ("what did I order in 20231112", "utter_order_details", "wireless headset, quantity 2, 518 yuan"),
    ],
)
async def test_products_and_orders(shop: Shop, question: str, response: str, words: str) -> None:
    assert await shop.hears(question) == [response]
    assert shop.said(words)


async def test_a_delivery_that_comes_twice_returns_once(shop: Shop) -> None:
    await shop.hears("退20231105", "有划痕", "上海市浦东新区世纪大道100号")
    for _ in range(2):
        await shop.bot.handle("对的", conversation="ann", message_id="m-1")
    assert len(rows(shop.project, "SELECT * FROM returns")) == 1


def test_clarifying_over_http(tmp_path: Path) -> None:
    server = ServerProcess(made(tmp_path / "shop"))
    try:
        assert len(server.say(*in_language("zh", "nonsense"))) == 1
        (handed_over,) = server.say(*in_language("zh", "more nonsense"))
        assert "工单号" in (handed_over or "")
        (again,) = server.say("/restart")
        assert "重新开始" in (again or "")
    finally:
        server.end()
