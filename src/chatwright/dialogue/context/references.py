"""``how much is it?``: a question with a gap, which is filled with what was spoken of."""

from __future__ import annotations

from collections.abc import Sequence

from chatwright.dialogue.context.focus import Question
from chatwright.dialogue.context.message import SURE, Message, best_intent
from chatwright.dialogue.context.resolution import Resolution
from chatwright.dialogue.context.rewrite import found_in, put_in, with_words
from chatwright.dialogue.context.shape import Pronoun
from chatwright.dialogue.context.words import kind_of
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.reasons import phrase
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["completed"]

LIKELY = 0.4
"""Confidence that suffices where a pronoun shows that the message leans on another."""
AT_ALL = 0.1
"""Confidence in the message alone that an intent must have to be thought of."""
SHORT = {"en": 32, "zh": 10}
"""Characters of a question at most that leaves out what it is about, without any word that says so."""
STORY = {"en": 60, "zh": 24}
"""Characters from which an unclear message tells a story; its pronouns are its own."""


def completed(message: Message) -> Resolution | None:
    """The question with its gap filled; None where there is no gap, or nothing was spoken of that fits."""
    shape, is_sure = message.shape, message.is_sure
    lacks = message.lacks_core(best_intent(message.heard).name)
    pronouns = _outward(message)
    if is_sure and not lacks:  # it needs nothing: "it" in "is it raining in Paris" stands for nothing
        pronouns = [pronoun for pronoun in pronouns if pronoun.kind != "thing"]
    short = message.length <= SHORT[shape.language]
    if not (pronouns or (short and (lacks or shape.leans or not is_sure))):
        return None
    if not is_sure and len(message.text) > STORY[shape.language]:
        return None
    for question in message.focus.questions:
        intents = _intents(message, question)
        if pronouns and short and not intents:
            intents = _intents_in_place(message, question, pronouns[0])
        for intent in intents:
            if taken := _taken(message, intent.name, question, pronouns):
                found = _filled(message, intent, taken, pronouns)
                return found if found.intent.confidence >= (LIKELY if pronouns else SURE) else None
    return None


def _outward(message: Message) -> list[Pronoun]:
    """Pronouns that nothing in the message itself stands before."""
    said = [entity for entity in message.heard.entities if entity.end > entity.start]
    return [
        pronoun
        for pronoun in message.shape.pronouns
        if not any(
            entity.end <= pronoun.start and (pronoun.kind == "thing") == (kind_of(entity.entity) == "thing")
            for entity in said
        )
    ]


def _intents(message: Message, question: Question) -> list[IntentScore]:
    """Intents that the message may have and that take what was spoken of, the likeliest first."""
    ranked = [score for score in message.heard.ranking if score.name not in (None, NLU_FALLBACK)][:5]
    ranked = ranked or [best_intent(message.heard)]
    if message.is_sure and message.fits(ranked[0].name, question):
        return ranked[:1]
    return [score for score in ranked if score.confidence >= AT_ALL and message.fits(score.name, question)]


def _intents_in_place(message: Message, question: Question, pronoun: Pronoun) -> list[IntentScore]:
    """Intents of the message with what was spoken of in the place of the pronoun."""
    said = " ".join(str(entity.value) for entity in question.entities)
    read = message.understand(put_in(message.text, [(pronoun.start, pronoun.end, said)])[0])
    best = best_intent(read)
    return [best] if best.confidence >= SURE and message.fits(best.name, question) else []


def _taken(
    message: Message, intent: str | None, question: Question, pronouns: Sequence[Pronoun]
) -> list[Entity]:
    """What the message takes over from a question; nothing where a pronoun stands for another kind."""
    taken = message.taken_over(intent, question, message.shape.values)
    kinds = {pronoun.kind for pronoun in pronouns} & {"person", "place"}
    if kinds and not any(kind_of(entity.entity) in kinds for entity in taken):
        known = {kind_of(name) for name in message.schema.values}
        return [] if kinds & known else taken
    return taken


def _filled(
    message: Message, intent: IntentScore, taken: Sequence[Entity], pronouns: Sequence[Pronoun]
) -> Resolution:
    text, language = message.text, message.shape.language
    said = (" " if language == "en" else "").join(str(entity.value) for entity in taken)
    gap = phrase("reference.omitted")
    rewritten = with_words(text, [said], language)
    if pronouns:
        first = pronouns[0]
        gap = phrase("reference.word", word=text[first.start : first.end])
        own = f"{said}'s" if first.possessive and language == "en" else said
        rewritten, _ = put_in(text, [(first.start, first.end, own)])
    read = message.understand(rewritten)
    if not message.is_sure or intent.name != message.heard.intent.name:
        intent = _reread(message, intent, read, taken)
    entities = [*message.shape.values, *taken]
    return Resolution(
        kind="reference",
        rewritten=rewritten,
        intent=intent,
        entities=entities,
        placed=found_in(rewritten, entities),
        read=read,
        why=phrase("reference", gap=gap, value=said),
    )


def _reread(
    message: Message, intent: IntentScore, read: Understanding, taken: Sequence[Entity]
) -> IntentScore:
    """The intent of the rewritten words, if it takes what was carried over and is surer."""
    for score in read.ranking[:3]:
        if score.name in (None, NLU_FALLBACK) or score.confidence <= intent.confidence:
            continue
        if any(message.schema.label_in(score.name, entity) for entity in taken):
            return score
    return intent
