"""The customer-service bot holds its conversation in Python, in the terminal and over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from chatwright.bot import Bot
from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.schema.messages import UserMessage
from chatwright.turn import TurnRun
from server_process import ServerProcess
from starter_project import made, rows

from .script import CONVERSATIONS, RETURNED, Words

pytestmark = pytest.mark.parametrize("kind", CONVERSATIONS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return made(tmp_path / "shop")


@pytest.fixture
def server(project: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(project)
    yield process
    process.end()


@pytest.fixture
async def bot(project: Path) -> AsyncIterator[Bot]:
    loaded = await Bot.load(project=project)
    yield loaded
    await loaded.close()


def check(project: Path, kind: str, said: Sequence[str]) -> None:
    assert not Words(project).missing(CONVERSATIONS[kind], said)
    assert rows(project, "SELECT order_number, reason, address FROM returns") == [RETURNED[kind]]


async def test_turns_in_memory(project: Path, kind: str) -> None:
    brain = Brain.load(project / "models", project_root=project)
    tracker = Tracker("ann", brain.domain)
    said: list[str] = []
    for number, line in enumerate(CONVERSATIONS[kind], 1):
        turn = TurnRun(brain, tracker, number)
        await turn.start_session_if_due({})
        await turn.hear(UserMessage(text=line.says))
        await turn.answer()
        said += [reply.text or "" for reply in turn.replies]
    await brain.close()
    check(project, kind, said)


async def test_a_bot_with_a_memory(project: Path, bot: Bot, kind: str) -> None:
    said = []
    for line in CONVERSATIONS[kind]:
        turn = await bot.handle(line.says, conversation="ann")
        said += [reply.text or "" for reply in turn.replies]
    check(project, kind, said)


async def test_every_turn_on_a_bot_just_started(project: Path, kind: str) -> None:
    """Nothing of a conversation lives outside of the store."""
    said = []
    for line in CONVERSATIONS[kind]:
        bot = await Bot.load(project=project)
        turn = await bot.handle(line.says, conversation="ann")
        await bot.close()
        said += [reply.text or "" for reply in turn.replies]
    check(project, kind, said)


def test_terminal(project: Path, kind: str) -> None:
    typed = "".join(f"{line.says}\n" for line in CONVERSATIONS[kind])
    done = subprocess.run(
        [sys.executable, "-m", "chatwright.cli.main", "chat"],
        cwd=project,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PATH": ""},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    spoken = [line for line in done.stdout.splitlines() if line.startswith("bot › ")]
    check(project, kind, [line.removeprefix("bot › ") for line in spoken])


def test_http(project: Path, server: ServerProcess, kind: str) -> None:
    said = [text or "" for line in CONVERSATIONS[kind] for text in server.say(line.says)]
    check(project, kind, said)
