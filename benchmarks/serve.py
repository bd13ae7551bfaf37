"""How fast does a bot train, start and answer, and what does it weigh? Beside Rasa in the same run.

python benchmarks/serve.py [--with-peer path/to/rasa-venv]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

import httpx

from _peers import (
    PROJECT,
    RASA_ENV,
    Server,
    chatwright,
    converse,
    copy_project,
    crowd,
    keep,
    machine,
    percentiles,
    rasa,
    run_timed,
    served_chatwright,
    served_rasa,
)


async def drive(server: Server, long_turns: int) -> dict[str, Any]:
    """One client, 20 at once, and one long conversation."""
    idle_mb = server.memory_mb()
    async with httpx.AsyncClient(timeout=120) as client:
        await converse(server.url, "warm-up", 20, client)
        short = [ms for n in range(10) for ms in await converse(server.url, f"one-{n}", 20, client)]
        long = await converse(server.url, "long", long_turns, client)
    return {
        "seconds_to_ready": server.seconds_to_ready,
        "memory_mb_idle": idle_mb,
        "one_client": percentiles(short),
        "turns_1_to_20": percentiles(long[:20]),
        f"turns_{long_turns - 19}_to_{long_turns}": percentiles(long[-20:]),
        "twenty_at_once": await crowd(server.url, 20, 20),
        "memory_mb_after": server.memory_mb(),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--with-peer", type=Path, help="virtual environment with Rasa 3.6")
    arguments.add_argument("--turns", type=int, default=10_000, help="length of our long conversation")
    options = arguments.parse_args()
    result: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory() as scratch:
        ours = copy_project(PROJECT, Path(scratch) / "ours")
        trained = run_timed(chatwright("train"), ours)
        with served_chatwright(ours) as server:
            result["chatwright"] = {"train": trained, **asyncio.run(drive(server, options.turns))}
        if options.with_peer:
            theirs = copy_project(PROJECT, Path(scratch) / "theirs")
            trained = run_timed(rasa(options.with_peer, "train"), theirs, RASA_ENV)
            with served_rasa(options.with_peer, theirs) as server:
                result["rasa"] = {"train": trained, **asyncio.run(drive(server, 200))}
    keep("serve", result)


if __name__ == "__main__":
    main()
