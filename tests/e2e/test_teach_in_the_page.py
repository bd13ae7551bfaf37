"""Teaching in the inspector page: a customer's turn is corrected, the bot goes on, and the files have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatwright.project.project import Project
from chatwright.trainer import train
from chromium import Pages, chromium
from server_process import ServerProcess
from small_bot import write_project

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Any]
SAID = "the 🍕 tiny kind"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("teach") / "bot")
    train(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(project, "--web", command="interactive")
    yield server
    server.end()


@pytest.fixture
def open_page(browser: Any, server: ServerProcess) -> Iterator[OpenPage]:
    pages = Pages(browser, server)
    yield pages.open
    pages.close()


def events(server: ServerProcess) -> list[dict[str, Any]]:
    return httpx.get(f"{server.url}/api/conversations/ann/events").json()["events"]


def test_a_turn_is_corrected_by_keyboard_and_kept(
    open_page: OpenPage, server: ServerProcess, project: Path
) -> None:
    server.say("hello")
    server.say(SAID)
    before = events(server)
    page = open_page("/inspect#ann")
    page.get_by_role("button", name=f"Correct from here: {SAID}").press("Enter")

    # Past "the 🍕 " (seven UTF-16 units), then select "tiny".
    words = page.get_by_label("Message")
    words.focus()
    words.press("Control+Home")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.get_by_label("Entity").select_option("size")
    page.get_by_role("button", name="Mark", exact=True).press("Enter")
    assert page.locator(".marks li").all_inner_texts() == ["tiny sizeRemove"]
    page.get_by_label("Intent").select_option("inform")
    page.get_by_role("button", name="That is right").press("Enter")

    page.get_by_label("Action").select_option("utter_hours")
    page.get_by_role("button", name="Do this").press("Enter")
    page.locator("#lesson .utterance", has_text="We open at ten.").wait_for()
    page.get_by_label("Action").select_option("action_listen")
    page.get_by_role("button", name="Do this").press("Enter")

    page.get_by_label("What would a person say?").fill("bye")
    page.keyboard.press("Enter")
    for name in ("That is right", "Do this", "Do this"):  # the bot is right: Enter, Enter, Enter
        page.locator(f"#lesson .primary:focus:has-text('{name}')").wait_for()
        page.keyboard.press("Enter")
    page.reload()  # the lesson stays in the tab
    page.get_by_role("button", name="Teach", exact=True).click()
    page.get_by_label("Name of the story").fill("tiny")
    page.keyboard.press("Enter")
    page.get_by_text("Kept in data/stories.yml, data/nlu.yml.").wait_for()

    read = Project.load(project)
    (story,) = [story for story in read.stories if story.name == "tiny"]
    told = [getattr(step, "intent", None) or getattr(step, "name", None) for step in story.steps]
    assert told == ["greet", "utter_greet", "inform", "utter_hours", "bye", "utter_bye"]
    (example,) = [example for example in read.nlu.examples if example.text == SAID]
    assert [(e.entity, e.value) for e in example.entities] == [("size", "tiny")]
    assert events(server) == before


def test_in_chinese_a_message_is_taken_back(open_page: OpenPage) -> None:
    page = open_page("/inspect", locale="zh-CN")
    page.get_by_role("button", name="教学", exact=True).click()
    page.get_by_label("用户会说什么？").fill("你好")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="正确").click()
    page.get_by_role("button", name="执行").click()
    page.locator("#lesson .utterance", has_text="你好！").wait_for()
    page.get_by_role("button", name="撤回这条消息").click()
    page.get_by_label("意图").select_option("bye")
    page.get_by_role("button", name="正确").click()
    assert page.locator("#lesson .intent.best code").inner_text() == "bye"
    page.get_by_role("button", name="执行").click()
    page.locator("#lesson .utterance", has_text="再见！").wait_for()


@pytest.mark.parametrize(("locale", "scheme", "width"), [("en-US", "light", 1100), ("zh-CN", "dark", 320)])
def test_each_step_is_for_everyone(open_page: OpenPage, locale: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="accessibility tests need axe-playwright-python"
    )

    def check() -> None:
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") == width

    page = open_page("/inspect", locale=locale, color_scheme=scheme, viewport={"width": width, "height": 700})
    page.locator("#conversations li, #conversations .empty").first.wait_for(state="attached")
    page.locator("#teach").click()
    page.locator("#lesson-message").fill("can I get a large pizza")
    check()
    page.keyboard.press("Enter")
    page.locator("[data-form=understanding] .marks li").first.wait_for()
    check()
    page.keyboard.press("Enter")
    page.locator("[data-form=action]").wait_for()
    check()
    page.keyboard.press("Enter")
    page.locator("#lesson .utterance").wait_for()
    page.locator("[data-form=action] .primary:focus").press("Enter")
    page.locator("[data-form=keep]").wait_for()
    check()
