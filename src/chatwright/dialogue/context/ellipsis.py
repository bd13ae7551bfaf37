"""``and the blue one?``: a fragment, which asks the question before anew with its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatwright.dialogue.context.focus import Question
from chatwright.dialogue.context.message import LIKE, Message
from chatwright.dialogue.context.resolution import Resolution
from chatwright.dialogue.context.rewrite import CARRIED, carried, found_in, labelled, put_in, with_words
from chatwright.dialogue.context.schema import label_of
from chatwright.dialogue.context.words import words
from chatwright.schema.reasons import Phrase, phrase
from chatwright.schema.understanding import Entity, IntentScore

__all__ = ["asked_anew", "asked_with_whatever"]

VERY_LIKE = 0.5
"""What ``LIKE`` must be for a fragment that says by no word that it leans on anything."""
READ = 0.1
"""What it adds to the likeness that the bot takes the words for such an entity in the question."""
UNKNOWN = {"en": 20, "zh": 6}
"""Characters of unknown words that may be a value."""
LONGEST = {"en": 40, "zh": 16}
"""Characters of a fragment at most."""


def asked_anew(message: Message) -> Resolution | None:
    """The question of a fragment that is nothing but values, or unknown words that are like one."""
    shape = message.shape
    if message.length > LONGEST[shape.language]:
        return None
    values: Sequence[Entity] = shape.values
    if not values and shape.rest:
        values = _unknown_value(message)
    elif shape.rest or (message.is_sure and _stands_alone(message)):
        return None
    question = _question_for(message, values) if values else None
    return _with_values(message, question, values) if question else None


def asked_with_whatever(message: Message) -> Resolution | None:
    """The last resort: a marked fragment of which nothing is known but that it must be a value."""
    shape, question = message.shape, message.focus.questions[0]
    if message.is_sure or message.length > LONGEST[shape.language]:
        return None
    if shape.values:
        found = _question_for(message, shape.values) if shape.leans else None
        return _with_values(message, found, shape.values) if found else None
    start, said = _rest(message)
    if not (shape.elliptic and 0 < message.length / 2 <= len(said) <= UNKNOWN[shape.language]) or start < 0:
        return None
    likely: list[tuple[float, Entity]] = []
    for old in question.entities:
        value = _like(message, start, said, old)
        share = message.schema.likeness(said, old.entity)
        read = READ if _is_read_as(message, value, old, question) else 0.0
        likely.append((share + read, value))
    _, value = max(likely, key=lambda pair: pair[0], default=(0.0, None))
    return _with_values(message, question, [value]) if value else None


def _stands_alone(message: Message) -> bool:
    """Whether values are a message of their own: an answer, or a short question."""
    shape, intent = message.shape, message.heard.intent.name
    if shape.leans or (shape.bare and shape.asks):
        return False
    if shape.bare:
        return intent in message.schema.bare
    if not all(message.schema.label_in(intent, value) for value in shape.values):
        return False
    question = message.focus.questions[0]
    return not message.lacks_core(intent) or (intent != question.intent and message.fits(intent, question))


def _unknown_value(message: Message) -> list[Entity]:
    """Words that no entity is known of, taken for one like those of the question before."""
    question, marked = message.focus.questions[0], message.shape.marked
    same = message.heard.intent.name == question.intent
    start, said = _rest(message)
    if (message.is_sure and not same) or not (marked or same) or start < 0:
        return []
    likely = [(message.schema.likeness(said, entity.entity), entity) for entity in question.entities]
    share, like = max(likely, key=lambda pair: pair[0], default=(0.0, None))
    if like is None or share < (LIKE if marked else VERY_LIKE):
        return []
    return [_like(message, start, said, like)]


def _rest(message: Message) -> tuple[int, str]:
    """Where the words stand that are neither values nor of leaning; -1: apart from one another."""
    shape = message.shape
    said = shape.rest.replace(" ", "") if shape.language == "zh" else shape.rest
    return message.text.lower().find(said), said


def _like(message: Message, start: int, said: str, like: Entity) -> Entity:
    """Words of the message as an entity like another."""
    end = start + len(said)
    value = message.text[start:end]
    return replace(like, value=value, start=start, end=end, extractor=CARRIED, processors=())


def _is_read_as(message: Message, value: Entity, old: Entity, question: Question) -> bool:
    """Whether the bot takes the words for such an entity in the place of the old one."""
    if old.end <= old.start:
        return False
    rewritten, spans = put_in(question.text, [(old.start, old.end, str(value.value))])
    start, end = spans[0]
    return any(
        entity.entity == value.entity and entity.start < end and start < entity.end
        for entity in message.understand(rewritten).entities
    )


def _question_for(message: Message, values: Sequence[Entity]) -> Question | None:
    """The latest question that has, or may have, such entities."""
    asked = [question for question in message.focus.questions if question.intent]
    for question in asked:
        if any(entity.entity == value.entity for entity in question.entities for value in values):
            return question
    for question in asked:
        if any(message.schema.label_in(question.intent, value) for value in values):
            return question
    return None


def _with_values(message: Message, question: Question, values: Sequence[Entity]) -> Resolution:
    """The question with the values in the place of those of their kind, or added to it."""
    text, language = message.text, message.shape.language
    kept = list(question.entities)
    pieces: list[tuple[int, int, str]] = []
    new: list[Entity] = []
    added: list[str] = []
    fates: list[Phrase] = []
    for value in values:
        said = text[value.start : value.end] or str(value.value)
        old = _replaced(value, text, question, kept, language)
        if old is None:
            new.append(labelled(value, message.schema.label_in(question.intent, value) or label_of(value)))
            added.append(said)
            fates.append(phrase("fragment.added", value=said))
            continue
        kept.remove(old)
        new.append(labelled(value, label_of(old)))
        fates.append(phrase("fragment.replaced", value=said, old=old.value))
        if old.end > old.start:
            pieces.append((old.start, old.end, said))
        else:
            added.append(said)
    rewritten = with_words(put_in(question.text, pieces)[0], added, language)
    read = message.understand(rewritten) if rewritten else message.heard
    entities = [*(carried(entity) for entity in kept), *new]
    confidence = read.intent.confidence if read.intent.name == question.intent else question.confidence
    return Resolution(
        kind="ellipsis",
        rewritten=rewritten,
        intent=IntentScore(question.intent, confidence),
        entities=entities,
        placed=found_in(rewritten, entities),
        read=read,
        why=phrase("fragment", question=question.text, fates=fates),
    )


def _replaced(
    value: Entity, text: str, question: Question, kept: Sequence[Entity], language: str
) -> Entity | None:
    """The entity whose place a value takes: the one behind a word of its direction, else the last."""
    same = [entity for entity in kept if entity.entity == value.entity]
    direction = _direction(text, value.start, language)
    if direction is None or not same:
        return same[-1] if same else None
    fitting = [e for e in same if _direction(question.text, e.start, language) in (direction, None)]
    return fitting[-1] if fitting else None


def _direction(text: str, start: int, language: str) -> str | None:
    """``to`` or ``from``, by the word before a place in a text."""
    before = text[:start].lower().rstrip()
    for direction in ("to", "from"):
        for word in words(language, direction):
            if before.endswith(word) and (language == "zh" or before == word or before.endswith(f" {word}")):
                return direction
    return None
