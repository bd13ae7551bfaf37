"""Both pages for everyone: axe-core's rules (WCAG 2.2 A and AA, best practices), and what it cannot see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .chat_server import ChatServer
from .test_chat_page import GREETING, PIXEL, say, wait_for_turns
from .test_inspect_page import ADDRESS, card, told

__all__ = ["told"]
OpenPage = Callable[..., Any]

LOOKS = [("en-US", "light"), ("zh-CN", "dark")]


def assert_no_violations(page: Any) -> None:
    axe_module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="accessibility tests need axe-playwright-python"
    )
    results = axe_module.Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_check_itself_finds_faults(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#welcome").wait_for()
    page.evaluate(
        """() => { const send = document.querySelector(".send");
        for (const name of ["aria-label", "title"]) send.removeAttribute(name);
        document.querySelector("#welcome-hint").style.color = "#ccc" }"""
    )
    with pytest.raises(AssertionError) as failure:
        assert_no_violations(page)
    assert "button-name" in str(failure.value)
    assert "color-contrast" in str(failure.value)


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_chat_page(open_page: OpenPage, server: ChatServer, locale: str, scheme: str) -> None:
    server.script = lambda text: [
        GREETING,
        {"text": "a `code` and https://shop.example\n```\nblock\n```", "image": PIXEL, "custom": {"a": 1}},
        {
            "elements": [
                {
                    "title": "Shirt",
                    "subtitle": "¥ 1",
                    "image_url": PIXEL,
                    "buttons": [{"title": "Take", "payload": "/t"}],
                }
            ]
        },
    ]
    page = open_page(locale=locale, color_scheme=scheme, reduced_motion="reduce")
    page.locator("#welcome").wait_for()
    assert_no_violations(page)
    say(page, "hello https://me.example")
    wait_for_turns(page, 1)
    page.locator(".choice").first.click()
    wait_for_turns(page, 2)
    page.locator(".rate").first.click()
    server.error = {"code": "internal", "message": ""}
    say(page, "fail")
    page.locator(".problem").wait_for()
    assert_no_violations(page)
    page.locator("#message").fill("x" * 4100)
    server.stop()
    page.locator("#banner").wait_for()
    assert_no_violations(page)
    page.locator("#new").click()
    assert_no_violations(page)


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_inspector(open_page: OpenPage, told: ChatServer, locale: str, scheme: str) -> None:
    page = open_page("/inspect", locale=locale, color_scheme=scheme)
    page.locator("#conversations li").wait_for()
    assert_no_violations(page)
    page.locator("#conversations a").click()
    card(page, 3).wait_for()
    for summary in page.locator("article summary").all():
        summary.click()
    assert_no_violations(page)
    told.api_token = "needed"
    page.locator("dialog").wait_for()
    assert_no_violations(page)


@pytest.mark.parametrize("path", ["/", ADDRESS])
def test_on_a_small_screen(open_page: OpenPage, told: ChatServer, path: str) -> None:
    page = open_page(path, viewport={"width": 320, "height": 600}, has_touch=True, is_mobile=True)
    page.locator("#welcome, article").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    too_small = page.eval_on_selector_all(
        "button, select, a, textarea, summary",
        "all => all.filter(e => e.checkVisibility() && !e.closest('p, .bubble') && e.className !== 'skip')"
        ".filter(e => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24)"
        ".map(e => e.outerHTML)",
    )
    assert too_small == []
    assert_no_violations(page)


def test_what_screen_readers_are_told(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    log = page.get_by_role("log", name="Conversation")
    assert log.get_attribute("aria-live") == "polite"
    say(page, "hi")
    wait_for_turns(page, 1)
    assert log.evaluate("l => [...l.querySelectorAll('.unseen')].map(u => u.textContent)") == [
        "You: ",
        "Mei: ",
    ]
    assert page.get_by_label("Message").get_attribute("aria-describedby") == "hint counter"
    server.script = lambda _: [{"text": "你好"}]
    say(page, "again")
    wait_for_turns(page, 2)
    langs = log.locator(".bubble").evaluate_all("all => all.map(b => b.lang)")
    assert langs == ["en", "en", "en", "zh-Hans"]


def test_old_messages_are_not_read_out_again(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    say(page, "one")
    wait_for_turns(page, 1)
    before = page.locator(".bubble").first.evaluate_handle("b => b")
    server.drop_sockets()
    page.locator("#connection[data-state=online]").wait_for()
    page.wait_for_timeout(300)
    # The very same elements: what a screen reader has read has not been added again.
    assert page.evaluate("b => document.querySelector('.bubble') === b", before)
    assert page.locator(".bubble").count() == 2


def test_reduced_motion(open_page: OpenPage, server: ChatServer) -> None:
    server.delay_s = 1
    page = open_page(reduced_motion="reduce")
    say(page, "hm")
    page.locator("#typing").wait_for()
    moving = "() => document.getAnimations().filter(a => a.playState === 'running').length"
    assert page.evaluate(moving) == 0
    still = open_page()
    say(still, "hm")
    still.locator("#typing").wait_for()
    assert still.evaluate(moving) > 0
