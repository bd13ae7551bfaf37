"""Candidate intents: groups of messages with a name, their best examples, and the answer they get."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatwright.doctor.near_duplicates import near_duplicates, normal_form
from chatwright.suggest.cluster import cluster_vectors
from chatwright.suggest.courtesies import without_courtesies
from chatwright.suggest.messages import Message
from chatwright.suggest.vectors import text_vectors, words_of
from chatwright.text.chinese_words import Segmenter

__all__ = ["Group", "group_messages"]

NAME_WORDS = 2
FREQUENT = 0.15
"""Share of a group's messages that a word of its name stands in at least."""
AGREEING = 0.5
"""Mean similarity of the answers to the most typical one, from which there is one answer to the question."""
ENOUGH_ANSWERS = 3
MAX_EXAMPLES = 50
LONGEST_EXAMPLE = 200
_WORD = re.compile(r"[^\W\d_]+")
_PLACEHOLDER = re.compile(r"<[a-z]+>")


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of one language that seem to mean the same."""

    name: str
    language: str
    examples: Sequence[Message]
    """Without near-duplicates, the most typical first."""
    different: int
    """Different messages, near-duplicates included."""
    said: int
    """How often any of them was said."""
    answer: str | None = None
    """What the service answers, where it answers always about the same."""


def group_messages(messages: Sequence[Message], *, min_cluster: int) -> list[Group]:
    """Groups of each language, the most frequent first; what fits nowhere is in none."""
    taken: set[str] = set()
    out = []
    for language in sorted({message.language for message in messages}):
        own = [message for message in messages if message.language == language]
        out += _groups_of(own, language, min_cluster, taken)
    return sorted(out, key=lambda group: (-group.said, group.name))


def _groups_of(messages: Sequence[Message], language: str, min_cluster: int, taken: set[str]) -> list[Group]:
    texts = [without_courtesies(message.text) for message in messages]
    vectors = text_vectors(texts)
    labels = cluster_vectors(vectors, min_cluster=min_cluster)
    segmenter = Segmenter()
    words = [
        [w for w in words_of(_PLACEHOLDER.sub(" ", text), segmenter) if _WORD.fullmatch(w)] for text in texts
    ]
    overall = Counter(word for line in words for word in set(line))
    out = []
    for label in range(int(labels.max(initial=-1)) + 1):
        rows = np.flatnonzero(labels == label)
        inside = [messages[row] for row in rows.tolist()]
        name = _unique(_name([words[row] for row in rows.tolist()], overall, len(messages)) or "group", taken)
        out.append(
            Group(
                name,
                language,
                _examples(inside, vectors[rows]),
                len(inside),
                sum(message.count for message in inside),
                _answer(inside),
            )
        )
    return out


def _name(inside: Sequence[Sequence[str]], overall: Counter[str], total: int) -> str:
    """The words that tell the group from the others, in the order in which they are said."""
    counts = Counter(word for line in inside for word in set(line))
    scores = {}
    for word, count in counts.items():
        share = count / len(inside)
        if share >= FREQUENT and (len(word) > 1):
            scores[word] = share * math.log(share / (overall[word] / total) + 1e-9)
    chosen: list[str] = []
    for word in sorted(scores, key=lambda word: (-scores[word], word)):
        if len(chosen) < NAME_WORDS and not any(word in other or other in word for other in chosen):
            chosen.append(word)
    first = {
        word: np.mean([line.index(word) / len(line) for line in inside if word in line]) for word in chosen
    }
    return "_".join(sorted(chosen, key=lambda word: first[word]))


def _unique(name: str, taken: set[str]) -> str:
    number, out = 1, name
    while out in taken:
        number += 1
        out = f"{name}_{number}"
    taken.add(out)
    return out


def _examples(messages: Sequence[Message], vectors: NDArray[np.float32]) -> list[Message]:
    """The most typical and frequent first; of near-duplicates the first."""
    centre = vectors.mean(axis=0)
    weights = vectors @ centre * np.array([1.0 + math.log(message.count) for message in messages])
    order = [messages[i] for i in np.argsort(-weights, kind="stable")]
    order = [m for m in order if len(m.text) <= LONGEST_EXAMPLE] or order
    dropped = {second for _, second, _ in near_duplicates([normal_form(m.text) for m in order])}
    return [message for number, message in enumerate(order) if number not in dropped][:MAX_EXAMPLES]


def _answer(messages: Sequence[Message]) -> str | None:
    """The most typical answer, if the answers agree and it tells nothing of one customer alone."""
    answers = [answer for message in messages for answer in message.answers]
    if len(answers) < ENOUGH_ANSWERS:
        return None
    counts = Counter(answers)
    different = list(counts)
    if len(different) == 1:
        best, agreement = different[0], 1.0
    else:
        vectors = text_vectors(different)
        weights = np.array([counts[answer] for answer in different], float)
        alike = vectors @ vectors.T @ weights / weights.sum()
        best, agreement = different[int(alike.argmax())], float(alike.max())
    return best if agreement >= AGREEING and not _PLACEHOLDER.search(best) else None
