"""The state tracker's weights that ship with the package.

    CHATWRIGHT_DATA=… python benchmarks/_state_weights.py [FOLDER]

Learnt from the training parts of WOZ 2.0, CamRest676 and the Schema-Guided Dialogue subset, and from the
validation parts of CrossWOZ and of MultiWOZ 2.1 in both languages, whose training dialogues are not to be
had; test parts are not touched. Only features that carry over to other schemas are learnt; in every other
dialogue without those of slots' names, so that the tracker knows what to do where it never saw the name.
Small weights are left out. Sentences of our own (_state_phrases.py) add what public dialogues lack.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from _state_phrases import everyday_schema, phrase_dialogues
from _state_rows import joint_goal
from _state_sets import Dialogue, crosswoz, multiwoz, multiwoz_zh, restaurants, seen_services, sgd, sgd_schema
from chatwright.dialogue.belief.fit_state_tracker import BITS, SHIPPED, choices
from chatwright.learn.fit_ranker import Choice, fit_ranker
from chatwright.learn.ranker import Ranker

SGD, OTHERS = 500, 220
"""Dialogues of SGD, of MultiWOZ and CrossWOZ; all of the others."""
PHRASES = 1200
SMALL = 0.03


def main(folder: Path) -> None:
    """Train, save and measure on services that training did not see."""
    started = time.perf_counter()
    schema_guided = sgd({"train": SGD, "valid": 80, "test": 1}, understood=True)
    sets = [
        schema_guided["train"],
        *(restaurants(name, ("train",))["train"] for name in ("woz2", "camrest676")),
        multiwoz(("train",))["train"][:OTHERS],
        crosswoz(("train",))["train"][:OTHERS],
        multiwoz_zh(("train",))["train"][:OTHERS],
        list(phrase_dialogues(sgd_schema("train"), "en", PHRASES // 2)),
        list(phrase_dialogues(everyday_schema("en"), "en", PHRASES // 2)),
        list(phrase_dialogues(everyday_schema("zh"), "zh", PHRASES)),
    ]
    ranker = fit_ranker(_choices(sets, started), bits=BITS, penalty=1.0)
    ranker = Ranker(np.where(np.abs(ranker.weights) < SMALL, 0, ranker.weights))
    folder.mkdir(parents=True, exist_ok=True)
    ranker.save(folder)
    print(f"{time.perf_counter() - started:.0f} s, {(folder / 'ranker.npz').stat().st_size / 1e6:.2f} MB")
    seen = seen_services()
    for name, wanted in (("seen", True), ("unseen", False)):
        goal, _ = joint_goal(
            ranker, schema_guided["valid"], own=False, services=lambda s, w=wanted: (s in seen) == w
        )
        print(f"SGD valid, {name} services: joint goal {goal:.1f}")


def _choices(sets: Sequence[Sequence[Dialogue]], started: float) -> Iterator[Choice]:
    for number, dialogues in enumerate(sets, 1):
        for place, one in enumerate(dialogues):
            yield from choices(one.turns, one.schema, names=place % 2 == 0, own=False)
        print(f"{number} of {len(sets)} sets read after {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
