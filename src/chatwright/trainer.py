"""Training: from a project's folder to a bundle.

Parts whose fingerprints are unchanged are taken over from the newest bundle, so that editing one
response trains nothing. Dialogue data is checked before anything is trained.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chatwright import __version__
from chatwright.bundle import Bundle, latest_bundle, open_bundle, write_bundle
from chatwright.errors import BundleError, Location, Problem, ProjectInvalid, TrainingError
from chatwright.project.fingerprint import dialogue_fingerprint, nlu_fingerprint, project_fingerprint
from chatwright.project.project import Project
from chatwright.project.validate import validate
from chatwright.project.yaml_reader import locate_path, read_yaml

__all__ = ["TRAINING_DATA", "Progress", "TrainResult", "check", "stale_parts", "substitutes", "train"]

Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of it that is finished, 0 to 1."""

TRAINING_DATA = "training_data.json"
"""In the understanding part of a bundle: what it was trained on, to go on from."""
_ENTRY = re.compile(r"(?P<list>pipeline|policies)\[(?P<number>\d+)\]")
_ADJECTIVES = ("amber", "brisk", "calm", "clear", "coral", "eager", "fair", "glad", "keen", "merry", "quiet")
_NOUNS = ("alder", "aspen", "birch", "cedar", "elm", "fern", "ginkgo", "larch", "lotus", "maple", "willow")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """What a training run made."""

    path: Path
    """The bundle."""
    bundle_id: str
    trained: tuple[str, ...]
    """Parts that were trained: ``nlu``, ``dialogue``."""
    reused: tuple[str, ...]
    """Parts taken over unchanged from the bundle before."""
    seconds: float
    problems: tuple[Problem, ...] = ()
    """Warnings of validation and of training."""
    notices: tuple[str, ...] = ()
    """What was done otherwise than config.yml says."""
    reports: Mapping[str, Any] = field(default_factory=dict)
    """What each component and policy says of its training."""


def train(
    project: Project | Path | str = ".",
    *,
    out: Path | str = "models",
    config: str = "config.yml",
    domain: str | None = None,
    data: Sequence[str] | None = None,
    nlu: bool = True,
    core: bool = True,
    force: bool = False,
    fixed_name: str | None = None,
    augmentation: int = 50,
    validation: bool = True,
    strict: bool = False,
    progress: Progress | None = None,
) -> TrainResult:
    """Train a project and write a bundle.

    Args:
        project: a loaded project, or its folder; ``config``, ``domain`` and ``data`` are read from it.
        out: folder of bundles, relative to the project's folder.
        nlu: train the understanding part.
        core: train the dialogue part.
        force: train even what is unchanged.
        fixed_name: name of the file without suffix; default is the time and two words.
        augmentation: how many stories are glued together for the learned policy (times ten).
        validation: check the data first and stop on errors.
        strict: stop where something would be done otherwise than config.yml says.
        progress: told how far the work is.

    Raises:
        ProjectInvalid: the project has errors; nothing was written.
        TrainingError: there is nothing to train on.
    """
    started = time.perf_counter()
    tell = progress or (lambda what, fraction: None)
    tell("reading the project", 0.0)
    if not isinstance(project, Project):
        project = Project.load(Path(project), config=config, domain=domain, data=data)
    problems = check(project) if validation else list(project.problems)
    if any(problem.severity == "error" for problem in problems):
        raise ProjectInvalid(problems)
    otherwise = substitutes(project)
    if strict and otherwise:
        raise ProjectInvalid.substituted(otherwise)
    wanted = [part for part, chosen in (("nlu", nlu), ("dialogue", core)) if chosen]
    fingerprints = {
        part: found for part, found in _fingerprints(project, augmentation).items() if part in wanted
    }
    if not fingerprints:
        raise TrainingError(
            "there is nothing to train: no NLU examples, stories or rules were found",
            fix=f"put YAML files under {project.root / 'data'}, or start with `chatwright init`",
        )
    out = project.root / out
    before = None if force else _newest(out)
    with tempfile.TemporaryDirectory(prefix="chatwright-train-") as scratch:
        staging = Path(scratch)
        _write_json(staging / "domain.json", project.domain.to_json())
        _write_context(project, staging)
        trained, reused, reports = [], [], {}
        for part, fingerprint in fingerprints.items():
            if before is not None and _may_reuse(before, part, fingerprint):
                shutil.copytree(before.folder / part, staging / part)
                reports[part] = before.manifest.metrics.get(part, {})
                reused.append(part)
            else:
                reports[part] = _TRAINERS[part](project, staging / part, augmentation, tell)
                trained.append(part)
        tell("writing the bundle", 0.0)
        path = out / f"{fixed_name or _new_name(fingerprints)}.tar.gz"
        manifest = write_bundle(
            staging,
            path,
            assistant_id=project.config.assistant_id or "",
            languages=project.config.languages,
            project_fingerprint=project_fingerprint(project),
            parts=fingerprints,
            metrics=reports,
            substitutes=otherwise,
        )
        tell("writing the bundle", 1.0)
    return TrainResult(
        path=path,
        bundle_id=manifest.bundle_id,
        trained=tuple(trained),
        reused=tuple(reused),
        seconds=time.perf_counter() - started,
        problems=tuple(problems),
        notices=(*_defaults(project), *otherwise),
        reports=reports,
    )


def stale_parts(project: Project, out: Path, *, augmentation: int = 50) -> tuple[str, ...]:
    """Parts of the newest bundle in ``out`` that the project has outgrown; all when there is none."""
    before = _newest(out)
    current = _fingerprints(project, augmentation)
    if before is None:
        return (*current, "responses")
    stale = [part for part, fingerprint in current.items() if not _may_reuse(before, part, fingerprint)]
    if before.manifest.project_fingerprint != project_fingerprint(project):
        stale.append("responses")
    return tuple(stale)


