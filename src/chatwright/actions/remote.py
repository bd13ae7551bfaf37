"""Actions that run on an action server (``action_endpoint`` in endpoints.yml)."""

from __future__ import annotations

import os
from typing import Any

import httpx

from chatwright.actions.call import ActionCall, Saying
from chatwright.actions.protocol import answer_to_events, request_body
from chatwright.errors import ActionError, ActionNotFound, ActionRejected, ActionTimeout
from chatwright.generate.endpoint_client import REQUEST_TIMEOUT, EndpointClient
from chatwright.project.domain import Domain
from chatwright.project.endpoints import ActionEndpoint
from chatwright.schema.events import Event

__all__ = ["RemoteActions"]

COMPRESS = "COMPRESS_ACTION_SERVER_REQUEST"
"""Environment variable; ``true`` deflates what is sent, as in Rasa."""
DOMAIN_WANTED = 449
"""Status by which rasa-sdk (from 3.7) asks for the domain that ``selective_domain`` left out."""


class RemoteActions:
    """Calls an action server that speaks rasa-sdk's protocol.

    Args:
        endpoint: its address and how to sign in.
        timeout: seconds for one call.
    """

    def __init__(self, endpoint: ActionEndpoint, *, timeout: float = REQUEST_TIMEOUT) -> None:
        self._client = EndpointClient(endpoint, timeout=timeout)
        self._selective = endpoint.selective_domain
        self._compress = os.environ.get(COMPRESS, "").lower() in ("true", "1", "yes")
        self._url = endpoint.url

    async def run(self, name: str, call: ActionCall, domain: Domain) -> list[Event | Saying]:
        """What the action said and did.

        Raises:
            ActionRejected: it declined to run.
            ActionNotFound: the server does not know it.
            ActionTimeout: it took too long.
            ActionError: it failed, or the server cannot be reached.
        """
        sends_domain = not self._selective or name in domain.send_domain_actions
        answer = await self._post(name, call, domain if sends_domain else None)
        if answer.status_code == DOMAIN_WANTED and not sends_domain:
            answer = await self._post(name, call, domain)
        return answer_to_events(name, _content(name, answer))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _post(self, name: str, call: ActionCall, domain: Domain | None) -> httpx.Response:
        try:
            return await self._client.post(
                await request_body(name, call, domain),
                headers={"Idempotency-Key": _header(call.idempotency_key)},
                compress=self._compress,
            )
        except httpx.TimeoutException as error:
            raise ActionTimeout(f"the action server did not answer {name!r} in time") from error
        except httpx.HTTPError as error:
            raise ActionError(
                f"the action server cannot be reached for {name!r} ({type(error).__name__})",
                fix=f"is it running at {self._url}? (action_endpoint in endpoints.yml)",
            ) from error


def _content(name: str, answer: httpx.Response) -> Any:
    try:
        content = answer.json() if answer.content else {}
    except ValueError:
        content = None
    told = content if isinstance(content, dict) else {}
    match answer.status_code:
        case status if 200 <= status < 300:
            return content
        case 400 if "action_name" in told:
            raise ActionRejected(str(told.get("error") or f"{name} declined to run"))
        case 404:
            raise ActionNotFound(
                f"the action server knows no action {name!r}", fix="add it there and start the server again"
            )
        case status:
            raise ActionError(f"the action server failed at {name!r} with status {status}")


def _header(key: str) -> str:
    """A conversation's id may hold any letter; a header holds ASCII."""
    return httpx.URL(path=key).raw_path.decode("ascii") if not key.isascii() else key
