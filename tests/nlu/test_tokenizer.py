"""Tokenizers by their names in config.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwright.errors import ComponentError, ProjectError
from chatwright.nlu.component import Message
from chatwright.nlu.tokenizer import MAX_CHARACTERS, Tokenizer
from chatwright.project.nlu_data import LookupTable, NluData, NluExample
from chatwright.schema.understanding import Entity


def words(text: str, name: str = "MixedTokenizer", data: NluData | None = None, **options: Any) -> list[str]:
    made = Tokenizer.from_config({"name": name, **options})
    made.fit(data or NluData(), [])
    (message,) = made.process([Message(text=text)])
    for token in message.tokens:
        assert text[token.start : token.end] == token.text
    return [token.text for token in message.tokens]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Forecast for lunch", ["Forecast", "for", "lunch"]),
        ("hey ńöñàśçií how're you?", ["hey", "ńöñàśçií", "how", "re", "you"]),
        ("10'000.00", ["10'000.00"]),
        ("it costs $5, ok!", ["it", "costs", "$5", "ok"]),
        ("write to foo.bar@example.com.", ["write", "to", "foo.bar@example.com"]),
        (
            "https://www.google.com/search?client=safari&q=i+like+rasa now",
            ["https://www.google.com/search?client=safari&q=i+like+rasa", "now"],
        ),
        ("@anne #tag R&D &", ["@anne", "#tag", "R&D", "&"]),
        ("-5 .5 (6", ["-5", ".5", "(6"]),
        ("a-b a/b a.b", ["a-b", "a/b", "a.b"]),
        ("Joselico gracias Dois 🙏🇺🇸🏦🛠🔥", ["Joselico", "gracias", "Dois"]),
        ("😀", ["😀"]),
        ("?!", ["?!"]),
        ("我要退款 please", ["我要退款", "please"]),
        ("", []),
        ("  ", []),
    ],
)
def test_words_between_spaces_are_those_of_rasa(text: str, expected: list[str]) -> None:
    assert words(text, "WhitespaceTokenizer") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的iPhone订单呢?", ["我", "的", "iPhone", "订单", "呢"]),
        ("I want 退款 now", ["I", "want", "退款", "now"]),
        ("查一下订单20231107", ["查", "一下", "订单", "20231107"]),
        ("邮箱是foo.bar@example.com。", ["邮箱", "是", "foo.bar@example.com"]),
    ],
)
@pytest.mark.parametrize("name", ["MixedTokenizer", "JiebaTokenizer"])
def test_words_of_both_languages(name: str, text: str, expected: list[str]) -> None:
    assert words(text, name) == expected


def test_words_of_the_project_stay_whole() -> None:
    text = "我要蓝鲸九号套餐和火箭升舱卡"
    assert "蓝鲸九号套餐" not in words(text)
    annotated = NluExample(
        "办火箭升舱卡", "buy", entities=(Entity(entity="card", value="火箭升舱卡", start=1, end=6),)
    )
    data = NluData([annotated], lookups=[LookupTable("plan", ("蓝鲸九号套餐",))])
    assert {"蓝鲸九号套餐", "火箭升舱卡"} <= set(words(text, data=data))


def test_a_dictionary_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("蓝鲸九号套餐 5 n\n", "utf-8")
    for path in (tmp_path, tmp_path / "words.txt"):
        assert "蓝鲸九号套餐" in words("我要蓝鲸九号套餐", "JiebaTokenizer", dictionary_path=str(path))
    with pytest.raises(ProjectError, match="dictionary"):
        Tokenizer.from_config({"name": "JiebaTokenizer", "dictionary_path": str(tmp_path / "none.txt")})


def test_a_pattern_splits_further() -> None:
    assert words("a-b c!", "WhitespaceTokenizer", token_pattern=r"(?u)\b\w+\b") == ["a", "b", "c"]
    assert words("a-b #", "WhitespaceTokenizer", token_pattern=r"\w+") == ["a", "b", "#"]
    with pytest.raises(ComponentError, match="token_pattern"):
        Tokenizer.from_config({"name": "MixedTokenizer", "token_pattern": "("})


@pytest.mark.parametrize("name", ["MixedTokenizer", "WhitespaceTokenizer"])
@pytest.mark.parametrize("text", ["我的订单到哪了", "where is it "])
def test_the_end_of_an_endless_message_is_not_split(name: str, text: str) -> None:
    tokens = Tokenizer.from_config({"name": name}).tokens(text * 10_000)
    assert MAX_CHARACTERS - len(text) <= tokens[-1].end <= MAX_CHARACTERS


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    made = Tokenizer.from_config({"name": "JiebaTokenizer", "token_pattern": r"\w+"})
    made.fit(NluData(lookups=[LookupTable("plan", ("蓝鲸九号套餐",))]), [])
    made.save(tmp_path)
    loaded = Tokenizer.load(tmp_path)
    assert (loaded.name, loaded.token_pattern, tuple(loaded.words)) == (
        "JiebaTokenizer",
        r"\w+",
        ("蓝鲸九号套餐",),
    )
    assert loaded.tokens("我要蓝鲸九号套餐") == made.tokens("我要蓝鲸九号套餐")
