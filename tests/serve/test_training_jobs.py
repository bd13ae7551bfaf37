"""Jobs are processes of their own: they end with who asked, and leave the server light."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from chatwright.errors import RequestError
from chatwright.serve.training_jobs import DOCUMENT, job_folder, run_job
from small_bot import FILES


def document(folder: Path) -> None:
    parts = [FILES[name].replace('version: "3.1"\n', "") for name in ("config.yml", "data/nlu.yml")]
    (folder / DOCUMENT).write_text("\n".join(parts), "utf-8")


async def test_a_job_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    async with job_folder(tmp_path, training=False) as folder:
        document(folder)
        job = {"kind": "test_intents", "model": None, "folds": 4}
        running = asyncio.create_task(run_job(folder, job))
        children = await _started()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not any(child.is_running() for child in children)
    assert not folder.exists()


async def test_a_job_that_dies_is_an_error_with_a_reason(tmp_path: Path) -> None:
    async with job_folder(tmp_path, training=False) as folder:
        document(folder)
        job = {"kind": "test_intents", "model": None, "folds": 4}
        running = asyncio.create_task(run_job(folder, job))
        children = await _started()
        children[0].kill()  # as the kernel does when memory is short
        with pytest.raises(RequestError, match="ended early") as error:
            await running
    assert error.value.status == 500
    assert not folder.exists()


def test_the_routes_load_nothing_that_only_training_needs() -> None:
    code = (
        "import sys; from chatwright.serve import openai_api, rasa_api; rasa_api.routers();"
        "print([name for name in ('sklearn', 'scipy', 'pandas', 'torch', 'spacy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def _started() -> list[psutil.Process]:
    for _ in range(500):
        if children := _jobs():
            return children
        await asyncio.sleep(0.02)
    raise AssertionError("no job was started")


def _jobs() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "chatwright.serve.model_job" in child.cmdline()]
