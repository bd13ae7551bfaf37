"""Several requests in one message: ``cancel my order and tell me the opening hours``.

A message is taken apart only where every part says surely, and by itself, what it wants, and the parts want
different things that the whole message could mean, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from chatwright.dialogue.context.words import pattern
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.understanding import Understanding
from chatwright.text.language import HAN
from chatwright.text.normalise import fold

__all__ = ["placed_in_whole", "split_requests"]

SURE = 0.8
"""Confidence that every part must reach."""
MOST = 3
"""Requests in one message at most."""
AMONG = 6
"""The parts' intents are among so many of the whole message's likeliest."""
SHORTEST = {"en": 8, "zh": 4}
"""Characters of a part at least: a greeting in front is no request."""
LONGEST = 300
"""Characters of a message that is looked at; a longer one tells a story."""

_PUNCTUATION = r"[,，.。;；!！?？\n]+"
_HAN_CHARACTER = re.compile(f"[{HAN}]")


def split_requests(heard: Understanding, understand: Callable[[str], Understanding]) -> list[Understanding]:
    """What each part of a message wants, in order; nothing where it wants one thing.

    Args:
        heard: what was understood of the whole.
        understand: what is understood of a part.

    Returns:
        Understandings whose ``text`` is the part; spans count from its beginning.
    """
    whole = heard.intent.name or ""
    if len(heard.text) > LONGEST or "+" in whole or heard.text.startswith("/"):
        return []
    segments = _segments(heard.text)
    if not 1 < len(segments) <= 2 * MOST:
        return []
    parts: list[Understanding] = []
    for start, end in segments:
        part = understand(heard.text[start:end])
        if not parts or (_is_sure(part) and _is_sure(parts[-1])):
            parts.append(part)
        else:  # it belongs to what was said before it
            begin = heard.text.index(parts[-1].text)
            parts[-1] = understand(heard.text[begin:end])
    wanted = [part.intent.name for part in parts]
    possible = {score.name for score in heard.ranking[:AMONG]}
    apart = len(set(wanted)) == len(parts) and set(wanted) <= possible
    # A message that means one thing is surer of it than its parts are of theirs.
    clear = all(_is_sure(part) and part.intent.confidence >= heard.intent.confidence for part in parts)
    return parts if 1 < len(parts) <= MOST and apart and clear else []


def placed_in_whole(part: Understanding, text: str) -> Understanding:
    """A part of a message with its spans as they count in the whole."""
    start = text.index(part.text)
    return replace(
        part,
        text=text,
        entities=tuple(
            replace(e, start=e.start + start, end=e.end + start) if e.end > e.start else e
            for e in part.entities
        ),
        tokens=tuple(replace(t, start=t.start + start, end=t.end + start) for t in part.tokens),
    )


def _is_sure(part: Understanding) -> bool:
    named = part.intent.name not in (None, NLU_FALLBACK)
    return named and part.intent.confidence >= SURE and (part.in_scope is None or part.in_scope >= 0.5)


def _segments(text: str) -> list[tuple[int, int]]:
    """Spans between marks and joining words; what is too short to be a request stays with the one before."""
    folded = fold(text)
    language = "zh" if _HAN_CHARACTER.search(folded) else "en"
    joining = pattern(language, "and_then").pattern
    cut = re.compile(rf"\s*{_PUNCTUATION}\s*(?:{joining})?\s*|\s*{joining}\s*")
    spans: list[tuple[int, int]] = []
    start = 0
    for match in [*cut.finditer(folded), None]:
        end = match.start() if match else len(text.rstrip())
        if end - start >= SHORTEST[language]:
            spans.append((start, end))
        elif spans and end > start:
            spans[-1] = (spans[-1][0], end)
        elif end > start:
            continue  # a short beginning goes with what follows it
        start = match.end() if match else end
    return spans
