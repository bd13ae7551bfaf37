"""The chat page when the connection is not kind: nothing is lost, nothing is shown twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .chat_server import ChatServer
from .test_chat_page import bubbles, say, wait_for_turns

OpenPage = Callable[..., Any]


def two_replies(text: str) -> list[dict[str, Any]]:
    """An answer of two messages, so that a drop can come between them."""
    return [{"text": f"first about {text}"}, {"text": f"second about {text}"}]


@pytest.mark.parametrize("drop", ["before reply", "after reply", "after commit"])
def test_a_socket_dropped_in_the_middle_of_a_turn(open_page: OpenPage, server: ChatServer, drop: str) -> None:
    server.script = two_replies
    page = open_page()
    say(page, "one")
    wait_for_turns(page, 1)
    server.drop = drop
    say(page, "two")
    say(page, "three")
    wait_for_turns(page, 3)
    expected = [
        line
        for text in ("one", "two", "three")
        for line in (f"> {text}", *(r["text"] for r in two_replies(text)))
    ]
    assert bubbles(page) == expected
    (turns,) = server.conversations.values()
    assert [turn["text"] for turn in turns] == ["one", "two", "three"]
    sent = [(frame["text"], frame["id"]) for frame in server.messages()]
    # Sent anew with the same id, except where the history already told the answer.
    assert len(set(sent)) == 3
    assert len(sent) == (3 if drop == "after commit" else 4)
    assert page.evaluate("sessionStorage['chatwright.outbox']") == "[]"


def test_an_answer_that_differs_the_second_time_replaces_the_first(
    open_page: OpenPage, server: ChatServer
) -> None:
    attempts: list[str] = []

    def forgetful(text: str) -> list[dict[str, Any]]:
        attempts.append(text)
        return [{"text": f"attempt {len(attempts)}"}] + [{"text": "and more"}] * (2 - len(attempts))

    server.script = forgetful
    server.drop = "after reply"
    page = open_page()
    say(page, "hi")
    wait_for_turns(page, 1)
    assert bubbles(page) == ["> hi", "attempt 2"]


def test_the_server_goes_away_and_comes_back(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    say(page, "one")
    wait_for_turns(page, 1)
    server.stop()
    page.locator("#banner").wait_for()
    assert page.locator("#connection").inner_text() in ("Offline", "Connecting…")
    say(page, "two")
    say(page, "three")
    assert page.get_by_text("Will be sent when the connection is back").count() == 2
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.reload()
    page.wait_for_url("chrome-error://**")
    server.start()
    page.goto(server.url)
    wait_for_turns(page, 3)
    assert [line for line in bubbles(page) if line.startswith(">")] == ["> one", "> two", "> three"]
    assert page.locator("#connection").inner_text() == "Online"


def test_the_page_comes_back_by_itself(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    page.get_by_text("Online").wait_for()
    server.stop()
    banner = page.locator("#banner")
    banner.wait_for()
    say(page, "waiting")
    assert "The server cannot be reached." in page.locator("#announcer").inner_text()
    with page.expect_websocket():
        page.get_by_role("button", name="Try now").click()
    server.start()
    wait_for_turns(page, 1)
    assert not banner.is_visible()
    assert page.locator("#announcer").inner_text() == "The connection is back."
    assert bubbles(page) == ["> waiting", "You said: waiting"]


def test_pauses_between_attempts_grow(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page("about:blank")
    page.clock.install()
    page.goto(server.url)
    page.get_by_text("Online").wait_for()
    attempts: list[Any] = []
    page.on("websocket", lambda socket: attempts.append(socket))
    server.stop()
    page.locator("#connection[data-state=offline]").wait_for()
    for _ in range(300):  # a minute, in steps that let each attempt fail
        page.clock.run_for(200)
    # At most 0.5, 1, 2, 4, 8 and then every 15 seconds, at least half of that.
    assert 5 <= len(attempts) <= 14


def test_a_silent_connection_is_given_up(open_page: OpenPage, server: ChatServer) -> None:
    server.mute = True
    page = open_page("about:blank")
    page.clock.install()
    page.goto(server.url)
    page.get_by_text("Online").wait_for()
    page.clock.run_for(31_000)
    page.wait_for_timeout(50)
    assert [frame["type"] for frame in server.received].count("ping") == 1
    page.clock.run_for(16_000)
    page.wait_for_timeout(50)
    page.clock.run_for(1_000)
    page.get_by_text("Online").wait_for()
    assert [frame["type"] for frame in server.received].count("history") == 2


def test_a_live_but_idle_connection_is_kept(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page("about:blank")
    page.clock.install()
    page.goto(server.url)
    page.get_by_text("Online").wait_for()
    for _ in range(30):
        # In steps shorter than the wait for an answer, with real time between for the answer to come.
        page.clock.run_for(5_000)
        page.wait_for_timeout(100)
    types = [frame["type"] for frame in server.received]
    assert types.count("ping") >= 3
    assert types.count("history") == 1


def test_nonsense_from_the_server_is_ignored(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    say(page, "one")
    wait_for_turns(page, 1)
    for frame in ({}, {"type": "unheard-of"}, {"type": 5}, {"type": "reply", "turn": 9}, {"type": "error"}):
        server.push(frame)
    say(page, "two")
    page.get_by_text("You said: two").wait_for()


def test_feedback_given_while_away_is_sent_later(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page()
    say(page, "one")
    wait_for_turns(page, 1)
    server.stop()
    page.locator("#connection[data-state=offline]").wait_for()
    page.get_by_role("button", name="Good answer").click()
    server.start()
    page.locator("#connection[data-state=online]").wait_for()
    page.wait_for_function("() => document.querySelector('#announcer').textContent.includes('kept')")
    (turns,) = server.conversations.values()
    assert turns[0]["feedback"] == "up"
