"""Whole conversations over all parts: every event, call of an action and prediction is Rasa 3.6's.

``recording.json`` of each project here was made by ``benchmarks/record_rasa.py`` from a real Rasa server with
its SQL store; the projects are ours, and have no learned policy, so that nothing may differ.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatwright.trainer import train
from rasa_replay import Replay, read_recording, replay
from stand_in_actions import stand_in_actions

PROJECTS = sorted(path.parent for path in Path(__file__).parent.glob("*/recording.json"))


async def held_to_rasa(folder: Path, out: Path, *, only: int | None = None, spoil: str = "") -> Replay:
    recording = dict(read_recording(folder / "recording.json"))
    if only is not None:
        recording["conversations"] = recording["conversations"][:only]
    if spoil:
        recording = json.loads(json.dumps(recording).replace(*spoil.split("→")))
    bundle = train(folder, out=out, nlu=False).path
    with stand_in_actions() as (url, asked):
        return await replay(recording, bundle, project=folder, action_server=url, asked=asked)


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
async def test_it_does_what_rasa_did(folder: Path, tmp_path: Path) -> None:
    found = await held_to_rasa(folder, tmp_path)
    assert found.differences == []
    assert found.turns > 150
    assert found.actions > 300
    assert found.calls > 50


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        ('"utter_really"→"utter_thanks"', "events"),
        ('"latest_action": "booking"→"latest_action": "other"', "calls"),
        ('"prediction": {"action": "action_→"prediction": {"action": "xaction_', "prediction"),
    ],
)
async def test_a_difference_would_be_found(spoil: str, kind: str, tmp_path: Path) -> None:
    clinic = Path(__file__).parent / "clinic"
    found = await held_to_rasa(clinic, tmp_path, only=3, spoil=spoil)
    assert kind in {difference.kind for difference in found.differences}
