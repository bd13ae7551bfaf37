"""EmotionClassifier: how the writer of a message feels, how strongly, and whether that is good or bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import chatwright
from chatwright.errors import ComponentError
from chatwright.nlu.emotion_classifier import EmotionClassifier
from chatwright.nlu.emotion_features import emotion_features
from chatwright.nlu.emotion_model import house_model
from chatwright.nlu.fit_emotion import FeltText, fit_emotion, read_emotions
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import EMOTIONS, Emotion, Understanding
from chatwright.text.chinese_words import Segmenter

MESSAGES = Path(__file__).parent / "data" / "emotions.tsv"
"""Messages that no model was trained on."""


@pytest.fixture(scope="module")
def house() -> Pipeline:
    return pipeline()


def pipeline(**options: Any) -> Pipeline:
    made = Pipeline.from_config([{"name": "EmotionClassifier", **options}], ["zh", "en"])
    made.fit(NluData())
    return made


def felt(made: Pipeline, text: str) -> Emotion:
    emotion = made.parse([text])[0].emotion
    assert emotion is not None
    return emotion


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("你们就是一群骗子，马上给我退钱！！！", "anger"),
        ("太谢谢你了，帮了大忙", "gratitude"),
        ("哈哈哈今天太开心了", "joy"),
        ("我妈妈去世了，我好难过", "sadness"),
        ("我好害怕，是不是得了癌症", "fear"),
        ("东西跟图片差太多，真失望", "disappointment"),
        ("没看懂，什么意思啊", "confusion"),
        ("哇，居然这么快就到了？", "surprise"),
        ("帮我查一下订单20231107", "neutral"),
        ("this is unacceptable, give me my money back NOW!!!", "anger"),
        ("thank you so much for your help", "gratitude"),
        ("I'm so happy, I love it!!", "joy"),
        ("my grandmother died and I can't stop crying", "sadness"),
        ("I'm really scared, what if it's cancer", "fear"),
        ("it looks nothing like the picture, so disappointed", "disappointment"),
        ("I don't understand, what does that mean?", "confusion"),
        ("wow, I did not expect that", "surprise"),
        ("where is my order 20231107", "neutral"),
    ],
)
def test_clear_messages_are_felt(house: Pipeline, text: str, label: str) -> None:
    emotion = felt(house, text)
    assert emotion.label == label
    assert emotion.sentiment == EMOTIONS[label]
    assert 0.3 < emotion.confidence <= emotion.sentiment_confidence <= 1.0 + 1e-9
    assert (emotion.intensity == 0) == (label == "neutral")


@pytest.mark.parametrize(
    ("mild", "strong"),
    [
        ("有点烦", "气死我了！！！你们这群骗子！！退钱！！！"),
        ("I'm a bit worried", "please help he has a knife and I'm so scared!!!"),
        ("谢谢", "真的太感谢你们了，救了我一命，一辈子记得！！！"),
        ("nice", "I WON!!! BEST DAY OF MY LIFE!!!"),
    ],
)
def test_intensity_grows_with_the_words(house: Pipeline, mild: str, strong: str) -> None:
    assert 1 <= felt(house, mild).intensity < felt(house, strong).intensity <= 3


@pytest.mark.parametrize(
    "text", ["我不开心", "不满意", "I'm not happy", "not happy with this at all", "一点也不好用"]
)
def test_a_negation_is_no_joy(house: Pipeline, text: str) -> None:
    assert felt(house, text).sentiment == "negative"


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "几点关门",
        "我要退货",
        "把灯关了",
        "屏幕碎了怎么保修",
        "book a table for two",
        "reset my password",
        "hello",
    ],
)
def test_sober_requests_are_neutral(house: Pipeline, text: str) -> None:
    assert (felt(house, text).label, felt(house, text).intensity) == ("neutral", 0)


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_nothing_to_read_is_no_emotion(house: Pipeline, text: str) -> None:
    assert house.parse([text])[0].emotion is None


def test_emoji_alone_are_felt(house: Pipeline) -> None:
    assert felt(house, "😀😄🎉").sentiment == "positive"
    assert felt(house, "😭😭😭").sentiment == "negative"


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800 alone", "?!…", "א\u202eב", "x" * 100_000, "字！" * 50_000, "xk qzw", "\u200b"]
)
def test_odd_texts_are_no_trouble(house: Pipeline, text: str) -> None:
    emotion = felt(house, text)
    assert emotion.label in EMOTIONS
    assert 0 <= emotion.intensity <= 3


def test_messages_nobody_trained_on(house: Pipeline) -> None:
    examples = read_emotions(MESSAGES)
    found = [felt(house, example.text) for example in examples]
    right = sum(f.label == e.label for f, e in zip(found, examples, strict=True))
    good = sum(f.sentiment == EMOTIONS[e.label] for f, e in zip(found, examples, strict=True))
    near = sum(abs(f.intensity - e.intensity) <= 1 for f, e in zip(found, examples, strict=True))
    assert right / len(examples) >= 0.65
    assert good / len(examples) >= 0.75
    assert near / len(examples) >= 0.85


def test_the_models_of_the_house_know_all_emotions_and_are_small() -> None:
    for language in ("zh", "en"):
        assert set(house_model(language).labels) == set(EMOTIONS)
        folder = Path(chatwright.__file__).parent / "weights" / f"emotion-{language}"
        assert {"CARD.md", "LICENSE"} <= {path.name for path in folder.iterdir()}
        assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000


def test_a_saved_pipeline_feels_the_same(house: Pipeline, tmp_path: Path) -> None:
    house.save(tmp_path)
    text = "什么破玩意儿，又坏了"
    assert felt(Pipeline.load(tmp_path), text) == felt(house, text)


def test_an_emotion_survives_json(house: Pipeline) -> None:
    understanding = house.parse(["谢谢你"])[0]
    assert understanding.to_json()["chatwright"]["emotion"]["label"] == "gratitude"
    assert Understanding.from_json(understanding.to_json()).emotion == understanding.emotion


OWN = (
    "delighted\t3\twhat a wonderful stay",
    "delighted\t2\tthe room was wonderful",
    "delighted\t1\ta wonderful bed",
    "hungry\t1\twhere can I eat something",
    "hungry\t2\tI have not eaten all day",
    "hungry\t3\tI could eat a horse",
    "neutral\t0\tcheck out at ten please",
    "neutral\t0\ta room for two nights please",
    "neutral\t0\tthe key please",
)


def test_classes_of_the_users_own(tmp_path: Path) -> None:
    file = tmp_path / "moods.tsv"
    file.write_text("# label, intensity, text\n\n" + "\n".join(OWN), "utf-8")
    own = pipeline(examples=str(file), sentiments={"delighted": "positive"})
    assert felt(own, "wonderful").label == "delighted"
    assert felt(own, "wonderful").sentiment == "positive"
    assert felt(own, "something to eat?").label == "hungry"
    assert felt(own, "something to eat?").sentiment == "neutral"
    (tmp_path / "saved").mkdir()
    own.save(tmp_path / "saved")
    assert felt(Pipeline.load(tmp_path / "saved"), "eat").label == felt(own, "eat").label == "hungry"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("angry 2 no tabs", "'angry 2 no tabs'"),
        ("angry\t4\ttoo strong", "intensity from 0 to 3"),
        ("angry\t2\t", "tabs between"),
        ("angry\t2\tonly one label", "at least two labels"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_file_of_examples_is_refused(tmp_path: Path, content: str | None, words: str) -> None:
    file = tmp_path / "moods.tsv"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(ComponentError) as caught:
        pipeline(examples=str(file))
    assert words in f"{caught.value.message} {caught.value.fix}"


def test_a_bad_line_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "moods.tsv"
    file.write_text("# comment\njoy\t1\tgood\nbad line\n", "utf-8")
    with pytest.raises(ComponentError) as caught:
        read_emotions(file)
    assert caught.value.location is not None
    assert caught.value.location.line == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"examples": "x.tsv", "sentiments": {"glad": "positiv"}}, "positive"),
        ({"examples": "x.tsv", "sentiments": ["glad"]}, "delighted: positive"),
        ({"sentiments": {"glad": "positive"}}, "examples:"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ComponentError) as caught:
        EmotionClassifier.from_config({"name": "EmotionClassifier", **options})
    assert words in str(caught.value.fix)


def test_a_conflicting_label_does_not_hurt() -> None:
    model, report = fit_emotion(
        [FeltText("a", 1, "same"), FeltText("b", 2, "same"), FeltText("a", 1, "same")]
    )
    assert report["examples"] == 2
    assert model.feel("same") is not None


def test_manners_and_negations_are_features() -> None:
    words, characters, manners = emotion_features("NOT happy!!! 😡", Segmenter())
    assert "not happy" in words
    assert {"😡", "!!!"} <= set(characters)
    assert {"! 3", "drawn out", "shouted 1"} <= set(manners)
