"""Intents that have too few examples, lack a language, or can't be told from one another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from chatwright.doctor.check_repeats import place
from chatwright.doctor.label_errors import label_issues
from chatwright.doctor.out_of_fold import OutOfFold
from chatwright.doctor.witnesses import witnesses
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.text.language import detect

__all__ = ["check_confusions", "check_counts", "check_labels"]

ENOUGH = 5
LEAST_SHARE = 0.1
"""An intent that has less of a language than this, compared with what the project has on average."""
CONFUSED_SHARE = 0.3
CONFUSED_LEAST = 3
"""Two intents are confused when so many of their examples, and such a share, are taken for the other."""
SHOWN = 3


def check_counts(nlu: NluData, languages: Sequence[str], findings: Findings) -> None:
    """``too-few-examples`` and ``unbalanced-languages``."""
    by_intent: dict[str, list[NluExample]] = defaultdict(list)
    for example in nlu.examples:
        if example.intent:
            by_intent[example.intent].append(example)
    for intent, examples in by_intent.items():
        count = len({example.text for example in examples})
        if 1 < count < ENOUGH:
            findings.warn(
                "too-few-examples",
                f"intent '{intent}' has {count} different examples",
                at=examples[0].location,
                fix="write about ten, all different; `chatwright data suggest` finds some in logs",
            )
    if len(languages) > 1:
        _check_languages(by_intent, languages, findings)


def _check_languages(
    by_intent: dict[str, list[NluExample]], languages: Sequence[str], findings: Findings
) -> None:
    told = {
        intent: Counter(detect(e.text, current=None, allowed=languages) for e in examples)
        for intent, examples in by_intent.items()
    }
    totals = sum(told.values(), Counter())
    known = sum(totals[language] for language in languages)
    for language in languages:
        usual = totals[language] / known if known else 0.0
        for intent, counts in told.items():
            clear = sum(counts[name] for name in languages)
            if clear >= ENOUGH and counts[language] < LEAST_SHARE * usual * clear:
                findings.warn(
                    "unbalanced-languages",
                    f"intent '{intent}' has {counts[language]} of {clear} examples in '{language}'; "
                    f"the project has {usual:.0%}",
                    at=by_intent[intent][0].location,
                    fix=f"write examples of '{intent}' in '{language}'",
                )


def check_confusions(found: OutOfFold, findings: Findings) -> None:
    """``confused-intents``: pairs that a bot takes for one another where it has not learnt the example."""
    if not len(found.given):
        return
    kinds = len(found.intents)
    predicted = found.chances.argmax(axis=1)
    counts = np.zeros((kinds, kinds), int)
    np.add.at(counts, (found.given, predicted), 1)
    totals = counts.sum(axis=1)
    both = counts + counts.T
    for one, other in combinations(range(kinds), 2):
        wrong = both[one, other]
        share = max(counts[one, other] / max(1, totals[one]), counts[other, one] / max(1, totals[other]))
        if wrong < CONFUSED_LEAST or share < CONFUSED_SHARE:
            continue
        pair = ((found.given == one) & (predicted == other)) | ((found.given == other) & (predicted == one))
        rows = np.flatnonzero(pair)
        rows = rows[np.argsort(-found.chances[rows, predicted[rows]], kind="stable")]
        examples = [found.examples[row] for row in rows.tolist()]
        listed = "; ".join(f"'{e.text}'{place(e.location)}" for e in examples[:SHOWN])
        findings.warn(
            "confused-intents",
            f"'{found.intents[one]}' and '{found.intents[other]}' can't be told apart: {wrong} of "
            f"their {totals[one] + totals[other]} examples are taken for the other ({share:.0%} of one of "
            f"them): {listed}",
            at=examples[0].location,
            fix="write examples that show the difference, or make one intent of them and tell them apart by "
            "an entity",
        )


def check_labels(found: OutOfFold, findings: Findings) -> None:
    """``likely-mislabelled``: examples whose intent is probably wrong."""
    accused = label_issues(found.given, found.chances).tolist()
    if not accused:
        return
    likeliest = found.chances.argmax(axis=1)
    texts = [example.text for example in found.examples]
    for row, nearest in witnesses(texts, found.given, likeliest, accused).items():
        example, given, likely = found.examples[row], int(found.given[row]), int(likeliest[row])
        witness = found.examples[nearest]
        findings.warn(
            "likely-mislabelled",
            f"'{example.text}' is labelled '{found.intents[given]}' ({found.chances[row, given]:.0%}); a bot "
            f"that has not seen it says '{found.intents[likely]}' ({found.chances[row, likely]:.0%}), as of "
            f"'{witness.text}'{place(witness.location)}",
            at=example.location,
            fix=f"move it to '{found.intents[likely]}', or leave it if it is right",
        )
