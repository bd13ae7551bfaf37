"""Errors as answers, in Rasa's form."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from chatwright import __version__
from chatwright.errors import (
    ActionNotFound,
    ActionTimeout,
    BundleError,
    ChatwrightError,
    ConversationBusy,
    LeaseLost,
    ProjectError,
    RequestError,
    StoreUnavailable,
    TrainingError,
)

__all__ = ["failure_response", "failure_status"]

_STATUS: tuple[tuple[type[ChatwrightError], int], ...] = (
    (ConversationBusy, 409),
    (LeaseLost, 503),
    (StoreUnavailable, 503),
    (ActionNotFound, 404),
    (ActionTimeout, 504),
    (BundleError, 400),
    (ProjectError, 400),
    (TrainingError, 400),
)


def failure_status(error: ChatwrightError) -> int:
    """HTTP status of an error; 500 where nobody who asks can help it."""
    if isinstance(error, RequestError):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def failure_response(error: ChatwrightError) -> JSONResponse:
    """Rasa's failure body; the fix stands behind the message."""
    status = failure_status(error)
    body: dict[str, Any] = {
        "version": __version__,
        "status": "failure",
        "message": f"{error.message}: {error.fix}" if error.fix else error.message,
        "reason": error.reason if isinstance(error, RequestError) else type(error).__name__,
        "details": error.details if isinstance(error, RequestError) else {},
        "help": None,
        "code": status,
    }
    again = status == 503 or isinstance(error, ConversationBusy)
    return JSONResponse(body, status_code=status, headers={"Retry-After": "1"} if again else None)
