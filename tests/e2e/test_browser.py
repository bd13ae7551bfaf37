"""The customer-service bot in the pages that people use: the chat and the inspector, in Chromium."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from chromium import Pages, chromium
from server_process import ServerProcess
from starter_project import made, rows

from .script import CONVERSATIONS, RETURNED, Line, Words

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Any]
LOCALES = {"zh": "zh-CN", "en": "en-US", "switching": "zh-CN"}
SUBMIT = {"zh": "对，提交", "en": "Yes, submit"}
SAID_BY_BOT = "all => all.map(bubble => bubble.innerText)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(made(tmp_path_factory.mktemp("browser") / "shop"))
    yield process
    process.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Any, server: ServerProcess) -> Iterator[OpenPage]:
    pages = Pages(browser, server)
    yield pages.open
    pages.close()


@pytest.fixture
def shop(server: ServerProcess) -> Path:
    """The project, its shop as on the first day."""
    with closing(sqlite3.connect(server.project / "orders.sqlite")) as database, database:
        known = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        for table in {"returns", "tickets"} & known:
            database.execute(f"DELETE FROM {table}")
    return server.project


class Chat:
    """What a visitor does in the chat page; every turn is waited for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.turns = 0

    def say(self, *texts: str) -> None:
        """Type and send."""
        for text in texts:
            self.page.locator("#message").fill(text)
            self.page.locator("#message").press("Enter")
            self.answered()

    def press(self, name: str) -> None:
        """Press a button that asks the bot for something."""
        self.page.get_by_role("button", name=name, exact=True, disabled=False).click()
        self.answered()

    def answered(self) -> None:
        """Wait for one answer more."""
        self.turns += 1
        self.shows_all()

    def shows_all(self) -> None:
        """Wait until everything that was said is there."""
        ready = "n => document.querySelectorAll('.rate[data-value=up]').length === n"
        self.page.wait_for_function(ready, arg=self.turns)

    def heard(self) -> list[str]:
        """All that the bot said."""
        return self.page.eval_on_selector_all("#log .bot .bubble", SAID_BY_BOT)

    def said(self) -> list[str]:
        """All that the visitor said."""
        return self.page.eval_on_selector_all("#log .user .bubble", SAID_BY_BOT)

    def offered(self) -> list[str]:
        """What can be pressed now."""
        return self.page.locator("#log button.choice:enabled").all_inner_texts()

    def kept(self, name: str) -> Any:
        """What the page remembers."""
        return self.page.evaluate("name => JSON.parse(localStorage[`chatwright.${name}`])", name)

    @property
    def conversation(self) -> str:
        """Its id."""
        return self.kept("conversation")


def go_through(chat: Chat, lines: Sequence[Line]) -> None:
    """Hold the conversation; what the bot asks to confirm is confirmed by its button."""
    for line in lines:
        if line.hears == ("utter_return_submitted",):
            chat.press(SUBMIT[line.language])
        else:
            chat.say(line.says)


def events(server: ServerProcess, conversation: str) -> list[dict[str, Any]]:
    return httpx.get(f"{server.url}/api/conversations/{conversation}/events").json()["events"]


@pytest.mark.parametrize("kind", CONVERSATIONS)
def test_the_whole_conversation(open_page: OpenPage, shop: Path, kind: str) -> None:
    chat = Chat(open_page(locale=LOCALES[kind]))
    go_through(chat, CONVERSATIONS[kind])
    assert not Words(shop).missing(CONVERSATIONS[kind], chat.heard())
    assert rows(shop, "SELECT order_number, reason, address FROM returns") == [RETURNED[kind]]


@pytest.mark.parametrize("kind", ["zh", "en"])
def test_a_reload_in_the_middle(open_page: OpenPage, shop: Path, kind: str) -> None:
    chat = Chat(open_page(locale=LOCALES[kind]))
    lines = CONVERSATIONS[kind]
    go_through(chat, lines[:7])
    before = (chat.said(), chat.heard(), chat.offered())
    chat.page.reload()
    chat.shows_all()
    assert (chat.said(), chat.heard(), chat.offered()) == before
    go_through(chat, lines[7:])
    assert not Words(shop).missing(lines, chat.heard())


