"""E-mail addresses, URLs, phone numbers and order numbers. Texts are folded (``fold``)."""

from __future__ import annotations

import re

from chatwright.text.values.value import Value

__all__ = ["find_contacts"]

_EMAIL = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9_%+-]{1,64}(?:\.[a-z0-9_%+-]{1,64}){0,8}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![a-z0-9-])"
)
_TOP = "com|cn|net|org|io|edu|gov|co|info|shop|app|dev|hk|tw|uk|me"
_URL = re.compile(
    r"(?<![a-z0-9@.-])(?:https?://|www\.)[a-z0-9\[][^\s<>\"'`“”‘’「」（），。、；！？\u3000-\u303f\u3400-\u9fff]*"
    rf"|(?<![a-z0-9@.-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP})(?![a-z0-9@.-])(?:/[a-z0-9_./%?=&#~+-]*)?"
)
_URL_ENDS = ".,;:!?)]}>"

_PHONES = (
    # Chinese mobile
    r"(?<![0-9a-z+])(?:\+?86[ -]?)?(?P<cn>1[3-9][0-9](?:[ -]?[0-9]{4}){2})(?![0-9])",
    # Chinese land line, with extension
    r"(?<![0-9a-z+])(?P<land>\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]?[2-9][0-9]{2,3}[ -]?[0-9]{4})(?:(?:-| ?转 ?)[0-9]{1,6})?(?![0-9])",
    r"(?<![0-9a-z+])(?P<service>[48]00[ -][0-9]{3,4}[ -]?[0-9]{3,4}|[48]00[0-9]{7})(?![0-9])",
    # country code
    r"(?<![0-9a-z+])\+(?P<cc>[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,5}\)?){2,6})(?![0-9])",
    # North America
    r"(?<![0-9a-z+])(?P<us>(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4})(?![0-9])",
)
_PHONE = re.compile("|".join(_PHONES))

_CODE = re.compile(
    r"(?<![a-z0-9_.@/-])(?:[0-9]{8,32}|(?=[a-z0-9-]{6,40}(?![a-z0-9]))[a-z]{1,6}-?[0-9]{3,20}(?:-?[a-z0-9]{1,20}){0,3})"
    r"(?![a-z0-9_@]|[.-][a-z0-9])"
)
_CUED = re.compile(
    r"(?:订单编?号码?|单号|运单号?|编号|(?<![a-z])(?:order|tracking|parcel|shipment)(?: (?:number|no\.?|id|code|#))?|(?<![a-z])no\.|#)"
    r"(?:是|为|is|:| )*#?(?P<code>[a-z0-9]{1,40}(?:-[a-z0-9]{1,20}){0,3})(?![a-z0-9_@-]|\.[a-z0-9]|[\u3400-\u9fff]*(?<=[0-9][元块个件天年月日号]))"
)
_NUMBER_SAID = re.compile(r"号|number|no\.|id|code|#")


def find_contacts(text: str) -> list[Value]:
    """All of them in a folded text; they may overlap."""
    found = [_value("email", match.span(), match[0]) for match in _EMAIL.finditer(text)]
    for match in _URL.finditer(text):
        address = match[0].rstrip(_URL_ENDS)
        found.append(_value("url", (match.start(), match.start() + len(address)), address))
    found += [_phone(match) for match in _PHONE.finditer(text)]
    for match in _CODE.finditer(text):
        if sum(map(str.isdigit, match[0])) >= (8 if match[0].isdigit() else 4):
            found.append(_value("order_number", match.span(), match[0].upper()))
    for match in _CUED.finditer(text):
        if sum(map(str.isdigit, match["code"])) >= (3 if _NUMBER_SAID.search(match[0]) else 5):
            found.append(_value("order_number", match.span("code"), match["code"].upper()))
    return found


def _phone(match: re.Match[str]) -> Value:
    digits = "".join(c for c in match[0].partition("转")[0] if c.isdigit())
    if match["cn"]:
        digits = "+86" + digits[-11:]
    elif match["cc"]:
        digits = "+" + digits
    elif match["us"]:
        digits = "+1" + digits[-10:]
    return _value("phone", match.span(), digits)


def _value(kind: str, span: tuple[int, int], value: str) -> Value:
    return Value(kind=kind, start=span[0], end=span[1], value=value)
