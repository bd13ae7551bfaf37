"""``/model/…``: which bundle is served, what it understands and predicts (rasa-format, HTTP server)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from chatwright.bundle import open_bundle
from chatwright.errors import BundleError, RequestError
from chatwright.schema.messages import DEFAULT_CONVERSATION
from chatwright.serve.rasa_api.bodies import EventJson, ModelRequest, ParseRequest, Prediction
from chatwright.serve.rasa_api.common import FAILURES, CurrentBot, IncludeEvents, JsonRoute
from chatwright.serve.rasa_api.emulation import EmulationMode, emulate
from chatwright.serve.rasa_api.model_server import fetch_bundle
from chatwright.serve.rasa_api.prediction import prediction_json
from chatwright.serve.rasa_api.tracker_view import Verbosity, fold, state_of

__all__ = ["router"]

router = APIRouter(prefix="/model", tags=["model"], route_class=JsonRoute, responses=FAILURES)


@router.put("", status_code=204)
async def replace_model(body: ModelRequest, request: Request) -> Response:
    """Serve another bundle; answered when all workers do.

    The bundle is checked whole before any worker loads it. Relative paths start at the project's folder.
    """
    host = request.app.state.host
    if body.remote_storage is not None:
        raise RequestError(
            f"remote storage ({body.remote_storage!r}) is not offered",
            fix="give the URL of the bundle as 'model_server', or copy it here and give 'model_file'",
            details={"parameter": "remote_storage", "in": "body"},
        )
    if body.model_server is not None:
        path = await fetch_bundle(body.model_server, host.models)
    elif body.model_file:
        path = host.root / body.model_file
    else:
        raise RequestError(
            "the body names no bundle",
            fix="give 'model_file' or 'model_server'",
            details={"parameter": "model_file", "in": "body"},
        )
    try:
        bundle = await asyncio.to_thread(open_bundle, path)
    except (BundleError, OSError, ValueError) as error:
        raise RequestError(
            f"the bundle could not be loaded: {getattr(error, 'message', error)}",
            fix=getattr(error, "fix", ""),
            details={"parameter": "model_file", "in": "body"},
        ) from error
    await host.replace(bundle.path)
    return Response(status_code=204)


@router.delete("", status_code=204)
async def unload_model(request: Request) -> Response:
    """Stop serving a bundle; requests are answered with 409 until another one is loaded."""
    await request.app.state.host.unload()
    return Response(status_code=204)


@router.post("/parse")
async def parse(
    body: ParseRequest,
    bot: CurrentBot,
    emulation_mode: Annotated[
        EmulationMode | None, Query(description="Answer in the shape of another service.")
    ] = None,
) -> dict[str, Any]:
    """What the bot understands of a text on its own."""
    text = body.text if isinstance(body.text, str) else body.text[0]
    return emulate((await bot.parse(text)).to_json(), emulation_mode)


@router.post("/predict", response_model=Prediction)
async def predict(
    body: list[EventJson], bot: CurrentBot, include_events: IncludeEvents = Verbosity.AFTER_RESTART
) -> dict[str, Any]:
    """What the bot would do after these events; nothing is kept."""
    events = [item.to_event() for item in body]
    tracker = fold(bot, DEFAULT_CONVERSATION, events)
    return prediction_json(bot, bot.brain.decide(tracker), state_of(tracker, events, include_events))
