"""The intent classifier beyond what every component promises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from chatwright.nlu.features import FeatureOptions, features_of, label_words
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import LookupTable, NluData, NluExample, RegexFeature
from chatwright.text.chinese_words import Segmenter
from chatwright.text.tokens import mixed_tokens

from .shop import shop


def classifier(data: NluData, **options: object) -> Pipeline:
    pipeline = Pipeline.from_config(
        [{"name": "MixedTokenizer"}, {"name": "IntentClassifier", **options}], ["zh", "en"]
    )
    pipeline.fit(data)
    return pipeline


def bag(text: str) -> Sequence[Sequence[str]]:
    return features_of(text, mixed_tokens(text, Segmenter()), FeatureOptions(), Patterns()).bag


def test_features_of_both_languages() -> None:
    words, characters, _ = bag("Track 我的订单 20231107")
    assert {"track", "我", "订单", "00000000", "track 我"} <= set(words)
    assert {" tr", "ack ", "订单", "的订", "我的订"} <= set(characters)
    assert bag("ＴＲＡＣＫ")[0] == bag("track")[0]


def test_features_stand_where_they_came_from() -> None:
    text = "where's my 订单?"
    found = features_of(text, mixed_tokens(text, Segmenter()), FeatureOptions(), Patterns())
    for name, (start, end) in zip(found.bag[0], found.spans[0], strict=True):
        if " " not in name:
            assert text[start:end] == name


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("book_flight", "book flight"),
        ("faq/opening_hours", "faq opening hours"),
        ("bookFlight", "book Flight"),
        ("affirm+ask_price", "affirm ask price"),
        ("查询_订单", "查询 订单"),
    ],
)
def test_the_words_of_a_label(label: str, words: str) -> None:
    assert label_words(label) == words


def test_a_label_is_an_example() -> None:
    data = NluData([NluExample("abc def", "weather"), NluExample("ghi jkl", "traffic")])
    assert classifier(data).parse(["the traffic"])[0].intent.name == "traffic"


def test_confidences_are_probabilities() -> None:
    for found in classifier(shop()).parse(["where is my order", "退款", "lorem ipsum", "hm"]):
        values = [score.confidence for score in found.ranking]
        assert values == sorted(values, reverse=True)
        assert 0 <= sum(values) <= 1 + 1e-6
        assert found.intent == found.ranking[0]


def test_the_ranking_is_as_long_as_asked() -> None:
    data = NluData([NluExample(f"word{n}", f"intent{n}") for n in range(15)])
    for option, length in (({}, 10), ({"ranking_length": 3}, 3), ({"ranking_length": 0}, 15)):
        assert len(classifier(data, **option).parse(["word3"])[0].ranking) == length


def test_one_intent_alone_is_told_from_nonsense() -> None:
    data = NluData([NluExample(t, "greet") for t in ("hello", "hi there", "good morning", "你好", "早上好")])
    known, foreign = classifier(data).parse(["hello there", "zxcv 乙丙丁"])
    assert known.intent.name == "greet"
    assert known.intent.confidence > 0.5 > 0.3 > foreign.intent.confidence


def test_patterns_and_tables_speak_for_intents() -> None:
    numbers = ("10000001", "20000002", "30000003")
    cities = ("Oslo", "Rome", "北京")
    data = NluData(
        [NluExample(f"{n}", "order") for n in numbers] + [NluExample(c, "place") for c in cities],
        regexes=[RegexFeature("number", r"\d{8}")],
        lookups=[LookupTable("city", (*cities, "Kyoto", "重庆"))],
    )
    found = classifier(data).parse(["48151623", "Kyoto", "重庆"])
    assert [u.intent.name for u in found] == ["order", "place", "place"]


def test_confidence_means_what_it_says() -> None:
    """Held-out messages: those above a confidence are right about that often."""
    chance = np.random.default_rng(3)
    topics = {f"topic{n}": ["abcdefgh"[n] + chr(97 + m) * 3 for m in range(26)] for n in range(8)}
    shared = ["the " + chr(97 + m) * 2 for m in range(20)]

    def example(label: str) -> NluExample:
        words = [*chance.choice(topics[label], 2), *chance.choice(shared, 3)]
        if chance.random() < 0.3:  # some messages speak the words of another topic
            words[0] = chance.choice(topics[chance.choice(list(topics))])
        return NluExample(" ".join(words), label)

    data = NluData([example(label) for label in topics for _ in range(20)])
    test = [example(label) for label in topics for _ in range(40)]
    found = classifier(data).parse([e.text for e in test])
    right = np.array([u.intent.name == e.intent for u, e in zip(found, test, strict=True)])
    confidence = np.array([u.intent.confidence for u in found])
    assert abs(confidence.mean() - right.mean()) < 0.12
    sure = confidence > np.median(confidence)
    assert right[sure].mean() > right[~sure].mean()


def test_a_seed_of_its_own_changes_only_the_folds() -> None:
    texts = ["where is my order", "退款"]
    first, second = (classifier(shop(), random_seed=seed).parse(texts) for seed in (1, 2))
    assert [u.intent.name for u in first] == [u.intent.name for u in second]
