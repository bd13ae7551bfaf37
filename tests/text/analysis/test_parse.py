"""The shipped parsers over any text."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatwright.errors import ComponentError
from chatwright.text.analysis import Sentence, analyse


def check(text: str, sentences: list[Sentence]) -> None:
    """Words are slices of the text, in order, with all but white space; each sentence is a tree.

    An unpaired surrogate is shown as the replacement character.
    """
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    place = 0
    for sentence in sentences:
        assert sentence.words
        assert (sentence.start, sentence.end) == (sentence.words[0].start, sentence.words[-1].end)
        for word in sentence.words:
            assert word.text == text[word.start : word.end] != ""
            assert not text[place : word.start].strip()
            place = word.end
        check_tree(sentence)
    assert not text[place:].strip()


def check_tree(sentence: Sentence) -> None:
    heads = [word.head for word in sentence.words]
    assert [word.deprel == "root" for word in sentence.words] == [head < 0 for head in heads]
    assert heads.count(-1) == 1
    for node in range(len(heads)):
        for _ in heads:
            node = heads[node] if node >= 0 else node
        assert node == -1


def relations(text: str) -> dict[str, tuple[str, str, str]]:
    """Word → part of speech, relation, head."""
    return {
        word.text: (word.upos, word.deprel, sentence.words[word.head].text if word.head >= 0 else "")
        for sentence in analyse(text)
        for word in sentence.words
    }


def test_english() -> None:
    found = relations("She sent the red book to her brother yesterday.")
    assert found["sent"] == ("VERB", "root", "")
    assert found["She"] == ("PRON", "nsubj", "sent")
    assert found["book"] == ("NOUN", "obj", "sent")
    assert found["red"] == ("ADJ", "amod", "book")


def test_chinese() -> None:
    found = relations("我昨天买了一本书。")
    assert found["买"] == ("VERB", "root", "")
    assert found["我"] == ("PRON", "nsubj", "买")
    assert found["书"][:2] == ("NOUN", "dobj")


def test_lemmas() -> None:
    words = analyse("The boys were running and she bought bigger boxes")[0].words
    assert [word.lemma for word in words] == "the boy be run and she buy big box".split()


def test_each_sentence_in_its_language() -> None:
    text = "I want a refund for my order. 我想退款，谢谢。"
    english, chinese = analyse(text)
    check(text, [english, chinese])
    assert [word.text for word in english.words][:3] == ["I", "want", "a"]
    assert [word.text for word in chinese.words][-2:] == ["谢谢", "。"]


def test_chinese_words_in_english() -> None:
    assert "北京" in relations("Is the hotel in 北京 open today?")


def test_words_of_the_project_stay_whole() -> None:
    text = "我要买小米粥碗套装。"
    words = [word.text for word in analyse(text, "zh", dictionary=["小米粥碗"])[0].words]
    assert "小米粥碗" in words
    assert "".join(words) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        "😀👍🏽",
        "\ud800我\udfff",
        "\x00\x01\x7f",
        "שלום עולם",
        "１２３",
        "a\u200bb",
        "!!!",
        "é" * 50,
        "…",
        "的",
    ],
)
@pytest.mark.parametrize("language", [None, "zh", "en", "xx"])
def test_odd_input(text: str, language: str | None) -> None:
    check(text, analyse(text, language))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters() | st.sampled_from("我的.。 a'n1-/😀\ud800\n"), max_size=60))
def test_any_text(text: str) -> None:
    check(text, analyse(text))


@pytest.mark.parametrize(
    "text", ["啊" * 3000, "-+" * 2000, "1-" * 2000, "a." * 1500, "word " * 700, "http://" * 400]
)
def test_long_input(text: str) -> None:
    sentences = analyse(text)
    check(text, sentences)
    assert max(len(sentence.words) for sentence in sentences) <= 150


def test_an_unknown_pipeline_is_named() -> None:
    pytest.importorskip("spacy")
    with pytest.raises(ComponentError, match="no_such_pipeline"):
        analyse("hello", pipeline="no_such_pipeline")


def test_a_spacy_pipeline(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "blank")
    text = "One two.  Three \ud800 four."
    sentences = analyse(text, pipeline=str(tmp_path / "blank"))
    assert [len(sentence.words) for sentence in sentences] == [3, 4]
    assert all(text[word.start : word.end] for sentence in sentences for word in sentence.words)
    for sentence in sentences:
        check_tree(sentence)
