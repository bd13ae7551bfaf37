"""Does anything get lost under load? 200 conversations of 20 turns at once, two workers.

Every conversation must hold exactly its own messages, in order, once; throughput and latency beside.

    python benchmarks/load.py [--postgres URL] [--with-peer path/to/rasa-venv]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

import httpx

from _peers import (
    CONVERSATION,
    PROJECT,
    RASA_ENV,
    chatwright,
    copy_project,
    crowd,
    keep,
    machine,
    rasa,
    run_timed,
    served_chatwright,
    served_rasa,
)


async def audit(url: str, people: int, turns: int) -> dict[str, int]:
    """Compare what the store kept with what was sent."""
    expected = [CONVERSATION[n % len(CONVERSATION)] for n in range(turns)]
    lost = duplicated = reordered = 0
    async with httpx.AsyncClient(timeout=60) as client:
        for person in range(people):
            answer = await client.get(f"{url}/conversations/p{person}/tracker?include_events=ALL")
            kept = [event["text"] for event in answer.json()["events"] if event["event"] == "user"]
            lost += max(0, len(expected) - len(kept))
            duplicated += max(0, len(kept) - len(expected))
            reordered += len(kept) == len(expected) and kept != expected
    return {"lost": lost, "duplicated": duplicated, "reordered": reordered}


async def drive(url: str, people: int, turns: int) -> dict[str, Any]:
    """The crowd, then the audit."""
    return {**await crowd(url, people, turns), **await audit(url, people, turns)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    arguments.add_argument("--with-peer", type=Path, help="virtual environment with Rasa 3.6")
    arguments.add_argument("--people", type=int, default=200)
    arguments.add_argument("--turns", type=int, default=20)
    options = arguments.parse_args()
    size = (options.people, options.turns)
    result: dict[str, Any] = {"machine": machine(), "people": size[0], "turns": size[1], "workers": 2}
    with tempfile.TemporaryDirectory() as scratch:
        ours = copy_project(PROJECT, Path(scratch) / "ours")
        run_timed(chatwright("train"), ours)
        stores = {"sqlite": f"sqlite:///{scratch}/load.sqlite"}
        if options.postgres:
            stores["postgres"] = options.postgres
        for name, url in stores.items():
            with served_chatwright(ours, "--workers", "2", "--enable-api", "--store", url) as server:
                result[f"chatwright_{name}"] = asyncio.run(drive(server.url, *size))
        if options.with_peer:
            theirs = copy_project(PROJECT, Path(scratch) / "theirs")
            # Rasa needs Redis locks for two workers; one worker with its SQL store is its usual set-up.
            store = f"tracker_store:\n  type: sql\n  dialect: sqlite\n  db: {scratch}/rasa.db\n"
            (theirs / "endpoints.yml").write_text(store)
            run_timed(rasa(options.with_peer, "train"), theirs, RASA_ENV)
            with served_rasa(options.with_peer, theirs) as server:
                result["rasa_sqlite_one_worker"] = asyncio.run(drive(server.url, *size))
    keep("load", result)


if __name__ == "__main__":
    main()
