"""A headless Chromium and a page in it; anything the page complains about fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chromium import Pages, chromium

from .chat_server import ChatServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that opens a page is a browser test."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[ChatServer]:
    server = ChatServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_page(browser: Any, server: ChatServer) -> Iterator[Callable[..., Any]]:
    """``open_page("/", locale="zh-CN")``: a page in a browser profile of its own."""
    pages = Pages(browser, server)
    yield pages.open
    pages.close()