def test_another_server_takes_over(open_page: OpenPage, server: ServerProcess, shop: Path) -> None:
    chat = Chat(open_page(locale="zh-CN"))
    lines = CONVERSATIONS["switching"]
    go_through(chat, lines[:5])
    server.stop()
    chat.page.locator("#connection[data-state=offline]").wait_for()
    chat.page.locator("#message").fill(lines[5].says)  # kept until somebody can hear it
    chat.page.locator("#message").press("Enter")
    server.start()
    chat.answered()
    go_through(chat, lines[6:])
    assert not Words(shop).missing(lines, chat.heard())
    assert rows(shop, "SELECT order_number, reason, address FROM returns") == [RETURNED["switching"]]


@pytest.mark.parametrize(
    ("locale", "angry", "buttons", "ticket"),
    [
        ("zh-CN", "你们太过分了，等了半个月还没人管！", ["转人工", "不用了"], "工单号"),
        (
            "en-US",
            "this is outrageous, two weeks and nobody cares!",
            ["Yes, a human please", "No, thanks"],
            "ticket",
        ),
    ],
)
def test_an_angry_customer_gets_a_human(
    open_page: OpenPage, shop: Path, locale: str, angry: str, buttons: list[str], ticket: str
) -> None:
    chat = Chat(open_page(locale=locale))
    chat.say(angry)
    assert chat.offered() == buttons
    chat.press(buttons[0])
    assert ticket in chat.heard()[-1]
    assert chat.said() == [angry, buttons[0]]
    assert len(rows(shop, "SELECT * FROM tickets WHERE conversation = ?", chat.conversation)) == 1


@pytest.mark.parametrize(
    ("nonsense", "ticket"),
    [(("扑棱蛾子咕噜呱唧", "叽里咕噜哇啦"), "工单号"), (("blargh fnord snark", "zxcv qwop ghjk"), "ticket")],
)
def test_nonsense_twice_gets_a_human(
    open_page: OpenPage, shop: Path, nonsense: tuple[str, str], ticket: str
) -> None:
    chat = Chat(open_page())
    chat.say(nonsense[0])
    assert len(set(chat.offered())) == 2
    chat.say(nonsense[1])
    assert ticket in chat.heard()[-1]


@pytest.mark.parametrize(
    ("locale", "start_over", "wish", "question"),
    [
        ("zh-CN", "重新开始", "订单20231105我要退货", "请告诉我 8 位订单号"),
        ("en-US", "Start over", "I want to return order 20231105", "Please tell me the order number"),
    ],
)
def test_starting_over(
    open_page: OpenPage, shop: Path, locale: str, start_over: str, wish: str, question: str
) -> None:
    chat = Chat(open_page(locale=locale))
    chat.say(wish)
    chat.press(start_over)
    assert not Words(shop).missing([Line("", ("utter_restart",), locale[:2])], chat.heard()[-1:])
    chat.say(wish.replace("订单20231105", "").replace("order 20231105", "something"))
    assert chat.heard()[-1].startswith(question)  # the number is forgotten


def test_the_language_that_was_chosen_goes_first(open_page: OpenPage, shop: Path) -> None:
    chat = Chat(open_page(locale="en-US"))
    chat.page.locator("#language").select_option("zh")
    chat.say("hello")
    assert not Words(shop).missing([Line("hello", ("utter_greet",), "zh")], chat.heard())
    chat.page.locator("#language").select_option("auto")
    chat.say("hello")
    assert not Words(shop).missing([Line("hello", ("utter_greet",), "en")], chat.heard()[1:])


def test_thumbs_are_kept(open_page: OpenPage, server: ServerProcess) -> None:
    def pressed() -> list[str]:
        return chat.page.eval_on_selector_all(
            ".rate", "all => all.map(b => b.getAttribute('aria-pressed') === 'true' ? b.dataset.value : '')"
        )

    chat = Chat(open_page())
    chat.say("hello", "how long does a refund take?")
    for turn, name in ((0, "Good answer"), (1, "Good answer"), (1, "Poor answer")):
        chat.page.locator("#announcer").evaluate("p => p.replaceChildren()")
        chat.page.get_by_role("button", name=name).nth(turn).click()
        chat.page.wait_for_function("() => document.querySelector('#announcer').textContent.includes('kept')")
    chat.page.evaluate("localStorage.removeItem('chatwright.ratings')")  # the server knows them
    chat.page.reload()
    chat.shows_all()
    assert pressed() == ["up", "", "", "down"]
    given = [e for e in events(server, chat.conversation) if e["event"] == "feedback"]
    assert [(event["turn"], event["value"]) for event in given] == [(1, "up"), (2, "up"), (2, "down")]
    inspector = open_page(f"/inspect#{chat.conversation}")
    assert inspector.locator("[data-turn='1'] .rating").text_content() == "Rated as a good answer"
    assert inspector.locator("[data-turn='2'] .rating").text_content() == "Rated as a poor answer"


