"""``credentials.yml``: the channels a bot is reached by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from chatwright.errors import did_you_mean
from chatwright.project.findings import Findings
from chatwright.project.yaml_models import load_model, read_model
from chatwright.project.yaml_reader import LocatedDoc, locate

__all__ = ["CHANNELS", "Channel", "Credentials", "load_credentials", "read_credentials"]

Access = Literal["open", "token", "jwt", "signed"]

CHANNELS = (
    "rest",
    "callback",
    "socketio",
    "facebook",
    "slack",
    "telegram",
    "twilio",
    "twilio_voice",
    "hangouts",
    "botframework",
    "mattermost",
    "rocketchat",
    "webexteams",
    "rasa",
    "cmdline",
)
"""Rasa's built-in channels."""


class Channel(BaseModel):
    """Settings of one channel; keys of the channel's own are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    access: Access | None = Field(default=None, description="Chatwright: who may use the channel.")


class Credentials(RootModel[dict[str, Channel | None]]):
    """Channels by name."""

    model_config = ConfigDict(frozen=True, title="credentials.yml")

    root: dict[str, Channel | None] = Field(default={})

    @property
    def channels(self) -> Mapping[str, Mapping[str, Any]]:
        """The settings of each channel as written, without ``access``."""
        named = self.root.items()
        return {name: channel.model_dump(exclude={"access"}) if channel else {} for name, channel in named}

    def access(self, channel: str) -> Access | None:
        """Who may use a channel; None where the file does not say."""
        settings = self.root.get(channel)
        return settings.access if settings else None


def read_credentials(doc: LocatedDoc, findings: Findings) -> Credentials:
    """The channels of a parsed ``credentials.yml``; problems go to ``findings``."""
    data = doc.data if isinstance(doc.data, dict) else {}
    for name in data:
        if str(name) not in CHANNELS and "." not in str(name):
            findings.warn(
                "unknown-channel",
                f"unknown channel '{name}'",
                at=locate(data, name),
                fix=did_you_mean(str(name), CHANNELS) or f"known are {', '.join(CHANNELS)}, or module.Class",
            )
    return read_model(Credentials, doc, findings)


def load_credentials(path: Path) -> Credentials:
    """The channels of the file at ``path``; none where there is no such file.

    Raises:
        YamlError, ProjectInvalid: as ``load_model``.
    """
    return load_model(path, read_credentials, Credentials())
