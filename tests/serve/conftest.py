"""The served bot in this process, or in processes of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chatwright.serve.app import create_app
from chatwright.serve.settings import ServeSettings
from served_project import write_project
from server_process import ServerProcess

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its first bundle; not to be changed."""
    return write_project(tmp_path_factory.mktemp("served"))


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return shutil.copytree(trained, tmp_path / "project", ignore=shutil.ignore_patterns(".chatwright"))


@pytest.fixture
def serve(project: Path) -> Serve:
    """``async with serve(enable_api=True) as client``: the running application without a network."""

    @asynccontextmanager
    async def serve(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        app: FastAPI = create_app(ServeSettings(root=project, **settings))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client,
        ):
            client.app = app  # type: ignore[attr-defined]
            yield client

    return serve


@pytest.fixture
def start(project: Path) -> Iterator[Callable[..., ServerProcess]]:
    """``start("--workers", "2")``: `chatwright serve` as people start it."""
    started: list[ServerProcess] = []

    def start(*options: str, **more: str) -> ServerProcess:
        started.append(ServerProcess(project, *options, **more))
        return started[-1]

    yield start
    for server in started:
        server.end()
