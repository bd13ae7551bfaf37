"""The floors of the house: imports point downward only, and the running bot stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import chatwright

SOURCE = Path(chatwright.__file__).parent

FLOORS: dict[str, int] = {
    "errors": 0,
    "schema": 0,
    "project": 0,
    "stores": 1,
    "brokers": 1,
    "text": 2,
    "learn": 2,
    "lm": 2,
    "dialogue": 3,
    "nlu": 3,
    "knowledge": 3,
    "generate": 3,
    "recommend": 3,
    "guard": 3,
    "opinion": 3,
    "actions": 4,
    "training": 4,
    "bundle": 5,
    "brain": 5,
    "turn": 5,
    "bot": 5,
    "recent_trackers": 5,
    "trainer": 5,
    "further_training": 5,
    "evaluate": 5,
    "doctor": 5,
    "simulate": 5,
    "suggest": 5,
    "starters": 5,
    "teach": 5,
    "cli": 6,
    "serve": 6,
}
SKILLS = {name for name, floor in FLOORS.items() if floor == 3}
"""The skills do not import one another."""


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room(path: Path) -> str:
    relative = path.relative_to(SOURCE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_rooms(path: Path) -> set[str]:
    """Rooms imported anywhere in the file; imports for type checking only do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for node in ast.walk(block)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {parts[1] for name in names if (parts := name.split("."))[0] == "chatwright" and len(parts) > 1}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_downward(path: Path) -> None:
    mine = room(path)
    assert mine in FLOORS, f"{mine} stands on no floor: add it to FLOORS"
    lazily = {"training"} if path.name.startswith("fit_") else set()
    for other in imported_rooms(path) & set(FLOORS) - lazily:
        assert FLOORS[other] <= FLOORS[mine], f"{mine} (floor {FLOORS[mine]}) imports {other}"
        if mine in SKILLS and other in SKILLS:
            assert mine == other, f"the skills {mine} and {other} must not know each other"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_what_trains_imports_training(path: Path) -> None:
    """Modules ``fit_*`` are loaded in training alone."""
    if room(path) not in ("training", "trainer", "cli") and not path.name.startswith("fit_"):
        assert "training" not in imported_rooms(path)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500


HEAVY = ("torch", "sklearn", "scipy", "pandas", "spacy", "transformers", "matplotlib")


@pytest.mark.parametrize("module", ["chatwright.bot", "chatwright.serve.app", "chatwright.cli.main"])
def test_the_running_bot_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
