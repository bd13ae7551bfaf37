"""Responses worded by a server of the project's own (``nlg:`` in endpoints.yml, Rasa's NLG protocol)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import httpx

from chatwright.errors import ActionError
from chatwright.generate.endpoint_client import EndpointClient
from chatwright.generate.responses import ConversationView, Draft, Responder, ResponseSource, eligible
from chatwright.project.domain import Domain
from chatwright.project.endpoints import TypedEndpoint

__all__ = ["NlgServer", "response_source"]

logger = logging.getLogger(__name__)


class NlgServer:
    """Asks a server for the words of each response.

    Args:
        endpoint: its ``url`` and how to sign in.
        domain: of the bot.
        default_language: of conversations that have not shown one.
    """

    def __init__(self, endpoint: TypedEndpoint, domain: Domain, *, default_language: str = "en") -> None:
        self.default_language = default_language
        self._responses = domain.responses
        self._client = EndpointClient(endpoint)

    async def respond(
        self,
        name: str,
        conversation: ConversationView,
        *,
        channel: str,
        variables: Mapping[str, Any] | None = None,
    ) -> Draft | None:
        """The server's response object; None where it has nothing to say.

        Raises:
            ActionError: the server cannot be reached or answers something else.
        """
        fitting = eligible(
            self._responses.get(name, ()),
            languages=(conversation.language or self.default_language, self.default_language),
            channel=channel,
            slots=conversation.slots,
        )
        body = {
            "response": name,
            "id": fitting[0].id if fitting else None,
            "arguments": dict(variables or {}),
            "tracker": conversation.state_json(),
            "channel": {"name": channel},
        }
        try:
            answer = await self._client.post(body)
            answer.raise_for_status()
            found = answer.json() if answer.content.strip() else None
        except (httpx.HTTPError, ValueError) as error:
            raise ActionError(
                f"the NLG server gave no words for {name!r} ({type(error).__name__})",
                fix="is the server under 'nlg' in endpoints.yml running?",
            ) from error
        if found in (None, "", {}):
            return None
        if not isinstance(found, dict):
            raise ActionError(f"the NLG server answered {name!r} with something that is not an object")
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def response_source(
    domain: Domain, endpoint: TypedEndpoint | None, *, default_language: str
) -> ResponseSource:
    """Where the words come from: the server named under ``nlg`` in endpoints.yml, else the domain."""
    if endpoint is None or endpoint.kind == "response":
        return Responder(domain, default_language=default_language)
    if endpoint.url:
        return NlgServer(endpoint, domain, default_language=default_language)
    logger.warning("nlg of type %r is not known here: responses come from the domain", endpoint.type)
    return Responder(domain, default_language=default_language)
