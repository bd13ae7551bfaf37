"""The conversation store of a project, as its ``endpoints.yml`` says."""

from __future__ import annotations

from pathlib import Path

from chatwright.project.endpoints import Endpoints
from chatwright.stores.store import ConversationStore

__all__ = ["DEFAULT_STORE", "open_store", "store_url"]

DEFAULT_STORE = "sqlite:///.chatwright/conversations.sqlite"


def store_url(endpoints: Endpoints, url: str | None = None) -> str:
    """Where the conversations of a project are kept; ``url`` goes before what the endpoints say."""
    return url or (endpoints.store.url if endpoints.store else DEFAULT_STORE)


async def open_store(root: Path, endpoints: Endpoints, *, url: str | None = None) -> ConversationStore:
    """Open the conversation store of a project.

    Args:
        root: the project's folder; a relative SQLite path starts there.
        endpoints: their ``store`` and ``lock`` say where.
        url: goes before what the endpoints say.
    """
    url = store_url(endpoints, url)
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith((prefix + "/", prefix + ":", prefix + "file:")):
        path = root / url[len(prefix) :]
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"{prefix}{path}"
    return await ConversationStore.open(
        url,
        lock_url=endpoints.lock.url if endpoints.lock else None,
        to_broker=endpoints.event_broker is not None,
    )
