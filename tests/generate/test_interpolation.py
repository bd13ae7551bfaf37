"""Placeholders are filled as Rasa fills them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.generate.interpolation import interpolate, interpolate_text

VALUES: dict[str, Any] = {
    "name": "Ann", "城市": "北京", "empty": None, "n": 3, "a b": "x", "list": ["a"],
    "tricky": "{n} {0[name]}",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {name}!", "Hi Ann!"),
        ("{城市}的天气", "北京的天气"),
        ("{empty}", "None"),
        ("{n}{n}", "33"),
        ("{a b}", "x"),
        ("{list}", "['a']"),
        ("{tricky}", "{n} {0[name]}"),  # values are not templates
        ("{{name}}", "{name}"),
        ("{{{name}}}", "{Ann}"),
        ("{name} {unknown}", "{name} {unknown}"),
        ("{name.__class__}", "{name.__class__}"),
        ("{name!r}", "{name!r}"),
        ("{}", "{}"),
        ("a { b {name}", "a { b {name}"),
        ('{"a": 1}', '{"a": 1}'),
        ("{na\nme}", "{na\nme}"),
        ("no braces", "no braces"),
    ],
)
def test_one_text(text: str, filled: str) -> None:
    assert interpolate_text(text, VALUES) == filled


def test_whatever_is_nested() -> None:
    content = {"{name}": [{"title": "{name}", "n": 1}, ["{城市}", None]], "deep": {"er": {"est": "{n}"}}}
    filled = {"{name}": [{"title": "Ann", "n": 1}, ["北京", None]], "deep": {"er": {"est": "3"}}}
    assert interpolate(content, VALUES) == filled
    assert content["deep"] == {"er": {"est": "{n}"}}  # the domain's own is left alone


names = st.text(st.characters(exclude_characters="\n{}"), min_size=1, max_size=8)
plain = st.text(st.characters(exclude_characters="{}"), max_size=20)


@given(st.lists(st.tuples(plain, names), max_size=6), plain, st.data())
def test_every_known_name_is_replaced(pieces: list[tuple[str, str]], end: str, data: st.DataObject) -> None:
    values = {name: data.draw(st.text(max_size=10) | st.none() | st.integers()) for _, name in pieces}
    text = "".join(f"{before}{{{name}}}" for before, name in pieces) + end
    assert interpolate_text(text, values) == "".join(f"{b}{values[n]}" for b, n in pieces) + end


@given(st.text(st.sampled_from("ab{}\n0[].!:")))
def test_no_text_makes_it_fail_and_what_is_unknown_stays(text: str) -> None:
    filled = interpolate_text(text, {})
    assert filled in (text, text.replace("{{", "{").replace("}}", "}"))


@given(plain)
def test_doubled_braces_come_out_single(text: str) -> None:
    assert interpolate_text("{{" + text + "}}", {}) == "{" + text + "}"
