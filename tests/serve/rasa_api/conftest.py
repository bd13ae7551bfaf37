from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from chatwright.bot import Bot
from chatwright.errors import ChatwrightError, RequestError
from chatwright.serve import openai_api
from chatwright.serve.rasa_api import routers
from chatwright.serve.rasa_api.failures import failure_response
from chatwright.trainer import train
from small_bot import write_project


class Host:
    def __init__(self, bot, root):
        self.bot, self.root, self.models = bot, root, root / "models"
        self.store = bot.store

    async def replace(self, path):
        self.bot = await Bot.load(path, project=self.root, store=self.store)

    async def unload(self):
        self.bot = None


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("served"))
    train(folder)
    return folder


@pytest.fixture
async def bot(project: Path, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = await Bot.load(project=project, store=f"sqlite:///{tmp_path}/kept.sqlite")
    yield bot
    await bot.close()


@pytest.fixture
def app(bot, project):
    app = FastAPI()
    app.state.host = Host(bot, project)
    for r in routers():
        app.include_router(r)
    app.include_router(openai_api.router)

    @app.exception_handler(ChatwrightError)
    async def h(request: Request, error: ChatwrightError):
        return failure_response(error)

    @app.exception_handler(RequestValidationError)
    async def v(request: Request, error: RequestValidationError):
        return failure_response(RequestError(str([(e["loc"], e["msg"]) for e in error.errors()])))

    @app.exception_handler(StarletteHTTPException)
    async def s(request: Request, error: StarletteHTTPException):
        return failure_response(RequestError(str(error.detail), status=error.status_code, reason="X"))

    return app


@pytest.fixture
async def client(app) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        yield client
