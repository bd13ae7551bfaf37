"""A headless Chromium and pages in it; anything a page complains about fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["Pages", "chromium"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 15_000
EXPECTED = ("status of 401", "status of 403", "status of 404", "WebSocket connection to")
"""Complaints about what tests do on purpose."""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none.

    One per module, not per session: while it lives, its event loop keeps async tests from running.
    """
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="page tests need playwright: pip install 'chatwright[test]'"
    )
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("page tests need Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Pages:
    """Opens pages of the site at ``server.url``, and hears what they complain about."""

    def __init__(self, browser: Any, server: Any) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[Any] = []
        self._complaints: list[str] = []

    def open(self, path: str = "/", *, context: Any = None, **options: Any) -> Any:
        """A page in a browser profile of its own, or in that of ``context``."""
        if context is None:
            context = self._browser.new_context(
                **{"locale": "en-US", "viewport": {"width": 1100, "height": 800}, **options}
            )
            context.set_default_timeout(TIMEOUT_MS)
            self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.goto(path if ":" in path else self._server.url + path)
        return page

    def close(self) -> None:
        """Close all pages; fails where one had something to complain about."""
        for context in self._contexts:
            context.close()
        assert [text for text in self._complaints if not any(known in text for known in EXPECTED)] == []

    def _hear(self, message: Any) -> None:
        # A lost connection is the browser's to report; everything else is our fault.
        lost = "net::ERR" in message.text + message.location.get("url", "")
        if message.type in ("error", "warning") and not lost:
            self._complaints.append(message.text)
