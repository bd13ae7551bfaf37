"""What a server leaves open to anyone; asked before it starts, without loading it."""

from __future__ import annotations

from urllib.parse import urlsplit

from chatwright.errors import ProjectError, did_you_mean
from chatwright.project.credentials import Credentials, load_credentials
from chatwright.serve.settings import LOOPBACK, ServeSettings

__all__ = [
    "JWT_METHODS",
    "SERVED_CHANNELS",
    "allowed_hosts",
    "channel_access",
    "check_doors",
    "host_name",
    "unserved_channels",
]

SERVED_CHANNELS = {
    "rest": "the REST channel",
    "callback": "the callback channel",
    "socketio": "the Socket.IO channel",
}
"""Channels that are served; REST always, the others where credentials.yml names them."""

JWT_METHODS = frozenset(
    f"{family}{bits}" for family in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512)
) | {"EdDSA"}
"""Algorithms of JSON Web Tokens; only the one that is set is accepted."""


def channel_access(credentials: Credentials, channel: str) -> str:
    """Who may use a channel; as with Rasa anyone where credentials.yml does not say."""
    if said := credentials.access(channel):
        return said
    return "jwt" if credentials.channels.get(channel, {}).get("jwt_key") else "open"


def unserved_channels(settings: ServeSettings) -> list[str]:
    """Channels that credentials.yml names and that are not served, a sentence each."""
    named = load_credentials(settings.root / settings.credentials).channels
    return [f"the channel {name} is not served" for name in named if name not in SERVED_CHANNELS]


def host_name(host: str) -> str | None:
    """The name in a ``Host`` header, small, without port and brackets; None where there is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def allowed_hosts(settings: ServeSettings, credentials: Credentials) -> frozenset[str] | None:
    """Names by which the server may be asked; None for any.

    A server on loopback may be open since only this machine reaches it. So do all pages in its browsers,
    once the name of their site is made to mean 127.0.0.1 (DNS rebinding): but they ask by that name.
    """
    is_open_here = settings.is_loopback and _open_doors(settings, credentials)
    if "*" in settings.allowed_hosts or not (settings.allowed_hosts or is_open_here):
        return None
    return frozenset(name for host in settings.allowed_hosts if (name := host_name(host))).union(LOOPBACK)


def _open_doors(settings: ServeSettings, credentials: Credentials) -> list[str]:
    doors = []
    for channel, words in SERVED_CHANNELS.items():
        served = channel == "rest" or channel in credentials.channels
        if served and channel_access(credentials, channel) == "open":
            doors.append(words)
    if not settings.guards_api:
        doors.append("the API, the inspector and /metrics")
    return doors


def check_doors(settings: ServeSettings) -> list[str]:
    """What anyone who reaches the port may use to make the bot do something, or to read what was said.

    Raises:
        ProjectError: the server would be reachable from outside, and not all of it asks who is there; or
            its tokens could never be checked; or a name it is to be asked by is none.
        ProjectInvalid: credentials.yml is wrong.
    """
    if settings.jwt_method not in JWT_METHODS:
        raise ProjectError(
            f"there is no JWT method {settings.jwt_method!r}",
            fix=did_you_mean(settings.jwt_method, JWT_METHODS)
            or f"known are {', '.join(sorted(JWT_METHODS))}",
        )
    for host in settings.allowed_hosts:
        if host != "*" and ("/" in host or "*" in host or not host_name(host)):
            raise ProjectError(
                f"--allowed-hosts: {host!r} is no name of a host",
                fix="write it as in bot.example.com, or * for any name",
            )
    doors = _open_doors(settings, load_credentials(settings.root / settings.credentials))
    if doors and not settings.is_loopback and not settings.allow_open:
        raise ProjectError(
            f"on {settings.interface} anyone could use {' and '.join(doors)}",
            fix="give --auth-token or --jwt-secret and set `access` in credentials.yml, "
            "or say --allow-open if that is meant",
        )
    return doors
