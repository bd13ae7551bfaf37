"""Rasa 3.6's HTTP API, path for path, as ``rasa run --enable-api`` offers it.

``routers()`` gives all of it. Nothing of it is there without ``--enable-api``.
"""

from __future__ import annotations

from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """The routers of the API."""
    from chatwright.serve.rasa_api import conversations, model, status, training

    return [status.router, conversations.router, model.router, training.router]
