"""How a server is to run; handed from the command line to its workers."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from chatwright.schema.messages import new_id

__all__ = ["LOOPBACK", "SETTINGS_VARIABLE", "ServeSettings"]

SETTINGS_VARIABLE = "CHATWRIGHT_SERVE_SETTINGS"
"""Environment variable by which workers get their settings."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ServeSettings(BaseModel):
    """Settings of ``chatwright serve``."""

    model_config = ConfigDict(frozen=True)

    root: Path = Field(default_factory=Path.cwd)
    """The project's folder."""
    model: Path = Path("models")
    """A bundle, or a folder of which the newest is served."""
    endpoints: str = "endpoints.yml"
    credentials: str = "credentials.yml"
    store: str | None = None
    """URL of the conversation store; default as the endpoints say."""
    interface: str = "127.0.0.1"
    port: int = 5005
    workers: int = 1
    enable_api: bool = False
    teach: bool = False
    """Whether the inspector page may write into the project's training data."""
    auth_token: str | None = Field(default=None, repr=False)
    jwt_secret: str | None = Field(default=None, repr=False)
    """Shared secret, or the public key in PEM for asymmetric methods."""
    jwt_method: str = "HS256"
    cors: tuple[str, ...] = ()
    """Origins whose pages may call; ``*`` is everyone."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which the server may be asked, beside those of this machine; ``*`` is any."""
    allow_open: bool = False
    response_timeout_s: float = 3600.0
    ssl_certificate: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_password: str | None = Field(default=None, repr=False)
    log_level: int = logging.INFO
    log_file: Path | None = None
    """Default: standard error."""
    run: str = Field(default_factory=new_id)
    """Names this start of the server; its workers share it."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the server."""
        return self.interface in LOOPBACK

    @property
    def guards_api(self) -> bool:
        """Whether the API asks for a token."""
        return bool(self.auth_token or self.jwt_secret)

    def to_environment(self) -> None:
        """Leave the settings where child processes find them."""
        os.environ[SETTINGS_VARIABLE] = self.model_dump_json()

    @classmethod
    def from_environment(cls) -> Self:
        """The inverse of ``to_environment``; the secrets do not stay in the environment of actions."""
        return cls.model_validate_json(os.environ.pop(SETTINGS_VARIABLE))
