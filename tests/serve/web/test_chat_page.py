"""The chat page as a person uses it, in Chromium, against a server that speaks the protocol."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .chat_server import ChatServer

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
OpenPage = Callable[..., Any]

GREETING = {
    "text": "Hi, I am Mei. 想做什么？",
    "buttons": [
        {"title": "Track my order", "payload": '/track{"order": "20231107"}'},
        {"title": "退货", "payload": "/return"},
    ],
}


def shop(text: str) -> list[dict[str, Any]]:
    """A bot that knows three things."""
    if text in ("Hello!", "你好！"):
        return [GREETING]
    if text.startswith("/track"):
        return [
            {"text": "It is on its way.", "image": PIXEL},
            {"text": "Anything else?", "quick_replies": [{"title": "No", "payload": "/deny"}]},
        ]
    return [{"text": f"You said: {text}"}]


def say(page: Any, text: str) -> None:
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")


def bubbles(page: Any) -> list[str]:
    """All speech bubbles in order, ``>`` before the person's."""
    return page.eval_on_selector_all(
        "#log .bubble", "all => all.map(b => (b.closest('.user') ? '> ' : '') + b.innerText)"
    )


def wait_for_turns(page: Any, count: int) -> None:
    """Until ``count`` turns are answered and can be rated."""
    page.wait_for_function("n => document.querySelectorAll('.rate[data-value=up]').length === n", arg=count)


@pytest.mark.parametrize(
    ("locale", "chip", "placeholder", "online"),
    [("en-US", "Hello!", "Write a message…", "Online"), ("zh-CN", "你好！", "输入消息…", "在线")],
)
def test_a_conversation_in_the_language_of_the_browser(
    open_page: OpenPage, server: ChatServer, locale: str, chip: str, placeholder: str, online: str
) -> None:
    server.script = shop
    page = open_page(locale=locale)
    page.get_by_role("button", name=chip).click()
    wait_for_turns(page, 1)
    assert page.locator("#connection").inner_text() == online
    assert page.locator("#message").get_attribute("placeholder") == placeholder
    assert page.locator("html").get_attribute("lang") == {"en-US": "en", "zh-CN": "zh-Hans"}[locale]
    say(page, "我的订单 20231107 到哪了？\nthanks")
    wait_for_turns(page, 2)
    assert bubbles(page) == [
        f"> {chip}",
        GREETING["text"],
        "> 我的订单 20231107 到哪了？\nthanks",
        "You said: 我的订单 20231107 到哪了？\nthanks",
    ]
    assert not page.locator("#welcome").is_visible()
    assert page.title().startswith("Mei")
    assert [frame["language"] for frame in server.messages()] == [None] * 2


def test_buttons_send_their_payload_show_their_title_and_work_once(
    open_page: OpenPage, server: ChatServer
) -> None:
    server.script = shop
    page = open_page()
    say(page, "Hello!")
    page.get_by_role("button", name="Track my order").click()
    wait_for_turns(page, 2)
    assert server.messages()[-1]["text"] == '/track{"order": "20231107"}'
    assert bubbles(page)[2] == "> Track my order"
    chosen = page.get_by_role("button", name="Track my order (chosen)")
    assert chosen.is_disabled()
    assert page.get_by_role("button", name="退货").is_disabled()
    reply = page.get_by_role("button", name="No", exact=True)
    assert reply.is_enabled()
    say(page, "wait")  # the quick reply is outdated now
    wait_for_turns(page, 3)
    assert reply.is_disabled()
    page.reload()
    wait_for_turns(page, 3)
    assert bubbles(page)[2] == "> Track my order"
    assert page.get_by_role("button", name="Track my order (chosen)").is_disabled()


def test_pictures(open_page: OpenPage, server: ChatServer) -> None:
    server.script = lambda _: [
        {"text": "A map", "image": PIXEL},
        {"image": "web/icon.svg"},
        {"text": "gone", "image": "/nothing.png"},
        {"text": "none", "image": "javascript:alert(1)"},
        {"text": "none", "image": "data:text/html,<script>alert(1)</script>"},
    ]
    page = open_page()
    say(page, "show me")
    wait_for_turns(page, 1)
    page.locator(".missing").wait_for()
    images = page.eval_on_selector_all(
        "#log img", "all => all.map(i => [i.alt, i.src, i.complete && i.naturalWidth > 0])"
    )
    assert [(alt, loaded) for alt, _, loaded in images] == [("A map", True), ("Picture from Mei", True)]
    assert images[0][1] == PIXEL
    assert images[1][1] == server.url + "/web/icon.svg"
    assert page.locator(".missing").inner_text().startswith("The picture could not be loaded.")


