"""Holidays of China and of English-speaking countries: their names, and the day in a year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

__all__ = ["HOLIDAY", "HOLIDAY_DAYS"]

_FIRST_YEAR = 2020
_MOVING = {
    "春节": "0125 0212 0201 0122 0210 0129 0217 0206 0126 0213 0203 "
    "0123 0211 0131 0219 0208 0128 0215 0204 0124 0212",
    "元宵": "0208 0226 0215 0205 0224 0212 0303 0220 0209 0227 0217 "
    "0206 0225 0214 0305 0222 0211 0301 0218 0207 0226",
    "清明": "0404 0404 0405 0405 0404 0404 0405 0405 0404 0404 0405 "
    "0405 0404 0404 0405 0405 0404 0404 0405 0405 0404",
    "端午": "0625 0614 0603 0622 0610 0531 0619 0609 0528 0616 0605 "
    "0624 0612 0601 0620 0610 0530 0618 0607 0527 0614",
    "七夕": "0825 0814 0804 0822 0810 0829 0819 0808 0826 0816 0805 "
    "0824 0812 0801 0820 0810 0828 0817 0807 0826 0814",
    "中秋": "1001 0921 0910 0929 0917 1006 0925 0915 1003 0922 0912 "
    "1001 0919 0908 0927 0916 1004 0924 0913 1002 0920",
    "重阳": "1025 1014 1004 1023 1011 1029 1018 1008 1026 1016 1005 "
    "1024 1012 1001 1020 1009 1027 1017 1007 1026 1014",
    "easter": "0412 0404 0417 0409 0331 0420 0405 0328 0416 0401 0421 "
    "0413 0328 0417 0409 0325 0413 0405 0425 0410 0401",
}
"""Month and day from 2020 to 2040: by the Chinese calendar, computed with lunar_python 1.4.8 (GB/T 33661-2017
defines it), and Easter with dateutil 4.0. Beyond these years such a name has no date."""


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _moving(name: str, days: int = 0) -> Callable[[int], date]:
    table = _MOVING[name].split()

    def read(year: int) -> date:
        if not 0 <= year - _FIRST_YEAR < len(table):
            raise ValueError(f"{name} of {year} is not in the table")
        written = table[year - _FIRST_YEAR]
        return date(year, int(written[:2]), int(written[2:])) + timedelta(days=days)

    return read


def _nth(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    def read(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return read


_DAYS: tuple[tuple[Callable[[int], date], str, str], ...] = (
    (_fixed(1, 1), "元旦", "new year's day"),
    (_moving("春节", -1), "除夕夜?|大年三十", "chinese new year's eve"),
    (_moving("春节"), "春节(?!联欢|晚会)|[大正][年月]初一", "(?:chinese|lunar) new year|spring festival"),
    (_moving("元宵"), "元宵节", "lantern festival"),
    (_fixed(2, 14), "情人节", "valentine's day"),
    (_fixed(3, 8), "妇女节|三八节", "international women's day"),
    (_fixed(4, 1), "愚人节", "april fools'? day"),
    (_moving("清明"), "清明节|清明(?=假|放|小长假|期间|前|后)", "qingming festival"),
    (_moving("easter", -2), "", "good friday"),
    (_moving("easter", 1), "", "easter monday"),
    (_moving("easter"), "复活节", "easter(?: sunday)?"),
    (_fixed(5, 1), "(?:五一)?劳动节|五一(?=节|假|放|小长假|长假|黄金周|期间|前|后)", ""),
    (_fixed(5, 4), "青年节", ""),
    (_nth(5, 6, 2), "母亲节", ""),
    (_fixed(6, 1), "(?:六一)?儿童节|六一(?=期间|前|后)", ""),
    (_nth(6, 6, 3), "父亲节", ""),
    (_moving("端午"), "端午", "dragon boat festival"),
    (_fixed(7, 4), "", "independence day|(?:the )?(?:fourth|4th) of july"),
    (_moving("七夕"), "七夕", ""),
    (_nth(9, 0, 1), "", "labor day"),
    (_fixed(9, 10), "教师节", ""),
    (_moving("中秋"), "中秋", "mid-autumn(?: festival)?"),
    (_fixed(10, 1), "(?:十一)?国庆|十一(?:假期|长假|黄金周)", ""),
    (_moving("重阳"), "重阳", ""),
    (_fixed(10, 31), "万圣节", "halloween"),
    (_fixed(11, 11), "双十一|双11|光棍节", ""),
    (_nth(11, 3, 4), "感恩节", "thanksgiving(?: day)?"),
    (_fixed(12, 12), "双十二|双12", ""),
    (_fixed(12, 24), "平安夜", "christmas eve"),
    (_fixed(12, 25), "圣诞(?!老人)", "christmas(?: day)?|xmas"),
    (_fixed(12, 26), "", "boxing day"),
    (_fixed(12, 31), "跨年夜", "new year's eve"),
)
_ENGLISH_THING = (
    "(?! (?:trees?|cards?|gifts?|presents?|carols?|songs?|eggs?|bunny|cakes?|sweaters?|decorations?|lights?"
    "|costumes?)(?![a-z]))"
)
"""What follows where the name is that of a thing."""
HOLIDAY_DAYS: dict[str, Callable[[int], date]] = {
    f"{script}{number}": read for number, (read, _, _) in enumerate(_DAYS) for script in ("zh", "en")
}
"""The day in a year, by the group of ``HOLIDAY`` that matched; ValueError where no table holds it."""


def _groups(script: str, names: Sequence[str]) -> str:
    return "|".join(f"(?P<{script}{number}>{name})" for number, name in enumerate(names) if name)


_CHINESE = _groups("zh", [chinese for _, chinese, _ in _DAYS])
_ENGLISH = _groups("en", [english.replace("'s", "['’]?s") for _, _, english in _DAYS])
HOLIDAY = (
    rf"(?:(?=[\u4e00-\u9fff])(?:{_CHINESE})节?+(?![日目路街])(?!快乐)"
    rf"|(?<![a-z])(?=[a-z0-9])(?<!happy )(?<!merry )(?:{_ENGLISH})(?![a-z]){_ENGLISH_THING})"
)
"""Regular expression of the names in folded text: a group for each holiday, named as in ``HOLIDAY_DAYS``."""
