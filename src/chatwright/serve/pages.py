"""The chat page at ``/`` and the inspector at ``/inspect``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

__all__ = ["WEB", "router"]

WEB = Path(str(files("chatwright.serve") / "web"))
"""Folder of the pages."""

RASA_GREETING = "Hello from Rasa: 3.6.20"
"""What programs made for Rasa look for; the version is the one whose API is spoken."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' https: http: data:; "
        "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def chat_page(request: Request) -> Response:
    """The chat page for browsers; a line of text for programs."""
    if "text/html" in request.headers.get("accept", ""):
        return FileResponse(WEB / "index.html", headers=_HEADERS)
    return PlainTextResponse(RASA_GREETING)


@router.get("/inspect")
async def inspect_page() -> Response:
    """The inspector."""
    return FileResponse(WEB / "inspect.html", headers=_HEADERS)
