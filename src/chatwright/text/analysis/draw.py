"""Dependency trees as SVG: words on a line, an arc from each head to its dependents.

Drawings carry their own colours for light and dark, and say in words what they show.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

from chatwright.text.analysis.analysis import Analysis
from chatwright.text.analysis.parse import Sentence, Word

__all__ = ["html_page", "svg"]

_GAP = 26
_STEP = 26
"""Height of an arc above the one below it, in pixels."""
_STYLE = """
svg.tree{color:#1d2433;background:#fff;font-family:system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif}
svg.tree .word{font-size:16px;fill:currentColor;text-anchor:middle}
svg.tree .pos{font-size:11px;fill:#5a6478;text-anchor:middle}
svg.tree .arc{fill:none;stroke:#2f6fde;stroke-width:1.4}
svg.tree .tip{fill:#2f6fde}
svg.tree .relation{font-size:11px;fill:currentColor;text-anchor:middle;paint-order:stroke;stroke:#fff;
stroke-width:4px}
@media (prefers-color-scheme:dark){svg.tree{color:#e6e9f0;background:#151922}
svg.tree .pos{fill:#a3adc2}svg.tree .arc{stroke:#7fb0ff}svg.tree .tip{fill:#7fb0ff}
svg.tree .relation{stroke:#151922}}
"""
_PAGE_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem auto;
max-width:72rem;padding:0 1rem;color:#1d2433;background:#fff}table{border-collapse:collapse;margin:1rem 0}
th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid #c9d0dd}.drawing{overflow-x:auto}
@media (prefers-color-scheme:dark){body{color:#e6e9f0;background:#151922}th,td{border-color:#39415a}}
"""


def svg(sentences: Sequence[Sentence]) -> str:
    """One drawing of all sentences, one below the other."""
    drawn = [_sentence(sentence) for sentence in sentences if sentence.words]
    width = max((width for _, width, _ in drawn), default=10)
    y, groups = 0, []
    for body, _, height in drawn:
        groups.append(f'<g transform="translate(0 {y})">{body}</g>')
        y += height
    told = _clean(" ".join(_told(sentence) for sentence in sentences))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tree" role="img" width="{width}" height="{y or 10}" '
        f'viewBox="0 0 {width} {y or 10}"><title>Dependency tree</title><desc>{told}</desc>'
        f"<style>{_STYLE}</style>{''.join(groups)}</svg>\n"
    )


def html_page(analyses: Sequence[Analysis]) -> str:
    """A page of its own: each text with its trees, frames and values."""
    parts = "".join(_section(analysis) for analysis in analyses)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chatwright: analysis</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<style>{_PAGE_STYLE}</style></head><body><main><h1>Analysis</h1>{parts}</main></body></html>\n"
    )


def _section(analysis: Analysis) -> str:
    rows = [
        (
            frame.predicate
            + (" (not)" if frame.negated else "")
            + (f" ({frame.modality})" if frame.modality else ""),
            argument.role,
            argument.text,
            str(argument.value.value) if argument.value else "",
        )
        for frames in analysis.frames
        for frame in frames
        for argument in frame.arguments
    ]
    values = [
        (analysis.text[value.start : value.end], value.kind, f"{value.value} {value.unit or ''}".strip())
        for value in analysis.values
    ]
    return (
        f'<section><h2>{_clean(analysis.text)}</h2><div class="drawing" tabindex="0" role="group" '
        f'aria-label="Drawing of the tree">{svg(analysis.sentences)}</div>'
        + _table("Who did what", ("predicate", "role", "text", "value"), rows)
        + _table("Values", ("text", "kind", "value"), values)
        + "</section>"
    )


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    titles = "".join(f'<th scope="col">{title}</th>' for title in head)
    body = "".join("<tr>" + "".join(f"<td>{_clean(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def _sentence(sentence: Sentence) -> tuple[str, int, int]:
    """Drawing, width and height in pixels."""
    words = sentence.words
    centres, x = [], _GAP
    for word in words:
        wide = max(_width(word.text, 16), _width(word.upos, 11), _width(word.deprel, 11))
        centres.append(x + wide // 2)
        x += wide + _GAP
    levels = _levels(words)
    line = (max(levels, default=0) + 1) * _STEP + 24
    parts = []
    for number, word in enumerate(words):
        parts.append(f'<text class="word" x="{centres[number]}" y="{line + 20}">{_clean(word.text)}</text>')
        parts.append(f'<text class="pos" x="{centres[number]}" y="{line + 38}">{_clean(word.upos)}</text>')
        if 0 <= word.head < len(words) and word.head != number:
            parts.append(_arc(centres[word.head], centres[number], line, levels[number], word.deprel))
    return "".join(parts), x, line + 52


def _arc(head: int, dependent: int, line: int, level: int, relation: str) -> str:
    top = line - level * _STEP - 12
    start = head + (5 if dependent > head else -5)
    middle = (start + dependent) // 2
    return (
        f'<path class="arc" d="M{start} {line}C{start} {top},{dependent} {top},{dependent} {line - 4}"/>'
        f'<path class="tip" d="M{dependent - 4} {line - 6}h8l-4 6z"/>'
        f'<text class="relation" x="{middle}" y="{(line + 3 * top) // 4 + 2}">{_clean(relation)}</text>'
    )


def _levels(words: Sequence[Word]) -> list[int]:
    """Height of the arc to each word: above all arcs that it spans."""
    levels = [0] * len(words)
    spans = {i: sorted((i, word.head)) for i, word in enumerate(words) if 0 <= word.head < len(words)}
    for i, (first, last) in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        below = [
            levels[j] for j, (a, b) in spans.items() if j != i and first <= a and b <= last and levels[j]
        ]
        levels[i] = max(below, default=0) + 1
    return levels


def _told(sentence: Sentence) -> str:
    words = sentence.words
    return " ".join(
        f"{word.text}: {word.deprel} of {words[word.head].text}."
        if 0 <= word.head < len(words)
        else f"{word.text}: {word.deprel}."
        for word in words
    )


def _width(text: str, size: int) -> int:
    wide = sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.62 for letter in text)
    return int(wide * size) + 2


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return escape("".join(c if c.isprintable() and not "\ud800" <= c <= "\udfff" else "\ufffd" for c in text))
