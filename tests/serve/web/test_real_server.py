"""The pages as `chatwright serve` serves them: real bot, real store, real headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server_process import ServerProcess

from .test_chat_page import bubbles, say, wait_for_turns


def test_a_conversation_is_held_rated_and_inspected(
    open_page: Callable[..., Any], start: Callable[..., ServerProcess]
) -> None:
    site = start("--workers", "2", "--enable-api")
    page = open_page(site.url)
    say(page, "hello")
    wait_for_turns(page, 1)
    say(page, "你好")
    wait_for_turns(page, 2)
    say(page, "show me the menu")
    wait_for_turns(page, 3)
    assert bubbles(page)[:4] == ["> hello", "Hello from one!", "> 你好", "你好，one！"]
    page.get_by_role("button", name="Greet").click()
    wait_for_turns(page, 4)
    page.locator(".rate[data-value=up]").first.click()
    page.wait_for_function("document.querySelector('.rate[data-value=up]').ariaPressed === 'true'")
    said = bubbles(page)
    page.reload()
    wait_for_turns(page, 4)
    assert bubbles(page) == said
    assert page.locator(".rate[data-value=up]").first.get_attribute("aria-pressed") == "true"
    say(page, '/remind{"seconds": "0.5"}')
    page.get_by_text("Your tea!").or_(page.get_by_text("你的茶！")).wait_for()  # nobody asked for it

    inspector = open_page(f"{site.url}/inspect")
    inspector.get_by_role("link", name="web-").click()
    inspector.locator("[data-turn='4']").wait_for()
    assert "show me the menu" in inspector.locator("[data-turn='3']").inner_text()
