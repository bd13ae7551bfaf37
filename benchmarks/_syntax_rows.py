"""Rows of syntax: UD English-EWT, and UD Chinese GSD (release 1.4, simplified, labels of version 1).

``gold``: the words of the treebank are given; ``text``: nothing but the text is (F1 over aligned words, CoNLL
2018). Punctuation and subtypes of relations count. The test parts are scored.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from chatwright.text.analysis import analyse
from chatwright.text.analysis.net import shipped_net
from chatwright.text.analysis.segmentation import segment
from chatwright.training.parser.score import score_gold_words, score_text
from chatwright.training.parser.segmenter import word_f1
from chatwright.training.parser.treebank import part_of, word_spans

MUST = {
    "en": {"upos": 95.0, "uas": 88.0, "las": 85.0},
    "zh": {"upos": 93.0, "uas": 80.0, "las": 76.0, "segmentation": 90.0},
}


def syntax_rows(part: str = "test") -> dict[str, dict[str, Any]]:
    """Language → ``gold``, ``text``, ``must``, for Chinese ``segmentation``; needs ``CHATWRIGHT_DATA``."""
    data = Path(os.environ["CHATWRIGHT_DATA"])
    rows: dict[str, dict[str, Any]] = {}
    for language, between in (("en", " "), ("zh", "")):
        gold = part_of(data, language, part)
        text = score_text(partial(analyse, language=language), gold, between)
        given = score_gold_words(shipped_net(language), gold)
        rows[language] = {"gold": asdict(given), "text": asdict(text), "must": MUST[language]}
        if language == "zh":
            found = [segment(sentence.text) for sentence in gold]
            rows[language]["segmentation"] = word_f1(found, map(word_spans, gold))
    return rows


if __name__ == "__main__":
    print(json.dumps(syntax_rows(), indent=1))
