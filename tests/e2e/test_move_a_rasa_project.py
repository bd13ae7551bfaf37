"""The guide "Move a Rasa project", step by step, on public projects as they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from server_process import ServerProcess

BOTS = os.environ.get("CHATWRIGHT_BOTS")
pytestmark = pytest.mark.skipif(
    not BOTS, reason="CHATWRIGHT_BOTS (a folder of public Rasa projects) is not set"
)

PROJECTS = {
    "helpdesk-assistant": (12, "hi", "utter_greet"),
    "rasa-3.x-form-examples/05-validation": (7, "hey", "utter_greet"),
    "conversational-ai-course-3.x/video-09-1-basic-forms": (7, "hi", "utter_greet"),
    "rasa-form-examples/03-simple-form": (7, "hey", "utter_greet"),
}
"""Test conversations that pass, a first message, and what answers it. The last is one of Rasa 2."""

QUICK = ("helpdesk-assistant", "rasa-form-examples/03-simple-form")


def chatwright(*arguments: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chatwright.cli.main", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=150)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PROJECTS],
)
def test_each_step_of_the_guide(name: str, tmp_path: Path) -> None:
    passed, first_words, answer = PROJECTS[name]
    project = Path(shutil.copytree(Path(str(BOTS), name), tmp_path / "bot"))
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    if name.startswith("rasa-form-examples"):
        chatwright("migrate", cwd=project)
        before = {}
    chatwright("data", "validate", cwd=project)
    told = chatwright("train", cwd=project)
    assert "note: TEDPolicy" in told.stderr
    tested = json.loads(chatwright("test", "core", "--json", cwd=project).stdout)
    assert (tested["conversations"]["passed"], tested["conversations"]["total"]) == (passed, passed)
    server = ServerProcess(project, "--enable-api")
    try:
        assert server.say(first_words)[0]
        events = httpx.get(f"{server.url}/conversations/ann/tracker").json()["events"]
        assert answer in [event.get("name") for event in events]
    finally:
        server.end()
    changed = [path for path, content in before.items() if path.read_bytes() != content]
    assert changed == [], "the project is not changed by running it"
    chatwright("train", "--strict", "--force", cwd=project, code=1)
