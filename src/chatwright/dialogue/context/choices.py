"""``the second one``: a message that names one of the things that the bot listed, by its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatwright.dialogue.context.focus import Option
from chatwright.dialogue.context.message import LIKE, SURE, Message, best_intent
from chatwright.dialogue.context.resolution import Resolution
from chatwright.dialogue.context.rewrite import carried, put_in
from chatwright.dialogue.context.shape import shape_of
from chatwright.dialogue.context.words import words
from chatwright.schema.reasons import phrase
from chatwright.schema.understanding import Entity, IntentScore
from chatwright.text.language import HAN
from chatwright.text.normalise import fold

__all__ = ["Choice", "chosen", "find_choice"]

_ONE = r"(?:\s+(?:one|option|item|choice|entry))?(?![\w-])"
_EN = {
    rf"(?:the\s+)?(?:{'|'.join(words('en', 'last'))}){_ONE}": None,
    **{
        rf"(?:the\s+)?(?:{word}|{number}(?:st|nd|rd|th)){_ONE}": number
        for number, word in enumerate(words("en", "ordinals"), 1)
    },
    r"(?:number|option|no\.?)\s+(\d{1,2})(?!\d)": 0,
}
_MEASURE = "(?:个|款|家|种|位|门|件|条|张|项|单|本|名|间|套|样|只|辆|部)"
_ZH = {
    rf"(?:{'|'.join(words('zh', 'last'))})(?:一{_MEASURE}|{_MEASURE})": None,
    **{
        rf"第(?:{word}|{number}){_MEASURE}?(?![\d十百])": number
        for number, word in enumerate(words("zh", "ordinals"), 1)
    },
}
_HAN_CHARACTER = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option, and the words that choose it."""

    option: Option
    start: int
    end: int


def find_choice(text: str, options: Sequence[Option]) -> Choice | None:
    """The option that a message chooses by its place in the list.

    >>> choice = find_choice("how much is the last one?", [Option("Arc"), Option("Globe")])
    >>> choice.option.title, (choice.start, choice.end)
    ('Globe', (12, 24))
    """
    if not options:
        return None
    folded = fold(text)
    is_chinese = bool(_HAN_CHARACTER.search(folded))
    for one, number in (_ZH if is_chinese else _EN).items():
        match = re.search(one if is_chinese else rf"(?<![\w'-]){one}", folded)
        if match is None:
            continue
        place = len(options) if number is None else number or int(match[1])
        if 1 <= place <= len(options):
            return Choice(options[place - 1], *match.span())
    return None


def chosen(message: Message, choice: Choice) -> Resolution:
    """What a message that chooses an option means: its payload, or the message with the option put in."""
    text, option = message.text, choice.option
    shape = shape_of(text[: choice.start] + text[choice.end :], ())
    why = phrase("choice", words=text[choice.start : choice.end], title=option.title)
    if option.payload and not shape.rest:
        read = message.understand(option.payload)
        entities = [carried(entity) for entity in read.entities]
        return Resolution("choice", option.payload, read.intent, entities, read.entities, read, why)
    rewritten, spans = put_in(text, [(choice.start, choice.end, option.title)])
    start, end = spans[0]
    read = message.understand(rewritten)
    inside = [e for e in read.entities if start <= e.start and e.end <= end and e.end > e.start]
    value = _as_entity(message, option.title, inside)
    intent = best_intent(read)
    question = message.focus.questions[0] if message.focus.questions else None
    if not shape.rest and question is not None and intent.confidence < SURE:
        intent = IntentScore(question.intent, question.confidence)
    if value is None:
        return Resolution("choice", rewritten, intent, message.heard.entities, read.entities, read, why)
    others = [e for e in message.heard.entities if e.end <= choice.start or e.start >= choice.end]
    taken = message.taken_over(intent.name, question, [*others, value]) if question else []
    entities = [*others, carried(value), *taken]
    placed = [replace(value, start=start, end=end), *taken]
    return Resolution("choice", rewritten, intent, entities, placed, read, why)


def _as_entity(message: Message, title: str, found: Sequence[Entity]) -> Entity | None:
    """The entity that the words of an option name."""
    for entity in (*found, *message.understand(title).entities):
        if 2 * len(str(entity.value)) >= len(title):
            return entity
    schema = message.schema
    nearest = max(schema.values, key=lambda name: schema.likeness(title, name), default=None)
    if nearest is None or schema.likeness(title, nearest) < LIKE:
        return None
    return Entity(entity=nearest, value=title, start=0, end=0)
