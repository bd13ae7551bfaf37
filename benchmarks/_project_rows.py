"""Public Rasa projects, unchanged (those of Rasa 2 after ``migrate``): trained and tested by us and by Rasa.

``CHATWRIGHT_BOTS`` names the folder of projects. Training and testing are run one after the other as a user
would run them, each in a process of its own, on copies of the project; Rasa's follow ours in the same run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from _peers import RASA_ENV, copy_project, rasa, run_timed
from _table import Row, markdown

METRIC = "test conversations passed"
FASTER, LIGHTER = 5.0, 3.0
"""Times that training and testing must be faster, and peak memory smaller, than Rasa's."""
LIMIT_S = 4 * 3600.0
"""A machine that is shared may take long; seconds of the processor are kept beside."""
HEAVY = ("torch", "transformers", "tokenizers", "ctranslate2")
"""Packages of the extra ``train``; a light run does not find them."""
_HIDE = f"""
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name.split(".")[0] in {HEAVY} else find(name, *more)
"""


def public_projects() -> list[Path]:
    """Folders below ``CHATWRIGHT_BOTS`` that hold a config.yml; those of Rasa 3 first.

    Raises:
        SystemExit: the variable is not set.
    """
    if not (bots := os.environ.get("CHATWRIGHT_BOTS")):
        raise SystemExit("CHATWRIGHT_BOTS (a folder of public Rasa projects) is not set")
    found = sorted(path.parent for path in Path(bots).rglob("config.yml"))
    return sorted(found, key=lambda folder: (is_old(folder), folder))


def project_name(folder: Path) -> str:
    """Path below the folder of projects."""
    return folder.relative_to(os.environ["CHATWRIGHT_BOTS"]).as_posix()


def is_old(folder: Path) -> bool:
    """Whether the project is one of Rasa 2, by the version in its domain."""
    files = [*folder.glob("domain.yml"), *sorted(folder.glob("domain/**/*.yml"))]
    versions = [(yaml.safe_load(file.read_text("utf-8")) or {}).get("version") for file in files]
    return not any(str(version).startswith("3") for version in versions)


def project_rows(
    setting: str, *, peer: Path | None, known: Mapping[str, Row], quick: bool = False
) -> Iterator[list[Row]]:
    """One row a project: test conversations passed, seconds and peak memory, beside Rasa's.

    Args:
        setting: ``light`` (the packages of the extra ``train`` are hidden) or ``deep``.
        peer: virtual environment with Rasa 3.6; rows that lack its figures are measured again with it.
        known: rows that are there already, by key.
        quick: the first project only.
    """
    for folder in public_projects()[: 1 if quick else None]:
        row = Row(project_name(folder), METRIC, setting)
        found = known.get(row.key)
        if found is None or (peer and "rasa" not in found.more):
            yield [_row(row, folder, peer)]


def _row(row: Row, folder: Path, peer: Path | None) -> Row:
    with tempfile.TemporaryDirectory() as scratch:
        ours = copy_project(folder, Path(scratch) / "ours")
        row.more = {"rasa_version": 2 if is_old(folder) else 3, "load": round(os.getloadavg()[0], 1)}
        if is_old(folder):
            done = subprocess.run(_ours("deep", "migrate", "--json"), cwd=ours, capture_output=True)
            row.more["left_by_migrate"] = len(json.loads(done.stdout)["left"])
        theirs = copy_project(ours, Path(scratch) / "theirs")
        row.more["ours"] = _measure_ours(ours, row.setting)
        if peer:
            row.more["rasa"] = _measure_rasa(theirs, peer)
    row.seconds = row.more["ours"].get("seconds")
    row.runs = [float(row.more["ours"].get("passed", 0))]
    if (theirs_passed := row.more.get("rasa", {}).get("passed")) is not None:
        row.must = float(theirs_passed)
    return row


def _measure_ours(project: Path, setting: str) -> dict[str, Any]:
    trained = project / "trained.json"
    try:
        steps = [run_timed(_ours(setting, "train", "--json"), project, stdout=trained, limit=LIMIT_S)]
        told = json.loads(trained.read_text("utf-8"))
        out = {"notices": told["notices"], "problems": len(told["problems"])}
        if has_tests(project):
            tested = project / "tested.json"
            command = _ours(setting, "test", "core", "--no-fail-on-prediction-errors", "--json")
            steps.append(run_timed(command, project, stdout=tested, limit=LIMIT_S))
            found = json.loads(tested.read_text("utf-8"))["conversations"]
            out |= {"passed": found["passed"], "total": found["total"]}
            out["failed"] = [failure["story"] for failure in found["failed"]]
    except SystemExit as error:
        return {"refused": _first_error(error)}
    return out | _together(steps)


