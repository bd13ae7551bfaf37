"""Any installed spaCy pipeline in place of ours (``pip install chatwright[analyze]`` and the pipeline)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chatwright.errors import ComponentError, MissingExtraError, did_you_mean
from chatwright.text.analysis.parse import Sentence, Word

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span, Token

__all__ = ["analyse_with"]


def analyse_with(pipeline: str, text: str) -> list[Sentence]:
    """Sentences as the pipeline sees them; without a parser in it, every sentence hangs on its first word.

    Args:
        pipeline: name or folder of the pipeline.
        text: without surrogates.

    Raises:
        MissingExtraError: spaCy is not installed.
        ComponentError: there is no such pipeline.
    """
    nlp = _load(pipeline)
    pieces = [text[start : start + nlp.max_length] for start in range(0, len(text), nlp.max_length)]
    found = []
    for number, piece in enumerate(pieces):
        doc = nlp(piece)
        spans = list(doc.sents) if doc.has_annotation("SENT_START") else [doc[:]]
        found += [_sentence(span, number * nlp.max_length) for span in spans]
    return [sentence for sentence in found if sentence is not None]


@lru_cache(maxsize=2)
def _load(pipeline: str) -> Language:
    try:
        import spacy
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the pipeline {pipeline!r}", "analyze") from error
    try:
        return spacy.load(pipeline)
    except OSError as error:
        installed = spacy.util.get_installed_models()
        hint = did_you_mean(pipeline, installed) or f"installed: {', '.join(installed) or 'none'}"
        raise ComponentError(
            f"there is no spaCy pipeline {pipeline!r}; {hint}", fix=f"python -m spacy download {pipeline}"
        ) from error


def _sentence(span: Span, offset: int) -> Sentence | None:
    """Tokens of white space are left out; what hangs on them hangs on their heads."""
    tokens = [token for token in span if not token.is_space]
    if not tokens:
        return None
    places = {token.i: place for place, token in enumerate(tokens)}
    heads = [_head(token, places) for token in tokens]
    root = next((place for place, head in enumerate(heads) if head < 0), 0)
    words = []
    for place, (token, head) in enumerate(zip(tokens, heads, strict=True)):
        head = -1 if place == root else root if head < 0 else head
        relation = "root" if head < 0 else token.dep_.lower() if token.dep_ not in ("", "ROOT") else "dep"
        start = offset + token.idx
        lemma = token.lemma_ or token.text
        words.append(Word(token.text, start, start + len(token), lemma, token.pos_ or "X", head, relation))
    return Sentence(words[0].start, words[-1].end, tuple(words))


def _head(token: Any, places: dict[int, int]) -> int:
    """Index of the nearest ancestor that is kept; -1 where there is none."""
    head: Token = token.head
    while head.i not in places and head.head.i != head.i:
        head = head.head
    return -1 if head.i == token.i else places.get(head.i, -1)
