"""Signed anonymous sessions: a visitor of the chat page holds one conversation, and no other."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import jwt

from chatwright.errors import ProjectError
from chatwright.schema.messages import new_id

__all__ = ["LIFETIME_S", "Session", "Sessions", "signing_key"]

LIFETIME_S = 30 * 24 * 3600
"""Seconds that a session is good for."""
_AUDIENCE = "chatwright-web"
KEY_VARIABLE = "CHATWRIGHT_SECRET"


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor's hold of a conversation."""

    token: str
    conversation: str
    expires: float
    """Seconds since 1970."""


class Sessions:
    """Makes and checks session tokens (JSON Web Tokens signed with a key of the project's own)."""

    def __init__(self, key: str) -> None:
        self._key = key

    def new(self) -> Session:
        """A session for a new conversation, whose id cannot be guessed (128 bits)."""
        conversation, expires = f"web-{new_id()}", time.time() + LIFETIME_S
        claims = {"sub": conversation, "aud": _AUDIENCE, "exp": int(expires)}
        return Session(jwt.encode(claims, self._key, algorithm="HS256"), conversation, expires)

    def conversation(self, token: str) -> str | None:
        """The conversation that a token holds; None for one that is forged, foreign or out of date."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                options={"require": ["exp", "sub", "aud"]},
            )
        except (jwt.PyJWTError, ValueError):
            return None
        return str(claims["sub"])


def signing_key(root: Path) -> str:
    """The project's key: from ``CHATWRIGHT_SECRET``, else a file that only the owner reads, made once.

    Raises:
        ProjectError: the key is too short, or the file cannot be written.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        if len(given) < 32:
            raise ProjectError(f"{KEY_VARIABLE} is shorter than 32 characters", fix="openssl rand -hex 32")
        return given
    path = root / ".chatwright" / "secret"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".secret-{os.getpid()}-{secrets.token_hex(4)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)  # whoever is first wins; the others read
        temporary.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ProjectError(
            f"the signing key cannot be kept: {error}",
            fix=f"make {path.parent} writable, or set {KEY_VARIABLE}",
        ) from error
