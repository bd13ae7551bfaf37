"""Who may write a conversation now: a lease with a fencing token.

A lease ends by itself after ``LEASE_S`` unless its holder renews it, so that a killed process blocks
nobody for long. The token grows with every holder; the database refuses a commit with an older one
(Kleppmann 2016, "How to do distributed locking").
"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Connection, delete, insert, select, update

from chatwright.errors import MissingExtraError, StoreUnavailable
from chatwright.stores.tables import conversations, leases

__all__ = ["LEASE_S", "RENEW_S", "Locks", "RedisLocks", "release_lease", "renew_lease", "take_lease"]

LEASE_S = 10.0
RENEW_S = 3.0


def take_lease(connection: Connection, conversation: str, owner: str, fence: int, now: float) -> int | None:
    """Take the database lease; gives the token, None while another process holds it.

    Args:
        fence: the newest token of the conversation, whose row the caller holds.
    """
    row = connection.execute(select(leases).where(leases.c.conversation == conversation)).first()
    if row is not None and row.expires > now and row.owner != owner:
        return None
    token = fence + 1
    values = {"owner": owner, "token": token, "expires": now + LEASE_S}
    if row is None:
        connection.execute(insert(leases).values(conversation=conversation, **values))
    else:
        connection.execute(update(leases).where(leases.c.conversation == conversation).values(**values))
    connection.execute(update(conversations).where(conversations.c.id == conversation).values(fence=token))
    return token


def renew_lease(connection: Connection, conversation: str, token: int, now: float) -> None:
    """Hold the lease for another ``LEASE_S``, if it is still ours."""
    mine = (leases.c.conversation == conversation) & (leases.c.token == token)
    connection.execute(update(leases).where(mine).values(expires=now + LEASE_S))


def release_lease(connection: Connection, conversation: str, token: int) -> None:
    """Give the lease back, if it is still ours."""
    connection.execute(
        delete(leases).where((leases.c.conversation == conversation) & (leases.c.token == token))
    )


class Locks(Protocol):
    """Leases kept outside the database."""

    async def take(self, conversation: str, owner: str) -> int | None:
        """The token, or None while another holds the lease."""
        ...

    async def renew(self, conversation: str, owner: str) -> None:
        """Hold it for another ``LEASE_S``."""
        ...

    async def release(self, conversation: str, owner: str) -> None:
        """Give it back."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


# Each script is atomic in Redis; the token counter outlives the lease.
_TAKE = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return redis.call('incr', KEYS[2])
"""
_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class RedisLocks:
    """Leases in Redis."""

    def __init__(self, url: str, *, prefix: str = "chatwright") -> None:
        try:
            import redis.asyncio as redis_client
        except ImportError as error:
            raise MissingExtraError("locks in Redis", "redis") from error
        self._client: Any = redis_client.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._prefix = prefix

    async def take(self, conversation: str, owner: str) -> int | None:
        token = await self._run(_TAKE, conversation, owner, int(LEASE_S * 1000))
        return int(token) or None

    async def renew(self, conversation: str, owner: str) -> None:
        await self._run(_RENEW, conversation, owner, int(LEASE_S * 1000))

    async def release(self, conversation: str, owner: str) -> None:
        await self._run(_RELEASE, conversation, owner)

    async def close(self) -> None:
        await self._client.aclose()

    async def _run(self, script: str, conversation: str, *arguments: Any) -> Any:
        from redis.exceptions import RedisError

        keys = (f"{self._prefix}:lease:{conversation}", f"{self._prefix}:fence:{conversation}")
        try:
            return await self._client.eval(script, 2, *keys, *arguments)
        except RedisError as error:
            raise StoreUnavailable(f"Redis does not answer: {error}", fix="check the lock URL") from error