@pytest.mark.parametrize(("kind", "reason"), [("zh", "退款要多久"), ("en", "how long does a refund take?")])
def test_the_inspector_tells_what_happened_and_why(
    open_page: OpenPage, shop: Path, kind: str, reason: str
) -> None:
    chat = Chat(open_page(locale=LOCALES[kind]))
    lines = CONVERSATIONS[kind][:5]
    go_through(chat, lines)
    page = open_page("/inspect", locale=LOCALES[kind])
    page.locator("#conversations a", has_text=chat.conversation).click()

    number = next(n for n, line in enumerate(lines, 1) if line.says == reason)
    turn = page.locator(f"[data-turn='{number}']")
    turn.wait_for()
    assert page.locator("#timeline [data-turn]").count() == len(lines)
    assert turn.locator(".said .bubble").inner_text() == reason
    assert turn.locator(".understanding .badge").text_content().endswith(kind)
    ranking = turn.locator(".intent code").all_inner_texts()
    assert ranking[0] == "ask_refund_time"
    assert len(set(ranking)) == len(ranking) > 1
    shares = [float(share.rstrip("%")) for share in turn.locator(".intent .share").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)

    step = turn.locator("[data-action=utter_refund_time]")
    assert "RulePolicy" in step.locator(".by").inner_text()
    said = step.locator(".utterance .bubble").all_inner_texts()
    assert len(said) == 2  # the answer, and that the interrupted form goes on
    assert set(said) <= set(chat.heard())
    sources = step.locator(".evidence .source").all_inner_texts()
    (place,) = [source for source in sources if source.startswith("data/rules.yml:")]
    file, _, at = place.partition(":")
    assert (shop / file).read_text().splitlines()[int(at) - 1].strip() == "- rule: refund time"

    order = page.locator("[data-turn='2']")
    assert order.locator(".said mark").evaluate("mark => mark.firstChild.data") == "20231107"
    assert re.search(r"order_number\s.*20231107", order.locator(".effect.slot").first.text_content())
    slots = page.locator("#state dl").inner_text().split()
    assert slots[slots.index("order_number") + 1] == "20231107"
    assert "return_form" in page.locator("#state").inner_text()


def test_nobody_reads_what_another_visitor_said(open_page: OpenPage, server: ServerProcess) -> None:
    ann, bea = Chat(open_page()), Chat(open_page())
    ann.say("where is my order 20231107?")
    bea.say("hello")
    assert ann.conversation != bea.conversation
    assert bea.said() == ["hello"]
    assert [e["text"] for e in events(server, bea.conversation) if e["event"] == "user"] == ["hello"]

    # What Bea could make of her own token to get at Ann's conversation.
    mine, wanted = bea.kept("session")["token"], ann.kept("session")["token"]
    claims = jwt.decode(wanted, options={"verify_signature": False})
    forged = [
        ".".join((*wanted.split(".")[:2], mine.split(".")[2])),
        jwt.encode(claims, "a key of her own, which is long enough", algorithm="HS256"),
        ".".join((jwt.encode(claims, "", algorithm="none").rstrip("."), "")),
        "",
    ]
    code = """token => new Promise(done => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/chat?token=${token}`);
        socket.onmessage = message => done(message.data);
        socket.onclose = event => done(event.code);
    })"""
    assert [bea.page.evaluate(code, token) for token in forged] == [4401] * 4
    session = f'"conversation":"{bea.conversation}"'
    assert session in bea.page.evaluate(code, mine)

    # A page that holds such a token is given a conversation of its own.
    stolen = {**ann.kept("session"), "token": forged[1]}
    bea.page.evaluate("session => localStorage['chatwright.session'] = JSON.stringify(session)", stolen)
    bea.page.reload()
    bea.page.locator("#welcome").wait_for()
    assert bea.conversation != ann.conversation
    assert bea.said() == []
