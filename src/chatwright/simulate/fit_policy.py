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
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from chatwright.brain import Brain
from chatwright.bundle import Bundle, write_bundle
from chatwright.dialogue.policies.aligned import AlignedPolicy, Network
from chatwright.errors import MissingExtraError
from chatwright.project.project import Project
from chatwright.simulate.accepted_values import with_accepted_values
from chatwright.simulate.agenda import CONTRARY, HURRIED, SEEN, TALKATIVE, HabitRanges
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
    Setting("acts, contrary users", "acts", CONTRARY),
    Setting("acts, hurried users", "acts", HURRIED),
    Setting("acts, talkative users", "acts", TALKATIVE),
    Setting("texts, users as in training", "texts", SEEN),
    Setting("texts, contrary users", "texts", CONTRARY),
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
    run = _Run(project, brain, folder, algorithm, steps, progress or (lambda what, fraction: None))
    counts = {"acts": conversations, "texts": texts}
    settings = [setting for setting in SETTINGS if counts[setting.hearing]]
    networks: dict[int, Network] = {}
    found: dict[str, list[Mapping[str, float]]] = {setting.name: [] for setting in settings}
    for seed in range(seeds):
        networks[seed] = run.network(seed)
        for setting in settings:
            found[setting.name].append(run.figures(seed, networks[seed], setting, counts[setting.hearing]))
    comparisons = [
        Comparison(
            setting.name,
            counts[setting.hearing],
            **{key: [figures[key] for figures in found[setting.name]] for key in found[setting.name][0]},
        )
        for setting in settings
    ]
    best = run.best(networks)
    return Alignment(algorithm, steps, list(networks), comparisons, run.policy(networks[best]), best)


class _Run:
    """One run under way; what is finished lies in its folder."""

    def __init__(
        self,
        project: Project,
        brain: Brain,
        folder: Path,
        algorithm: Literal["ppo", "dqn"],
        steps: int,
        tell: Progress,
    ) -> None:
        try:
            from chatwright.simulate.environment import aligned_policy, with_aligned_policy
        except ModuleNotFoundError as error:
            raise MissingExtraError("chatwright align policy", "align") from error
        self._untrained = replace(aligned_policy(brain), network=None)
        self._with = lambda policy: with_aligned_policy(brain, policy)
        self._ruled = self._with(self._untrained)
        self._algorithm: Literal["ppo", "dqn"] = algorithm
        self._steps = steps
        self._folder = folder
        self._tell = tell
        self._world = with_accepted_values(self._ruled, read_world(project))
        folds = hold_out(project, progress=tell)
        self._hearings: dict[str, Hearing] = {
            "acts": NoisyHearing(folds, self._world),
            "texts": TextHearing(folds, self._world.languages),
        }
        folder.mkdir(parents=True, exist_ok=True)

    def policy(self, network: Network) -> AlignedPolicy:
        """The bot's policy with these weights."""
        return replace(self._untrained, network=network)

    def network(self, seed: int) -> Network:
        """What the seed learned; now, where it has not yet."""
        path = self._folder / f"seed-{seed}.npz"
        if not path.is_file():
            self._train(seed).save(path)
        return Network.load(path)

    def figures(self, seed: int, network: Network, setting: Setting, count: int) -> Mapping[str, float]:
        """The bot without and with the network on the seed's users; measured now, where it has not been."""
        path = self._folder / f"seed-{seed}-{'-'.join(setting.name.replace(',', '').split())}-{count}.json"
        if not path.is_file():
            bots = {"rule_": self._ruled, "": self._with(self.policy(network))}
            found: dict[str, float] = {}
            for prefix, bot in bots.items():
                measured = self._measure(
                    bot, setting, count, TEST_SEED + seed, f"seed {seed}: {setting.name}"
                )
                found |= {f"{prefix}{name}": getattr(measured, name) for name in ("success", "turns", "mood")}
            path.write_text(json.dumps(found), "utf-8")
        return json.loads(path.read_text("utf-8"))

    def best(self, networks: Mapping[int, Network]) -> int:
        """The seed with the most success on users that are for nothing else; fewest turns among equals."""
        if len(networks) == 1:
            return next(iter(networks))
        found: dict[int, Figures] = {}
        for seed, network in networks.items():
            bot = self._with(self.policy(network))
            found[seed] = self._measure(
                bot, SETTINGS[0], CHOICE_CONVERSATIONS, CHOICE_SEED, "choosing the best"
            )
        return max(found, key=lambda seed: (round(found[seed].success, 2), -found[seed].turns))

    def _train(self, seed: int) -> Network:
        try:
            from chatwright.simulate.environment import AskingEnvironment
            from chatwright.training.align.train_policy import train_policy
        except ModuleNotFoundError as error:
            raise MissingExtraError("chatwright align policy", "align") from error
        with closing(
            AskingEnvironment(self._ruled, self._world, self._hearings["acts"], SEEN, seed=seed)
        ) as environment:
            return train_policy(
                environment,
                algorithm=self._algorithm,
                steps=self._steps,
                seed=seed,
                progress=lambda fraction: self._tell(f"seed {seed}: learning", fraction),
            )

    def _measure(self, bot: Brain, setting: Setting, count: int, seed: int, what: str) -> Figures:
        return measure(
            bot,
            self._world,
            self._hearings[setting.hearing],
            setting.habits,
            count=count,
            seed=seed,
            progress=lambda fraction: self._tell(what, fraction),
        )


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
