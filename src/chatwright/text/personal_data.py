"""Finds what names or reaches a person, and masks it before anything is written.

Numbers are taken by their form and check digits (bank cards: Luhn, ISO/IEC 7812-1; Chinese identity numbers:
GB 11643-1999; IBAN: ISO 13616), names and addresses only where words around them say so: a name that nothing
announces stays, and a product that looks like one is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from chatwright.text.language import HAN
from chatwright.text.normalise import fold
from chatwright.text.values.contacts import find_emails, find_phones
from chatwright.text.values.dates import find_dates

__all__ = ["KINDS", "PersonalData", "find_personal_data", "mask"]

KINDS = (
    "email",
    "id",
    "card",
    "iban",
    "phone",
    "plate",
    "ip",
    "address",
    "name",
    "birthday",
    "tracking",
    "account",
)
"""Of two findings on the same words, the kind that stands first here wins."""

_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])", re.ASCII)
_CHINESE_ID = re.compile(
    r"(?<![a-z\d])[1-9]\d{5}(?:18|19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dx](?![a-z\d])", re.ASCII
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SOCIAL_SECURITY = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])", re.ASCII)
_PASSPORT = re.compile(
    r"(?:passport|护照|通行证)[^\d\n]{0,12}?(?P<it>[a-z]{0,2}\d{7,9})(?![a-z\d])", re.ASCII
)
_IBAN = re.compile(r"(?<![a-z\d])[a-z]{2}\d{2}(?: ?[a-z\d]{4}){2,7}(?: ?[a-z\d]{1,3})?(?![a-z\d])", re.ASCII)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"(?<![a-z\d])[{_PROVINCES}][a-z][·• .-]?"
    r"(?:[\da-hj-np-z]{5,6}|[\da-hj-np-z]{4}[挂学警港澳])(?![a-z\d])"
    r"|(?:plate|licen[cs]e|registration)(?: (?:number|no\.?|is))*:? "
    r"(?P<it>[a-z]{1,3}[ -]?\d{2,4}[ -]?[a-z]{0,3})(?![a-z\d])"
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP = re.compile(rf"(?<![\d.])(?:{_BYTE}\.){{3}}{_BYTE}(?![\d.])", re.ASCII)
_ACCOUNT = re.compile(
    r"(?:账号|帐号|账户|卡号|微信号?|qq号?|支付宝|身份证号?码?"
    r"|account(?: number| no\.?)?|acct|wechat(?: id)?|ssn)"
    r"[\s:：#]*(?:是|为|is)?[\s:：#]*(?P<it>(?=[a-z_-]{0,20}\d)[a-z\d_-]{5,32})(?![a-z\d])",
    re.ASCII,
)
_PHONE = re.compile(r"(?<![\d.-])(?:\+?86[ -]?)?1[3-9]\d{9}(?![\d.])", re.ASCII)
"""A Chinese mobile number that stands within other letters, which no reading of values would take for one."""

_SPOKEN = "[零〇一幺二两三四五六七八九]"
_SPOKEN_PHONE = re.compile(
    rf"(?<!{_SPOKEN})[一幺][ -]?[三四五六七八九](?:[ -]?{_SPOKEN}){{9}}(?![ -]?(?:{_SPOKEN}|[十百千万亿点]))"
)
"""A Chinese mobile number as it is dictated."""
_BORN = re.compile(
    r"(?:出生(?:日期|年月日?|于|在)?|生日|(?<![发产诞])生于"
    r"|(?<![a-z])(?:date of birth|birth ?date|birthday|d\.?o\.?b\.?|born))"
    r"(?: ?(?:is|was|on|in|是|为)(?![a-z]))?[ ::]{0,3}(?:(?:on|in) )?"
)
_BIRTH = re.compile(r"(?:出生|生(?![一-鿿])|生(?=[人的]))")
_DAY_SAID = re.compile("[0-9]|[零〇一二三四五六七八九十][年月]")
_LONGEST_DATE = 24
_ANY_DAY = date(2000, 1, 1)
_TRACKING = re.compile(
    r"(?<![a-z\d])(?P<it>sf\d{12,13}|(?:yt|jt|jd[a-z]{0,2}|zto|sto)\d{11,15}|1z[a-z\d]{16}|[a-z]{2}\d{9}[a-z]{2})"
    r"(?![a-z\d])"
    r"|(?:运单|快递单?|物流单?|(?<![a-z])(?:tracking|parcel|waybill))"
    r"(?:号码?| ?(?:number|no\.?|id|code|#))"
    r"(?: ?(?:is|是|为))?[ ::#]{0,3}(?P<named>(?=[a-z]{0,4}\d)[a-z\d]{8,24})(?![a-z\d])",
    re.ASCII,
)
"""Anyone can follow such a number at the courier to a person; an order number says nothing to others."""
_POSTAL_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

_IN_PLACE = f"(?![我你他她在到住址是为于寄送从往去给家改换填写的了请要把]|成(?!都))[{HAN}]"
_HOUSE = r"(?:号楼?|栋|幢|弄|室|单元|座|楼|层)"
_ROOM = r"[a-z\d]{1,5}"
_CHINESE_ADDRESS = re.compile(
    rf"(?P<street>(?:{_IN_PLACE}){{1,8}}?(?:路|街|大道|巷|弄|胡同|村|镇|小区|花园|园|公寓|大厦|广场))"
    rf"(?:{_IN_PLACE}){{0,8}}?(?:[a-z]?\d{{1,5}}{_HOUSE}|\d{{1,4}}(?:-{_ROOM}){{1,3}}(?![\da-z]))"
    rf"(?:(?:{_IN_PLACE}){{0,8}}?{_ROOM}(?:{_HOUSE}|-{_ROOM})){{0,5}}(?:-?\d{{1,4}}(?![\da-z.]))?"
)
_REGION = re.compile(rf"(?:{_IN_PLACE}){{2,5}}(?<=[省市区县州])")
"""A province, city or district; of a longer name the end."""
_LONGEST_REGION = 24
_STREET = (
    "(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|square|sq|terrace|place"
    "|pl|close|crescent)"
)
_POSTCODE = r"(?:[a-z]{2} \d{5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})(?![a-z\d])"
"""Of the United States (behind the state) or the United Kingdom."""
_ENGLISH_ADDRESS = re.compile(
    rf"(?<![\w.])\d{{1,5}}[a-z]? (?:[a-z][a-z'.-]{{1,20}} ){{1,4}}?{_STREET}(?![a-z])\.?"
    r"(?: (?:[ns][ew]|north|south|east|west)(?![a-z]))?"
    r"(?:,? (?:apt|apartment|unit|suite|flat|#)\.? ?[\da-z-]{1,6})?"
    rf"(?:,? (?:[a-z]{{2,20}},? ){{0,3}}{_POSTCODE})?"
)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕张孔曹严华金魏陶姜戚谢邹喻柏苏潘葛范彭郎鲁韦马苗方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤"
    "滕殷罗毕郝邬安常于傅康伍余卜顾孟黄穆萧尹姚邵汪祁毛禹狄米贝明臧计成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路江童颜郭梅盛林刁"
    "钟徐邱骆高夏蔡田胡凌霍万柯卢莫房解应宗丁宣邓郁单洪包诸左石崔吉龚程嵇邢裴陆荣翁荀惠曲封储靳松段富巫乌焦巴牧山谷车侯全班秋仲"
    "宁仇甘厉戎祖武符刘景詹束龙叶司黎薄印白怀从索赖卓屠池乔闻党翟谭劳申扶冉雍桑桂牛寿通边燕尚农温庄晏柴瞿阎连习艾鱼容向古易廖终步"
    "都耿满匡国文寇广东欧沃利师巩聂关荆游权盖益桓公"
)
_NAME = (
    "(?:(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|宇文|长孙|南宫|独孤)"
    f"|[{_SURNAMES}])[{HAN}]{{1,2}}"
)
_SAYS_NAME = "[是为叫:： ]{0,3}"
_CHINESE_NAME = re.compile(
    rf"(?:我叫|我是|我的名字[是叫]|本人|(?:姓名|收[件货]人|联系人|户名){_SAYS_NAME})"
    rf"(?P<it>{_NAME})(?=[\s,，。.!！;；、:：\d]|电话|手机|$)"
    rf"|(?P<called>[{_SURNAMES}][{HAN}]{{0,2}}?)(?=先生|女士|小姐|太太)"
)
_NOT_NAMES = frozenset("这那什哪高尚安全时候方便成功白天")
_FULL_NAME = r"[A-Z][a-z]{1,15} [A-Z](?:[a-z]{1,20}|'[A-Z][a-z]{1,20}|\.)"
_GREETING = r"[Tt]his is|I am|I'm|[Dd]ear|[Hh]ello|[Hh]i|[Rr]egards,|[Ss]incerely,|[Nn]ame(?: is)?:"
_NO_NAME = "(?:and|but|i|the|my|is|from|on|with|not|in|at|please|can|could|thanks?|here|speaking|calling|to)"
_MY_NAME = r"[Mm]y (?:full )?name(?:'s| is)"
_ENGLISH_NAME = re.compile(
    rf"(?:{_MY_NAME}|{_GREETING})\s+(?:(?:Mr|Mrs|Ms|Dr)\.? )?(?P<it>{_FULL_NAME})(?![A-Za-z])"
    r"|\b(?:Mr|Mrs|Ms|Miss|Dr)\.? (?P<titled>[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?)"
    rf"|{_MY_NAME} (?P<said>[A-Za-z][a-z]{{1,15}}(?: (?!{_NO_NAME}\b)[A-Za-z][a-z]{{1,20}})?)(?![A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """``text[start:end]`` names or reaches a person."""

    kind: str
    """One of ``KINDS``."""
    start: int
    end: int


def find_personal_data(text: str) -> list[PersonalData]:
    """What names or reaches a person, left to right, without overlap.

    >>> [(found.kind, found.start) for found in find_personal_data("我叫张伟，手机13812345678")]
    [('name', 2), ('phone', 7)]
    """
    folded = fold(text)
    found = [*_emails(folded), *_numbers(folded), *_phones(folded), *_addresses(folded), *_names(text)]
    found += [*_birthdays(folded), *_trackings(folded)]
    found.sort(key=lambda data: (KINDS.index(data.kind), data.start - data.end, data.start))
    kept: list[PersonalData] = []
    for data in found:
        if all(data.end <= other.start or other.end <= data.start for other in kept):
            kept.append(data)
    return sorted(kept, key=lambda data: data.start)


def mask(text: str) -> str:
    """The text with ``<kind>`` instead of all that names or reaches a person.

    >>> mask("my card is 4111 1111 1111 1111, mail ann@example.com")
    'my card is <card>, mail <email>'
    """
    out, done = [], 0
    for data in find_personal_data(text):
        out += (text[done : data.start], f"<{data.kind}>")
        done = data.end
    return "".join(out) + text[done:]


def _emails(text: str) -> Iterator[PersonalData]:
    for value in find_emails(text):
        yield PersonalData("email", value.start, value.end)


def _phones(text: str) -> Iterator[PersonalData]:
    for value in find_phones(text):
        yield PersonalData("phone", value.start, value.end)
    yield from _all(_PHONE, "phone", text)
    yield from _all(_SPOKEN_PHONE, "phone", text)


def _numbers(text: str) -> Iterator[PersonalData]:
    for kind, pattern, is_real in (
        ("id", _CHINESE_ID, _is_chinese_id),
        ("id", _SOCIAL_SECURITY, _always),
        ("id", _PASSPORT, _always),
        ("card", _CARD, _is_card),
        ("iban", _IBAN, _is_iban),
        ("plate", _PLATE, _always),
        ("ip", _IP, _always),
        ("account", _ACCOUNT, _always),
    ):
        yield from _all(pattern, kind, text, is_real)


def _addresses(text: str) -> Iterator[PersonalData]:
    for match in _CHINESE_ADDRESS.finditer(text):
        # The eight characters of the street may begin in the middle of the city that stands before it.
        start = chain = end = max(0, match.start() - _LONGEST_REGION)
        for region in _REGION.finditer(text, start, match.end("street")):
            chain = chain if region.start() == end else region.start()
            end = region.end()
            if end >= match.start():
                break
        start = min(chain, match.start()) if end >= match.start() else match.start()
        yield PersonalData("address", start, match.end())
    yield from _all(_ENGLISH_ADDRESS, "address", text)


def _birthdays(text: str) -> Iterator[PersonalData]:
    """Dates behind or before a word that says that somebody was born."""
    for match in _BORN.finditer(text):
        window = text[match.end() : match.end() + _LONGEST_DATE]
        for day in find_dates(window, _ANY_DAY):
            if day.start == 0 and _DAY_SAID.search(window[: day.end]):
                yield PersonalData("birthday", match.end(), match.end() + day.end)
    for match in _BIRTH.finditer(text):
        start = max(0, match.start() - _LONGEST_DATE)
        window = text[start : match.start()]
        for day in find_dates(window, _ANY_DAY):
            if day.end == len(window) and _DAY_SAID.search(window[day.start :]):
                yield PersonalData("birthday", start + day.start, match.start())


def _trackings(text: str) -> Iterator[PersonalData]:
    for match in _TRACKING.finditer(text):
        group = "named" if match["named"] else "it"
        is_postal = len(match[group]) == 13 and match[group][:2].isalpha() and match[group][-2:].isalpha()
        if not is_postal or _is_postal(match[group]):
            yield PersonalData("tracking", *match.span(group))


def _names(text: str) -> Iterator[PersonalData]:
    """Only where capital letters and words such as ``my name is`` say so, hence not of the folded text."""
    for pattern in (_CHINESE_NAME, _ENGLISH_NAME):
        for match in pattern.finditer(text):
            group = match.lastgroup
            if group and match[group] and match[group][0] not in _NOT_NAMES:
                yield PersonalData("name", *match.span(group))


def _all(
    pattern: re.Pattern[str], kind: str, text: str, is_real: Callable[[str], bool] | None = None
) -> Iterator[PersonalData]:
    for match in pattern.finditer(text):
        group = "it" if "it" in pattern.groupindex and match["it"] else 0
        if is_real is None or is_real(match[group]):
            yield PersonalData(kind, *match.span(group))


def _always(text: str) -> bool:
    return True


def _is_card(text: str) -> bool:
    """Luhn's check digit, and not one digit over and over."""
    digits = [int(character) for character in text if character.isdigit()]
    if len(set(digits)) < 2:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_chinese_id(text: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, text, strict=False))
    return "10x98765432"[total % 11] == text[-1]


def _is_postal(text: str) -> bool:
    """Check digit of UPU S10, of international mail."""
    total = (
        11 - sum(weight * int(digit) for weight, digit in zip(_POSTAL_WEIGHTS, text[2:10], strict=True)) % 11
    )
    return int(text[10]) == {10: 0, 11: 5}.get(total, total)


def _is_iban(text: str) -> bool:
    """ISO 7064 MOD 97-10."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1
