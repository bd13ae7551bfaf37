"""Which language is a message in? By its words, not by its letters alone, and never by numbers or names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["HAN", "LanguageSpan", "detect", "language_spans"]

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, as a range for regular expressions."""

_HAN_CHARACTER = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*[A-Za-z0-9_-]*")
_PRINTED = re.compile(r"[!-~]+")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")

CHARACTERS_PER_WORD = 1.7
"""Average length of a Chinese word."""

PRIOR = 1.5
"""How much more a word of the conversation's language counts: ``退款 please`` switches nothing."""

_CHINESE_NAME = re.compile(
    "[赵钱孙李吴郑王冯陈卫蒋沈韩杨朱秦许吕张孔曹严魏陶姜邹潘葛范彭郎鲁韦袁柳鲍唐薛雷倪汤殷罗郝邬伍余孟穆萧尹姚邵汪"
    "宋庞熊纪舒项祝董梁杜阮席季颜郭梅徐邱骆夏蔡田胡凌霍柯卢邓洪崔龚程邢裴翁曲侯刘叶黎乔谭庄晏阎匡欧耿聂曾肖贾焦岳]"
    "[\u4e00-\u9fff]{1,2}"
)
"""A surname that begins few other words, and one or two characters."""

_NEUTRAL = frozenset("ok okay kk hmm haha hehe lol app vip id qq wifi email http https www com".split())
"""Said in both languages."""

_ENGLISH = frozenset(
    """
    a about after again all already also am an and any anyone anything are as ask at back be because
    been before being bot buy bye call can cancel change check could day days did different do does
    doing done down each else english every everything fast find first for from get give go going good
    goodbye got great had hand has have having he hello help her here hey hi him his home how human i if
    in into is it item its just know last late later leave let like little long look lost made make many
    may maybe me mean money month more morning most much must my name need never new next nice night no
    not nothing now of off on once one only or order other our out over package parcel pay people person
    phone please possible price problem question really refund return right said same say see send she
    should so some someone something soon sorry speak start still stop sure take talk tell thank thanks
    that the their them then there these they thing think this those time to today tomorrow too track
    try two under until up us use very wait want was way we week well went were what when where which
    while who why will with without won't work would wrong year yes yet you your
    """.split()
)
"""Frequent words: one of them alone says English; another single word could be a name."""

_CHINESE_PARTICLES = frozenset("的了吗呢吧啊呀么是我你您他她们这那哪在不没有就都也还和把被给很")
"""Characters that hold a Chinese sentence together."""


def detect(text: str, *, current: str | None, allowed: Sequence[str]) -> str | None:
    """The language of a message: one of ``allowed``, or None where the message does not tell.

    Args:
        text: the message.
        current: language of the conversation so far; its words weigh more.
        allowed: languages of the bot, such as ``("zh", "en")``.

    >>> detect("我的 iPhone 订单到哪了", current="en", allowed=("zh", "en"))
    'zh'
    >>> detect("what does 退款 mean?", current="zh", allowed=("zh", "en"))
    'en'
    >>> detect("20231107", current="zh", allowed=("zh", "en")) is None
    True
    """
    if _KANA_OR_HANGUL.search(text):
        return None
    chinese, english = _chinese_weight(text), _english_weight(text, current)
    chinese *= PRIOR if _is(current, "zh") else 1
    english *= PRIOR if _is(current, "en") else 1
    if chinese == english:
        return None
    return _allowed("zh" if chinese > english else "en", allowed)


@dataclass(frozen=True, slots=True)
class LanguageSpan:
    """``text[start:end]`` is in one language."""

    start: int
    end: int
    language: str | None
    """``zh``, ``en``, or None where nothing tells."""


_STRETCH = re.compile(f"(?P<zh>[{HAN}]+)|(?P<latin>[A-Za-z][^{HAN}]*)")


def language_spans(text: str) -> list[LanguageSpan]:
    """The languages inside a message, left to right; together the spans are the text.

    A single name or code between Chinese characters belongs to the Chinese; punctuation and numbers belong to
    what stands before them.

    >>> text = "请问 where is my order？谢谢"
    >>> [(text[span.start : span.end], span.language) for span in language_spans(text)]
    [('请问 ', 'zh'), ('where is my order？', 'en'), ('谢谢', 'zh')]
    >>> [span.language for span in language_spans("我的 iPhone 到哪了")]
    ['zh']
    """
    marks: list[tuple[int, str | None]] = []
    for start, language in _stretches(text):
        if marks and marks[-1][1] is None:
            marks[-1] = 0, language
        elif not marks or language != marks[-1][1]:
            marks.append((start, language))
    ends = [*(start for start, _ in marks[1:]), len(text)]
    return [LanguageSpan(start, end, language) for (start, language), end in zip(marks, ends, strict=False)]


def _stretches(text: str) -> Iterator[tuple[int, str | None]]:
    """Where runs of one script begin, and their language; the first mark is the beginning."""
    if text:
        yield 0, None
    for found in _STRETCH.finditer(text):
        if found["zh"]:
            yield found.start(), "zh"
            continue
        words = [word.lower() for word in _LATIN_WORD.findall(_PRINTED.sub(_without_address, found[0]))]
        if len(words) >= 4 or not _ENGLISH.isdisjoint(words):
            yield found.start(), "en"


def _chinese_weight(text: str) -> float:
    characters = _HAN_CHARACTER.findall(text)
    said = "".join(characters)
    if _CHINESE_NAME.fullmatch(said) and said[-1] not in _CHINESE_PARTICLES:
        return 0.0
    particles = sum(character in _CHINESE_PARTICLES for character in characters)
    return len(characters) / CHARACTERS_PER_WORD + particles / 2


def _english_weight(text: str, current: str | None) -> float:
    """Words that count as English; names, codes and words of both languages do not."""
    words = [
        word
        for word in _LATIN_WORD.findall(_PRINTED.sub(_without_address, text))
        if word.lower() not in _NEUTRAL
    ]
    common = [word for word in words if word.lower().replace("’", "'") in _ENGLISH]
    plain = [word for word in words if word.islower() and word.isalpha() and len(word) > 1]
    names_at_most = 3 if _is(current, "zh") else 1
    if not common and len(plain) <= names_at_most:
        return 0.0  # words that are not frequent ones may be a name: they tell nothing
    counted = len({*common, *plain})
    return counted + sum(word.lower() in _ENGLISH for word in common) / 2


def _without_address(run: re.Match[str]) -> str:
    return " " if any(mark in run[0] for mark in ("@", "://", "www.")) else run[0]


def _is(language: str | None, wanted: str) -> bool:
    return language is not None and re.split("[-_]", language.lower())[0] == wanted


def _allowed(language: str, allowed: Sequence[str]) -> str | None:
    return next((name for name in allowed if _is(name, language)), None)
