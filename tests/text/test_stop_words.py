"""The shipped lists of stop words."""

import pytest

from chatwright.text.normalise import simplified
from chatwright.text.stop_words import stop_words


@pytest.mark.parametrize(
    ("language", "word"), [("en", "the"), ("en-GB", "don't"), ("zh", "的"), ("zh_CN", "因为")]
)
def test_knows(language: str, word: str) -> None:
    assert word in stop_words(language)


@pytest.mark.parametrize(("language", "word"), [("en", "refund"), ("zh", "退款"), ("en", "#")])
def test_leaves(language: str, word: str) -> None:
    assert word not in stop_words(language)


@pytest.mark.parametrize("language", ["", "fr", "../zh", "en.txt"])
def test_other_languages_have_none(language: str) -> None:
    assert stop_words(language) == frozenset()


def test_lower_case_and_simplified() -> None:
    assert all(word == word.lower() for word in stop_words("en"))
    assert all(word == simplified(word) for word in stop_words("zh"))