def _measure_rasa(project: Path, peer: Path) -> dict[str, Any]:
    try:
        steps = [run_timed(rasa(peer, "train"), project, RASA_ENV, limit=LIMIT_S)]
        out: dict[str, Any] = {}
        if has_tests(project):
            command = rasa(peer, "test", "core", "--stories", "tests", "--no-plot")
            steps.append(run_timed(command, project, RASA_ENV, limit=LIMIT_S))
            report = json.loads((project / "results" / "story_report.json").read_text("utf-8"))
            found = report["conversation_accuracy"]
            out = {"passed": found["correct"], "total": found["total"]}
    except SystemExit as error:
        return {"refused": _first_error(error)}
    except OSError:
        return {"refused": "no model was written"}
    return out | _together(steps)


def has_tests(project: Path) -> bool:
    """Whether the project brings test conversations."""
    return any(project.glob("tests/**/test_*.yml"))


def _together(steps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Training and testing: seconds added up, the higher peak."""
    return {
        "seconds": sum(step["seconds"] for step in steps),
        "cpu_seconds": sum(step["cpu_seconds"] for step in steps),
        "peak_mb": max(step["peak_mb"] for step in steps),
    }


def _first_error(error: SystemExit) -> str:
    """The first line of a failed command that tells of an error; else its last."""
    lines = [line.strip() for line in str(error).splitlines()[1:] if line.strip()]
    told = [line for line in lines if re.search(r"\berror\b|ERROR|Error\b|Exception\b|Invalid", line)]
    found = (told or lines[-1:] or ["it failed without a word"])[0][:300]
    return re.sub(r"(/[\w.+-]+)+/", "", found)  # folders of this machine tell nothing


def _ours(setting: str, *arguments: str) -> list[str]:
    """Our command line; a light one with the packages of the extra out of sight."""
    hidden = _HIDE if setting == "light" else ""
    return [sys.executable, "-c", f"{hidden}from chatwright.cli.main import app; app()", *arguments]


def project_parts(rows: Sequence[Row]) -> tuple[str, str]:
    """The table of public projects, and that of all other rows; empty where there are none."""
    own = [row for row in rows if row.metric == METRIC]
    rest = [row for row in rows if row.metric != METRIC]
    return project_table(own) if own else "", markdown(rest) if rest else ""


def project_table(rows: Sequence[Row]) -> str:
    """Project by project: theirs and ours, conversations, time, memory."""
    lines = [
        "| project | setting | passed | Rasa | s | Rasa | times faster | CPU s | Rasa | times less | peak MB "
        "| Rasa | times smaller | substitutes and remarks |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        ours, theirs = row.more["ours"], row.more.get("rasa", {})
        lines.append(
            f"| {row.name}{' (migrated)' if row.more['rasa_version'] == 2 else ''} | {row.setting} "
            f"| {_passed(ours)}{' (short)' if row.must is not None and row.value < row.must else ''} "
            f"| {_passed(theirs)} | {_figure(ours, 'seconds', 1)} | {_figure(theirs, 'seconds')} "
            f"| {_times(ours, theirs, 'seconds', FASTER)} | {_figure(ours, 'cpu_seconds', 1)} "
            f"| {_figure(theirs, 'cpu_seconds')} | {_times(ours, theirs, 'cpu_seconds', FASTER)} "
            f"| {_figure(ours, 'peak_mb')} "
            f"| {_figure(theirs, 'peak_mb')} | {_times(ours, theirs, 'peak_mb', LIGHTER)} "
            f"| {_remarks(ours, theirs)} |"
        )
    return "\n".join(lines) + "\n"


def _passed(found: Mapping[str, Any]) -> str:
    if "refused" in found:
        return "refused"
    return f"{found['passed']}/{found['total']}" if "total" in found else "–"


def _figure(found: Mapping[str, Any], key: str, digits: int = 0) -> str:
    return f"{found[key]:,.{digits}f}" if key in found else "–"


def _times(ours: Mapping[str, Any], theirs: Mapping[str, Any], key: str, must: float) -> str:
    if key not in ours or key not in theirs:
        return "–"
    times = theirs[key] / ours[key]
    return f"{times:.1f}{' (short)' if times < must else ''}"


def _remarks(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    out = [notice for notice in ours.get("notices", ()) if not notice.startswith("pipeline:")]
    out += [f"we: {ours['refused']}"] if "refused" in ours else []
    out += [f"Rasa: {theirs['refused']}"] if "refused" in theirs else []
    return "; ".join(out).replace("|", "/")
