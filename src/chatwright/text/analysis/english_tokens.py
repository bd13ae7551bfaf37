"""Words of an English text as the English Web Treebank divides it: clitics and hyphens stand alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["english_tokens"]

_ABBREVIATIONS = """
    Adm Approx Apr Assoc Aug Ave Bros Capt Cf Co Col Corp Dec Dept Dr Ed Eq Est Etc Ext Feb Fig Ft Gen Gov
    Hon Inc Jan Jr Jul Lt Ltd Maj Mr Mrs Ms Mt Nov Oct Ph.D Prof Rep Rev Sen Sep Sept Sgt Sr St Ste Tel Vol Vs
""".split()

_DOMAINS = "com|org|net|edu|gov|info|uk|cn|html?|pdf|docx?|xls|txt|jpg"

_TOKEN = re.compile(
    rf"""
    (?:https?|ftp)://[^\s<>"]+[^\s<>".,;:!?'’)\]}}]
    | www\.[^\s<>"]+[^\s<>".,;:!?'’)\]}}]
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | [@\#]\w+
    | [A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.(?:{_DOMAINS})\b(?:/[^\s<>",;]*\w)?/?
    | (?:[:;=8][-^o']?[()\[\]DPp/\\|*3oO]+|[(\[][-']?[:;=]|<3+|\^_*\^|[xX]D+)(?!\w)
    | (?:{"|".join(_ABBREVIATIONS)})\.(?!\.)
    | (?:[A-Za-z]\.){{2,}}
    | [A-Za-z]\.(?=\s[A-Z][a-z])
    | \d+(?:[/-]\d+)+(?![\w/-]) | \(?\d{{3}}\)?-\d{{3}}-\d{{4}}
    | [+]?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s)?(?![A-Za-z])
    | \.\d+
    | \d+(?:[.,:]\d+)*
    | (?:e|non|re|pre|mid|co|ex|anti|un|multi|semi|x|sub|inter)-[^\W\d_]+
    | [^\W\d_]+
    | [?!]{{2,}} | _+ | ([^\w\s])\1* | \S
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CLITIC = re.compile(r"(?i)n['’`´]t\b|['’`´](?:s|m|d|re|ve|ll)\b")
_JOINED = {
    **dict.fromkeys("cannot gonna gotta wanna gimme lemme".split(), 3),
    **dict.fromkeys(
        "dont doesnt didnt isnt wasnt arent wouldnt couldnt shouldnt havent hasnt cant".split(), -2
    ),
    **{"im": 1, "ive": 1, "youre": 3, "thats": 4, "whats": 4, "theres": 5},
}
"""Words written together → where the treebank divides them; negative: from the end."""


def english_tokens(text: str) -> list[tuple[int, int]]:
    """Spans of the words.

    >>> text = "I can't e-mail Dr. Li's co-worker at 10:30!!!"
    >>> " ".join(text[start:end] for start, end in english_tokens(text))
    "I ca n't e-mail Dr. Li 's co-worker at 10:30 !!!"
    """
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    while found := _TOKEN.search(text, place):
        start, place = found.span()
        clitic = _CLITIC.match(text, start)
        negation = _CLITIC.match(text, place - 1) if text[place - 1] in "nN" else None
        if clitic and start and text[start - 1].isalpha():
            place = clitic.end()
            yield start, place
        elif negation and place - start > 1:
            yield start, place - 1
            place = negation.end()
            yield negation.span()
        else:
            yield from _divided(text, start, place)


def _divided(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Words written as one."""
    border = _JOINED.get(text[start:end].lower())
    if border is None:
        yield start, end
    else:
        middle = (start if border > 0 else end) + border
        yield start, middle
        yield middle, end