def test_cards_attachments_and_web_links(open_page: OpenPage, server: ChatServer) -> None:
    server.script = lambda text: (
        [
            {
                "elements": [
                    {
                        "title": "Shirt",
                        "subtitle": "¥ 199",
                        "image_url": PIXEL,
                        "buttons": [{"title": "Take it", "payload": "/take"}],
                    },
                    {
                        "title": "Bad",
                        "image_url": "file:///etc/passwd",
                        "default_action": {"url": "javascript:1"},
                    },
                ],
                "attachment": {
                    "type": "file",
                    "payload": {"url": "https://shop.example/bill.pdf", "title": "Bill"},
                },
                "buttons": [{"title": "Website", "type": "web_url", "url": "https://shop.example"}],
                "custom": {"kind": "map"},
            }
        ]
        if text == "more"
        else [{"text": text}]
    )
    page = open_page()
    say(page, "more")
    wait_for_turns(page, 1)
    assert page.get_by_role("link", name="Bill").get_attribute("href") == "https://shop.example/bill.pdf"
    assert page.get_by_role("link", name="Website").get_attribute("rel") == "noopener noreferrer nofollow"
    assert page.locator(".card").count() == 2
    assert page.locator(".card img").count() == 1
    assert page.get_by_text("More data").is_visible()
    page.get_by_role("button", name="Take it").click()
    wait_for_turns(page, 2)
    assert bubbles(page)[-2:] == ["> Take it", "/take"]


def test_text_wraps_links_work_and_code_is_code(open_page: OpenPage, server: ChatServer) -> None:
    long_word = "x" * 3000
    server.script = lambda _: [
        {"text": "See https://en.example/a_(b)?q=1. 或者https://中文.example/路径，好吗"},
        {"text": f"Use `pip install` or:\n```sh\nrun {long_word}\n```\ndone"},
        {"text": "https://bank.example@evil.example/ and ftp://old.example and javascript:alert(1)"},
    ]
    page = open_page(viewport={"width": 360, "height": 640})
    say(page, long_word)
    wait_for_turns(page, 1)
    links = page.eval_on_selector_all(
        "#log .bubble a", "all => all.map(a => [a.innerText, a.href, a.rel, a.target])"
    )
    assert [link[0] for link in links] == ["https://en.example/a_(b)?q=1", "https://中文.example/路径"]
    assert links[0][1:] == ["https://en.example/a_(b)?q=1", "noopener noreferrer nofollow", "_blank"]
    assert page.locator(".bubble :not(pre) > code").inner_text() == "pip install"
    assert page.locator(".bubble pre").inner_text() == f"run {long_word}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.eval_on_selector("#scroller", "s => s.scrollWidth <= s.clientWidth")


def test_language_switch_changes_the_page_and_tells_the_bot(open_page: OpenPage, server: ChatServer) -> None:
    server.script = shop
    page = open_page()
    say(page, "Hello!")
    wait_for_turns(page, 1)
    page.locator("#language").select_option("zh")
    assert page.locator("#connection").inner_text() == "在线"
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert page.get_by_role("button", name="回答得好").count() == 1
    assert bubbles(page) == ["> Hello!", GREETING["text"]]  # what was said stays
    say(page, "hi")
    wait_for_turns(page, 2)
    page.reload()
    assert page.locator("#language").input_value() == "zh"
    page.locator("#language").select_option("auto")
    wait_for_turns(page, 2)
    say(page, "again")
    wait_for_turns(page, 3)
    assert [frame["language"] for frame in server.messages()] == [None, "zh", None]


def test_dark_and_light(open_page: OpenPage) -> None:
    def is_dark(page: Any) -> bool:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3])) < 200

    light, dark = open_page(color_scheme="light"), open_page(color_scheme="dark")
    assert (is_dark(light), is_dark(dark)) == (False, True)
    toggle = light.get_by_role("button", name="Dark mode")
    assert toggle.get_attribute("aria-pressed") == "false"
    toggle.click()
    assert toggle.get_attribute("aria-pressed") == "true"
    assert is_dark(light)
    light.reload()
    assert is_dark(light)
    light.get_by_role("button", name="Dark mode").click()
    assert not is_dark(light)
    light.emulate_media(color_scheme="dark")  # back to the system's wish
    assert is_dark(light)


