"""Training a bot further: new examples and new labels beside what it learnt before (``train --finetune``).

The bundle keeps the examples that its understanding was trained on. They are learnt again together with
the project's (full replay, the strongest known guard against forgetting; Robins 1995), so that new files are
enough. Both bots are then compared, message by message.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from chatwright.bundle import latest_bundle, open_bundle
from chatwright.errors import TrainingError
from chatwright.evaluate.forgetting import ForgettingReport, compare_bots
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData
from chatwright.project.project import Project
from chatwright.project.read_nlu import read_nlu_files
from chatwright.trainer import TRAINING_DATA, Progress, TrainResult, train

__all__ = ["train_further"]


def train_further(
    project: Project,
    *,
    start: Path | str | None = None,
    out: Path | str = "models",
    held_out: Sequence[str] = ("tests/nlu",),
    fixed_name: str | None = None,
    core: bool = True,
    augmentation: int = 50,
    validation: bool = True,
    strict: bool = False,
    progress: Progress | None = None,
) -> tuple[TrainResult, ForgettingReport]:
    """A new bundle that knows the project's examples and those of the bundle before.

    Examples of intents that the project's domain has no more are left out; where both label a text, the
    project counts.

    Args:
        start: the bundle to go on from, or a folder of bundles; default is the newest in ``out``.
        held_out: files or folders of examples that both bots are scored on; without any they are scored on
            the examples of the bundle before.

    Raises:
        TrainingError: the bundle has no understanding part to go on from.
        ProjectInvalid, BundleError: as ``train`` and ``open_bundle``.
    """
    before = open_bundle(latest_bundle(project.root / (start or out)))
    kept = before.folder / "nlu" / TRAINING_DATA
    if not kept.is_file():
        raise TrainingError(
            f"bundle {before.manifest.bundle_id[:8]} keeps no examples to go on from",
            fix="train it once with this version of Chatwright, without --finetune",
        )
    older = NluData.from_json(json.loads(kept.read_text("utf-8")))
    known = set(older.intents())
    declared = set(project.domain.intents)
    wanted = declared | set(project.nlu.intents()) if declared else known
    older = dataclasses.replace(
        older, examples=[e for e in older.examples if not e.intent or e.intent in wanted]
    )
    project = dataclasses.replace(project, nlu=project.nlu.over(older))
    result = train(
        project,
        out=out,
        core=core,
        fixed_name=fixed_name,
        augmentation=augmentation,
        validation=validation,
        strict=strict,
        progress=progress,
    )
    tests = read_nlu_files(
        [project.root / name for name in held_out if (project.root / name).exists()]
    ).examples
    old, new = (
        Pipeline.load(bundle.folder / "nlu", project_root=project.root).parse
        for bundle in (before, open_bundle(result.path))
    )
    scored_on = "held out" if tests else "training"
    return result, compare_bots(old, new, tests or older.examples, known & wanted, scored_on=scored_on)
