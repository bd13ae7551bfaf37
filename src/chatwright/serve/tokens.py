"""Who stands behind a token: the server's own secret, or a JSON Web Token of an admin or a user."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

import jwt

from chatwright.serve.doors import JWT_METHODS
from chatwright.serve.settings import ServeSettings

__all__ = ["Caller", "identify", "read_jwt"]

LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone with a valid token."""

    user: str | None
    """None: may do everything. Else the one conversation that is theirs; empty for a token without a name."""


def identify(settings: ServeSettings, token: str) -> Caller | None:
    """The caller that a token names; None for one that is not valid."""
    if settings.auth_token and hmac.compare_digest(token.encode(), settings.auth_token.encode()):
        return Caller(None)
    if not settings.jwt_secret:
        return None
    claims = read_jwt(token, settings.jwt_secret, settings.jwt_method)
    user = claims.get("user") if claims else None
    if not isinstance(user, dict):
        return None
    if user.get("role") == "admin":
        return Caller(None)
    return Caller(str(user.get("username", "")) if user.get("role") == "user" else "")


def read_jwt(token: str, key: str, method: str) -> dict[str, Any] | None:
    """The claims of a valid JSON Web Token. Only the configured algorithm is accepted."""
    if method not in JWT_METHODS or len(token) > LONGEST:
        return None
    try:
        return jwt.decode(token, key, algorithms=[method], options={"verify_aud": False})
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
