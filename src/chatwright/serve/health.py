"""``/healthz`` and ``/readyz``: is the process alive, and can it answer?"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

__all__ = ["router"]

router = APIRouter(tags=["server"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Not ready; the body says what is missing."}})
async def readyz(request: Request) -> JSONResponse:
    """A bot is loaded, and the store answers."""
    host = request.app.state.host
    checks: dict[str, Any] = {"bot": host.bot is not None, "store": await host.store.healthy()}
    ready = all(checks.values())
    body = {"status": "ready" if ready else "not ready", **checks}
    if host.bot is not None:
        body["bundle_id"] = host.bot.bundle_id
    return JSONResponse(body, 200 if ready else 503)
