"""Conversations of a Rasa SQL tracker store."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatwright.cli.main import app
from chatwright.errors import StoreError
from chatwright.schema.events import SlotSet, UserUttered
from chatwright.stores.rasa_store import read_rasa_store

SCHEMA = """\
CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL,
timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)
"""
"""As Rasa 3.6 makes it."""

ANN = [
    {"event": "action", "timestamp": 1.0, "name": "action_session_start", "policy": None, "confidence": 1.0},
    {"event": "session_started", "timestamp": 2.0},
    {"event": "action", "timestamp": 3.0, "name": "action_listen", "policy": None, "confidence": None},
    {
        "event": "user",
        "timestamp": 4.0,
        "text": "a large one",
        "parse_data": {
            "text": "a large one",
            "intent": {"name": "inform", "confidence": 0.9},
            "entities": [{"entity": "size", "start": 2, "end": 7, "value": "large"}],
            "intent_ranking": [],
        },
        "input_channel": "rest",
        "message_id": "m1",
        "metadata": {},
    },
    {"event": "slot", "timestamp": 5.0, "name": "size", "value": "large"},
    {"event": "of_a_plugin", "timestamp": 6.0},
]


@pytest.fixture
def rasa(tmp_path: Path) -> str:
    path = tmp_path / "rasa.db"
    with sqlite3.connect(path) as connection:
        connection.execute(SCHEMA)
        for name, events in (("ann", ANN), ("bob", ANN[:3])):
            for event in events:
                row = (name, event["event"], event["timestamp"], json.dumps(event))
                sql = "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)"
                connection.execute(sql, row)
    connection.close()
    return f"sqlite:///{path}"


def test_events_are_read_in_order(rasa: str) -> None:
    ann, bob = read_rasa_store(rasa)
    assert (ann.name, len(ann.events), ann.left_out) == ("ann", 5, 1)
    assert (bob.name, len(bob.events), bob.left_out) == ("bob", 3, 0)
    assert isinstance(ann.events[3], UserUttered)
    assert ann.events[3].understanding.intent.name == "inform"
    assert ann.events[4] == SlotSet(name="size", value="large", timestamp=5.0)


def test_they_are_taken_over_once(rasa: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bot").mkdir()
    monkeypatch.chdir(tmp_path / "bot")
    first = CliRunner().invoke(app, ["conversations", "import", rasa, "--json"])
    assert json.loads(first.stdout) == {
        "conversations": 2,
        "events": 8,
        "already_here": 0,
        "events_left_out": 1,
    }
    again = CliRunner().invoke(app, ["conversations", "import", rasa, "--json"])
    assert json.loads(again.stdout)["already_here"] == 2
    shown = CliRunner().invoke(app, ["conversations", "show", "ann", "--json"])
    assert "a large one" in shown.stdout


@pytest.mark.parametrize("url", ["sqlite:///nowhere.db", "nonsense://x", "not a url"])
def test_a_wrong_address_is_explained(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError) as caught:
        list(read_rasa_store(url))
    assert caught.value.fix


def test_another_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE events (name TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="no events"):
        list(read_rasa_store(f"sqlite:///{tmp_path}/other.db"))
