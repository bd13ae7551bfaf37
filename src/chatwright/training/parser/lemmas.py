"""Learning the tables of base forms from a treebank."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from chatwright.text.analysis.lemmas import LONGEST_ENDING, Lemmas, key_of
from chatwright.training.parser.treebank import Gold

__all__ = ["fit_lemmas", "lemma_accuracy"]

_CLOSED = {"ADP", "AUX", "CCONJ", "DET", "INTJ", "NUM", "PART", "PRON", "PUNCT", "SCONJ", "SYM", "X"}
"""Parts of speech whose words do not change by rules: a table alone."""


def fit_lemmas(gold: Sequence[Gold], seen: int = 2) -> Lemmas:
    """Rules that hold for most words with an ending, and the words that they get wrong.

    Args:
        gold: sentences.
        seen: different words that an ending must have to become a rule.
    """
    best = _most_frequent(gold)
    endings: dict[str, dict[str, tuple[int, str]]] = {}
    for upos, words in best.items():
        endings[upos] = {} if upos in _CLOSED else _rules(words, seen)
    rules = Lemmas({}, endings)
    exceptions = {
        upos: {word: lemma for word, lemma in words.items() if rules.of(word, upos) != lemma}
        for upos, words in best.items()
    }
    return Lemmas(exceptions, endings)


def lemma_accuracy(lemmas: Lemmas, gold: Sequence[Gold]) -> float:
    """Percent of words with the right lemma, given the right parts of speech; case does not count."""
    pairs = [
        (lemmas.of(word, upos).lower(), lemma.lower())
        for sentence in gold
        for word, upos, lemma in zip(sentence.words, sentence.upos, sentence.lemmas, strict=True)
    ]
    return 100 * sum(ours == theirs for ours, theirs in pairs) / max(1, len(pairs))


def _most_frequent(gold: Sequence[Gold]) -> dict[str, dict[str, str]]:
    """Part of speech → word → its most frequent lemma."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for sentence in gold:
        for word, upos, lemma in zip(sentence.words, sentence.upos, sentence.lemmas, strict=True):
            counts[upos, key_of(word, upos)][lemma] += 1
    best: dict[str, dict[str, str]] = defaultdict(dict)
    for (upos, word), lemmas in counts.items():
        best[upos][word] = min(lemmas, key=lambda lemma: (-lemmas[lemma], lemma))
    return best


def _rules(words: dict[str, str], seen: int) -> dict[str, tuple[int, str]]:
    """Ending → the change most of its words make, unless the next shorter ending says the same."""
    changes: dict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    for word, lemma in words.items():
        common = _common_prefix(word, lemma)
        change = (len(word) - common, lemma[common:])
        for size in range(min(LONGEST_ENDING, len(word)) + 1):
            if change[0] <= size:
                changes[word[len(word) - size :]][change] += 1
    rules: dict[str, tuple[int, str]] = {}
    for ending in sorted(changes, key=lambda ending: (len(ending), ending)):
        change, count = min(changes[ending].items(), key=lambda item: (-item[1], item[0]))
        shorter = next((rules[ending[i:]] for i in range(1, len(ending) + 1) if ending[i:] in rules), None)
        if count >= seen and change != shorter:
            rules[ending] = change
    return rules


def _common_prefix(first: str, second: str) -> int:
    """Characters that both begin with."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))
