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
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from _peers import run_timed
from _policy_sets import (
    END_TO_END,
    END_TO_END_STATUS,
    MODULAR,
    MODULAR_STATUS,
    StorySet,
    hotel_stories,
    story_set,
)
from _table import Row, markdown
from chatwright.schema.events import SlotSet, UserUttered
from chatwright.schema.understanding import IntentScore

TED = {
    MODULAR: {"action accuracy": 64.5, "weighted F1": 52.3},
    MODULAR_STATUS: {"action accuracy": 71.3, "weighted F1": 63.1},
    END_TO_END: {"action accuracy": 61.5, "weighted F1": 22.4},
    END_TO_END_STATUS: {"action accuracy": 64.8, "weighted F1": 29.0},
}
"""Logs of the TED paper's runs with ``max_history`` 10."""
SETTINGS = ("light", "deep")
MAX_HISTORY = 10
"""As in TED's runs."""
SEEDS = (0, 1, 2)
LISTEN = "action_listen"


def policy_rows(quick: bool) -> Iterator[list[Row]]:
    """Accuracy and F1 of each set: the Transformer policy, and the light one in the same run."""
    for name in (MODULAR, MODULAR_STATUS) if quick else TED:
        yield rows_of(name, SEEDS[: 1 if quick else None])
    yield unlikely_rows()


def rows_of(
    name: str, seeds: Sequence[int], settings: Sequence[str] = SETTINGS, *, on_train: bool = False
) -> list[Row]:
    """The rows of one set.

    The light policy is left out end to end: a linear model of 5,000 texts is none.
    """
    texts = name in (END_TO_END, END_TO_END_STATUS)
    measured = {
        setting: [
            trained_alone(name, setting, seed, on_train)
            for seed in (seeds if setting == "deep" else seeds[:1])
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


def trained_alone(name: str, setting: str, seed: int, on_train: bool = False) -> dict[str, float]:
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
    from chatwright.dialogue.policies.fit_learned import fit_learned
    from chatwright.dialogue.policies.fit_transformer import fit_transformer
    from chatwright.dialogue.policies.history import walk
    from chatwright.dialogue.policies.policy import RuleOnly
    from chatwright.dialogue.policies.training_data import Dialogues
    from chatwright.dialogue.training_stories import story_dialogues

    fit = {"light": fit_learned, "deep": fit_transformer}[setting]
    options = {"max_history": MAX_HISTORY}
    train = story_dialogues(data.train, data.domain)
    started, worked = time.perf_counter(), time.process_time()
    policy = fit(options, Dialogues(train, (), RuleOnly(), data.domain, seed=42 + seed))
    found: dict[str, float] = {
        "train_seconds": time.perf_counter() - started,
        "train_cpu_seconds": time.process_time() - worked,
    }
    assert policy is not None
    right, spent, perfect = [], [], 0
    for story in story_dialogues(data.test, data.domain):
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
        policy.save(Path(folder))
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return found | {
        "action accuracy": 100 * statistics.fmean(true == said for true, said in right),
        "weighted F1": 100 * weighted_f1(right),
        "conversations_right": perfect,
        "decisions": len(right),
        "milliseconds": 1000 * statistics.median(spent),
        "bundle_mb": size / 2**20,
    }


def unlikely_rows() -> list[Row]:
    """The unlikely-intent check on 30 unseen conversations about hotels, with chit-chat and corrections.

    Each message is heard once as it was meant, and once with an intent drawn from the others; how many of
    either are doubted is told. That a drawn intent may well fit, the figure does not know.
    """
    from chatwright.dialogue.fit_dialogue import fit_policies
    from chatwright.dialogue.policies.history import UNLIKELY
    from chatwright.dialogue.tracker import Tracker
    from chatwright.dialogue.training_stories import story_dialogues

    data, chance = hotel_stories(), random.Random(0)
    started = time.perf_counter()
    (policy,) = fit_policies([{"name": "UnexpecTEDIntentPolicy"}], data.train, [], data.domain).policies
    seconds = time.perf_counter() - started
    stories = story_dialogues(data.test, data.domain)
    intents = sorted(
        {e.intent for story in stories for e in story.events if isinstance(e, UserUttered) and e.intent}
    )
    doubted: dict[str, list[bool]] = {"right": [], "wrong": []}
    spent = []
    for story in stories:
        for place, event in enumerate(story.events):
            if not isinstance(event, UserUttered):
                continue
            filled = itertools.takewhile(lambda e: isinstance(e, SlotSet), story.events[place + 1 :])
            other = chance.choice([intent for intent in intents if intent != event.intent])
            slots = list(filled)
            for kind, intent in (("right", event.intent), ("wrong", other)):
                understood = replace(event.understanding, intent=IntentScore(intent, 1.0))
                tracker = Tracker(story.name, data.domain)
                tracker.update_all([*story.events[:place], replace(event, understanding=understood), *slots])
                before = time.perf_counter()
                doubted[kind].append(policy.predict(tracker, data.domain).action == UNLIKELY)
                spent.append(time.perf_counter() - before)
    return [
        Row(
            f"hotel stories, {kind} intents",
            "doubted",
            "light",
            [100 * statistics.fmean(found)],
            seconds=seconds,
            milliseconds=1000 * statistics.median(spent),
            more={"messages": len(found)},
        )
        for kind, found in doubted.items()
    ]


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
    arguments.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    arguments.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    arguments.add_argument(
        "--on-train", action="store_true", help="score a held-out part of the training stories"
    )
    arguments.add_argument(
        "--alone", type=Path, help="measure one set, setting and seed here, into this file"
    )
    options = arguments.parse_args()
    if not options.names:
        print(markdown(unlikely_rows()))
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
