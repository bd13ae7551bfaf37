"""The whole application over the small bot, asked without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from chatwright.bot import Bot
from chatwright.serve.app import create_app
from chatwright.serve.settings import ServeSettings
from chatwright.trainer import train
from small_bot import write_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("served"))
    train(folder)
    return folder


@pytest.fixture
async def app(project: Path, tmp_path: Path) -> AsyncIterator[FastAPI]:
    settings = ServeSettings(root=project, store=f"sqlite:///{tmp_path}/kept.sqlite", enable_api=True)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def bot(app: FastAPI) -> Bot:
    return app.state.host.bot


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
        yield client
