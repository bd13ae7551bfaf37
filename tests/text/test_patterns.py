"""Expressions of a project are run with a time limit."""

from __future__ import annotations

import pytest
import regex

from chatwright.text import patterns
from chatwright.text.patterns import Pattern


def test_matches_in_order_without_empty_ones() -> None:
    assert Pattern(r"\d*").find("a12b345") == [(1, 3), (4, 7)]
    assert Pattern("订单|order").find("订单 order Order") == [(0, 2), (3, 8)]
    assert Pattern("order", case_sensitive=False).find("订单 order Order") == [(3, 8), (9, 14)]


@pytest.mark.parametrize("source", ["(a+)+$", "(a|aa)+$", "(.*a){25}$", "(?:[^!]*[^!]*)*!"])
@pytest.mark.parametrize("letter", ["a", "字"])
def test_one_that_backtracks_without_end_finds_nothing(source: str, letter: str) -> None:
    assert not Pattern(source.replace("a", letter)).find(letter * 30_000 + "?")


def test_a_stopped_pattern_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(patterns, "TIME_LIMIT_S", 1e-9)
    assert Pattern("(a+)+$").find("a" * 40 + "!") == ()
    assert "(a+)+$" in caplog.text


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(regex.error):
        Pattern("(unclosed")
