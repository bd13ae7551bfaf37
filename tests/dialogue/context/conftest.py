"""One trained bot for all tests of context."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatwright.bot import Bot
from chatwright.trainer import train

from .helper_bot import write_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("helper"))
    train(folder)
    return folder


@pytest.fixture
async def bot(project: Path) -> AsyncIterator[Bot]:
    bot = await Bot.load(project=project, store="sqlite://")
    yield bot
    await bot.close()
