"""A headless Chromium and a page in it; anything the page complains about fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .chat_server import ChatServer

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 5000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here that opens a page is a browser test."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


# One browser per module, not per session: while it lives, its event loop keeps async tests from running.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="page tests need playwright: pip install 'chatwright[test]'"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("page tests need Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[ChatServer]:
    server = ChatServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_page(browser: Any, server: ChatServer) -> Iterator[Callable[..., Any]]:
    """``open_page("/", locale="zh-CN")``: a page in a browser profile of its own."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def hear(message: Any) -> None:
        # A lost connection is the browser's to report; everything else is our fault.
        if message.type in ("error", "warning") and "net::ERR" not in message.text + message.location.get(
            "url", ""
        ):
            complaints.append(message.text)

    def open_page(path: str = "/", *, context: Any = None, **options: Any) -> Any:
        if context is None:
            context = browser.new_context(
                **{"locale": "en-US", "viewport": {"width": 1100, "height": 800}, **options}
            )
            context.set_default_timeout(TIMEOUT_MS)
            contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path if ":" in path else server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    expected = ("status of 401", "status of 403", "status of 404", "WebSocket connection to")
    assert [text for text in complaints if not any(known in text for known in expected)] == []
