"""Words, parts of speech and dependencies of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chatwright.text.analysis.english_tokens import english_tokens
from chatwright.text.analysis.lemmas import english_lemmas
from chatwright.text.analysis.net import shipped_net
from chatwright.text.analysis.segmentation import segment
from chatwright.text.language import HAN, detect
from chatwright.text.sentences import split_sentences

__all__ = ["Sentence", "Word", "analyse"]

LONGEST = 150
"""Words of the longest tree; a longer sentence becomes several."""

CHARACTERS = 600
"""Characters of the longest sentence."""

_HAN = re.compile(f"[{HAN}]")
_HAN_RUN = re.compile(f"[{HAN}]+")
_SURROGATES = re.compile("[\ud800-\udfff]")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its place in the text and in the tree of its sentence."""

    text: str
    start: int
    """Offset in the text that was analysed."""
    end: int
    lemma: str
    upos: str
    """Universal part of speech."""
    head: int
    """Index of the head in the sentence, -1 for the root."""
    deprel: str
    """Relation to the head: ``nsubj``, ``root``; of release 2 in English, of release 1 in Chinese."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: a tree of words with one root."""

    start: int
    end: int
    words: tuple[Word, ...]


def analyse(
    text: str,
    language: str | None = None,
    *,
    pipeline: str | None = None,
    dictionary: Iterable[str] = (),
) -> list[Sentence]:
    """The sentences of a text, each in its own language.

    Args:
        text: any text, Chinese, English or mixed; a sentence of both is parsed in the language of most of it.
            Unpaired surrogates become U+FFFD.
        language: ``zh`` or ``en``, where known: sentences that could be either are in this one.
        pipeline: name or folder of an installed spaCy pipeline, instead of ours.
        dictionary: words of the project that stay whole in Chinese.

    Raises:
        MissingExtraError: ``pipeline`` is given and spaCy is not installed.
        ComponentError: there is no such pipeline.

    >>> [(word.text, word.upos, word.deprel) for word in analyse("我想退款")[0].words]
    [('我', 'PRON', 'nsubj'), ('想', 'VERB', 'aux'), ('退款', 'VERB', 'root')]
    """
    readable = _SURROGATES.sub("\ufffd", text)
    if pipeline is not None:
        from chatwright.text.analysis.spacy_pipeline import analyse_with

        return analyse_with(pipeline, readable)
    own = tuple(dictionary)
    return [
        sentence
        for span in _bounded(readable, split_sentences(readable))
        for sentence in _parsed(readable, span, language, own)
    ]


def _bounded(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The spans, those that are too long cut behind a space where there is one."""
    for start, end in spans:
        while end - start > CHARACTERS:
            space = text.rfind(" ", start + CHARACTERS // 2, start + CHARACTERS)
            cut = space + 1 if space > 0 else start + CHARACTERS
            yield start, cut
            start = cut
        yield start, end


def _parsed(text: str, span: Span, language: str | None, dictionary: Sequence[str]) -> Iterator[Sentence]:
    start, end = span
    spoken = _language(text[start:end], language)
    words = _words(text[start:end], spoken, dictionary)
    for first in range(0, len(words), LONGEST):
        yield _tree(text, [(start + a, start + b) for a, b in words[first : first + LONGEST]], spoken)


def _language(sentence: str, known: str | None) -> str:
    """The net that parses a sentence."""
    found = detect(sentence, current=known, allowed=("zh", "en")) or known or ""
    if found.lower().startswith("zh") or (not found and _HAN.search(sentence)):
        return "zh"
    return "en"


def _words(sentence: str, language: str, dictionary: Sequence[str]) -> list[Span]:
    if language == "zh":
        return segment(sentence, dictionary)
    found: list[Span] = []
    place = 0
    for run in [*_HAN_RUN.finditer(sentence), None]:
        end = run.start() if run else len(sentence)
        found += [(place + a, place + b) for a, b in english_tokens(sentence[place:end])]
        if run:
            found += [(end + a, end + b) for a, b in segment(run[0], dictionary)]
            place = run.end()
    return found


def _tree(text: str, spans: Sequence[Span], language: str) -> Sentence:
    words = [text[start:end] for start, end in spans]
    parsed = shipped_net(language).parse(words)
    lemmas = words
    if language == "en":
        lemmas = [english_lemmas().of(word, upos) for word, upos in zip(words, parsed.upos, strict=True)]
    rows = zip(words, spans, lemmas, parsed.upos, parsed.heads, parsed.deprels, strict=True)
    found = tuple(
        Word(word, start, end, lemma, upos, head, deprel)
        for word, (start, end), lemma, upos, head, deprel in rows
    )
    return Sentence(spans[0][0], spans[-1][1], found)
