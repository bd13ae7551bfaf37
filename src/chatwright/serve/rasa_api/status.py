"""``/version``, ``/status`` and ``/domain``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from chatwright import __version__
from chatwright.errors import RequestError
from chatwright.project.yaml_writer import dump_yaml
from chatwright.serve.rasa_api.bodies import Failure, ServerStatus, ServerVersion
from chatwright.serve.rasa_api.common import FAILURES, CurrentBot
from chatwright.serve.training_jobs import active_training_jobs

__all__ = ["router"]

MINIMUM_COMPATIBLE_VERSION = "0.1.0"
"""Oldest version whose bundles are read."""

router = APIRouter(tags=["server"])


@router.get("/version", response_model=ServerVersion)
async def version() -> dict[str, Any]:
    """Version of the server."""
    return {"version": __version__, "minimum_compatible_version": MINIMUM_COMPATIBLE_VERSION}


@router.get("/status", response_model=ServerStatus, responses=FAILURES)
async def status(request: Request, bot: CurrentBot) -> dict[str, Any]:
    """What is served, and how many training jobs are under way."""
    return {
        "model_file": bot.model_file.name,
        "model_id": bot.bundle_id,
        "num_active_training_jobs": active_training_jobs(request.app.state.host.root),
    }


@router.get(
    "/domain",
    response_class=Response,
    responses={
        **FAILURES,
        200: {"content": {"application/json": {"schema": {"type": "object"}}, "application/yaml": {}}},
        406: {"model": Failure, "description": "Neither JSON nor YAML is accepted."},
    },
)
async def domain(request: Request, bot: CurrentBot) -> Response:
    """The domain, in JSON or YAML as the header `Accept` asks."""
    for kind in request.headers.get("accept", "*/*").split(","):
        name = kind.split(";")[0].strip().lower()
        if name.endswith("json") or name in ("*/*", "application/*"):
            return JSONResponse(dict(bot.domain.to_json()))
        if name.endswith(("yaml", "yml")):
            return Response(dump_yaml(dict(bot.domain.to_json())), media_type="application/yaml")
    raise RequestError(
        "the domain can be given as application/json or application/yaml",
        status=406,
        reason="NotAcceptable",
        fix="set the header Accept to one of these",
    )
