"""Annotations that a learner cannot take as they were meant."""

from __future__ import annotations

import pytest

from chatwright.errors import Location
from chatwright.project.check_annotations import check_annotations
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Entity

AT = Location("data/nlu.yml", 12)


def found(text: str, *spans: tuple[int, int, str]) -> list[str]:
    entities = tuple(Entity(entity=e, value=text[a:b], start=a, end=b) for a, b, e in spans)
    findings = Findings()
    check_annotations(NluData([NluExample(text, entities=entities, location=AT)]), findings)
    assert all(problem.location == AT and problem.fix for problem in findings.problems)
    return [problem.code for problem in findings.problems]


@pytest.mark.parametrize(
    ("text", "spans", "codes"),
    [
        ("fly to New York now", [(7, 15, "city")], []),
        ("去乌鲁木齐的票", [(1, 5, "city")], []),
        ("我要iPhone15手机", [(2, 8, "brand"), (8, 10, "model")], []),
        ("fly to New York now", [(7, 15, "city"), (11, 15, "county")], ["overlapping-entities"]),
        ("fly to New York now", [(7, 15, "city"), (7, 15, "place")], ["overlapping-entities"]),
        ("fly to New York now", [(7, 15, "city"), (11, 19, "x")], ["overlapping-entities"]),
        ("unbelievable", [(2, 8, "x")], ["misaligned-entity"]),
        ("order 12345", [(6, 9, "x")], ["misaligned-entity"]),
        ("to Rome now", [(2, 7, "city")], ["misaligned-entity"]),
        ("to  Rome", [(2, 4, "city")], ["empty-entity"]),
    ],
)
def test_what_is_said(text: str, spans: list[tuple[int, int, str]], codes: list[str]) -> None:
    assert found(text, *spans) == codes
