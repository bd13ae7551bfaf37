"""The phrase table finds what an alternation of regular expressions would, however long the table."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.text.phrases import NamedPhrases, PhraseTable

WORDS = st.text(alphabet="ab大学 ", min_size=1, max_size=4)


@given(st.lists(WORDS, max_size=8), st.text(alphabet="ab大学 ", max_size=20))
def test_as_an_alternation_without_boundaries(phrases: list[str], text: str) -> None:
    alternation = "|".join(map(re.escape, phrases)) or "(?!)"
    expected = [found.span() for found in re.finditer(alternation, text)]
    assert PhraseTable(phrases, boundaries="none").find(text) == expected


@given(st.lists(WORDS.map(str.strip).filter(bool), max_size=8), st.text(alphabet="ab大学 ", max_size=20))
def test_as_rasas_alternation_with_word_boundaries(phrases: list[str], text: str) -> None:
    alternation = rf"(\b(?:{'|'.join(map(re.escape, phrases)) or '(?!)'})\b)"
    expected = [found.span() for found in re.finditer(alternation, text)]
    assert PhraseTable(phrases, boundaries="words").find(text) == expected


@given(
    st.dictionaries(
        st.sampled_from("xyz"), st.lists(st.text("aB大學学 ", min_size=1, max_size=4), max_size=6)
    ),
    st.text("abB大學学 ", max_size=20),
)
def test_tables_with_names_are_found_as_each_of_them_alone(phrases: dict[str, list[str]], text: str) -> None:
    longest_first = {
        name: sorted((phrase.strip().lower() for phrase in found), key=lambda phrase: (-len(phrase), phrase))
        for name, found in phrases.items()
    }
    expected = [
        (name, *span) for name, found in longest_first.items() for span in PhraseTable(found).find(text)
    ]
    assert sorted(NamedPhrases(phrases).find(text)) == sorted(expected)


def found(table: PhraseTable, text: str) -> list[str]:
    return [text[start:end] for start, end in table.find(text)]


def test_the_first_of_the_table_wins() -> None:
    assert found(PhraseTable(["北京", "北京大学"]), "我在北京大学") == ["北京"]
    assert found(PhraseTable(["北京大学", "北京"]), "我在北京大学，在北京") == ["北京大学", "北京"]
    assert found(PhraseTable(["New York", "New York City"]), "in new york city") == ["new york"]


def test_borders_of_words() -> None:
    assert found(PhraseTable(["art", "苹果"]), "start art party 我买苹果手机") == ["art", "苹果"]
    assert found(PhraseTable(["iPhone"]), "我的iPhone和iPhones") == ["iPhone"]
    assert found(PhraseTable(["苹果"], boundaries="words"), "我买苹果 苹果") == ["苹果"]
    assert found(PhraseTable(["C++", ".net"]), "c++ and .net") == ["c++", ".net"]


def test_case() -> None:
    assert found(PhraseTable(["Berlin"]), "BERLIN berlin") == ["BERLIN", "berlin"]
    assert found(PhraseTable(["Berlin"], case_sensitive=True), "BERLIN Berlin") == ["Berlin"]
    assert found(PhraseTable(["istanbul"]), "İSTANBUL Istanbul") == ["Istanbul"]


def test_empty_phrases_and_tables() -> None:
    assert PhraseTable([]).find("a") == []
    assert PhraseTable(["", "a"]).find("a") == [(0, 1)]
    assert PhraseTable(["a"]).find("") == []


class Counted(str):
    """A text that counts how often pieces of it are looked at."""

    looks = 0

    def __getitem__(self, key: object) -> str:
        Counted.looks += 1
        return super().__getitem__(key)  # type: ignore[index]

    def lower(self) -> Counted:
        return Counted(super().lower())

    def translate(self, table: object) -> Counted:
        return Counted(super().translate(table))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["item {}", "商品{}号"])
def test_work_does_not_grow_with_the_table(name: str) -> None:
    looks = []
    for size in (1_000, 100_000):
        table = PhraseTable(name.format(number) for number in range(size))
        Counted.looks = 0
        assert len(table.find(Counted("我要 item 77 和商品78号 please " * 20))) == 20
        looks.append(Counted.looks)
    assert looks[1] < 2 * looks[0]


@given(st.lists(WORDS, max_size=8), st.text(alphabet="ab大学 ", max_size=20))
def test_all_that_a_text_holds(phrases: list[str], text: str) -> None:
    table = PhraseTable(phrases, boundaries="none")
    first = {phrase: phrases.index(phrase) for phrase in phrases if phrase in text}
    assert table.held(text) == set(first.values())
