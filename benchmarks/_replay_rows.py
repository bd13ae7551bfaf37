"""Do recorded conversations with Rasa 3.6 go the same way here: events, calls of actions, predictions?

Recordings of public projects are made by ``record_rasa.py`` into ``recordings/``; those of our own lie in
``tests/replay``. Each turn begins where Rasa's began, so that one difference does not make others.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from _peers import HERE, chatwright, copy_project
from _project_rows import is_old
from _table import Row

METRIC = "turns alike, %"

TESTS = HERE.parent / "tests"
sys.path.insert(0, str(TESTS))
from rasa_replay import Replay, read_recording, replay  # noqa: E402 - beside the test that uses it
from stand_in_actions import stand_in_actions  # noqa: E402


def replay_rows(quick: bool) -> Iterator[list[Row]]:
    """For each recording: turns alike, of all, and of those that no learned policy's decision sets apart."""
    for path in sorted(TESTS.glob("replay/*/recording.json")):
        yield _rows(path.parent.name, path, path.parent)
    for path in () if quick else sorted((HERE / "recordings").glob("*.json")):
        name = str(read_recording(path)["project"])
        yield _rows(name, path, Path(os.environ["CHATWRIGHT_BOTS"], name))


def _rows(name: str, recording: Path, folder: Path) -> list[Row]:
    found = _replayed(recording, folder)
    kinds = Counter(difference.kind for difference in found.differences)
    turns_apart = {(d.conversation, d.message, d.kind) for d in found.differences if d.message != "(predict)"}
    learned = sum(kind == "learned" for _, _, kind in turns_apart)
    more = {
        "turns": found.turns,
        "actions": found.actions,
        "calls_of_actions": found.calls,
        "differences": dict(kinds),
        "examples": [
            [d.message, d.kind, str(d.ours)[:200], str(d.theirs)[:200]] for d in found.differences[:10]
        ],
    }
    decided = found.turns - learned
    alike = 100 * (decided - (len(turns_apart) - learned)) / decided
    every = 100 * (found.turns - len(turns_apart)) / found.turns
    return [
        Row(
            f"replay {name}", "turns alike, %", "apart from learned policies", [alike], must=100.0, more=more
        ),
        Row(f"replay {name}", METRIC, "all turns", [every], more={"turns": found.turns}),
    ]


def _replayed(recording: Path, folder: Path) -> Replay:
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as scratch, stand_in_actions() as (url, asked):
        project = copy_project(folder, Path(scratch) / "ours")
        if is_old(folder):
            subprocess.run(chatwright("migrate"), cwd=project, check=True, capture_output=True)
        subprocess.run(chatwright("train", "core"), cwd=project, check=True, capture_output=True)
        bundle = next((project / "models").glob("*.tar.gz"))
        work = replay(read_recording(recording), bundle, project=project, action_server=url, asked=asked)
        return asyncio.run(work)
