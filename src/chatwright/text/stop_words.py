"""Words that say little about what a text is about: particles, pronouns, prepositions, auxiliaries."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["stop_words"]


@cache
def stop_words(language: str) -> frozenset[str]:
    """The list of a language (``zh``, ``en``, ``zh-CN``): lower case, simplified characters; else empty.

    >>> "the" in stop_words("en"), "的" in stop_words("zh"), "refund" in stop_words("en")
    (True, True, False)
    """
    name = language.lower().replace("_", "-").partition("-")[0]
    file = files("chatwright.text").joinpath(f"stop_words_{name}.txt")
    if not name.isalpha() or not file.is_file():
        return frozenset()
    lines = file.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
