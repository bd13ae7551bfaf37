"""Aligning a bot's ``AlignedPolicy`` with simulated users, and measuring what that brings.

Each seed is trained on acts with the noise of the project's own understanding, and then measured beside the
same bot without the learned policy: on the same users, of the kind that was trained on and of another, and
with the understanding in the loop on real texts. What is finished lies in a folder, so that a run that was
stopped goes on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from chatwright.brain import Brain
from chatwright.bundle import Bundle, write_bundle
from chatwright.dialogue.policies.aligned import AlignedPolicy, Network
from chatwright.errors import MissingExtraError
from chatwright.project.project import Project
from chatwright.simulate.agenda import HURRIED, SEEN, TALKATIVE, UNSEEN, HabitRanges
from chatwright.simulate.hearing import Hearing, NoisyHearing, TextHearing
from chatwright.simulate.held_out import hold_out
from chatwright.simulate.measure import Figures, Interval, interval, measure
from chatwright.simulate.user_goal import read_world

__all__ = ["Alignment", "Comparison", "align", "run_folder", "write_aligned_bundle"]

Progress = Callable[[str, float], None]

TEST_SEED, CHOICE_SEED = 1_000_000, 2_000_000
"""Users that are measured on, and users by which one of several seeds is chosen; none is trained on."""
CHOICE_CONVERSATIONS = 300


@dataclass(frozen=True, slots=True)
class Setting:
    """What is measured on."""

    name: str
    hearing: Literal["acts", "texts"]
    habits: HabitRanges


SETTINGS = (
    Setting("acts, users as in training", "acts", SEEN),
    Setting("acts, other users", "acts", UNSEEN),
    Setting("acts, hurried users", "acts", HURRIED),
    Setting("acts, talkative users", "acts", TALKATIVE),
    Setting("texts, users as in training", "texts", SEEN),
    Setting("texts, other users", "texts", UNSEEN),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The bot with and without the learned policy in one setting; a number a seed in each list."""

    setting: str
    conversations: int
    """Of each seed."""
    rule_success: Sequence[float]
    rule_turns: Sequence[float]
    rule_mood: Sequence[float]
    success: Sequence[float]
    turns: Sequence[float]
    mood: Sequence[float]

    @property
    def success_gain(self) -> Interval:
        """Points of success gained, over the seeds."""
        return interval([100 * (a - b) for a, b in zip(self.success, self.rule_success, strict=True)])

    @property
    def turns_saved(self) -> Interval:
        """Per cent of turns saved, over the seeds."""
        return interval([100 * (1 - a / b) for a, b in zip(self.turns, self.rule_turns, strict=True)])


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a run found."""

    algorithm: str
    steps: int
    seeds: Sequence[int]
    comparisons: Sequence[Comparison]
    policy: AlignedPolicy
    """Of the best seed."""
    best_seed: int

    def to_json(self) -> dict[str, Any]:
        """For programs and for the bundle's manifest."""
        return {
            "algorithm": self.algorithm,
            "steps": self.steps,
            "seeds": list(self.seeds),
            "best_seed": self.best_seed,
            "comparisons": [dataclasses.asdict(comparison) for comparison in self.comparisons],
        }


