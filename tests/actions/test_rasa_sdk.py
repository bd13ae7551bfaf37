"""Actions written for rasa-sdk, on real action servers and in this process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chatwright.actions.remote import RemoteActions
from chatwright.project.endpoints import ActionEndpoint
from conversation import converse
from sdk_checks import check_all
from sdk_environment import action_server, current_sdk, old_sdk
from sdk_project import DOMAIN, write_sdk_project


@asynccontextmanager
async def calling(endpoint: ActionEndpoint) -> AsyncIterator[RemoteActions]:
    remote = RemoteActions(endpoint)
    try:
        yield remote
    finally:
        await remote.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = write_sdk_project(tmp_path_factory.mktemp("sdk"))
    with action_server(current_sdk(), project) as url:
        yield url


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_server_of_the_current_rasa_sdk(
    server: str, compressed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPRESS_ACTION_SERVER_REQUEST", str(compressed).lower())
    async with calling(ActionEndpoint(url=server)) as remote:
        await check_all(lambda: converse(DOMAIN, remote=remote))


async def test_a_domain_left_out_is_sent_when_the_server_asks_for_it(server: str) -> None:
    async with calling(ActionEndpoint(url=server, selective_domain=True)) as remote:
        c = converse(DOMAIN, remote=remote)
        await c.hear("hi", "order")
        assert (await c.run("action_history"))[0].text.startswith("ann|hi|hi|")


@pytest.mark.slow
async def test_a_server_of_rasa_sdk_3_6(tmp_path: Path) -> None:
    with action_server(old_sdk(), write_sdk_project(tmp_path)) as url:
        async with calling(ActionEndpoint(url=url)) as remote:
            await check_all(lambda: converse(DOMAIN, remote=remote))


def test_in_this_process(tmp_path: Path) -> None:
    """Run apart, where rasa-sdk can be imported; the environment of the tests does without it."""
    packages = next((current_sdk().parent.parent / "lib").glob("python*/site-packages"))
    script = tmp_path / "run.py"
    script.write_text(
        f"""
import asyncio, sys
sys.path[:0] = [{str(Path(__file__).parents[1])!r}]
sys.path.append({str(packages)!r})
from pathlib import Path
from conversation import converse
from sdk_checks import check_all
from sdk_project import DOMAIN
from chatwright.actions.python_actions import PythonActions

python = PythonActions.load(Path({str(write_sdk_project(tmp_path))!r}))

async def main():
    await check_all(lambda: converse(DOMAIN, python=python))
    await python.close()

asyncio.run(main())
print("all", len(python.names))
""",
        "utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all 7\n"
