"""What training TED costs here: Rasa 3.6 on the stories that the learned policy is measured on.

TED's accuracy is in the logs of its paper (``_policy_rows.py``). Its time is told from two short runs, since
all of it would take an hour and more: start, features and one pass over the data in the first, some passes
more in the second.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from _peers import RASA_ENV, rasa, run_timed
from _policy_rows import MAX_HISTORY, trained_alone
from _policy_sets import MODULAR, StorySet, story_set
from _table import Row
from chatwright.project.stories import ActionStep, SlotStep, Story, UserStep

PASSES = 100
"""Of TED over the data, as Rasa's suggested configuration has it."""
MEASURED = (1, 6)
FASTER, LIGHTER = 5.0, 3.0


def ted_rows(environment: Path) -> list[Row]:
    """Times that our training is faster, and its peak memory smaller.

    Args:
        environment: virtual environment with Rasa 3.6.
    """
    data = story_set(MODULAR)
    ours = trained_alone(MODULAR, "deep", 0)
    few, more = (_trained(data, environment, passes) for passes in MEASURED)
    of_pass = (more["cpu_seconds"] - few["cpu_seconds"]) / (MEASURED[1] - MEASURED[0])
    theirs = few["cpu_seconds"] + (PASSES - MEASURED[0]) * of_pass
    told = {"rasa": {f"{MEASURED[0]}": few, f"{MEASURED[1]}": more}, "rasa_cpu_seconds_of_a_pass": of_pass}
    name = f"multiwoz stories {MODULAR}"
    return [
        Row(
            name,
            f"training, times less processor time than TED with {PASSES} passes (told from {MEASURED[1]})",
            "deep",
            [theirs / ours["train_cpu_seconds"]],
            must=FASTER,
            seconds=ours["train_seconds"],
            more=told | {"ours": ours},
        ),
        Row(
            name,
            "training and test, times less memory than TED's training",
            "deep",
            [more["peak_mb"] / ours["peak_mb"]],
            must=LIGHTER,
        ),
    ]


def _trained(data: StorySet, environment: Path, passes: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        policy = {"name": "TEDPolicy", "max_history": MAX_HISTORY, "epochs": passes, "random_seed": 42}
        config = {"recipe": "default.v1", "language": "en", "pipeline": [], "policies": [policy]}
        _write(project / "config.yml", {**config, "assistant_id": "benchmark"})
        _write(project / "domain.yml", {"version": "3.1", **_domain(data)})
        stories = [{"story": story.name, "steps": list(_steps(story))} for story in data.train]
        _write(project / "stories.yml", {"version": "3.1", "stories": stories})
        command = rasa(environment, "train", "core", "--stories", "stories.yml", "--augmentation", "0")
        return run_timed(command, project, RASA_ENV, limit=3600)


def _domain(data: StorySet) -> dict[str, Any]:
    content = data.domain.to_json()
    return {key: content[key] for key in ("intents", "entities", "slots", "actions")}


def _steps(story: Story) -> Iterable[Mapping[str, Any]]:
    for step in story.steps:
        if isinstance(step, UserStep):
            yield {"intent": step.intent, "entities": [{e.entity: e.value} for e in step.entities]}
        elif isinstance(step, SlotStep):
            yield {"slot_was_set": [{name: value} for name, value in step.values]}
        elif isinstance(step, ActionStep):
            yield {"action": step.name}


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
