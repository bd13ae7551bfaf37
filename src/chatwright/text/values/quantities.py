"""Numbers with a unit: money, durations, distances, weights, temperatures, volumes, and ranges of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatwright.text.values.numerals import Numeral, plain, read_number
from chatwright.text.values.value import Value

__all__ = ["SECONDS", "find_quantities"]

SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
"""Seconds in a unit of durations; a month has 30 days, a year 365."""

_UNITS: dict[tuple[str, str, float], str] = {
    ("money", "CNY", 1): "元人民币 块人民币 元钱 元 圆 块钱 块 人民币 rmb cny yuan kuai",
    ("money", "CNY", 0.1): "角钱 角 毛钱 毛 jiao",
    ("money", "CNY", 0.01): "分钱",
    ("part", "分", 1): "分",
    ("money", "USD", 1): "美元 美金 美刀 dollars dollar bucks buck usd $",
    ("money", "USD", 0.01): "美分 cents cent",
    ("money", "HKD", 1): "港币 港元 港纸 hkd",
    ("money", "TWD", 1): "新台币 台币 twd",
    ("money", "EUR", 1): "欧元 euros euro eur €",
    ("money", "GBP", 1): "英镑 pounds pound gbp quid £",
    ("money", "JPY", 1): "日元 日币 円 yen jpy",
    ("money", "KRW", 1): "韩元 韩币 krw",
    ("duration", "second", 1): "秒钟 秒 seconds second secs sec",
    ("duration", "minute", 1): "分钟 minutes minute mins min",
    ("duration", "minute", 15): "刻钟",
    ("duration", "hour", 1): "个小时 小时 个钟头 钟头 个钟 hours hour hrs hr h",
    ("duration", "day", 1): "天 days day",
    ("duration", "week", 1): "周 个星期 星期 个礼拜 礼拜 weeks week",
    ("duration", "month", 1): "个月 months month",
    ("duration", "year", 1): "年 years year yrs",
    ("distance", "kilometre", 1): "公里 千米 km kms kilometers kilometres kilometer kilometre",
    ("distance", "metre", 1): "米 m meters metres meter metre",
    ("distance", "metre", 500): "里地 里路",
    ("distance", "centimetre", 1): "厘米 公分 cm centimeters centimetres centimeter centimetre",
    ("distance", "millimetre", 1): "毫米 mm millimeters millimetres",
    ("distance", "mile", 1): "英里 miles mile",
    ("distance", "yard", 1): "yards yard",
    ("distance", "foot", 1): "英尺 feet foot ft",
    ("distance", "inch", 1): "英寸 寸 inches inch",
    ("weight", "kilogram", 1): "公斤 千克 kg kgs kilos kilo kilograms kilogram",
    ("weight", "gram", 1): "克 g grams gram",
    ("weight", "gram", 500): "市斤 斤",
    ("weight", "milligram", 1): "毫克 mg milligrams milligram",
    ("weight", "tonne", 1): "吨 tonnes tonne",
    ("weight", "pound", 1): "磅 lbs lb",
    ("weight", "ounce", 1): "盎司 ounces ounce oz",
    ("temperature", "celsius", 1): "°c ℃ 摄氏度 celsius centigrade",
    ("temperature", "fahrenheit", 1): "°f ℉ 华氏度 fahrenheit",
    ("temperature", "degree", 1): "度 ° degrees degree",
    ("volume", "litre", 1): "公升 升 l liters litres liter litre",
    ("volume", "millilitre", 1): "毫升 ml milliliters millilitres milliliter millilitre",
    ("volume", "gallon", 1): "加仑 gallons gallon",
}
_NOT_BEFORE = {
    "块": "[蛋糕肉布地石板砖表巧豆]",
    "元": "[旦素宵]",
    "天": "[气空才津猫]",
    "周": "[年一二三四五六日末边围]",
    "年": "[级前]",
    "米": "[饭粉线色]",
    "度": "[假过]",
    "秒": "杀",
    "升": "[级职学]",
    "毛": "[巾衣病]",
    "角": "[度落色]",
    "里": "[面边]",
    "克": "[隆制服拉]",
    "斤": "两",
    "$": " ?[0-9]",
    "€": " ?[0-9]",
    "£": " ?[0-9]",
}
"""What makes another word of a unit, or puts a sign before the next number."""

_ALIASES = {alias: measure for measure, words in _UNITS.items() for alias in words.split()}


def _guarded(alias: str) -> str:
    if alias == "h":
        return "h(?![a-z_])"  # 2h30m
    end = "(?![a-z0-9_])" if "a" <= alias[-1] <= "z" else ""
    return re.escape(alias) + end + (f"(?!{_NOT_BEFORE[alias]})" if alias in _NOT_BEFORE else "")


_UNIT = "|".join(_guarded(alias) for alias in sorted(_ALIASES, key=len, reverse=True))
_SUFFIX = re.compile(
    rf"[ -]?(?P<half>个半|and a half )?(?:degrees? (?=celsius|centigrade|fahrenheit))?(?P<unit>{_UNIT})"
    "(?P<more>半(?![天年月个])| and a half(?![a-z]))?"
)
_CURRENCIES = {
    sign: code
    for code, signs in {
        "AUD": "a$",
        "CAD": "c$",
        "CNY": "¥ rmb cny 人民币",
        "EUR": "€ eur",
        "GBP": "£ gbp",
        "HKD": "hk$ hkd",
        "JPY": "jpy",
        "KRW": "₩",
        "SGD": "s$",
        "TWD": "nt$",
        "USD": "$ us$ usd",
    }.items()
    for sign in signs.split()
}
_PREFIX = re.compile(
    "(?<![a-z])(" + "|".join(map(re.escape, sorted(_CURRENCIES, key=len, reverse=True))) + ") ?-?$"
)
_WITHOUT_NUMBER = re.compile(
    "(?:(?<![a-z])half an? |(?<![一二两三四五六七八九十0-9个天年点月时])半个?)"
    "(?P<half>小时|钟头|天|月|年|hour|day|year|month|minute)(?![a-z0-9])"
    "|(?<![a-z0-9])(?<!once )(?<!twice )(?<!times )(?<!quarters of )"
    "an? (?:(?P<couple>couple of )(?P<units>second|minute|hour|day|week|month|year)s"
    "|(?P<one>second(?! [a-z])|minute|hour|day|week|month|year)(?P<more> and a half)?)(?![a-z0-9])"
)
_TAIL = re.compile("[一二三四五六七八九1-9](?![零〇一二两三四五六七八九十百千万亿0-9.个天年小斤件折毛角分])")
_NOT_MONEY = re.compile("一块(?!钱|人民币)(?=[儿去来玩吃走看做买办用])")
_BELOW_ZERO = re.compile("(?:零下|负|(?<![0-9度°])-|minus )$")
_NO_WEIGHT = frozenset((2, 3, 4, 5, 6, *(2**power for power in range(3, 11))))
"""Of ``g``: generations of mobile networks, sizes of memory."""
_TO = re.compile(r" ?(?:-|~|—|–|to|到|至|and) ?")
_FROM = re.compile(r"(?:(?<![a-z])(?:(?P<between>between)|from) |从)$")
_FROM_NOW = re.compile(r" ?(?:[以之]?[前后]|(?:ago|later|from now)(?![a-z]))")
_SCALED = re.compile(r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九])([百千万亿]+|k)")
_BARE = "number"
_JOINT = re.compile(r"(?: ?and |, | |零|又)?")


@dataclass(frozen=True, slots=True)
class _Quantity:
    value: Value
    factor: float = 1
    part_only: bool = False
    """It means something only after a bigger unit: 三元五分, 2h30m."""


def find_quantities(text: str, numerals: Sequence[Numeral]) -> list[Value]:
    """All quantities of a folded text, of all kinds, left to right; ``1小时30分`` is one."""
    single = [found for numeral in numerals if (found := _quantity(text, numeral))]
    single += [_without_number(match) for match in _WITHOUT_NUMBER.finditer(text)]
    single.sort(key=lambda found: found.value.start)
    whole = [found for found in _joined(text, single) if not found.part_only]
    return list(_with_ranges(text, numerals, whole))


def _with_ranges(text: str, numerals: Sequence[Numeral], found: Sequence[_Quantity]) -> Iterator[Value]:
    """``100-200元``, ``$10 to $20``: both ends in one value."""
    taken = {place for one in found for place in range(one.value.start, one.value.end)}
    bare = [
        _Quantity(Value(_BARE, numeral.start, numeral.end, numeral.value))
        for numeral in numerals
        if numeral.start not in taken
    ]
    before: _Quantity | None = None
    for one in sorted([*found, *bare], key=lambda one: one.value.start):
        if before is not None and (both := _range(text, before, one)):
            yield both
            before = None
            continue
        if before is not None and before.value.kind != _BARE:
            yield before.value
        before = one
    if before is not None and before.value.kind != _BARE:
        yield before.value


def _range(text: str, first: _Quantity, second: _Quantity) -> Value | None:
    """From one to the other; a duration that a time counts with (2-3天后) stays single."""
    a, b = first.value, second.value
    to = _TO.fullmatch(text, a.end, b.start)
    opening = _FROM.search(text, max(0, a.start - 8), a.start)
    if to is None or (to[0].strip() == "and" and not (opening and opening["between"])):
        return None
    measured = a if b.kind == _BARE else b
    low, high = a.value, b.value
    if measured.kind == _BARE or (measured.kind == "duration" and _FROM_NOW.match(text, b.end)):
        return None
    if a.kind == _BARE:
        scale = _SCALED.match(text, b.start)
        times = read_number(f"1{scale[1]}") or 1 if scale else 1
        low = plain(low * second.factor * (times if low * times * second.factor < high else 1))  # 1-2万元
    elif b.kind == _BARE:
        if not text[a.end - 1].isdecimal():  # only a sign in front counts for both: $10-20
            return None
    elif (a.kind, a.unit) != (b.kind, b.unit):
        return None
    if not low < high:
        return None
    start = opening.start() if opening else a.start
    return Value(measured.kind, start, b.end, {"from": low, "to": high}, measured.unit)


def _quantity(text: str, numeral: Numeral) -> _Quantity | None:
    start, end = numeral.start, numeral.end
    prefix = _PREFIX.search(text, max(0, start - 6), start)
    suffix = _SUFFIX.match(text, end)
    kind, unit, factor = _ALIASES[suffix["unit"]] if suffix else ("", "", 1)
    if suffix and suffix["unit"].startswith("pound") and text.startswith(" of ", suffix.end()):
        kind, unit = "weight", "pound"  # two pounds of rice
    if prefix and (kind, unit) != ("money", _CURRENCIES[prefix[1]]):
        return _Quantity(Value("money", prefix.start(), end, numeral.value, _CURRENCIES[prefix[1]]))
    if suffix is None or _means_other(text, numeral, suffix["unit"]):
        return None
    amount = numeral.value + (0.5 if suffix["half"] or suffix["more"] else 0)
    end = suffix.end()
    if suffix["unit"] in ("块", "毛") and (tail := _TAIL.match(text, end)):
        amount, end = amount + (read_number(tail[0]) or 0) / 10, tail.end()  # 三块五, 五毛二
    if kind == "temperature" and (sign := _BELOW_ZERO.search(text, max(0, start - 6), start)):
        amount, start = -amount, sign.start()
    value = Value(kind, prefix.start() if prefix else start, end, plain(amount * factor), unit)
    return _Quantity(value, factor, part_only=kind == "part")


def _means_other(text: str, numeral: Numeral, unit: str) -> bool:
    written = text[numeral.start : numeral.end]
    if unit == "年":  # 2023年 is a date
        return len(written) == 4 and (written.isdecimal() or not re.search("[十百千]", written))
    if text.endswith("第", 0, numeral.start) or (unit == "g" and numeral.value in _NO_WEIGHT):
        return True
    return bool(unit == "块" and _NOT_MONEY.match(text, numeral.start))


def _without_number(match: re.Match[str]) -> _Quantity:
    unit = match["half"] or match["units"] or match["one"]
    amount = 0.5 if match["half"] else 2 if match["units"] else 1.5 if match["more"] else 1
    unit = "month" if unit == "月" else _ALIASES[unit][1]
    return _Quantity(Value("duration", *match.span(), amount, unit))


def _joined(text: str, found: Sequence[_Quantity]) -> Iterator[_Quantity]:
    before: _Quantity | None = None
    for one in found:
        if before is not None:
            if one.value.start < before.value.end:
                continue
            if _JOINT.fullmatch(text, before.value.end, one.value.start) and (whole := _sum(before, one)):
                before = whole
                continue
            yield before
        before = one
    if before is not None:
        yield before


def _sum(first: _Quantity, second: _Quantity) -> _Quantity | None:
    """Of the same kind, the second in a smaller unit."""
    a, b = first.value, second.value
    if a.kind == "money":
        cents = 0.01 * b.value if second.part_only else b.value
        if (second.part_only and a.unit == "CNY") or (b.unit == a.unit and second.factor < first.factor):
            return _Quantity(replace(a, end=b.end, value=plain(a.value + cents)), min(second.factor, 0.1))
        return None
    if a.kind != "duration":
        return None
    if a.unit == "hour" and (b.unit == "分" or b.unit == "metre"):  # 2h30m
        b = replace(b, kind="duration", unit="minute")
    if b.kind != "duration" or SECONDS[str(a.unit)] <= SECONDS[str(b.unit)]:
        return None
    in_months = (a.unit, b.unit) == ("year", "month")
    times = 12.0 if in_months else SECONDS[str(a.unit)] / SECONDS[str(b.unit)]
    amount = a.value * times + b.value
    return _Quantity(replace(a, end=b.end, value=plain(amount), unit=b.unit))
