"""Texts that break careless code, and a strategy that mixes them with any others."""

from __future__ import annotations

from hypothesis import strategies as st

HARD = (
    "",
    " ",
    "\n\t\r",
    "\x00",
    "a\x00b",
    "\x1b[31mred\x1b[0m",
    "\ud800",
    "a\udfffb",
    "\u202eright to left\u202c",
    "\u200f123\u200e",
    "zero\u200bwidth\u200djoiner\u2060\ufeff",
    "soft\u00adhyphen",
    "Z\u0338a\u0334\u0301l\u0335g\u0336o\u0337",
    "\u0301\u0301\u0301",
    "cafe\u0301",
    "café",
    "👨‍👩‍👧‍👦",
    "👍🏽👍",
    "🇨🇳🇬🇧",
    "❤️ok",
    "１２３ＡＢＣ，。！",
    "𠮷野家 𪚥 㐀",
    "\U00020000\U0002a6df",
    "繁體中文與简体中文",
    "ﬁne ﬂow ½ ①②③ ㎏ ℃ ㈱",
    "İstanbul ßtraße ŉ",
    "١٢٣ ４５６ 七八九",
    "भाषा ไทย العربية עברית",
    "こんにちは カタカナ 한국어",
    "\\d+ (a+)+$ {'k': [1]} %s %n ${x} {{y}}",
    "<script>alert(1)</script>",
    "'; DROP TABLE events; --",
    "/restart",
    '/greet{"a": "b"}',
    "https://example.com/路径?q=退款",
    "a" * 32_768,
    "字" * 4_096,
    "1" * 5_000,
    "我a" * 2_000,
    "!?…——" * 500,
    "!" * 32_768 + "a",
    "\u3000全角\u00a0空格\u2003",
)

MESSAGES = st.one_of(
    st.text(),
    st.sampled_from([text for text in HARD if len(text) < 200]),
    st.text(alphabet="我你的订单退款北京大学天气 一二三abcOK 12.,!?'-@#/:\u0301\u200b👍😀", max_size=40),
)
