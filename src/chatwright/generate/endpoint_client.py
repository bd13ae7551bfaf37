"""Calling an HTTP service named in endpoints.yml, signed in as Rasa does it."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from chatwright.project.endpoints import Endpoint

__all__ = ["REQUEST_TIMEOUT", "EndpointClient"]

REQUEST_TIMEOUT = 300.0
"""Seconds (Rasa's DEFAULT_REQUEST_TIMEOUT)."""


class EndpointClient:
    """Posts JSON to one address over connections that stay open.

    Args:
        endpoint: address, token (sent as a query parameter), headers, basic auth and certificates.
        timeout: seconds for the whole answer to begin and go on.
    """

    def __init__(self, endpoint: Endpoint, *, timeout: float = REQUEST_TIMEOUT) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None
        self._url = httpx.URL(endpoint.url or "")
        if endpoint.token:
            self._url = self._url.copy_merge_params({endpoint.token_name: endpoint.token})

    async def post(
        self, body: Any, *, headers: Mapping[str, str] | None = None, compress: bool = False
    ) -> httpx.Response:
        """The answer to ``body``, whatever its status.

        Args:
            compress: deflate the body.

        Raises:
            httpx.HTTPError: no connection, or it broke off.
        """
        content, sent = orjson.dumps(body), {"Content-Type": "application/json", **(headers or {})}
        if compress:
            content, sent["Content-Encoding"] = zlib.compress(content), "deflate"
        return await self._connected().post(self._url, content=content, headers=sent)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:  # made late: certificates take time to read, and many bots never call
            auth = self._endpoint.basic_auth
            self._client = httpx.AsyncClient(
                headers=self._endpoint.headers,
                auth=(auth.username, auth.password) if auth else None,
                verify=ssl.create_default_context(cafile=self._endpoint.cafile),
                timeout=httpx.Timeout(self._timeout, connect=min(10.0, self._timeout)),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
                trust_env=False,
            )
        return self._client
