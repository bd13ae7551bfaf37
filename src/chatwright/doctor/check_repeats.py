"""Examples that say the same: under two intents, under one, and in the tests, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from chatwright.doctor.near_duplicates import near_duplicates, normal_form
from chatwright.errors import Location
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData, NluExample

__all__ = ["check_leaks", "check_repeats"]

SAME_INTENT = 0.9
"""Jaccard index from which an example teaches nothing beside another of its intent: ``invoice please`` is not
``an invoice please``."""
LISTED = 5
"""Places named in one message."""


def check_repeats(nlu: NluData, findings: Findings) -> None:
    """``contradictory-examples``, ``near-duplicate`` and ``near-duplicate-across``."""
    by_form: dict[str, list[NluExample]] = defaultdict(list)
    for example in nlu.examples:
        if label_of(example) and (form := normal_form(example.text)):
            by_form[form].append(example)
    for examples in by_form.values():
        _check_same(examples, findings)
    forms = list(by_form)
    for first, second, alike in near_duplicates(forms):
        _check_near(by_form[forms[first]][0], by_form[forms[second]][0], alike, findings)


def check_leaks(nlu: NluData, tests: Iterable[tuple[str, Location | None]], findings: Findings) -> None:
    """``leaked-test``: a held-out example stands among the training examples.

    Args:
        tests: texts of held-out examples, and their places.
    """
    learnt: dict[str, NluExample] = {}
    for example in nlu.examples:
        learnt.setdefault(normal_form(example.text), example)
    for text, at in tests:
        form = normal_form(text)
        if form and (found := learnt.get(form)):
            findings.warn(
                "leaked-test",
                f"the test '{text}' is a training example{place(found.location)}",
                at=at,
                fix="say it in other words in the test, or take it out of the training data",
            )


def label_of(example: NluExample) -> str | None:
    """The intent, or the full name of the answer."""
    return example.response_key or example.intent


def place(at: Location | None) -> str:
    """`` at file:line``, or nothing."""
    return f" at {at.line_in_file}" if at else ""


def _check_same(examples: list[NluExample], findings: Findings) -> None:
    labels: dict[str | None, NluExample] = {}
    for example in examples:
        labels.setdefault(label_of(example), example)
    first, *others = labels.values()
    if others and len({example.text for example in labels.values()}) > 1:
        listed = "; ".join(f"'{e.text}' of '{label_of(e)}'{place(e.location)}" for e in others[:LISTED])
        findings.warn(
            "contradictory-examples",
            f"'{first.text}' of '{label_of(first)}' says the same as {listed}",
            at=first.location,
            fix="keep it with one intent",
        )
    seen: dict[tuple[str | None, str], NluExample] = {}
    for example in examples:
        before = seen.setdefault((label_of(example), ""), example)
        if before is not example:
            _warn_duplicate(example, before, "the same words as", findings)


def _check_near(first: NluExample, second: NluExample, alike: float, findings: Findings) -> None:
    if label_of(first) == label_of(second):
        if alike >= SAME_INTENT:
            _warn_duplicate(second, first, f"{alike:.0%} the same as", findings)
        return
    findings.warn(
        "near-duplicate-across",
        f"'{first.text}' of '{label_of(first)}' is {alike:.0%} the same as '{second.text}' of "
        f"'{label_of(second)}'{place(second.location)}",
        at=first.location,
        fix="check that the few words that differ make the difference, else keep them with one intent",
    )


def _warn_duplicate(example: NluExample, before: NluExample, how: str, findings: Findings) -> None:
    findings.warn(
        "near-duplicate",
        f"'{example.text}' is {how} '{before.text}'{place(before.location)}, also of '{label_of(before)}'",
        at=example.location,
        fix="remove one, or say it in another way: it teaches nothing new",
    )
