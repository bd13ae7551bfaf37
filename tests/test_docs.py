"""The documentation is complete, and every command in it runs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import chatwright

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCE = Path(chatwright.__file__).parent
BIN = Path(sys.executable).parent

PAGES = sorted(path for folder in ("tutorials", "how-to") for path in (DOCS / folder).glob("*.md"))


def commands(text: str) -> list[str]:
    """Every command of the ``bash`` blocks, a line each; here-documents stay whole."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [block.rstrip() for block in blocks]


def script_of(page: Path, port: int) -> str:
    """The page's commands as one script: servers run in the background until the script ends."""
    lines = ["set -eu", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for line in "\n".join(commands(page.read_text("utf-8"))).replace("5005", str(port)).splitlines():
        if re.match(r"(\w+=\S+ )*chatwright serve\b", line):
            where = "" if f"--port {port}" in line else f" --port {port}"
            lines += [
                "kill $(jobs -p) 2>/dev/null || true; wait",
                f"{line}{where} >server.log 2>&1 &",
                f"for i in $(seq 100); do curl -sf http://127.0.0.1:{port}/readyz >/dev/null && break; sleep 0.2; "
                "done; curl -sf http://127.0.0.1:"
                + str(port)
                + "/readyz >/dev/null || { cat server.log; exit 1; }",
            ]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_command_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = script_of(page, port)
    env = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "NO_COLOR": "1",
        "HOME": str(tmp_path / "home"),
    }
    (tmp_path / "work").mkdir()
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path / "work", env=env, capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 0, f"{script}\n--- output\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_page_has_commands(page: Path) -> None:
    assert commands(page.read_text("utf-8")), f"{page.name} shows no command"


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "generate_reference.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr + "\nrun: python docs/generate_reference.py"


def in_code(pattern: str) -> set[str]:
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        found |= set(re.findall(pattern, path.read_text("utf-8")))
    return found


def assert_told(names: set[str], page: str) -> None:
    text = (DOCS / "reference" / page).read_text("utf-8")
    assert names, "nothing was found in the code"
    missing = sorted(name for name in names if f"`{name}`" not in text)
    assert not missing, f"{page} does not tell of {', '.join(missing)}"
    listed = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    gone = sorted(listed - names)
    assert not gone, f"{page} tells of what is not in the code: {', '.join(gone)}"


def test_every_problem_is_told() -> None:
    codes = in_code(
        r"(?:\.error|\.warn|Problem)\(\s*(?:\"(?:error|warning)\",\s*)?\"([a-z0-9]+(?:-[a-z0-9]+)+)\""
    )
    assert_told(codes, "problems.md")


def test_every_environment_variable_is_told() -> None:
    names = in_code(
        r"\"(CHATWRIGHT_[A-Z_]+|RASA_[A-Z_]+|MAX_NUMBER_OF_PREDICTIONS|[A-Z_]+_ACTION_SERVER_REQUEST)\""
    )
    assert_told(names, "environment.md")


def test_every_public_name_is_told() -> None:
    text = (DOCS / "reference" / "python.md").read_text("utf-8")
    assert [name for name in chatwright.__all__ if f"`{name}`" not in text] == []


def test_both_readmes_have_the_same_commands() -> None:
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))
    assert commands(english) == commands(chinese)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = set(re.findall(r"^make ([a-z-]+)", "\n".join(commands(english)), re.MULTILINE))
    assert {"demo", "test"} <= used <= targets


def test_images_exist() -> None:
    for page in [ROOT / "README.md", ROOT / "README.zh.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).is_file(), f"{page.name} shows {target}"


@pytest.mark.skipif(
    shutil.which("mkdocs", path=str(BIN)) is None, reason="mkdocs (extra docs) is not installed"
)
def test_the_site_builds(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(BIN / "mkdocs"), "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
