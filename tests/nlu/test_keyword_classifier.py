"""KeywordIntentClassifier: a message that holds an example word for word has its intent."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatwright.nlu.component import Message
from chatwright.nlu.keyword_classifier import KeywordIntentClassifier
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import IntentScore

EXAMPLES = [
    ("refund", "refund"),
    ("退款", "refund"),
    ("where is my order", "track"),
    ("物流", "track"),
    ("help", "help"),
    ("帮助", "help"),
    ("hi", "greet"),
    ("hi", "bye"),
    ("c++ (new)", "code"),
]


def classifier(**options: bool) -> KeywordIntentClassifier:
    made = KeywordIntentClassifier.from_config({"name": "KeywordIntentClassifier", **options})
    made.fit(NluData([NluExample(text, intent) for text, intent in EXAMPLES]), [])
    return made


def intent(text: str, **options: bool) -> str | None:
    return classifier(**options).process([Message(text=text)])[0].intent.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refund", "refund"),
        ("i want a refund, please", "refund"),
        ("我要退款", "refund"),
        ("查物流信息", "track"),
        ("so where is my order?", "track"),
        ("help with a refund", "refund"),  # the first in the data
        ("帮助我退款", "refund"),
        ("refunds", None),
        ("helpless", None),
        ("hi", None),  # an example of two intents
        ("I like c++ (new) a lot", "code"),  # taken literally
        ("ccc new", None),
        ("Refund", None),
        ("", None),
    ],
)
def test_which_keyword_decides(text: str, expected: str | None) -> None:
    assert intent(text) == expected


def test_case_may_be_left_aside() -> None:
    assert intent("REFUND", case_sensitive=False) == "refund"


def test_its_confidence_is_one_and_it_says_why() -> None:
    (message,) = classifier().process([Message(text="我要退款")])
    assert message.ranking == (IntentScore("refund", 1.0),)
    assert "退款" in message.evidence[-1].summary


def test_an_intent_found_before_stays_where_nothing_matches() -> None:
    before = IntentScore("greet", 0.6)
    (message,) = classifier().process([Message(text="good day", intent=before, ranking=(before,))])
    assert (message.intent, message.ranking) == (before, (before,))


def test_the_report_counts_and_what_is_saved_is_loaded(tmp_path: Path) -> None:
    made = KeywordIntentClassifier()
    details = made.fit(NluData([NluExample(text, intent) for text, intent in EXAMPLES]), []).details
    assert details == {"keywords": 7, "left_out_ambiguous": 1}
    made.save(tmp_path)
    loaded = KeywordIntentClassifier.load(tmp_path)
    assert loaded.keywords == made.keywords
    assert loaded.process([Message(text="帮助")])[0].intent.name == "help"


def test_a_keyword_within_one_of_another_intent_is_left_out() -> None:
    made = KeywordIntentClassifier()
    examples = [
        ("好", "yes"),
        ("你好", "greet"),
        ("no", "no"),
        ("no way", "no"),
        ("way out", "exit"),
        ("out", "no"),
    ]
    details = made.fit(NluData([NluExample(text, intent) for text, intent in examples]), []).details
    assert details == {"keywords": 4, "left_out_ambiguous": 2}
    found = made.process([Message(text=text) for text in ("好", "你好", "no way", "out")])
    assert [message.intent.name for message in found] == [None, "greet", "no", None]
