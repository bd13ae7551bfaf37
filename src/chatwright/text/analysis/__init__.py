"""Words, parts of speech and dependencies of a text, Chinese, English or mixed."""

from __future__ import annotations

from chatwright.text.analysis.parse import Sentence, Word, analyse

__all__ = ["Sentence", "Word", "analyse"]