def test_feedback_is_sent_shown_and_remembered(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    for text in ("one", "two"):
        say(page, text)
    wait_for_turns(page, 2)
    page.get_by_role("button", name="Poor answer").nth(1).click()
    pressed = "all => all.map(b => b.getAttribute('aria-pressed'))"
    page.wait_for_function("() => document.querySelector('#announcer').textContent.includes('kept')")
    assert page.eval_on_selector_all(".rate", pressed) == ["false", "false", "false", "true"]
    page.get_by_role("button", name="Good answer").nth(1).click()
    page.reload()
    wait_for_turns(page, 2)
    assert page.eval_on_selector_all(".rate", pressed) == ["false", "false", "true", "false"]
    given = [(frame["turn"], frame["value"]) for frame in server.received if frame["type"] == "feedback"]
    assert list(dict.fromkeys(given)) == [(2, "down"), (2, "up")]


def test_history_is_restored_after_a_reload_with_its_times(open_page: OpenPage, server: ChatServer) -> None:
    server.script = shop
    page = open_page()
    say(page, "Hello!")
    say(page, "two")
    wait_for_turns(page, 2)
    before = bubbles(page)
    (turns,) = server.conversations.values()
    turns[0]["at"] -= 86_400
    page.reload()
    wait_for_turns(page, 2)
    assert bubbles(page) == before
    assert len(server.messages()) == 2  # nothing was sent again
    days = [day for day in page.locator(".day").all_inner_texts() if day]
    assert days == ["Yesterday", "Today"]
    assert page.locator("#log time").count() == 4


def test_new_conversation_and_restart(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    say(page, "secret")
    wait_for_turns(page, 1)
    page.get_by_role("button", name="Start over").click()
    wait_for_turns(page, 2)
    assert server.messages()[-1]["text"] == "/restart"
    assert page.locator(".divider").inner_text() == "Started over"
    page.get_by_role("button", name="New conversation").click()
    page.get_by_role("button", name="Cancel").click()
    assert page.locator(".bubble").count() > 0
    page.get_by_role("button", name="New conversation").click()
    page.locator("dialog").get_by_role("button", name="New conversation").click()
    page.locator("#welcome").wait_for()
    say(page, "fresh")
    wait_for_turns(page, 1)
    assert bubbles(page) == ["> fresh", "You said: fresh"]
    assert [[turn["text"] for turn in turns] for turns in server.conversations.values()] == [
        ["secret", "/restart"],
        ["fresh"],
    ]
    assert not page.locator("#note").is_visible()


def test_an_expired_session_begins_a_new_conversation_and_says_so(
    open_page: OpenPage, server: ChatServer
) -> None:
    page = open_page()
    say(page, "one")
    wait_for_turns(page, 1)
    token = page.evaluate("JSON.parse(localStorage['chatwright.session']).token")
    server.refuse.add(token)
    server.drop_sockets()
    page.get_by_text("Your earlier conversation has expired.").wait_for()
    say(page, "two")
    wait_for_turns(page, 1)
    assert bubbles(page) == ["> two", "You said: two"]


def test_keyboard_only(open_page: OpenPage, server: ChatServer) -> None:
    server.script = shop
    page = open_page()
    keys = page.keyboard
    keys.type("Hello!")
    keys.press("Shift+Enter")
    keys.type("second line")
    keys.press("Backspace")
    for _ in "second lin":
        keys.press("Backspace")
    keys.press("Enter")
    wait_for_turns(page, 1)
    assert server.messages()[0]["text"] == "Hello!"
    active = "document.activeElement"
    assert page.evaluate(f"{active}.id") == "message"
    while page.evaluate(f"{active}.dataset.payload ?? ''") != "/return":
        keys.press("Shift+Tab")
    keys.press("Space")
    wait_for_turns(page, 2)
    assert page.evaluate(f"{active}.id") == "message"  # the button is gone, focus is not
    assert bubbles(page)[2] == "> 退货"
    while page.evaluate(f"{active}.dataset.value ?? ''") != "up":
        keys.press("Shift+Tab")
    keys.press("Enter")
    assert page.evaluate(f"{active}.getAttribute('aria-pressed')") == "true"
    page.reload()
    wait_for_turns(page, 2)
    while page.evaluate(f"{active}.className") != "skip":
        keys.press("Shift+Tab")
    keys.press("Enter")
    assert page.evaluate(f"{active}.id") == "message"


def test_an_input_method_is_not_cut_off(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page(locale="zh-CN")
    page.locator("#message").focus()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", **enter})
    devtools.send("Input.insertText", {"text": "你好"})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    assert server.messages() == []
    assert page.locator("#message").input_value() == "你好"
    page.keyboard.press("Enter")
    wait_for_turns(page, 1)
    assert [frame["text"] for frame in server.messages()] == ["你好"]


def test_a_message_too_long_is_counted_and_not_sent(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    counter = page.locator("#counter")
    say(page, "")
    page.locator("#message").fill("x" * 3400)
    assert not counter.is_visible()
    page.locator("#message").fill("😀" * 3990)
    assert counter.inner_text() == "10 characters left"
    say(page, "字" * 4001)
    assert counter.inner_text() == "1 characters too many"
    assert page.locator("#message").get_attribute("aria-invalid") == "true"
    assert server.messages() == []
    say(page, "字" * 4000)
    wait_for_turns(page, 1)
    assert server.messages()[0]["text"] == "字" * 4000


def test_errors_are_kind_and_can_be_retried(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    kind = {
        "internal": "Something went wrong",
        "message_too_long": "too long",
        "busy": "very busy",
        "timeout": "took too long",
    }
    for number, (code, words) in enumerate(kind.items(), 1):
        server.error = {"code": code, "message": "Traceback (most recent call last)"}
        say(page, code)
        page.locator(".problem").nth(number - 1).wait_for()
        assert words in page.locator(".problem").nth(number - 1).inner_text()
    assert "Traceback" not in page.locator("body").inner_text()
    say(page, "next")  # failures do not block what follows
    wait_for_turns(page, 1)
    page.get_by_role("button", name="Try again").first.click()
    wait_for_turns(page, 2)
    sent = [(frame["text"], frame["id"]) for frame in server.messages()]
    assert [text for text, _ in sent] == [*kind, "next", "internal"]
    assert sent[0] == sent[-1]


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_chat_says_so(open_page: OpenPage, server: ChatServer, status: int) -> None:
    server.session_status = status
    page = open_page()
    page.get_by_text("This chat is not open to visitors.").wait_for()


def test_the_bot_may_speak_first(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    say(page, "remind me")
    wait_for_turns(page, 1)
    server.push({"type": "reply", "in_reply_to": None, "turn": 2, "message": {"text": "It is time."}})
    server.push({"type": "turn.completed", "in_reply_to": None, "turn": 2, "duplicate": False})
    wait_for_turns(page, 2)
    assert bubbles(page) == ["> remind me", "You said: remind me", "It is time."]


def test_two_tabs_show_one_conversation(open_page: OpenPage, server: ChatServer) -> None:
    first = open_page()
    say(first, "one")
    wait_for_turns(first, 1)
    second = open_page(context=first.context)
    wait_for_turns(second, 1)
    say(second, "two")
    wait_for_turns(second, 2)
    wait_for_turns(first, 2)
    assert bubbles(first) == bubbles(second) == ["> one", "You said: one", "> two", "You said: two"]


def test_typing_is_shown_while_the_bot_thinks(open_page: OpenPage, server: ChatServer) -> None:
    server.delay_s = 0.8
    page = open_page()
    say(page, "hm")
    typing = page.get_by_role("img", name="Mei is typing")
    typing.wait_for()
    wait_for_turns(page, 1)
    assert not typing.is_visible()


def test_the_newest_message_stays_in_view_unless_one_reads_back(
    open_page: OpenPage, server: ChatServer
) -> None:
    server.script = lambda text: [{"text": f"{text}\n" * 12}]
    page = open_page(viewport={"width": 800, "height": 500})
    for number in range(4):
        say(page, f"line {number}")
    wait_for_turns(page, 4)
    gap = "(s => s.scrollHeight - s.scrollTop - s.clientHeight)(document.querySelector('#scroller'))"
    assert page.evaluate(gap) < 5
    page.evaluate("document.querySelector('#scroller').scrollTop = 0")
    page.wait_for_timeout(100)
    server.push({"type": "reply", "in_reply_to": None, "turn": 5, "message": {"text": "news"}})
    page.get_by_role("button", name="Newest messages").click()
    assert page.evaluate(gap) < 5
    assert not page.get_by_role("button", name="Newest messages").is_visible()
