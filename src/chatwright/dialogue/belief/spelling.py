"""Known values that are misspelt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chatwright.dialogue.belief.mentions import Span
from chatwright.dialogue.belief.schema import Schema
from chatwright.dialogue.belief.words import words
from chatwright.lm.static_vectors import house_vectors
from chatwright.text.fuzzy_names import FuzzyNames

__all__ = ["Speller"]

_MEANT = 3
"""A word that stands so often in what a tracker learns from is meant as it stands."""


class Speller:
    """Finds values of a schema that are written almost as they should be.

    Args:
        texts: what was said, as far as it is known; its words are no errors, nor are those of the language.
    """

    def __init__(self, schema: Schema, texts: Iterable[str] = ()) -> None:
        counts = Counter(word.text for text in texts for word in words(text))
        forms = [form for slot in schema.slots for value, f in slot.values.items() for form in (value, *f)]
        self._names = FuzzyNames(forms, [word for word, count in counts.items() if count >= _MEANT])
        self._house = house_vectors()

    def find(self, text: str) -> list[Span]:
        """Where such values stand; ``value`` is how they should be written."""
        return [
            Span(found.start, found.end, "form", found.name)
            for found in self._names.find(text)
            if self._house is None or self._house.cluster(text[found.start : found.end]) is None
        ]
