"""The inspector, shown a conversation made of the real event and decision classes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from . import sample
from .chat_server import ChatServer

OpenPage = Callable[..., Any]
ADDRESS = "/inspect#" + quote(sample.CONVERSATION, safe="")


@pytest.fixture
def told(server: ChatServer) -> ChatServer:
    """A server that knows the sample conversation."""
    server.events[sample.CONVERSATION], server.why[sample.CONVERSATION] = sample.conversation()
    server.trackers[sample.CONVERSATION] = sample.tracker()
    server.listing = [{"conversation": sample.CONVERSATION, "updated": time.time(), "turns": 3}]
    return server


def card(page: Any, turn: int) -> Any:
    return page.locator(f"[data-turn='{turn}']")


def open_with_clock(open_page: OpenPage, address: str) -> Any:
    """A page whose time the test turns, so that nobody waits for the next refresh."""
    page = open_page("about:blank")
    page.clock.install()
    page.goto(address)
    return page


def texts(locator: Any) -> list[str]:
    return [" ".join(text.split()) for text in locator.all_inner_texts()]


def test_from_the_list_to_a_turn(open_page: OpenPage, told: ChatServer) -> None:
    page = open_page("/inspect")
    assert page.get_by_text("Pick a conversation").is_visible()
    page.get_by_role("link", name=sample.CONVERSATION).click()
    card(page, 3).wait_for()
    assert page.locator("article").count() == 3
    assert page.locator("#title").inner_text() == sample.CONVERSATION
    assert page.locator("#conversations [aria-current]").inner_text().startswith(sample.CONVERSATION)
    page.go_back()
    assert page.get_by_text("Pick a conversation").is_visible()


def test_what_was_understood(open_page: OpenPage, told: ChatServer) -> None:
    turn = card(open_page(ADDRESS), 2)
    turn.wait_for()
    # The emoji is one code point but two UTF-16 units: the marks must not slip.
    assert turn.locator(".said mark").evaluate_all("all => all.map(m => m.firstChild.data)") == [
        "20231107",
        "￥128",
    ]
    assert turn.locator(".said .bubble").evaluate(
        "b => [...b.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('|')"
    ) == ("📦 my order | cost |, where is it?")
    assert texts(turn.locator(".intent code")) == ["track_order", "return_item", "complain", "greet", "bye"]
    assert texts(turn.locator(".intent .share"))[:2] == ["91%", "6%"]
    assert turn.locator(".intent .fill").first.evaluate("f => f.style.width") == "91%"
    assert texts(turn.locator(".understanding tbody tr")) == [
        "order_number 20231107 RegexEntityExtractor 99%",
        "price:paid ￥128 128 CNY (money) ValueExtractor",
    ]
    assert texts(turn.locator(".understanding .evidence li")) == [
        'closest example: "where is my order" data/nlu.yml:41 0.87'
    ]
    assert turn.locator(".understanding .badge").text_content() == "Language en"


def test_what_the_bot_did_and_why(open_page: OpenPage, told: ChatServer) -> None:
    page = open_page(ADDRESS)
    card(page, 3).wait_for()
    steps = page.locator(".step")
    assert steps.evaluate_all("all => all.map(s => s.dataset.action)") == [
        "action_session_start",
        "action_listen",
        "utter_greet",
        "action_listen",
        "action_look_up",
        "return_form",
        "action_listen",
        "return_form",
        "action_refund_time",
        "action_listen",
    ]
    look_up = page.locator("[data-action='action_look_up']")
    assert "by MemoizationPolicy" in look_up.inner_text()
    assert texts(look_up.locator(".evidence li")) == ['story "track an order", step 2 data/stories.yml:12']
    look_up.get_by_text("What each policy proposed").click()
    assert texts(look_up.locator("tbody tr")) == [
        "RulePolicy action_look_up 97%",
        "MemoizationPolicy utter_greet 31%",
    ]
    assert texts(look_up.locator(".effect.slot")) == ["order_number 20231107 → 20231108"]
    assert texts(look_up.locator(".bubble")) == ["It is on its way: https://track.example/20231107"]
    assert texts(card(page, 2).locator(".effects .slot")) == ["order_number unset → 20231107"]
    assert "Form started: return_form" in card(page, 2).inner_text()
    # The session's own action_listen must not take the reason of the turn's last one.
    assert page.locator("[data-turn='1'] .evidence li").evaluate_all(
        "all => all.map(l => l.closest('.step')?.dataset.action ?? 'user')"
    ) == [
        "user",
        "utter_greet",
        "action_listen",
    ]


def test_failures_rejections_forms_and_feedback_stand_out(open_page: OpenPage, told: ChatServer) -> None:
    page = open_page(ADDRESS)
    card(page, 3).wait_for()
    assert texts(page.locator("article .failure")) == [
        "Error action_refund_time took longer than 10 s action-failed"
    ]
    assert "Declined to run: return_form" in card(page, 3).inner_text()
    assert card(page, 3).locator(".badge.form").text_content() == "Active form return_form"
    assert texts(page.locator(".rating")) == ["Rated as a poor answer"]
    assert card(page, 2).locator(".rating").count() == 1
    assert texts(page.locator("#state dt, #state dd")) == [
        "order_number",
        "20231108",
        "items",
        '["shirt","socks"]',
    ]


def test_raw_json_on_demand(open_page: OpenPage, told: ChatServer) -> None:
    turn = card(open_page(ADDRESS), 1)
    turn.wait_for()
    assert turn.locator(".raw pre").count() == 0
    turn.get_by_text("Raw JSON").click()
    shown = json.loads(turn.locator(".raw pre").inner_text())
    assert [event["event"] for event in shown["events"]][:3] == ["action", "session_started", "action"]
    assert shown["why"] == told.why[sample.CONVERSATION][0]


def test_markup_of_the_bot_is_text(open_page: OpenPage, told: ChatServer) -> None:
    turn = card(open_page(ADDRESS), 1)
    turn.wait_for()
    assert turn.locator(".utterance .bubble").inner_text() == "你好！我是小梅。<b>要我做什么？</b>"
    assert texts(turn.locator(".offered li")) == ["查订单", "退货"]


def test_live_refresh_adds_turns_and_keeps_what_is_open(open_page: OpenPage, told: ChatServer) -> None:
    events, whys = told.events[sample.CONVERSATION], told.why[sample.CONVERSATION]
    cut = next(i for i, event in enumerate(events) if event.get("message_id") == "m3")
    told.events[sample.CONVERSATION], told.why[sample.CONVERSATION] = events[:cut], whys[:2]
    page = open_with_clock(open_page, told.url + ADDRESS)
    card(page, 2).get_by_text("Raw JSON").click()
    assert page.locator("article").count() == 2
    told.events[sample.CONVERSATION], told.why[sample.CONVERSATION] = events[:-1], whys
    page.clock.run_for(2000)
    card(page, 3).wait_for()
    assert card(page, 2).locator(".raw pre").is_visible()
    told.events[sample.CONVERSATION] = events
    page.clock.run_for(2000)
    page.locator(".rating").wait_for()
    page.get_by_role("button", name="Live").click()
    told.listing.append({"conversation": "later", "updated": time.time(), "turns": 1})
    page.clock.run_for(4000)
    page.wait_for_timeout(100)
    assert page.get_by_role("link", name="later").count() == 0
    page.get_by_role("button", name="Refresh").click()
    page.get_by_role("link", name="later").wait_for()
    card(page, 3).wait_for()  # turns are drawn after the list
    assert page.locator("article").count() == 3


def test_search_and_pages(open_page: OpenPage, server: ChatServer) -> None:
    server.listing = [
        {"conversation": f"web-{n:03}", "updated": 1_790_000_000 - n, "turns": n} for n in range(120)
    ]
    page = open_page("/inspect")
    items = page.locator("#conversations li")
    items.first.wait_for()
    assert items.count() == 50
    assert items.first.inner_text().startswith("web-000")
    page.get_by_role("button", name="Load more").click()
    items.nth(99).wait_for()
    page.get_by_role("button", name="Load more").click()
    items.nth(119).wait_for()
    assert not page.get_by_role("button", name="Load more").is_visible()
    page.get_by_role("searchbox").fill("WEB-11")
    assert [text.split("\n")[0] for text in items.all_inner_texts()] == [f"web-{n}" for n in range(110, 120)]
    page.get_by_role("searchbox").fill("nobody")
    assert page.get_by_text("No conversation matches.").is_visible()


def test_long_conversations_open_at_their_end(open_page: OpenPage, server: ChatServer) -> None:
    events, whys = [], []
    for number in range(1, 121):
        heard = sample.understanding(f"message {number}", "en", [("tell", 0.9)])
        turn, why = sample.turn_of(number, heard, sample.step("utter_ok", "RulePolicy", 1.0), "ok")
        events += turn
        whys.append(why)
    server.events["long"], server.why["long"] = events, whys
    server.trackers["long"] = {}
    page = open_page("/inspect#long")
    card(page, 120).wait_for()
    assert page.locator("article").count() == 40
    page.wait_for_function(
        "() => (m => m.scrollHeight - m.scrollTop - m.clientHeight < 80)(document.querySelector('#main'))"
    )
    page.get_by_role("button", name="Show earlier turns").click()
    assert page.locator("article").count() == 80
    assert page.locator("article").first.get_attribute("data-turn") == "41"


def test_the_api_token_is_asked_for_once_and_kept_in_the_tab(open_page: OpenPage, told: ChatServer) -> None:
    told.api_token = "open-sesame"
    page = open_page(ADDRESS)
    dialog = page.get_by_role("dialog", name="Access token needed")
    dialog.get_by_label("API token").fill("wrong")
    page.keyboard.press("Enter")
    dialog.get_by_text("This token was not accepted.").wait_for()
    dialog.get_by_label("API token").fill("open-sesame")
    dialog.get_by_role("button", name="Continue").click()
    card(page, 3).wait_for()
    page.reload()
    card(page, 3).wait_for()
    assert not dialog.is_visible()
    assert page.evaluate("JSON.stringify(localStorage)").count("sesame") == 0
    assert "sesame" not in page.url


def test_giving_up_on_the_token(open_page: OpenPage, told: ChatServer) -> None:
    told.api_token = "open-sesame"
    page = open_with_clock(open_page, told.url + "/inspect")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.locator("#note").wait_for()
    page.clock.run_for(6000)
    page.wait_for_timeout(100)
    assert not page.get_by_role("dialog").is_visible()  # nobody is asked every two seconds
    page.get_by_role("button", name="Refresh").click()
    page.get_by_role("dialog").wait_for()


def test_an_unknown_conversation_and_a_server_that_is_away(open_page: OpenPage, server: ChatServer) -> None:
    page = open_with_clock(open_page, server.url + "/inspect#nobody")
    page.get_by_text("There is no such conversation.").wait_for()
    assert page.get_by_text("No conversations yet.").is_visible()
    server.stop()
    page.clock.run_for(2000)
    page.get_by_text("The server did not answer.").wait_for()
    server.events["nobody"] = []
    server.trackers["nobody"] = {}
    server.start()
    page.clock.run_for(2000)
    page.locator("#note").wait_for(state="hidden")


def test_what_could_not_be_read_is_read_again(open_page: OpenPage, told: ChatServer) -> None:
    state = told.trackers.pop(sample.CONVERSATION)
    page = open_with_clock(open_page, told.url + ADDRESS)
    page.locator("#note").wait_for()
    told.trackers[sample.CONVERSATION] = state
    page.clock.run_for(2000)
    card(page, 3).wait_for()
    assert page.locator("article").count() == 3
    assert not page.locator("#note").is_visible()


def test_where_teaching_is_off_the_page_says_how_it_is_turned_on(
    open_page: OpenPage, told: ChatServer
) -> None:
    page = open_page(ADDRESS)
    card(page, 3).wait_for()
    assert page.locator(".correct").count() == 0
    page.get_by_role("button", name="Teach", exact=True).click()
    assert "chatwright interactive --web" in page.locator("#lesson .off").inner_text()
    assert not page.locator("#lesson .on").is_visible()
    page.get_by_role("button", name="Teach", exact=True).click()
    assert card(page, 3).is_visible()


def test_chinese(open_page: OpenPage, told: ChatServer) -> None:
    page = open_page(ADDRESS, locale="zh-CN")
    card(page, 3).wait_for()
    assert page.get_by_role("heading", name="第 2 轮").is_visible()
    look_up = page.locator("[data-action='action_look_up']")
    assert "由 MemoizationPolicy 决定" in look_up.inner_text()
    assert texts(look_up.locator(".evidence li")) == ["故事“查订单”，第 2 步 data/stories.yml:12"]
    page.locator("#language").select_option("en")
    assert texts(look_up.locator(".evidence li")) == ['story "track an order", step 2 data/stories.yml:12']
    assert page.get_by_role("heading", name="Turn 2").is_visible()
    assert page.get_by_role("heading", name="Slots").is_visible()


BARE: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "empty": (0, []),
    "words": (1, [{"event": "user", "text": "hi"}]),
    "names": (
        1,
        [{"event": "user"}, {"event": "bot"}, {"event": "action"}, {"event": "slot"}, {"event": "martian"}],
    ),
    "bot-first": (
        2,
        [{"event": "bot", "text": "I speak first", "data": None}, {"event": "user", "parse_data": {}}],
    ),
    "offsets": (
        1,
        [
            {
                "event": "user",
                "text": "x",
                "parse_data": {
                    "entities": [{"entity": "e", "start": 5, "end": 99}, {}],
                    "intent_ranking": [{}],
                },
            }
        ],
    ),
}


def test_missing_keys_do_no_harm(open_page: OpenPage, server: ChatServer) -> None:
    """``BARE``: name of a conversation, how many cards it must show, its events."""
    step = {"action": "a", "evidence": [{}], "error": "bad"}
    for name, (_, events) in BARE.items():
        server.events[name] = events
        server.why[name] = [{"turn": 1}, {"turn": 7, "steps": [{}]}, {"turn": 1, "steps": [{}, step]}]
        server.trackers[name] = {}
    page = open_page("/inspect")
    for name, (cards, _) in BARE.items():
        page.goto(f"{server.url}/inspect#{name}")
        page.wait_for_function("n => document.querySelectorAll('article').length === n", arg=cards)
        assert not page.locator("#note").is_visible()


def test_a_trace_that_is_missing_is_shown_without(open_page: OpenPage, told: ChatServer) -> None:
    told.why[sample.CONVERSATION] = []
    page = open_page(ADDRESS)
    card(page, 3).wait_for()
    assert "by MemoizationPolicy" in page.locator("[data-action='action_look_up']").inner_text()
    assert texts(page.locator("article .failure")) == [
        "Error action_refund_time took longer than 10 s action-failed"
    ]