def align(
    project: Project,
    brain: Brain,
    folder: Path,
    *,
    algorithm: Literal["ppo", "dqn"] = "ppo",
    steps: int = 20_000,
    seeds: int = 1,
    conversations: int = 1000,
    texts: int = 200,
    progress: Progress | None = None,
) -> Alignment:
    """Train ``seeds`` times, and measure each.

    Args:
        brain: of the trained bot.
        folder: where finished seeds are kept, and looked for.
        steps: decisions that a seed learns from.
        conversations: measured of each seed and setting on acts.
        texts: the same on texts, which take longer; 0 leaves these settings out.

    Raises:
        ProjectError: the bot has no ``AlignedPolicy``, or simulated users have nothing to want.
        MissingExtraError: the extra ``align`` is not installed.
    """
    try:
        from chatwright.simulate.environment import AskingEnvironment, aligned_policy, with_aligned_policy
        from chatwright.training.align.train_policy import train_policy
    except ModuleNotFoundError as error:
        raise MissingExtraError("chatwright align policy", "align") from error

    tell = progress or (lambda what, fraction: None)
    untrained = replace(aligned_policy(brain), network=None)
    ruled = with_aligned_policy(brain, untrained)
    world = read_world(project)
    folds = hold_out(project, progress=tell)
    hearings: dict[str, Hearing] = {
        "acts": NoisyHearing(folds, world),
        "texts": TextHearing(folds, world.languages),
    }
    folder.mkdir(parents=True, exist_ok=True)
    settings = [s for s in SETTINGS if s.hearing == "acts" or texts]
    networks: dict[int, Network] = {}
    found: dict[str, list[Mapping[str, float]]] = {setting.name: [] for setting in settings}
    for seed in range(seeds):
        weights = folder / f"seed-{seed}.npz"
        if not weights.is_file():
            environment = AskingEnvironment(ruled, world, hearings["acts"], SEEN, seed=seed)
            network = train_policy(
                environment,
                algorithm=algorithm,
                steps=steps,
                seed=seed,
                progress=lambda fraction, seed=seed: tell(f"seed {seed}: learning", fraction),
            )
            environment.close()
            _save(network, weights)
        networks[seed] = _load(weights)
        learned = with_aligned_policy(brain, replace(untrained, network=networks[seed]))
        for setting in settings:
            count = conversations if setting.hearing == "acts" else texts
            name = f"seed-{seed}-{'-'.join(setting.name.replace(',', '').split())}-{count}.json"
            if not (folder / name).is_file():
                tell_part = lambda fraction, s=setting, n=seed: tell(f"seed {n}: {s.name}", fraction)  # noqa: E731
                both = [
                    measure(
                        bot,
                        world,
                        hearings[setting.hearing],
                        setting.habits,
                        count=count,
                        seed=TEST_SEED + seed,
                        progress=tell_part,
                    )
                    for bot in (ruled, learned)
                ]
                (folder / name).write_text(json.dumps(_figures(*both)), "utf-8")
            found[setting.name].append(json.loads((folder / name).read_text("utf-8")))
    best = _best(networks, lambda network: measure(
        with_aligned_policy(brain, replace(untrained, network=network)),
        world, hearings["acts"], SEEN, count=CHOICE_CONVERSATIONS, seed=CHOICE_SEED,
    ))  # fmt: skip
    comparisons = [
        Comparison(
            setting.name,
            conversations if setting.hearing == "acts" else texts,
            **{key: [figures[key] for figures in found[setting.name]] for key in found[setting.name][0]},
        )
        for setting in settings
    ]
    policy = replace(untrained, network=networks[best])
    return Alignment(algorithm, steps, list(range(seeds)), comparisons, policy, best)


def run_folder(root: Path, bundle: Bundle, algorithm: str, steps: int) -> Path:
    """Where a run keeps what is finished: the same for the same bot and the same training."""
    identity = json.dumps([dict(bundle.manifest.parts), algorithm, steps], sort_keys=True)
    return root / ".chatwright" / "align" / hashlib.sha256(identity.encode()).hexdigest()[:16]


def write_aligned_bundle(bundle: Bundle, alignment: Alignment, out: Path) -> None:
    """The bundle with the learned policy in the place of its own, as the file ``out``."""
    manifest = bundle.manifest
    with tempfile.TemporaryDirectory(prefix="chatwright-align-") as scratch:
        staging = Path(scratch) / "bundle"
        shutil.copytree(bundle.folder, staging, ignore=shutil.ignore_patterns("manifest.json"))
        entries = json.loads((staging / "dialogue" / "policies.json").read_text("utf-8"))
        place = next(entry["folder"] for entry in entries if entry["class"] == AlignedPolicy.__name__)
        alignment.policy.save(staging / "dialogue" / place)
        write_bundle(
            staging,
            out,
            assistant_id=manifest.assistant_id,
            languages=manifest.languages,
            project_fingerprint=manifest.project_fingerprint,
            parts=manifest.parts,
            extras=manifest.extras,
            metrics={**manifest.metrics, "align": alignment.to_json()},
        )


def _best(networks: Mapping[int, Network], figures: Callable[[Network], Figures]) -> int:
    """The seed with the most success on users that are for nothing else; fewest turns among equals."""
    if len(networks) == 1:
        return next(iter(networks))
    found = {seed: figures(network) for seed, network in networks.items()}
    return max(found, key=lambda seed: (round(found[seed].success, 2), -found[seed].turns))


def _figures(ruled: Figures, learned: Figures) -> dict[str, float]:
    named = {"rule_": ruled, "": learned}
    return {
        f"{prefix}{name}": getattr(figures, name)
        for prefix, figures in named.items()
        for name in ("success", "turns", "mood")
    }


def _save(network: Network, path: Path) -> None:
    arrays: dict[str, Any] = {}
    for number, (weights, bias) in enumerate(network.layers):
        arrays |= {f"weights{number}": weights, f"bias{number}": bias}
    np.savez(path, **arrays)


def _load(path: Path) -> Network:
    with np.load(path, allow_pickle=False) as arrays:
        count = len(arrays.files) // 2
        return Network([(arrays[f"weights{number}"], arrays[f"bias{number}"]) for number in range(count)])
