"""Rows of learning how to ask: a form that asks as it learned from simulated users, beside its own order.

    python benchmarks/_align_rows.py [--quick]

The project is our own (projects/tables: five wishes and a confirmation, English and Chinese). Acts have the
noise of its understanding in cross-validation; texts are its held-out examples, read by pipelines that do not
know them. Each row holds a value a seed; the baseline column holds the same bot, on the same users, without
the policy. What is finished is kept in ``results/align_runs`` (not committed), so that a run that was stopped
goes on.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from _peers import RESULTS, copy_project, machine
from _table import Row, Rows, markdown

if TYPE_CHECKING:
    from chatwright.brain import Brain
    from chatwright.project.project import Project
    from chatwright.simulate.fit_policy import Comparison
    from chatwright.simulate.measure import Interval

PROJECT = Path(__file__).parent / "projects" / "tables"
RUNS = RESULTS / "align_runs"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a row costs."""

    algorithm: Literal["ppo", "dqn"]
    steps: int
    seeds: int
    conversations: int
    texts: int


FULL = (Budget("ppo", 20_000, 5, 1000, 200), Budget("dqn", 10_000, 3, 1000, 0))
QUICK = (Budget("ppo", 1_000, 2, 50, 10),)
MAY_LOSE, MUST_SAVE, GAIN_ENOUGH = 0.5, 10.0, 3.0
"""Points of success that may be lost, per cent of turns then to be saved, points that are enough alone."""


def align_rows(quick: bool) -> Iterator[list[Row]]:
    """Success and turns, in each setting, for each algorithm; then a policy written by hand."""
    from chatwright.brain import Brain
    from chatwright.bundle import open_bundle
    from chatwright.project.project import Project
    from chatwright.simulate.fit_policy import align, run_folder
    from chatwright.trainer import train

    with TemporaryDirectory() as scratch:
        folder = copy_project(PROJECT, Path(scratch) / "tables")
        bundle = open_bundle(train(folder).path)
        project, brain = Project.load(folder), Brain.load(bundle, project_root=folder)
        for budget in QUICK if quick else FULL:
            found = align(
                project,
                brain,
                run_folder(RUNS, bundle, budget.algorithm, budget.steps),
                algorithm=budget.algorithm,
                steps=budget.steps,
                seeds=budget.seeds,
                conversations=budget.conversations,
                texts=budget.texts,
            )
            for comparison in found.comparisons:
                yield comparison_rows(budget.algorithm, comparison)
        yield from _by_hand(project, brain, 50 if quick else 1000)


def comparison_rows(algorithm: str, comparison: Comparison) -> list[Row]:
    """Success and turns saved, a value a seed, with 95 % intervals of what was gained."""
    name = f"table bot, {comparison.setting}"
    rule = [100 * share for share in comparison.rule_success]
    gain, saved = comparison.success_gain, comparison.turns_saved
    success = Row(
        name,
        "success",
        algorithm,
        [100 * share for share in comparison.success],
        rule,
        must=statistics.fmean(rule) - MAY_LOSE,
        more={
            "gain": gain.mean,
            "gain_95": _half_width(gain),
            "conversations": comparison.conversations,
            "mood": statistics.fmean(comparison.mood),
            "rule_mood": statistics.fmean(comparison.rule_mood),
        },
    )
    turns = Row(
        name,
        "turns saved, %",
        algorithm,
        [100 * (1 - a / b) for a, b in zip(comparison.turns, comparison.rule_turns, strict=True)],
        must=None if gain.mean >= GAIN_ENOUGH else MUST_SAVE,
        more={
            "saved_95": _half_width(saved),
            "turns": statistics.fmean(comparison.turns),
            "rule_turns": statistics.fmean(comparison.rule_turns),
        },
    )
    return [success, turns]


def _half_width(found: Interval) -> float | None:
    """Of the 95 % interval; None for a single seed."""
    return found.half_width if math.isfinite(found.half_width) else None


def _by_hand(project: Project, brain: Brain, conversations: int) -> Iterator[list[Row]]:
    """What a person would write: ask for everything, then for what is missing, then confirm."""
    import numpy as np

    from chatwright.dialogue.policies.aligned import Network
    from chatwright.simulate.agenda import CONTRARY, HURRIED, SEEN, TALKATIVE
    from chatwright.simulate.environment import aligned_policy, with_aligned_policy
    from chatwright.simulate.fit_policy import TEST_SEED
    from chatwright.simulate.hearing import NoisyHearing
    from chatwright.simulate.held_out import hold_out
    from chatwright.simulate.measure import measure
    from chatwright.simulate.user_goal import read_world

    policy = aligned_policy(brain)
    liking = np.array([len(choice.slots) for choice in policy.choices.choices], np.float32)
    indifferent = np.zeros((len(liking), policy.choices.width + len(liking)), np.float32)
    by_hand = with_aligned_policy(brain, replace(policy, network=Network([(indifferent, liking)])))
    ruled = with_aligned_policy(brain, replace(policy, network=None))
    world = read_world(project)
    hearing = NoisyHearing(hold_out(project), world)
    for name, habits in (
        ("users as in training", SEEN), ("contrary users", CONTRARY),
        ("hurried users", HURRIED), ("talkative users", TALKATIVE),
    ):  # fmt: skip
        found, rule = (
            measure(bot, world, hearing, habits, count=conversations, seed=TEST_SEED)
            for bot in (by_hand, ruled)
        )
        row = f"table bot, acts, {name}"
        yield [
            Row(row, "success", "by hand", [100 * found.success], [100 * rule.success]),
            Row(row, "turns saved, %", "by hand", [100 * (1 - found.turns / rule.turns)],
                more={"turns": found.turns, "rule_turns": rule.turns}),
        ]  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="little training, few conversations")
    options = arguments.parse_args()
    rows = Rows(RESULTS / ("align_quick.json" if options.quick else "align.json"))
    rows.machine = rows.machine or machine()
    for measured in align_rows(options.quick):
        rows.keep(*measured)
        print(markdown(measured).splitlines()[-1], flush=True)
    rows.path.with_suffix(".md").write_text(markdown(list(rows.rows.values())), "utf-8")


if __name__ == "__main__":
    main()
