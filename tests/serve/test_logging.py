"""What the log tells: the request, and no personal data."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from chatwright.serve.logging_setup import REQUEST_ID, mask, set_up_logging


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call 13800138000 now", "call [phone] now"),
        ("我的电话是13800138000，打给我", "我的电话是[phone]，打给我"),
        ("手机１３８００１３８０００", "手机[phone]"),
        ("+86 138 0013 8000", "[phone]"),
        ("010-12345678", "[phone]"),
        ("座机 (021) 6123 4567", "座机 [phone]"),
        ("(555) 123-4567", "[phone]"),
        ("+1 555 123 4567.", "[phone]."),
        ("身份证11010519491231002X", "身份证[number]"),
        ("ID 110105 19491231 0021", "ID [number]"),
        ("card 4111 1111 1111 1111, please", "card [number], please"),
        ("卡号6222021234567890123。", "卡号[number]。"),
        ("4111-1111-1111-1111", "[number]"),
        ("3782 822463 10005", "[number]"),
        ("write to ann.b+c@mail.example.co.uk!", "write to [email]!"),
        ("邮箱ann@example.com", "邮箱[email]"),
        (
            '"WebSocket /api/chat?token=eyJh.eyJz.rUdt-_8" [accepted]',
            '"WebSocket /api/chat?token=[token]" [accepted]',
        ),
    ],
)
def test_personal_data_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "20261124-192852-quiet-larch.tar.gz",
        "e14720c2f0a94b0e8b1d2c3a4f5e6d7c",
        "12345678-1234-1234-1234-123456789012abc",
        "took 0.1234567890123 s",
        "订单20231107到了",
        "port 5005, 12 turns, 1,024 requests",
        "2026-11-24",
    ],
)
def test_what_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "bad", ["1" * 50_000, "1 " * 25_000, "a@" * 25_000, "a." * 25_000 + "@", "(" * 50_000]
)
def test_masking_takes_no_more_than_its_time(bad: str) -> None:
    started = time.perf_counter()
    mask(bad + "!")
    assert time.perf_counter() - started < 5  # quadratic would be minutes


def test_a_line_names_its_request_and_its_traceback_is_masked(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    token = REQUEST_ID.set("request-7")
    try:
        set_up_logging(logging.INFO, tmp_path / "log")
        try:
            raise ValueError("电话13800138000")
        except ValueError:
            logging.getLogger("chatwright.test").exception("answering %s", "ann@example.com")
        written = (tmp_path / "log").read_text("utf-8")
    finally:
        REQUEST_ID.reset(token)
        logging.captureWarnings(False)
        for handler in root.handlers[:]:
            root.removeHandler(handler)
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)
    first, *rest = written.splitlines()
    assert "chatwright.test [request-7] answering [email]" in first
    assert first.startswith("20")  # the time, which looks like a number, stays
    assert rest[-1] == "ValueError: 电话[phone]"
