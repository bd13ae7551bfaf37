"""Who may write a conversation now: a lease with a fencing token.

A lease ends by itself after ``LEASE_S`` unless its holder renews it, so that a killed process blocks
nobody for long. It stands in the row of the conversation, or in Redis. The token stands in the row in
either case and grows with every holder; the database refuses a commit with an older one (Kleppmann
2016, "How to do distributed locking").
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol

from chatwright.errors import MissingExtraError, StoreUnavailable

__all__ = ["LEASE_S", "RENEW_S", "Locks", "RedisLocks", "is_running"]

LEASE_S = 10.0
RENEW_S = 3.0


def is_running(until: float, length: float, now: float) -> bool:
    """Whether something that was taken for ``length`` seconds, until ``until``, still runs.

    An end much further away was written before the clock was set back, and binds nobody. One length of
    grace is for clocks that differ, and for a ``now`` that was read some time ago.
    """
    return now < until <= now + 2 * length


class Locks(Protocol):
    """Leases kept outside the database."""

    async def take(self, conversation: str, owner: str) -> bool:
        """Hold the lease for ``LEASE_S``; False while another holds it."""
        ...

    async def renew(self, conversation: str, owner: str) -> None:
        """Hold it for another ``LEASE_S``, if it is still ours."""
        ...

    async def release(self, conversation: str, owner: str) -> None:
        """Give it back, if it is still ours."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


# Each script is atomic in Redis.
_TAKE = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
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

    async def take(self, conversation: str, owner: str) -> bool:
        return bool(await self._run(_TAKE, conversation, owner, int(LEASE_S * 1000)))

    async def renew(self, conversation: str, owner: str) -> None:
        await self._run(_RENEW, conversation, owner, int(LEASE_S * 1000))

    async def release(self, conversation: str, owner: str) -> None:
        await self._run(_RELEASE, conversation, owner)

    async def close(self) -> None:
        await self._client.aclose()

    async def _run(self, script: str, conversation: str, *arguments: Any) -> Any:
        from redis.exceptions import RedisError

        key = f"{self._prefix}:lease:{conversation}"
        # Redis's client does not survive being cancelled between a command and its answer.
        asked = asyncio.ensure_future(self._client.eval(script, 1, key, *arguments))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            with contextlib.suppress(RedisError, OSError):
                await asked
            raise
        except (RedisError, OSError) as error:
            raise StoreUnavailable(f"Redis does not answer: {error}", fix="check the lock URL") from error
