"""A small invented service log, Chinese and English, with fake personal data."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["PERSONAL", "rows"]

PERSONAL = (
    "13812345678", "415-555-0132", "ann@example.com", "4111 1111 1111 1111", "11010519491231002X", "张伟",
    "建国路88号", "京A12345", "Ann Miller",
)  # fmt: skip

_TALKS: dict[str, tuple[str, ...]] = {
    "You can return everything within 30 days for a full refund.": (
        "how long do I have to return an item", "can I return an item after two weeks",
        "what is the return policy",
        "how many days do I have to return something", "is it possible to return an item",
        "how do I return an item",
        "I want to return an item", "return policy please", "until when can I return my item",
    ),
    "Our shop is open from nine to six, Monday to Saturday.": (
        "when does the shop open", "what are your opening hours", "is the shop open on sunday",
        "how late is the shop open today", "when do you open tomorrow", "opening hours of the shop please",
        "are you open on saturday", "at what hours is the shop open", "is your shop open now",
    ),
    "订单付款后48小时内发货，一般三天送到。": (
        "什么时候发货", "下单后多久发货", "今天能发货吗", "怎么还不发货", "几天可以发货",
        "请问什么时候能发货",
        "付款了什么时候发货", "发货要多久", "为什么一直没有发货",
    ),
    "电子发票可以在订单详情里自助申请。": (
        "怎么开发票", "可以开发票吗", "我要开电子发票", "发票在哪里申请", "能不能开公司发票",
        "电子发票怎么申请",
        "请帮我开发票", "开发票需要什么信息", "发票什么时候开",
    ),
}  # fmt: skip

_OWN: tuple[tuple[str, str], ...] = (
    ("where is my parcel, call me at 415-555-0132", "Dear Ann Miller, parcel 7781 is in Oakland."),
    ("my parcel has not arrived, mail ann@example.com", "It left the hub 9 this morning."),
    ("can you track my parcel", "Sorry! We have lost it."),
    ("track the parcel please", "Please give me the number."),
    ("my parcel is late", "The driver was sick."),
    ("where is the parcel that I ordered", "Tomorrow, probably."),
    ("I paid with 4111 1111 1111 1111 and my parcel is lost", "Let me check with the bank."),
    ("my parcel never came, my name is Ann Miller", "Which street?"),
    ("帮我修改地址，改成北京市朝阳区建国路88号", "改好了，还有别的吗"),
    ("我叫张伟，想修改收货地址", "请提供新的门牌"),
    ("收货地址写错了，怎么修改地址", "已转交仓库"),
    ("修改一下地址，电话13812345678", "好的稍等"),
    ("身份证11010519491231002X，修改收货地址", "这个不需要身份证"),
    ("地址能修改吗，车牌京A12345来取", "可以自提"),
    ("想把收货地址修改成公司", "哪家公司呢"),
    ("地址错了帮忙修改地址", "订单已经出库了"),
)


def rows() -> Iterator[tuple[str, str, str]]:
    """Conversation, speaker (``customer`` or ``agent``), message; every talk is held twice."""
    talks = [(question, answer) for answer, questions in _TALKS.items() for question in questions] + list(
        _OWN
    )
    for number, (question, answer) in enumerate(talks * 2):
        yield f"c{number}", "customer", question
        yield f"c{number}", "agent", answer
