"""Rows of the learned policies: the stories of the TED paper, scored as TED's own logs score them.

    CHATWRIGHT_DATA=… python benchmarks/_policy_rows.py [modular|modular_status|e2e|e2e_status] …
        [--settings light deep] [--seeds 0 1 2] [--on-train]

Every decision of the 185 test stories is asked for with the true conversation before it. *Accuracy* counts
all of them, ``action_listen`` included; *F1* is the mean over the actions, weighted by how often each comes,
without ``action_listen``. So the logs of RasaHQ/TED-paper count: modular, 0.645 is of all 2,297 + 1,358
decisions, and end to end 0.615 is 1,358 listens and 23% of the 1,358 texts. A bot text counts as the actions
that ``e2e_action_map`` gives it; the policies are not told of that map. What can be chosen was chosen with
``--on-train``: the last 15% of the training stories stand for the test part.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _peers import run_timed
from _policy_sets import END_TO_END, END_TO_END_STATUS, MODULAR, MODULAR_STATUS, StorySet, story_set
from _table import Row, markdown

TED = {
    MODULAR: {"action accuracy": 64.5, "weighted F1": 52.3},
    MODULAR_STATUS: {"action accuracy": 71.3, "weighted F1": 63.1},
    END_TO_END: {"action accuracy": 61.5, "weighted F1": 22.4},
    END_TO_END_STATUS: {"action accuracy": 64.8, "weighted F1": 29.0},
}
"""Logs of the TED paper's runs with ``max_history`` 10."""
POLICIES: Mapping[str, Mapping[str, Any]] = {
    "light": {"name": "TEDPolicy", "max_history": 10},
    "deep": {"name": "TransformerPolicy", "max_history": 10},
}
SEEDS = (0, 1, 2)
LISTEN = "action_listen"


def policy_rows(quick: bool) -> Iterator[list[Row]]:
    """Accuracy and F1 of each set: the Transformer policy, and the light one in the same run."""
    for name in (MODULAR, MODULAR_STATUS) if quick else TED:
        yield rows_of(name, SEEDS[: 1 if quick else None])


def rows_of(
    name: str, seeds: Sequence[int], settings: Sequence[str] = tuple(POLICIES), *, on_train: bool = False
) -> list[Row]:
    """The rows of one set.

    The light policy is left out end to end: a linear model of 5,000 texts is none.
    """
    texts = name in (END_TO_END, END_TO_END_STATUS)
    measured = {
        setting: [
            _in_process(name, setting, seed, on_train) for seed in (seeds if setting == "deep" else seeds[:1])
        ]
        for setting in settings
        if not (texts and setting == "light")
    }
    rows = []
    for setting, runs in measured.items():
        for metric, published in TED[name].items():
            rows.append(
                Row(
                    f"multiwoz stories {name}",
                    metric,
                    setting,
                    [run[metric] for run in runs],
                    [run[metric] for run in measured.get("light", ())] if setting == "deep" else [],
                    must=published if setting == "deep" else None,
                    best=published,
                    seconds=runs[-1]["train_seconds"],
                    milliseconds=runs[-1]["milliseconds"],
                    more={
                        key: runs[-1][key]
                        for key in (
                            "train_cpu_seconds",
                            "peak_mb",
                            "decisions",
                            "conversations_right",
                            "bundle_mb",
                        )
                    },
                )
            )
    return rows


def _in_process(name: str, setting: str, seed: int, on_train: bool) -> dict[str, float]:
    """One training and test in a process of its own, so that its memory can be told."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "measured.json")
        command = [
            sys.executable,
            __file__,
            name,
            "--settings",
            setting,
            "--seeds",
            str(seed),
            "--alone",
            str(out),
        ]
        used = run_timed(command + ["--on-train"] * on_train, Path(__file__).parent)
        return json.loads(out.read_text("utf-8")) | {"peak_mb": used["peak_mb"]}


def measure(data: StorySet, setting: str, seed: int) -> dict[str, float]:
    """Train the policy of a setting, and ask it for every decision of the test stories."""
    from chatwright.dialogue.fit_dialogue import fit_policies
    from chatwright.dialogue.policies.history import walk
    from chatwright.dialogue.training_stories import story_dialogues

    started, worked = time.perf_counter(), time.process_time()
    decider = fit_policies([POLICIES[setting]], data.train, [], data.domain, seed=42 + seed)
    found: dict[str, float] = {
        "train_seconds": time.perf_counter() - started,
        "train_cpu_seconds": time.process_time() - worked,
    }
    (policy,) = decider.policies
    right, spent, perfect = [], [], 0
    stories = story_dialogues(data.test, data.domain)
    for story in stories:
        decisions = []
        for number, (tracker, action) in enumerate(walk(story, data.domain)):
            if number:  # the listening that a story begins with is no decision
                before = time.perf_counter()
                choice = policy.predict(tracker, data.domain).action or LISTEN
                spent.append(time.perf_counter() - before)
                decisions.append((data.label(action), data.label(choice)))
        right += decisions
        perfect += all(true == said for true, said in decisions)
    with tempfile.TemporaryDirectory() as folder:
        decider.save(Path(folder))
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return found | {
        "action accuracy": 100 * statistics.fmean(true == said for true, said in right),
        "weighted F1": 100 * weighted_f1(right),
        "conversations_right": perfect,
        "decisions": len(right),
        "milliseconds": 1000 * statistics.median(spent),
        "bundle_mb": size / 2**20,
    }


def weighted_f1(decisions: Sequence[tuple[str, str]]) -> float:
    """Mean F1 of the true actions but ``action_listen``, each weighing as often as it comes.

    Args:
        decisions: what is true, and what was said.
    """
    from sklearn.metrics import f1_score

    true, said = zip(*decisions, strict=True)
    labels = sorted(set(true) - {LISTEN})
    return float(f1_score(true, said, labels=labels, average="weighted", zero_division=0))  # pyright: ignore


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("names", nargs="*", help="the sets; all by default")
    arguments.add_argument("--settings", nargs="+", choices=POLICIES, default=list(POLICIES))
    arguments.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    arguments.add_argument(
        "--on-train", action="store_true", help="score a held-out part of the training stories"
    )
    arguments.add_argument(
        "--alone", type=Path, help="measure one set, setting and seed here, into this file"
    )
    options = arguments.parse_args()
    for name in options.names or TED:
        if options.alone:
            data = story_set(name)
            data = data.within_train() if options.on_train else data
            measured = measure(data, options.settings[0], options.seeds[0])
            options.alone.write_text(json.dumps(measured), "utf-8")
        else:
            rows = rows_of(name, options.seeds, options.settings, on_train=options.on_train)
            print(markdown(rows), *(f"{row.key}: {row.more}\n" for row in rows), flush=True)


if __name__ == "__main__":
    main()
