"""The project's own examples, each with what its understanding makes of it when it has not learned from it.

The examples are split into folds; for each a pipeline is trained on the others. Both kinds of hearing rest on
it: noise on acts is drawn from what was mistaken there, and real texts of a fold are read by the pipeline
that does not know them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chatwright.errors import ProjectError
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluExample
from chatwright.project.project import Project
from chatwright.schema.understanding import Understanding
from chatwright.simulate.wording import language_of

__all__ = ["Fold", "HeldOutExample", "hold_out"]


@dataclass(frozen=True, slots=True)
class HeldOutExample:
    """An example and what was understood of it."""

    example: NluExample
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of the examples, and a pipeline that learned from the other parts."""

    examples: Sequence[HeldOutExample]
    pipeline: Pipeline


def hold_out(
    project: Project,
    *,
    folds: int = 5,
    seed: int = 42,
    progress: Callable[[str, float], None] | None = None,
) -> list[Fold]:
    """Split the examples by intent, train a pipeline on the rest of each part, and read the part with it.

    Intents with fewer examples than folds are only learned from.

    Raises:
        ProjectError: no intent has as many examples as there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    counts = Counter(example.intent for example in project.nlu.examples)
    usable = [e for e in project.nlu.examples if e.intent and counts[e.intent] >= folds]
    rest = [e for e in project.nlu.examples if not (e.intent and counts[e.intent] >= folds)]
    if not usable:
        raise ProjectError(
            f"no intent has {folds} examples, so what the understanding mistakes cannot be measured",
            fix="write more examples",
        )
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    config, out = project.config, []
    for number, (train, test) in enumerate(splitter.split(usable, [e.intent for e in usable])):
        if progress:
            progress("holding out examples", number / folds)
        pipeline = Pipeline.from_config(config.pipeline, config.languages, project_root=project.root)
        pipeline.fit(replace(project.nlu, examples=[*rest, *(usable[i] for i in train)]))
        examples = [usable[i] for i in test]
        languages = [language_of(example, config.languages) for example in examples]
        found = pipeline.parse([example.text for example in examples], languages)
        held = [HeldOutExample(*each) for each in zip(examples, found, strict=True)]
        out.append(Fold(held, pipeline))
    if progress:
        progress("holding out examples", 1.0)
    return out
