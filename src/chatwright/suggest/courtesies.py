"""Messages without the greetings and thanks around what they are about."""

from __future__ import annotations

import re

__all__ = ["without_courtesies"]

_MARKS = r"[\s,，。.!！?？~～:：、…]*"
_OPENING = (
    "你好|您好|哈喽|在吗|在不在|有人吗|请问一?下?|亲爱的|亲|客服|麻烦(?:问一?下?|帮忙)?|打扰一?下|不好意思|那个|嗯+"
    r"|(?:hi|hello|hey|good (?:morning|afternoon|evening)|excuse me|please|pls|sorry|there)(?![a-z])"
)
_CLOSING = (
    "急急+|在线等|谢谢你?|谢了|多谢|感谢|拜托了?|呢|啊|呀|哦|哈"
    r"|(?<![a-z])(?:many thanks|thanks(?: a lot)?|thank you(?: very much)?|thx|please|pls|plz|asap)"
    "|[\U0001f600-\U0001f64f]"
)
_AROUND = re.compile(
    rf"^{_MARKS}(?:(?:{_OPENING}){_MARKS})+|(?:{_MARKS}(?:{_CLOSING}))+{_MARKS}$", re.IGNORECASE
)


def without_courtesies(text: str) -> str:
    """The text without them; as it is, where it says nothing else.

    >>> [without_courtesies(text) for text in ("你好，请问怎么开发票啊！", "hi, where is it? thanks", "谢谢")]
    ['怎么开发票', 'where is it', '谢谢']
    """
    return _AROUND.sub("", text) or text
