"""What reaches or names something: phone numbers, e-mail addresses, URLs, order numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatwright.text.values.value import Value

__all__ = ["find_codes", "find_emails", "find_phones", "find_urls"]

_EMAIL = re.compile(
    r"(?<![a-z0-9._%+@-])[a-z0-9_%+][a-z0-9._%+-]{0,63}@(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z0-9-]{1,24}"
    r"(?<![-.])(?![a-z0-9@])"
)
_IN_URL = r"[^\s<>\"'“”‘’\u2e80-\uffff]{0,2048}"
_URL = re.compile(
    rf"(?<![a-z0-9@._/-])(?:https?://[a-z0-9\[]{_IN_URL}"
    r"|(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}"
    r"(?:com|cn|org|net|edu|gov|io|ai|co|uk|de|fr|jp|eu|us|info|app|dev|me|tv|shop|xyz|top)(?![a-z0-9@_-]|\.[a-z])"
    rf"(?::\d{{2,5}})?(?:[/?#]{_IN_URL})?)"
)
_AFTER_URL = ".,;:!?*"
_COUNTRY = r"\(?(?P<country>\+\d{1,3}|00(?:86|1|44|49|33|852|853|886))\)?[\s-]?"
_CHINA = (
    r"1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|\(?0\d{2,3}\)?[\s-]?[2-9]\d{2,3}[\s-]?\d{4}"
    r"|[48]00[\s-]?\d{3}[\s-]?\d{4}"
)
_NORTH_AMERICA = r"\([2-9]\d{2}\)\s?\d{3}[\s.-]?\d{4}|(?:1[\s.-])?[2-9]\d{2}[\s.-]\d{3}[\s.-]\d{4}"
_ABROAD = r"\(?\d{1,4}\)?(?:[\s./-]?\d{2,4}){2,4}"
_PHONE = re.compile(
    rf"(?<![a-z0-9_.+/#-])(?:{_COUNTRY}(?P<abroad>{_CHINA}|{_NORTH_AMERICA}|{_ABROAD})"
    rf"|(?P<home>{_CHINA}|{_NORTH_AMERICA}))"
    r"(?:\s?(?:ext\.?|转|分机|x)\s?(?P<extension>\d{1,6}))?(?![\d@])(?!-\d)(?!\.\d)",
    re.ASCII,
)
_NAMED = (
    r"(?:(?:订单|运单|快递|单|编|工|序列)号码?|订单|编码|(?<![a-z])(?:order|tracking|parcel|invoice|ticket|incident|case"
    r"|reference|ref)(?:\s?(?:number|no\.?|id|code))?)(?:\s?(?:is|是|为))?\s?:?\s?"
)
_CODE = re.compile(
    rf"(?:{_NAMED}#?|(?<![a-z0-9_#])#)(?P<named>(?=[a-z-]{{0,12}}\d)[a-z0-9][a-z0-9-]{{2,31}})(?![a-z0-9@])(?!\.\w)"
    r"|(?<![a-z0-9@._/-])(?P<plain>(?=[a-z]{1,6}-?\d|\d{1,12}-?[a-z])[a-z0-9]{1,24}(?:-[a-z0-9]{1,12}){0,4})"
    r"(?![a-z0-9@_-])(?!\.[a-z])"
)
_MIN_DIGITS = 4


def find_emails(text: str) -> Iterator[Value]:
    """E-mail addresses of a folded text."""
    for found in _EMAIL.finditer(text) if "@" in text else ():
        yield Value("email", *found.span(), found[0])


def find_urls(text: str) -> Iterator[Value]:
    """Web addresses, with or without ``https://``."""
    for found in _URL.finditer(text) if "." in text or "://" in text else ():
        url = found[0].rstrip(_AFTER_URL)
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1].rstrip(_AFTER_URL)
        yield Value("url", found.start(), found.start() + len(url), url)


def find_phones(text: str) -> Iterator[Value]:
    """Phone numbers of China and North America, and of any country where its code is written."""
    for found in _PHONE.finditer(text):
        country, digits = found["country"], re.sub(r"\D", "", found["abroad"] or found["home"])
        if not 7 <= len(digits) <= 14:
            continue
        if country:
            country = f"+{country.lstrip('+').removeprefix('00')}"
        if found["extension"]:
            digits += f" ext {found['extension']}"
        yield Value("phone", *found.span(), digits, country or None)


def find_codes(text: str) -> Iterator[Value]:
    """Numbers of orders and parcels: what follows a word that announces one, or letters with digits."""
    for found in _CODE.finditer(text):
        group = "named" if found["named"] else "plain"
        code = found[group]
        if sum(character.isdigit() for character in code) >= _MIN_DIGITS:
            yield Value("code", *found.span(group), code.upper())
