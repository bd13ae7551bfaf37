"""How well are the user's wishes tracked over a dialogue?

    CHATWRIGHT_DATA=… python benchmarks/_state_rows.py [woz2 glad camrest676 sgd crosswoz multiwoz21 …]

Joint goal: the share of user turns after which every slot is right; of SGD, the share of frames (a turn and
a service) after which every slot of the service is. Trackers are given the texts of both sides, nothing else,
and learn from the set's own training part: all of WOZ 2.0 and CamRest676, 600 dialogues of SGD, and nine
tenths of the validation parts of CrossWOZ and MultiWOZ 2.1, whose training dialogues are not to be had.
Options were chosen on validation parts. Rows are kept in results/states.json.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from _peers import RESULTS, machine
from _state_sets import Dialogue, crosswoz, multiwoz, multiwoz_zh, restaurants, same, seen_services, sgd
from _table import Row, Rows, markdown
from chatwright.dialogue.belief.candidates import BeliefState
from chatwright.dialogue.belief.fit_state_tracker import LabelledTurn, choices
from chatwright.dialogue.belief.schema import DONTCARE, SlotKey
from chatwright.dialogue.belief.state_tracker import StateTracker
from chatwright.learn.fit_ranker import fit_ranker
from chatwright.learn.ranker import Ranker

BITS = 20
METRIC = "joint goal"
SGD = {"train": 600, "test": 730}
QUICK = 40
"""Dialogues of each part in a quick run."""


def state_rows(quick: bool = False) -> Iterator[list[Row]]:
    """All rows, set by set."""
    for group in GROUPS.values():
        yield list(group(quick))


def woz2_rows(quick: bool) -> Iterator[Row]:
    """WOZ 2.0: with its own training part alone, and with its validation part and CamRest676 besides.

    Both sets are about the same restaurants and slots.
    """
    woz2, more = restaurants("woz2"), restaurants("camrest676", ("train", "valid"))
    yield from _rows("woz2", woz2, quick)
    everything = [*woz2["train"], *woz2["valid"], *more["train"], *more["valid"]]
    yield from _rows("woz2, with CamRest676", {**woz2, "train": everything}, quick, must=88.0)


def camrest_rows(quick: bool) -> Iterator[Row]:
    """CamRest676."""
    yield from _rows("camrest676", restaurants("camrest676", ("train", "test")), quick)


def crosswoz_rows(quick: bool) -> Iterator[Row]:
    """CrossWOZ, in Chinese; published: TRADE, with the whole training part."""
    yield from _rows("crosswoz", crosswoz(("train", "test")), quick, best=36.08)


def multiwoz_rows(quick: bool) -> Iterator[Row]:
    """MultiWOZ 2.1; published with the whole training part."""
    yield from _rows("multiwoz21", multiwoz(("train", "test")), quick, best=60.61)


def multiwoz_zh_rows(quick: bool) -> Iterator[Row]:
    """MultiWOZ 2.1 in Chinese; published: SUMBT, with the whole training part."""
    yield from _rows("multiwoz_zh", multiwoz_zh(("train", "test")), quick, best=46.0)


def sgd_rows(quick: bool) -> Iterator[Row]:
    """The Schema-Guided Dialogue subset; the test part has services that training has not."""
    parts = sgd({"train": QUICK, "test": QUICK} if quick else SGD, parts=("train", "test"))
    ranker, seconds = learn(parts["train"])
    seen = seen_services()
    for name, wanted in (
        ("sgd, all services", None),
        ("sgd, seen services", True),
        ("sgd, unseen services", False),
    ):
        goal, milliseconds = joint_goal(
            ranker, parts["test"], services=lambda s, w=wanted: w is None or (s in seen) == w
        )
        yield Row(name, METRIC, "light", [goal], seconds=seconds, milliseconds=milliseconds)


def _rows(
    name: str,
    parts: Mapping[str, Sequence[Dialogue]],
    quick: bool,
    *,
    must: float | None = None,
    best: float | None = None,
) -> Iterator[Row]:
    most = QUICK if quick else None
    ranker, seconds = learn(parts["train"][:most])
    goal, milliseconds = joint_goal(ranker, parts["test"][:most])
    yield Row(name, METRIC, "light", [goal], must=must, best=best, seconds=seconds, milliseconds=milliseconds)


def learn(dialogues: Sequence[Dialogue], *, penalty: float = 0.2) -> tuple[Ranker, float]:
    """A ranker and the seconds that it took."""
    started = time.perf_counter()
    found = (choice for one in dialogues for choice in choices(one.turns, one.schema))
    ranker = fit_ranker(found, bits=BITS, penalty=penalty)
    return ranker, time.perf_counter() - started


def joint_goal(
    ranker: Ranker,
    dialogues: Sequence[Dialogue],
    *,
    own: bool = True,
    services: Callable[[str], bool] = lambda service: True,
    wrong: Callable[[LabelledTurn, BeliefState, set[SlotKey]], None] | None = None,
) -> tuple[float, float]:
    """Percent of turns (or frames) with the right state, and milliseconds a turn.

    Args:
        own: whether the ranker knows the slots themselves.
        services: of SGD, those whose frames count.
        wrong: told of each turn: what was found, and the slots that are wrong.
    """
    right = total = turns = 0
    seconds = 0.0
    for dialogue in dialogues:
        tracker = StateTracker(dialogue.schema, ranker, own)
        belief = BeliefState()
        for number, labelled in enumerate(dialogue.turns):
            started = time.perf_counter()
            belief, _ = tracker.update(belief, labelled.turn)
            seconds += time.perf_counter() - started
            turns += 1
            keys = labelled.after.keys() | belief.values.keys()
            bad = {k for k in keys if not same(belief.values.get(k, ""), labelled.after.get(k, ("",)))}
            if dialogue.active:
                frames = [service for service in dialogue.active[number] if services(service)]
                total += len(frames)
                right += sum(all(key[0] != service for key in bad) for service in frames)
            else:
                total += 1
                right += not bad
            if wrong is not None:
                wrong(labelled, belief, bad)
    return 100 * right / max(1, total), 1000 * seconds / max(1, turns)


def glad_rows(quick: bool) -> Iterator[Row]:
    """The GLAD-like baseline on WOZ 2.0 (extra ``train``)."""
    import torch

    from _state_glad import Example, glad_states

    torch.set_num_threads(1)
    parts = restaurants("woz2")
    examples: dict[str, list[Example]] = {part: [] for part in parts}
    for part, dialogues in parts.items():
        for dialogue in dialogues[: QUICK if quick else None]:
            before: dict[str, str] = {}
            for number, one in enumerate(dialogue.turns):
                state = {key[1]: values[0] for key, values in one.after.items()}
                changes = {slot: value for slot, value in state.items() if before.get(slot) != value}
                examples[part].append(Example(one.turn.text, one.turn.reply, changes, state, number == 0))
                before = state
    ontology = {slot.name: [*slot.values, DONTCARE] for slot in parts["train"][0].schema.slots}
    started = time.perf_counter()
    found = glad_states(examples["train"], examples["valid"], examples["test"], ontology)
    right = sum(state == dict(one.state) for state, one in zip(found, examples["test"], strict=True))
    seconds = time.perf_counter() - started
    yield Row("woz2", METRIC, "GLAD-like baseline", [100 * right / len(found)], seconds=seconds)


GROUPS: Mapping[str, Callable[[bool], Iterator[Row]]] = {
    "woz2": woz2_rows,
    "glad": glad_rows,
    "camrest676": camrest_rows,
    "sgd": sgd_rows,
    "crosswoz": crosswoz_rows,
    "multiwoz21": multiwoz_rows,
    "multiwoz_zh": multiwoz_zh_rows,
}


def main() -> None:
    """Measure the sets that are named, or all."""
    for name in sys.argv[1:] or GROUPS:
        for row in GROUPS[name](False):
            kept = Rows(RESULTS / "states.json")  # read again: another set may be measured beside this one
            kept.machine = kept.machine or machine()
            kept.keep(row)
            print(markdown([row]), flush=True)


if __name__ == "__main__":
    main()
