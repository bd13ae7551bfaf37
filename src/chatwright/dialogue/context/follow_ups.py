"""Follow-up questions: ``and the blue one?``, ``那它多少钱?``, ``the second one``, ``something cheaper``.

A message is read in the light of the latest questions, in one of three ways:

- a *choice* names one of the things that the bot listed, by its place;
- an *ellipsis* is a fragment: its values take the place of those of the same kind in the question before,
  which is asked anew;
- a *reference* is a question of its own with a gap: a pronoun, or nothing where an entity belongs. The gap is
  filled with what was spoken of.

What the training data say of the intents (``IntentSchema``) decides what belongs to which question; the
rewritten words go through the understanding of the bot once more. A message that is clear on its own is left
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from chatwright.dialogue.context.focus import Focus, Question
from chatwright.dialogue.context.references import Choice, find_choice
from chatwright.dialogue.context.resolution import CARRIED, Resolution, carried, put_in
from chatwright.dialogue.context.schema import IntentSchema, label_of
from chatwright.dialogue.context.shape import Pronoun, Shape, shape_of
from chatwright.dialogue.context.words import kind_of, words
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["SURE", "FollowUps", "best_intent"]

SURE = 0.6
"""Confidence from which a message says by itself what it is about."""
LIKELY = 0.4
"""The same where a pronoun shows that the message leans on another."""
AT_ALL = 0.1
"""Confidence in the message alone that an intent must have to be thought of."""
LIKE = 0.3
"""Likeness to the values of an entity from which unknown words are taken for one more of them."""
VERY_LIKE = 0.5
"""The same for a fragment that says by no word that it leans on anything."""
READ = 0.1
"""What it adds to the likeness that the bot takes the words for such an entity in the question."""
UNKNOWN = {"en": 20, "zh": 6}
"""Characters of unknown words that may be a value."""
LONGEST = {"en": 40, "zh": 16}
"""Characters of a fragment at most."""
STORY = {"en": 60, "zh": 24}
"""Characters from which an unclear message tells a story; its pronouns are its own."""
SHORT = {"en": 32, "zh": 10}
"""Characters of a question at most that leaves out what it is about, without any word that says so."""

Understand = Callable[[str], Understanding]


def best_intent(understanding: Understanding) -> IntentScore:
    """The likeliest intent, also where the pipeline was not sure enough of it."""
    for score in (understanding.intent, *understanding.ranking):
        if score.name not in (None, NLU_FALLBACK):
            return score
    return IntentScore(None, 0.0)


@dataclass(frozen=True)
class FollowUps:
    """Reads messages in their context.

    Args:
        schema: what the training data say of the bot's questions.
    """

    schema: IntentSchema

    def resolve(self, heard: Understanding, focus: Focus, understand: Understand) -> Resolution | None:
        """What a message means after those before it; None where it stands by itself.

        Args:
            heard: what was understood of it alone.
            understand: what the bot understands of other words.
        """
        text = heard.text
        if text.startswith("/") or not text.strip():
            return None
        if (choice := find_choice(text, focus.options)) is not None:
            return self._chosen(heard, choice, focus, understand)
        if not focus.questions:
            return None
        shape = shape_of(text, heard.entities)
        is_sure = self._is_sure(heard)
        is_short = shape.phrase[1] - shape.phrase[0] <= LONGEST[shape.language]
        found = None
        if is_short and not focus.asks:
            found = self._continued(heard, shape, focus, understand, is_sure=is_sure)
        found = found or self._completed(heard, shape, focus, understand, is_sure=is_sure)
        if found is None and is_short and not focus.asks and not is_sure:
            found = self._any_value(heard, shape, focus, understand)
        return found

    def _is_sure(self, heard: Understanding) -> bool:
        inside = heard.in_scope is None or heard.in_scope >= 0.5
        return heard.intent.name != NLU_FALLBACK and heard.intent.confidence >= SURE and inside

    # Choices

    def _chosen(
        self, heard: Understanding, choice: Choice, focus: Focus, understand: Understand
    ) -> Resolution | None:
        text, option = heard.text, choice.option
        shape = shape_of(text[: choice.start] + text[choice.end :], ())
        why = f"“{text[choice.start : choice.end]}” of what was listed is {option.title}"
        if option.payload and not shape.rest:
            read = understand(option.payload)
            entities = [carried(entity) for entity in read.entities]
            return Resolution("choice", option.payload, read.intent, entities, read.entities, read, why)
        rewritten, spans = put_in(text, [(choice.start, choice.end, option.title)])
        start, end = spans[0]
        read = understand(rewritten)
        inside = [e for e in read.entities if start <= e.start and e.end <= end and e.end > e.start]
        value = self._as_entity(option.title, inside, understand)
        intent = best_intent(read)
        if not shape.rest and focus.questions:
            own = focus.questions[0]
            intent = intent if intent.confidence >= SURE else IntentScore(own.intent, own.confidence)
        if value is None:
            return Resolution("choice", rewritten, intent, heard.entities, read.entities, read, why)
        others = [e for e in heard.entities if e.end <= choice.start or e.start >= choice.end]
        placed = replace(value, start=start, end=end)
        return Resolution("choice", rewritten, intent, [*others, carried(value)], [placed], read, why)

    def _as_entity(self, title: str, found: Sequence[Entity], understand: Understand) -> Entity | None:
        """The entity that the words of an option name."""
        for entity in (*found, *understand(title).entities):
            if 2 * len(str(entity.value)) >= len(title):
                return entity
        nearest = max(self.schema.values, key=lambda name: self.schema.likeness(title, name), default=None)
        if nearest is None or self.schema.likeness(title, nearest) < LIKE:
            return None
        return Entity(entity=nearest, value=title, start=0, end=0)

    # Ellipsis

    def _continued(
        self, heard: Understanding, shape: Shape, focus: Focus, understand: Understand, *, is_sure: bool
    ) -> Resolution | None:
        """A fragment that is nothing but values, or unknown words like one."""
        values: Sequence[Entity] = shape.values
        if not values and shape.rest:
            values = self._unknown_value(heard, shape, focus, is_sure=is_sure)
        elif shape.rest or (is_sure and self._stands_alone(heard, shape, values, focus)):
            return None
        question = self._question_for(values, focus) if values else None
        return self._asked_anew(heard, shape, question, values, understand) if question else None

    def _stands_alone(
        self, heard: Understanding, shape: Shape, values: Sequence[Entity], focus: Focus
    ) -> bool:
        """Whether values are a message of their own: an answer, or a short question."""
        intent = heard.intent.name
        if shape.leans or (shape.bare and shape.asks):
            return False
        if shape.bare:
            return intent in self.schema.bare
        if not all(self.schema.label_in(intent, value) for value in values):
            return False
        other = intent != focus.questions[0].intent
        return not self._lacks(intent, values) or (other and self._fits(intent, focus.questions[0]))

    def _unknown_value(
        self, heard: Understanding, shape: Shape, focus: Focus, *, is_sure: bool
    ) -> list[Entity]:
        """Words that no entity is known of, taken for one like those of the question before."""
        question = focus.questions[0]
        same = heard.intent.name == question.intent
        if (is_sure and not same) or not (shape.marked or same):
            return []
        words = shape.rest.replace(" ", "") if shape.language == "zh" else shape.rest
        start = heard.text.lower().find(words)
        if start < 0:
            return []
        likely = [(self.schema.likeness(words, e.entity), e) for e in question.entities]
        share, like = max(likely, key=lambda pair: pair[0], default=(0.0, None))
        if like is None or share < (LIKE if shape.marked else VERY_LIKE):
            return []
        return [_unknown(heard.text, start, start + len(words), like)]

    def _any_value(
        self, heard: Understanding, shape: Shape, focus: Focus, understand: Understand
    ) -> Resolution | None:
        """The last resort: a marked fragment about which nothing is known but that it must be a value."""
        question = focus.questions[0]
        if shape.values:
            found = self._question_for(shape.values, focus) if shape.leans else None
            return self._asked_anew(heard, shape, found, shape.values, understand) if found else None
        words = shape.rest.replace(" ", "") if shape.language == "zh" else shape.rest
        start = heard.text.lower().find(words)
        said = shape.phrase[1] - shape.phrase[0]
        if not (shape.elliptic and start >= 0 and 0 < said / 2 <= len(words) <= UNKNOWN[shape.language]):
            return None
        end = start + len(words)
        likely: list[tuple[float, Entity]] = []
        for old in question.entities:
            value = _unknown(heard.text, start, end, old)
            share = self.schema.likeness(words, old.entity)
            read = READ if self._is_read_as(value, old, question, understand) else 0.0
            likely.append((share + read, value))
        _, value = max(likely, key=lambda pair: pair[0], default=(0.0, None))
        return self._asked_anew(heard, shape, question, [value], understand) if value else None

    def _is_read_as(self, value: Entity, old: Entity, question: Question, understand: Understand) -> bool:
        """Whether the bot takes the words for such an entity in the place of the old one."""
        if old.end <= old.start:
            return False
        rewritten, spans = put_in(question.text, [(old.start, old.end, str(value.value))])
        start, end = spans[0]
        return any(
            entity.entity == value.entity and entity.start < end and start < entity.end
            for entity in understand(rewritten).entities
        )

    def _question_for(self, values: Sequence[Entity], focus: Focus) -> Question | None:
        """The latest question that has, or may have, such entities."""
        for fits in (
            lambda q: any(e.entity == value.entity for e in q.entities for value in values),
            lambda q: any(self.schema.label_in(q.intent, value) for value in values),
        ):
            for question in focus.questions:
                if question.intent and fits(question):
                    return question
        return None

    def _asked_anew(
        self,
        heard: Understanding,
        shape: Shape,
        question: Question,
        values: Sequence[Entity],
        understand: Understand,
    ) -> Resolution:
        """The question with the values in the place of those of their kind, or added to it."""
        kept = list(question.entities)
        pieces: list[tuple[int, int, str]] = []
        new: list[Entity] = []
        added: list[str] = []
        fates: list[str] = []
        for value in values:
            words = heard.text[value.start : value.end] or str(value.value)
            old = self._replaced(value, heard.text, question, kept, shape.language)
            if old is None:
                label = self.schema.label_in(question.intent, value) or label_of(value)
                new.append(_labelled(value, label))
                added.append(words)
                fates.append(f"{words} is added")
                continue
            kept.remove(old)
            new.append(_labelled(value, label_of(old)))
            fates.append(f"{words} takes the place of {old.value}")
            if old.end > old.start:
                pieces.append((old.start, old.end, words))
            else:
                added.append(words)
        rewritten = _with_words(put_in(question.text, pieces)[0], added, shape.language)
        read = understand(rewritten) if rewritten else heard
        entities = [*(carried(entity) for entity in kept), *new]
        confidence = read.intent.confidence if read.intent.name == question.intent else question.confidence
        return Resolution(
            kind="ellipsis",
            rewritten=rewritten,
            intent=IntentScore(question.intent, confidence),
            entities=entities,
            placed=_found_in(rewritten, entities),
            read=read,
            why=f"a fragment goes on from “{question.text}”, {', '.join(fates)}",
        )

    def _replaced(
        self, value: Entity, heard: str, question: Question, kept: Sequence[Entity], language: str
    ) -> Entity | None:
        """The entity whose place a value takes: the one behind a word of its direction, else the last."""
        same = [entity for entity in kept if entity.entity == value.entity]
        direction = _direction(heard, value.start, language)
        if direction is None or not same:
            return same[-1] if same else None
        fitting = [e for e in same if _direction(question.text, e.start, language) in (direction, None)]
        return fitting[-1] if fitting else None

    # References

    def _completed(
        self, heard: Understanding, shape: Shape, focus: Focus, understand: Understand, *, is_sure: bool
    ) -> Resolution | None:
        own = best_intent(heard)
        lacks = self._lacks(own.name, shape.values)
        pronouns = _outward(shape, heard.entities)
        if is_sure and not lacks:  # it needs nothing: "it" in "is it raining in Paris" stands for nothing
            pronouns = [pronoun for pronoun in pronouns if pronoun.kind != "thing"]
        short = shape.phrase[1] - shape.phrase[0] <= SHORT[shape.language]
        if not (pronouns or (short and (lacks or shape.leans or not is_sure))):
            return None
        if not is_sure and len(heard.text) > STORY[shape.language]:
            return None
        for question in focus.questions:
            intents = self._intents(heard, question, is_sure=is_sure)
            if pronouns and short and not intents:
                intents = self._intents_in_place(heard, question, pronouns[0], understand)
            for intent in intents:
                taken = self._taken(intent.name, question, shape.values, pronouns)
                if taken:
                    found = self._filled(heard, shape, intent, taken, pronouns, understand, is_sure=is_sure)
                    return found if found.intent.confidence >= (LIKELY if pronouns else SURE) else None
        return None

    def _lacks(self, intent: str | None, values: Sequence[Entity]) -> bool:
        """Whether an entity belongs to the question that the message has not, nor another in its place."""
        label = self.schema.core(intent)
        here = [label for value in values if (label := self.schema.label_in(intent, value))]
        return (
            label is not None
            and label not in here
            and all(self.schema.go_together(label, other) for other in here)
        )

    def _intents(self, heard: Understanding, question: Question, *, is_sure: bool) -> list[IntentScore]:
        """Intents that the message may have and that take what was spoken of, the likeliest first."""
        ranked = [score for score in heard.ranking if score.name not in (None, NLU_FALLBACK)][:5]
        ranked = ranked or [best_intent(heard)]
        if is_sure and self._fits(ranked[0].name, question):
            return ranked[:1]
        return [score for score in ranked if score.confidence >= AT_ALL and self._fits(score.name, question)]

    def _intents_in_place(
        self, heard: Understanding, question: Question, pronoun: Pronoun, understand: Understand
    ) -> list[IntentScore]:
        """Intents of the message with what was spoken of in the place of the pronoun."""
        said = " ".join(str(entity.value) for entity in question.entities)
        read = understand(put_in(heard.text, [(pronoun.start, pronoun.end, said)])[0])
        best = best_intent(read)
        return [best] if best.confidence >= SURE and self._fits(best.name, question) else []

    def _fits(self, intent: str | None, question: Question) -> bool:
        return any(self.schema.label_in(intent, entity) for entity in question.entities)

    def _taken(
        self,
        intent: str | None,
        question: Question,
        values: Sequence[Entity],
        pronouns: Sequence[Pronoun],
    ) -> list[Entity]:
        """What the message takes over from a question."""
        here = {label_of(value) for value in values} | {
            label for value in values if (label := self.schema.label_in(intent, value))
        }
        taken: dict[str, Entity] = {}
        for entity in question.entities:
            label = self.schema.label_in(intent, entity)
            if label is None or label in here:
                continue
            if all(self.schema.go_together(label, other) for other in here):
                taken[label] = carried(entity, label)
        kinds = {pronoun.kind for pronoun in pronouns} & {"person", "place"}
        if kinds and not any(kind_of(entity.entity) in kinds for entity in taken.values()):
            named = {kind_of(name) for name in self.schema.values}
            if kinds & named:
                return []  # nobody of that kind was spoken of
        return list(taken.values())

    def _filled(
        self,
        heard: Understanding,
        shape: Shape,
        intent: IntentScore,
        taken: Sequence[Entity],
        pronouns: Sequence[Pronoun],
        understand: Understand,
        *,
        is_sure: bool,
    ) -> Resolution:
        said = (" " if shape.language == "en" else "").join(str(entity.value) for entity in taken)
        rewritten = _with_words(heard.text, [said], shape.language)
        if pronouns:
            first = pronouns[0]
            own = f"{said}'s" if first.possessive and shape.language == "en" else said
            rewritten, _ = put_in(heard.text, [(first.start, first.end, own)])
        read = understand(rewritten)
        if not is_sure or intent.name != heard.intent.name:
            intent = self._reread(intent, read, taken)
        entities = [*shape.values, *taken]
        what = f"“{heard.text[pronouns[0].start : pronouns[0].end]}”" if pronouns else "what is left out"
        return Resolution(
            kind="reference",
            rewritten=rewritten,
            intent=intent,
            entities=entities,
            placed=_found_in(rewritten, entities),
            read=read,
            why=f"{what} is {said}, of which was spoken before",
        )

    def _reread(self, intent: IntentScore, read: Understanding, taken: Sequence[Entity]) -> IntentScore:
        """The intent of the rewritten words, if it takes what was carried over and is surer."""
        for score in read.ranking[:3]:
            if score.name in (None, NLU_FALLBACK) or score.confidence <= intent.confidence:
                continue
            if any(self.schema.label_in(score.name, entity) for entity in taken):
                return score
        return intent


def _labelled(value: Entity, label: str) -> Entity:
    name, _, role = label.partition(":")
    return replace(value, entity=name, role=role or None)


def _outward(shape: Shape, entities: Sequence[Entity]) -> list[Pronoun]:
    """Pronouns that nothing in the message itself stands before."""
    said = [entity for entity in entities if entity.end > entity.start]
    return [
        pronoun
        for pronoun in shape.pronouns
        if not any(
            entity.end <= pronoun.start and (pronoun.kind == "thing") == (kind_of(entity.entity) == "thing")
            for entity in said
        )
    ]


def _direction(text: str, start: int, language: str) -> str | None:
    """``to`` or ``from``, by the word before a place in a text."""
    before = text[:start].lower().rstrip()
    for direction in ("to", "from"):
        for word in words(language, direction):
            if before.endswith(word) and (language == "zh" or before == word or before.endswith(f" {word}")):
                return direction
    return None


def _unknown(text: str, start: int, end: int, like: Entity) -> Entity:
    """Words of a message as an entity like another."""
    return replace(like, value=text[start:end], start=start, end=end, extractor=CARRIED, processors=())


def _with_words(text: str, added: Iterable[str], language: str) -> str:
    """A question with more words: at its end in English, at its front in Chinese."""
    for more in added:
        if language == "zh":
            text = f"{more}{text}"
        else:
            body = text.rstrip()
            marks = body[len(body.rstrip("?!.")) :]
            text = f"{body.rstrip('?!.')} {more}{marks}"
    return text


def _found_in(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Entities with their spans in a text; empty ones where their words are not in it."""
    placed = []
    for entity in entities:
        start = text.lower().find(str(entity.value).lower())
        end = start + len(str(entity.value)) if start >= 0 else 0
        placed.append(replace(entity, start=max(start, 0), end=end))
    return placed
