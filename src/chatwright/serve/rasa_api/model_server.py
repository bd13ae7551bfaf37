"""Fetches a bundle from a model server (Rasa's ``model_server``: an address that gives a ``.tar.gz``)."""

from __future__ import annotations

import contextlib
import os
import re
import ssl
import tempfile
from pathlib import Path

import httpx

from chatwright.bundle import MAX_BYTES, open_bundle
from chatwright.errors import BundleError, RequestError
from chatwright.project.endpoints import ModelEndpoint

__all__ = ["fetch_bundle"]

TIMEOUT_S = 60.0
_NAME = re.compile(r"[\w][\w.-]{0,120}\.tar\.gz")
_fetched: dict[str, tuple[str, Path]] = {}
"""Address → ETag and file of what was fetched from there last."""


async def fetch_bundle(server: ModelEndpoint, models: Path) -> Path:
    """Fetch the bundle into ``models`` unless the server says that it is unchanged (ETag).

    Returns:
        The file, checked to be a bundle.

    Raises:
        RequestError: the server cannot be reached, or gives no bundle (status 400).
    """
    url = server.url or ""
    known = _fetched.get(url)
    headers = dict(server.headers)
    if known is not None and known[1].is_file():
        headers["If-None-Match"] = known[0]
    basic = server.basic_auth
    try:
        trusted = ssl.create_default_context(cafile=server.cafile) if server.cafile else True
        async with (
            httpx.AsyncClient(
                timeout=TIMEOUT_S, follow_redirects=True, max_redirects=3, verify=trusted
            ) as client,
            client.stream(
                "GET",
                url,
                headers=headers,
                params={server.token_name: server.token} if server.token else None,
                auth=(basic.username, basic.password) if basic else None,
            ) as answer,
        ):
            if answer.status_code in (204, 304) and known is not None:
                return known[1]
            if answer.status_code != 200:
                raise _refusal(f"the model server answered {answer.status_code}")
            path = await _save(answer, models)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError, OSError) as error:
        raise _refusal(f"the model server cannot be used: {error or type(error).__name__}") from error
    if etag := answer.headers.get("etag"):
        _fetched[url] = etag, path
    return path


async def _save(answer: httpx.Response, models: Path) -> Path:
    """Write the body beside its final name, check it, and rename it."""
    os.makedirs(models, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=models, prefix=".fetched-", suffix=".tmp")
    try:
        size = 0
        with os.fdopen(handle, "wb") as out:
            async for chunk in answer.aiter_raw():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise _refusal(f"the model server sends more than {MAX_BYTES} bytes")
                out.write(chunk)
        try:
            bundle = open_bundle(temporary)
        except BundleError as error:
            raise _refusal(f"the model server gives no bundle: {error.message}") from error
        name = answer.headers.get("filename", "")
        if not _NAME.fullmatch(name):
            name = f"fetched-{bundle.manifest.bundle_id[:12]}.tar.gz"
        path = models / name
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        return path
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _refusal(message: str) -> RequestError:
    return RequestError(
        message, fix="check 'model_server'", details={"parameter": "model_server", "in": "body"}
    )
