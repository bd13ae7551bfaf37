"""Makes the pictures of README and docs from a real server: python docs/make_screenshots.py

Needs Chromium, playwright (pip install 'chatwright[test]') and a Chinese font (fonts-noto-cjk).
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHATWRIGHT = str(Path(sys.executable).parent / "chatwright")
SAID = (
    "where is my order 20231107?",
    "我想退货",
    "尺码太小了",
    "退款要多久？",
)


def main() -> None:
    """A project of the starter, trained, tested, served and photographed."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "shop")
        subprocess.run([CHATWRIGHT, "init", str(project)], check=True)
        subprocess.run([CHATWRIGHT, "train"], cwd=project, check=True)
        subprocess.run([CHATWRIGHT, "test", "--no-fail-on-prediction-errors"], cwd=project, check=True)
        with _served(project) as url, sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(
                viewport={"width": 760, "height": 990}, locale="en-US", reduced_motion="reduce"
            )
            page.goto(url)
            for number, text in enumerate(SAID, 1):
                _say(page, text, number)
            page.screenshot(path=IMAGES / "chat.png")
            page.set_viewport_size({"width": 1180, "height": 860})
            page.goto(f"{url}/inspect#{_conversation(url)}")
            page.locator("[data-turn='1']").wait_for()
            page.wait_for_timeout(1000)  # until it has scrolled to the newest turn
            page.locator("[data-turn='1']").evaluate("turn => turn.scrollIntoView()")
            page.wait_for_timeout(500)
            page.screenshot(path=IMAGES / "inspect.png")
            page.set_viewport_size({"width": 1000, "height": 900})
            page.goto((project / "results" / "report.html").as_uri())
            page.screenshot(path=IMAGES / "report.png")
            browser.close()


def _say(page: Page, text: str, number: int) -> None:
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")
    page.wait_for_function("n => document.querySelectorAll('.rate[data-value=up]').length === n", arg=number)


def _conversation(url: str) -> str:
    with urllib.request.urlopen(f"{url}/api/conversations") as answer:
        return json.load(answer)["conversations"][0]["conversation"]


@contextmanager
def _served(project: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([CHATWRIGHT, "serve", "--enable-api", "--port", str(port)], cwd=project)
    try:
        while not _is_ready(url):
            if server.poll() is not None:
                raise SystemExit("the server ended")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz") as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


if __name__ == "__main__":
    main()
