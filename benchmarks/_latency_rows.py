"""What does one turn with the learned policy cost, at the beginning and in a long conversation?"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _peers import PROJECT, chatwright, copy_project, percentiles
from _table import Row
from chatwright.bot import Bot

MUST_PER_S = 200.0
"""5 ms a turn."""
LEARNED = ("/parking", "/menu", "/thanks", "/hello", "/affirm", "/deny")
"""Intents in an order that no story has: the learned policy decides."""


def latency_rows(quick: bool) -> Iterator[list[Row]]:
    """Milliseconds of a turn in process, kept on disk (SQLite), median of the turns named."""
    turns = 300 if quick else 10_000
    with tempfile.TemporaryDirectory() as scratch:
        project = copy_project(PROJECT, Path(scratch) / "bot")
        config = project / "config.yml"
        text = config.read_text("utf-8")
        config.write_text(text.replace("- name: RulePolicy\n", ""), "utf-8")
        for name in ("domain.yml", "data/rules.yml"):
            _without_rules(project / name)
        subprocess.run(chatwright("train"), cwd=project, check=True, capture_output=True)
        found = asyncio.run(_talk(project, turns))
    rows = []
    for name, figures in found.items():
        median = figures["p50_ms"]
        row = Row(f"one turn, {name}", "turns/s", "learned policy", [1000 / median], must=MUST_PER_S)
        row.milliseconds, row.more = median, figures
        rows.append(row)
    yield rows


def _without_rules(path: Path) -> None:
    """A form needs the rule policy: without rules there is none."""
    import yaml

    content = yaml.safe_load(path.read_text("utf-8"))
    if content.pop("rules", None) is not None:
        path.unlink()
        return
    content.pop("forms", None)
    for slot in content["slots"].values():
        slot["mappings"] = [m for m in slot["mappings"] if "conditions" not in m]
    path.write_text(json.dumps(content), "utf-8")


async def _talk(project: Path, turns: int) -> dict[str, dict[str, Any]]:
    bot = await Bot.load(project=project)
    took: list[float] = []
    worked: list[float] = []
    policies: list[set[str]] = []
    for number in range(turns):
        started, cpu = time.perf_counter(), time.process_time()
        turn = await bot.handle(LEARNED[number % len(LEARNED)], conversation="one")
        took.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
        policies.append({step["policy"] for step in turn.why["steps"]})
    await bot.close()
    parts = {"turns 1 to 200": slice(0, 200), f"turns {turns - 199} to {turns}": slice(turns - 200, turns)}
    return {
        name: {
            **percentiles(took[part]),
            "cpu_p50_ms": percentiles(worked[part])["p50_ms"],
            "policies": dict(Counter(name for names in policies[part] for name in names)),
        }
        for name, part in parts.items()
    }
