"""Frames from trees: roles, modes, shared subjects, in both languages; no tree breaks anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.text.analysis.analysis import Analysis, analysis_of
from chatwright.text.analysis.draw import html_page, svg
from chatwright.text.analysis.frames import Frame, frames
from chatwright.text.analysis.parse import Sentence, Word, analyse
from chatwright.text.values.find import find_values

NOW = datetime(2026, 3, 11, 10, tzinfo=UTC)


def tree(written: str, *, gap: str = " ") -> tuple[str, Sentence]:
    """A sentence of ``word/part of speech/relation/head`` (heads count from 1; lemma after ``=``)."""
    text, words = "", []
    for entry in written.split():
        form, upos, relation, head = entry.rsplit("/", 3)
        form, _, lemma = form.partition("=")
        text += gap if text else ""
        words.append(
            Word(form, len(text), len(text) + len(form), lemma or form.lower(), upos, int(head) - 1, relation)
        )
        text += form
    return text, Sentence(0, len(text), tuple(words))


def told(written: str, *, gap: str = " ") -> list[str]:
    """Each frame as ``predicate role=text …``, with ``!`` for negation and ``~mode``."""
    text, sentence = tree(written, gap=gap)
    return [_told(frame) for frame in frames(sentence, find_values(text, now=NOW))]


def _told(frame: Frame) -> str:
    mode = (f"~{frame.modality}" if frame.modality else "") + ("!" if frame.negated else "")
    return " ".join([frame.predicate + mode, *(f"{one.role}={one.text}" for one in frame.arguments)])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "I/PRON/nsubj/2 sent=send/VERB/root/0 Ann/PROPN/iobj/2 a/DET/det/5 book/NOUN/obj/2",
            ["send agent=I recipient=Ann patient=a book"],
        ),
        (
            "I/PRON/nsubj/4 do/AUX/aux/4 n't/PART/advmod/4 want/VERB/root/0 to/PART/mark/6 pay/VERB/xcomp/4 "
            "by/ADP/case/8 card/NOUN/obl/6",
            ["pay~want! agent=I instrument=card"],
        ),
        (
            "It/PRON/nsubj:pass/3 was=be/AUX/aux:pass/3 stolen=steal/VERB/root/0 by/ADP/case/6 a/DET/det/6 "
            "boy/NOUN/obl/3",
            ["steal patient=It agent=a boy"],
        ),
        (
            "She/PRON/nsubj/2 told=tell/VERB/root/0 us/PRON/obj/2 to/PART/mark/5 wait/VERB/xcomp/2 "
            "until/ADP/case/7 Friday/PROPN/obl/5",
            ["tell agent=She recipient=us content=to wait until Friday", "wait agent=us time=Friday"],
        ),
        (
            "The/DET/det/2 shoes/NOUN/nsubj/6 I/PRON/nsubj/4 bought=buy/VERB/acl:relcl/2 are=be/AUX/cop/6 "
            "broken/ADJ/root/0",
            ["buy patient=The shoes agent=I", "be agent=The shoes I bought attribute=broken"],
        ),
        (
            "Where/ADV/root/0 is=be/AUX/cop/1 my/PRON/nmod:poss/4 order/NOUN/nsubj/1",
            ["be place=Where agent=my order"],
        ),
        (
            "He/PRON/nsubj/2 came=come/VERB/root/0 and/CCONJ/cc/4 left=leave/VERB/conj/2 "
            "because/SCONJ/mark/8 he/PRON/nsubj/8 was/AUX/cop/8 ill/ADJ/advcl/4",
            ["come agent=He", "leave agent=He", "was agent=he attribute=ill"],
        ),
        (
            "Turn/VERB/root/0 it/PRON/obj/1 off/ADP/compound:prt/1 in/ADP/case/6 two/NUM/nummod/6 "
            "hours/NOUN/obl/1",
            ["turn off patient=it time=two hours"],
        ),
    ],
)
def test_english(written: str, expected: list[str]) -> None:
    assert told(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "我/PRON/nsubj/8 想/AUX/aux/8 把/VERB/aux:caus/8 昨天/NOUN/nmod/7 的/PART/case:dec/4 "
            "会/NOUN/nmod/7 议/NOUN/dobj/8 改到/VERB/root/0 周五/NOUN/dobj/8",
            ["改~want agent=我 patient=昨天的会议 goal=周五"],
        ),
        (
            "钱包/NOUN/nsubjpass/4 被/VERB/auxpass/4 小孩/NOUN/nsubj/4 偷/VERB/root/0 了/PART/case:aspect/4",
            ["偷 patient=钱包 agent=小孩"],
        ),
        (
            "帮/VERB/root/0 我/PRON/nsubj/3 取消/VERB/ccomp/1 订单/NOUN/dobj/3",
            ["取消 recipient=我 patient=订单"],
        ),
        (
            "她/PRON/nsubj/4 在/VERB/acl/4 上海/PROPN/dobj/2 工作/VERB/root/0",
            ["工作 agent=她 place=上海"],
        ),
        (
            "老师/NOUN/nsubj/2 让/VERB/root/0 我们/PRON/nsubj/4 交/VERB/ccomp/2 作业/NOUN/dobj/4",
            ["让 agent=老师 patient=我们 content=交作业", "交 agent=我们 patient=作业"],
        ),
        (
            "我/PRON/nsubj/3 昨天/NOUN/nmod:tmod/3 买/VERB/acl:relcl/5 的/PART/acl:relcl/3 鞋/NOUN/nsubj/6 "
            "坏/ADJ/root/0 了/PART/discourse/6",
            ["买 agent=我 time=昨天 patient=鞋", "坏 agent=我昨天买的鞋"],
        ),
        (
            "我/PRON/nsubj/2 去/VERB/acl/4 超市/NOUN/dobj/2 买/VERB/root/0 菜/NOUN/dobj/4",
            ["去 agent=我 goal=超市", "买 agent=我 patient=菜"],
        ),
        ("他/PRON/nsubj/3 没/ADV/neg/3 来/VERB/root/0", ["来! agent=他"]),
        ("能/AUX/aux/3 不能/AUX/aux/3 退/VERB/root/0 ？/PUNCT/punct/3", ["退~can"]),
        ("找不到/VERB/root/0 地址/NOUN/dobj/1", ["找不到! patient=地址"]),
    ],
)
def test_chinese(written: str, expected: list[str]) -> None:
    assert told(written, gap="") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "It/PRON/nsubjpass/3 was=be/AUX/auxpass/3 sent=send/VERB/ROOT/0 to/ADP/prep/3 Ann/PROPN/pobj/4 "
            "by/ADP/agent/3 Bob/PROPN/pobj/6",
            ["send patient=It recipient=Ann agent=Bob"],
        ),
        ("She/PRON/nsubj/2 is=be/AUX/ROOT/0 ill/ADJ/acomp/2", ["be agent=She attribute=ill"]),
    ],
)
def test_labels_of_spacys_own_english_pipelines(written: str, expected: list[str]) -> None:
    assert told(written) == expected


def test_values_are_given_to_their_arguments() -> None:
    text, sentence = tree("Call/VERB/root/0 me/PRON/obj/1 tomorrow/NOUN/obl:unmarked/1")
    (frame,) = frames(sentence, find_values(text, now=NOW))
    value = frame.arguments[-1].value
    assert value is not None
    assert value.value == "2026-03-12T00:00:00+00:00"


def test_a_time_that_hangs_nowhere_goes_to_the_verb() -> None:
    assert told("Call/VERB/root/0 tomorrow/X/dep/1") == ["call time=tomorrow"]


WORDS = st.builds(
    Word,
    text=st.sampled_from("改到 我 在 把 请 帮 不 没有 want to not what x \ud800".split()),
    start=st.just(0),
    end=st.just(0),
    lemma=st.sampled_from(["", "be", "want", "have", "have", "让", "在"]),
    upos=st.sampled_from(["VERB", "NOUN", "PRON", "ADP", "AUX", "ADV", "PART", "PUNCT", "ADJ", "NUM"]),
    head=st.integers(-1, 9),
    deprel=st.sampled_from(
        "root nsubj obj dobj iobj obl nmod case mark aux aux:caus cop xcomp ccomp conj acl acl:relcl "
        "advcl neg dep nsubjpass pobj prep case:suff obl:tmod advmod punct compound discourse".split()
    ),
)


def placed(words: list[Word]) -> tuple[str, Sentence]:
    text, out = "", []
    for word in words:
        out.append(
            Word(
                word.text,
                len(text),
                len(text) + len(word.text),
                word.lemma,
                word.upos,
                word.head,
                word.deprel,
            )
        )
        text += word.text + " "
    return text, Sentence(0, len(text), tuple(out))


@given(st.lists(WORDS, max_size=10), st.booleans())
def test_any_tree_has_frames_inside_the_text(words: list[Word], with_time: bool) -> None:
    text, sentence = placed(words)
    values = find_values(text + (" tomorrow" if with_time else ""), now=NOW)
    for frame in frames(sentence, values):
        assert 0 <= frame.start < frame.end <= len(text)
        for argument in frame.arguments:
            assert 0 <= argument.start < argument.end <= len(text)


@given(st.lists(WORDS, max_size=8))
def test_any_tree_can_be_drawn(words: list[Word]) -> None:
    import xml.etree.ElementTree as xml

    text, sentence = placed(words)
    drawn = svg([sentence])
    root = xml.fromstring(drawn)
    assert root.get("role") == "img"
    found = tuple(frames(sentence))
    analysis = Analysis(text, (), (sentence,), (found,), (), (), ())
    html_page([analysis]).encode("utf-8", "replace")
    json.dumps(analysis.to_json())


def test_a_drawing_says_what_it_shows() -> None:
    _, sentence = tree("I/PRON/nsubj/2 wait/VERB/root/0")
    assert "I: nsubj of wait. wait: root." in svg([sentence])
    assert "prefers-color-scheme:dark" in svg([sentence])


@pytest.mark.parametrize(
    ("text", "predicate", "arguments"),
    [
        ("请帮我查一下我的订单", "查", {"recipient": "我", "patient": "我的订单"}),
        ("我要取消订单", "取消", {"agent": "我", "patient": "订单"}),
        ("帮我订一张去上海的机票", "订", {"recipient": "我", "patient": "一张去上海的机票"}),
        ("快递员把包裹放在门口了", "放", {"agent": "快递员", "patient": "包裹", "place": "门口"}),
        ("麻烦你把发票寄到公司", "寄", {"agent": "你", "patient": "发票", "goal": "公司"}),
        ("请把快递送到家里", "送", {"patient": "快递", "goal": "家里"}),
        ("麻烦帮我改一下昨天的订单", "改", {"recipient": "我", "patient": "昨天的订单"}),
    ],
)
def test_what_customers_ask_for(text: str, predicate: str, arguments: dict[str, str]) -> None:
    values = find_values(text, now=datetime(2026, 3, 11, tzinfo=UTC))
    found = {
        frame.predicate: {argument.role: text[argument.start : argument.end] for argument in frame.arguments}
        for sentence in analyse(text)
        for frame in frames(sentence, values)
    }
    assert found[predicate] == arguments
    assert not {"发票", "快递"} & set(found)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("from Beijing to Shanghai tomorrow", ["Beijing", "Shanghai"]),
        ("flights to New York on Friday", ["New York"]),
        ("Book a hotel in San Francisco for Ann", ["San Francisco"]),
        ("the weather in the Netherlands", ["Netherlands"]),
        ("I fly from Oslo to Rome", ["Oslo", "Rome"]),
        ("a message to Ann", []),
        ("a table in March", []),
        ("I need help in English", []),
    ],
)
def test_places_need_no_verb(text: str, places: list[str]) -> None:
    found = analysis_of(text, now=NOW).places
    assert [text[place.start : place.end] for place in found] == places


def test_a_pronoun_parts_its_verb_and_no_other() -> None:
    for text, words in (("请帮他们", ["请", "帮", "他们"]), ("检查你的行李", ["检查", "你", "的", "行李"])):
        assert [word.text for sentence in analyse(text) for word in sentence.words] == words
