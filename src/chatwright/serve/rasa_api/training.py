"""``/model/train`` and ``/model/test/…``: each a child process, whose result is sent or called back with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from chatwright.errors import ChatwrightError, RequestError
from chatwright.project.yaml_text import MAX_BYTES
from chatwright.serve.rasa_api.common import FAILURES, CurrentBot, read_body
from chatwright.serve.rasa_api.failures import failure_response
from chatwright.serve.training_jobs import DOCUMENT, JSON_DATA, job_folder, run_job

__all__ = ["router"]

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/model", tags=["model"], responses=FAILURES)

CallbackUrl = Annotated[
    str | None,
    Query(
        pattern=r"^https?://[^/]+",
        max_length=2_000,
        description="Answer with 204 at once, and POST the result there when it is ready.",
    ),
]
_background: set[asyncio.Task[None]] = set()


def _body(*kinds: str, description: str) -> dict[str, Any]:
    """The body in OpenAPI, as the routes read it themselves."""
    content = {kind: {"schema": {"type": "string"}} for kind in kinds}
    return {"requestBody": {"required": True, "description": description, "content": content}}


@router.post(
    "/train",
    response_class=Response,
    responses={
        200: {
            "description": "The bundle; its name is in the header `filename`.",
            "content": {"application/gzip": {}},
        },
        204: {"description": "The result goes to the callback."},
    },
    openapi_extra=_body(
        "application/yaml",
        description="A project in one document: config, domain, nlu, stories, rules.",
    ),
)
async def train(
    request: Request,
    save_to_default_model_directory: Annotated[
        bool, Query(description="Keep the bundle in the server's folder of bundles, too.")
    ] = True,
    force_training: Annotated[bool, Query(description="Train even what is unchanged.")] = False,
    augmentation: Annotated[int, Query(ge=0, le=1_000)] = 50,
    num_threads: Annotated[int, Query(ge=1, le=64)] = 1,
    callback_url: CallbackUrl = None,
) -> Response:
    """Train a project and answer with its bundle; 400 with every problem when its data is wrong.

    A bundle kept in the folder that the server serves from is served next, as any newly trained one is;
    others are served by `PUT /model`.
    """
    host = request.app.state.host
    body = await _read(request)

    async def job() -> Response:
        async with job_folder(host.root, training=True) as folder:
            _keep(folder / DOCUMENT, body)
            out = host.models if save_to_default_model_directory else folder / "models"
            result = await run_job(
                folder,
                {
                    "kind": "train",
                    "out": str(out),
                    "force": force_training,
                    "augmentation": augmentation,
                },
                threads=num_threads,
            )
            path = Path(result["model"])
            content = await asyncio.to_thread(path.read_bytes)
        headers = {"filename": path.name, "Content-Disposition": f'attachment; filename="{path.name}"'}
        return Response(content, media_type="application/gzip", headers=headers)

    return await _now_or_later(job, callback_url)


@router.post(
    "/test/stories",
    openapi_extra=_body("application/yaml", description="Test stories."),
)
async def score_stories(
    request: Request,
    bot: CurrentBot,
    e2e: Annotated[bool, Query(description="Score what is understood of the messages, too.")] = False,
) -> JSONResponse:
    """Run test stories with the served bundle."""
    body = await _read(request)
    async with job_folder(request.app.state.host.root, training=False) as folder:
        _keep(folder / DOCUMENT, body)
        job = {"kind": "test_stories", "model": str(bot.model_file), "e2e": e2e}
        return JSONResponse(await run_job(folder, job))


@router.post(
    "/test/intents",
    responses={204: {"description": "The result goes to the callback."}},
    openapi_extra=_body(
        "application/yaml", "application/json", description="NLU data; with `config` keys to cross-validate."
    ),
)
async def score_intents(
    request: Request,
    model: Annotated[
        str | None, Query(min_length=1, max_length=1_000, description="Another bundle than the served one.")
    ] = None,
    cross_validation_folds: Annotated[int | None, Query(ge=2, le=100)] = None,
    callback_url: CallbackUrl = None,
) -> Response:
    """Score understanding on labelled examples, or by cross-validation of the pipeline in the body."""
    host = request.app.state.host
    body = await _read(request)
    is_json = request.headers.get("content-type", "").split(";")[0].strip() == "application/json"
    if is_json and cross_validation_folds:
        raise RequestError(
            "cross-validation needs a pipeline", fix="send YAML with 'language' and 'pipeline'"
        )
    served = str(host.bot.model_file) if host.bot is not None else None

    async def job() -> Response:
        async with job_folder(host.root, training=False) as folder:
            _keep(folder / (JSON_DATA if is_json else DOCUMENT), body)
            path = str(host.root / model) if model else served
            spec = {"kind": "test_intents", "model": path, "folds": cross_validation_folds or 0}
            return JSONResponse(await run_job(folder, spec))

    return await _now_or_later(job, callback_url)


async def _read(request: Request) -> bytes:
    body = await read_body(request, MAX_BYTES)
    if not body.strip():
        raise RequestError("the body is empty", fix="send the data in YAML")
    return body


def _keep(path: Path, body: bytes) -> None:
    path.write_bytes(body)


async def _now_or_later(job: Callable[[], Awaitable[Response]], callback_url: str | None) -> Response:
    """The answer of the job; with a callback an empty one, and the job's goes there."""
    if callback_url is None:
        return await job()
    task = asyncio.create_task(_call_back(job, callback_url))
    _background.add(task)
    task.add_done_callback(_background.discard)
    return Response(status_code=204)


async def _call_back(job: Callable[[], Awaitable[Response]], url: str) -> None:
    try:
        answer = await job()
    except ChatwrightError as error:
        answer = failure_response(error)
    try:
        async with httpx.AsyncClient(timeout=60.0) as client:
            headers = {"Content-Type": answer.headers["content-type"]}
            if "filename" in answer.headers:
                headers["filename"] = answer.headers["filename"]
            await client.post(url, content=bytes(answer.body), headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        logger.error("the result of a job could not be sent to its callback: %s", error)
