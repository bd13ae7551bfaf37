"""Sentences that tell why are there in Chinese and English, and say the same."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import chatwright
from chatwright.schema.reasons import REASONS, evidence, phrase
from chatwright.schema.why import Evidence

CODE = "\n".join(path.read_text("utf-8") for path in Path(chatwright.__file__).parent.rglob("*.py"))
HAN = re.compile("[\u4e00-\u9fff]")


def gaps(template: str) -> list[tuple[str | None, str | None]]:
    """Names and formats of the gaps, sorted."""
    return sorted((name or "", form or "") for _, name, form, _ in Formatter().parse(template) if name)


@pytest.mark.parametrize("key", REASONS)
def test_both_languages_say_the_same_and_are_said(key: str) -> None:
    said = REASONS[key]
    assert gaps(said.en) == gaps(said.zh)
    words = {language: re.sub(r"\{[^}]*\}", "", said.told(language)) for language in ("en", "zh")}
    assert bool(HAN.search(words["zh"])) == bool(re.search("[a-z]", words["en"]))
    assert not re.search("[a-z]", words["zh"])
    assert not HAN.search(said.en)
    assert CODE.count(f'"{key}"') > 1  # here and where it is used


def test_a_reason_is_told_in_the_language_of_who_asks() -> None:
    reason = evidence("rule", "data/rules.yml:3", 0.5, rule="{问候}")
    assert (reason.kind, reason.source, reason.score) == ("rule", "data/rules.yml:3", 0.5)
    assert reason.told("en") == reason.told("fr") == reason.told(None) == reason.summary == "rule '{问候}'"
    assert reason.told("zh") == "规则“{问候}”"
    assert Evidence.from_json(reason.to_json()) == reason
    plain = Evidence("own", "as a component of the project says it")
    assert plain.told("zh") == plain.summary
    assert "translations" not in plain.to_json()


def test_phrases_stand_within_others_in_their_language() -> None:
    fates = [
        phrase("fragment.added", value="红色"),
        phrase("fragment.replaced", value="Paris", old="Rome"),
    ]
    told = evidence("context", why=phrase("fragment", question="去罗马", fates=fates), rewritten="去巴黎")
    assert told.summary == (
        "a fragment goes on from “去罗马”, 红色 is added, Paris takes the place of Rome: read as “去巴黎”"
    )
    assert told.told("zh") == "短句承接“去罗马”，加上 红色，Paris 代替 Rome：理解为“去巴黎”"