def check(project: Project) -> list[Problem]:
    """Everything that is wrong in the project's files and dialogues, without training anything."""
    from chatwright.dialogue.contradictions import check
    from chatwright.nlu.registry import misspelt_options, pipeline_errors

    problems = list(validate(project))
    policies = project.config.policies
    problems += check(project.stories, project.rules, project.domain, policies, project_root=project.root)
    config = project.config
    for error in pipeline_errors(config.pipeline, config.languages, project_root=project.root):
        fix = error.fix or "see the docs"
        problems.append(Problem("error", "unusable-component", error.message, fix, error.location))
    problems += misspelt_options(config.pipeline)
    return _with_lines(project, problems)


def _with_lines(project: Project, problems: Sequence[Problem]) -> list[Problem]:
    """Entries of config.yml, known by their number, get their line; a second error of one is left out."""
    file = project.config_file
    if file is None:
        return list(problems)
    data = read_yaml(file, shown_as=Location(str(file)).relative_to(project.root).file).data
    out: list[Problem] = []
    for problem in problems:
        if (at := problem.location) and not at.line and (entry := _ENTRY.fullmatch(at.key)):
            at = locate_path(data, (entry["list"], int(entry["number"])))
            if any(other.severity == "error" and other.location == at for other in out):
                continue
            problem = replace(problem, location=at)
        out.append(problem)
    return out


def substitutes(project: Project) -> list[str]:
    """What is done otherwise than config.yml says, a sentence each: substitutes, and what is left out.

    Raises:
        ComponentError: an entry of the pipeline cannot be used.
    """
    from chatwright.dialogue.fit_dialogue import policy_notices

    found = _pipeline_notices(project) if project.nlu.examples else []
    if project.stories or project.rules:
        found += policy_notices(project.config.policies, project.root, stories=project.stories)
    return found


def _defaults(project: Project) -> list[str]:
    """What was picked where config.yml names no pipeline."""
    from chatwright.nlu.registry import DEFAULT_PIPELINE

    if project.config.pipeline or not project.nlu.examples:
        return []
    names = ", ".join(str(entry["name"]) for entry in DEFAULT_PIPELINE)
    size = f"{len(project.nlu.examples)} examples of {len(project.nlu.intents())} intents"
    return [f"pipeline: the default one for {size} in {', '.join(project.config.languages)}: {names}"]


def _pipeline_notices(project: Project) -> list[str]:
    from chatwright.nlu.registry import check_pipeline

    config = project.config
    return list(check_pipeline(config.pipeline, config.languages, project_root=project.root))


def _train_nlu(project: Project, folder: Path, augmentation: int, tell: Progress) -> Any:
    from chatwright.nlu.pipeline import Pipeline

    pipeline = Pipeline.from_config(
        project.config.pipeline, project.config.languages, project_root=project.root
    )
    reports = pipeline.fit(
        project.nlu, progress=lambda what, fraction: tell(f"understanding: {what}", fraction)
    )
    folder.mkdir(parents=True)
    pipeline.save(folder)
    _write_json(folder / TRAINING_DATA, project.nlu.to_json())
    return [report.to_json() for report in reports]


def _train_dialogue(project: Project, folder: Path, augmentation: int, tell: Progress) -> Any:
    from chatwright.dialogue.belief.fit_state_tracker import fit_state_tracker
    from chatwright.dialogue.fit_dialogue import fit_policies

    decider = fit_policies(
        project.config.policies,
        project.stories,
        project.rules,
        project.domain,
        project_root=project.root,
        augmentation=augmentation,
        progress=lambda what, fraction: tell(f"dialogue: {what}", fraction),
    )
    folder.mkdir(parents=True)
    decider.save(folder)
    state = fit_state_tracker(project.domain, project.nlu)
    if state is not None:
        tell("dialogue: state tracker", 1.0)
        state.save(folder)
    return {"policies": [policy.name for policy in decider.policies]}


def _write_context(project: Project, folder: Path) -> None:
    """What reading messages in their context needs, where config.yml asks for it."""
    if project.config.context is not None:
        from chatwright.dialogue.context.context import CONTEXT_FILE, ConversationContext

        context = ConversationContext.of_project(project.config.context, project.nlu)
        _write_json(folder / CONTEXT_FILE, context.to_json())


def _fingerprints(project: Project, augmentation: int) -> dict[str, str]:
    """Part → fingerprint, for the parts that the project has data for."""
    parts = {}
    if project.nlu.examples:
        parts["nlu"] = nlu_fingerprint(project)
    if project.stories or project.rules:
        parts["dialogue"] = f"{dialogue_fingerprint(project)}/{augmentation}"
    return parts


def _may_reuse(before: Bundle, part: str, fingerprint: str) -> bool:
    """Whether the part was trained on the same data by the same version."""
    manifest = before.manifest
    return manifest.chatwright_version == __version__ and manifest.parts.get(part) == fingerprint


_TRAINERS: dict[str, Callable[[Project, Path, int, Progress], Any]] = {
    "nlu": _train_nlu,
    "dialogue": _train_dialogue,
}


def _newest(out: Path) -> Bundle | None:
    try:
        return open_bundle(latest_bundle(out))
    except BundleError:
        return None


def _new_name(parts: Mapping[str, str]) -> str:
    """As Rasa names models: time, two words, and ``nlu-``/``core-`` in front of a partial one."""
    prefix = "" if len(parts) > 1 else "nlu-" if "nlu" in parts else "core-"
    words = f"{random.choice(_ADJECTIVES)}-{random.choice(_NOUNS)}"
    return f"{prefix}{time.strftime('%Y%m%d-%H%M%S')}-{words}"


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=False, indent=1), "utf-8")
