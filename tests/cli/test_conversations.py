"""``chatwright conversations`` and ``chatwright export`` on a store that a bot could have filled."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chatwright.cli.main import app
from chatwright.schema.events import BotUttered, SlotSet, UserUttered
from chatwright.schema.messages import UserMessage
from chatwright.schema.understanding import IntentScore, Understanding
from chatwright.stores.store import ConversationStore

SAID = {"ann": ["hello", "where is my order"], "小明": ["你好"], "c[bold]": ["hi"]}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with three conversations; events happen at 1000, 1001, 1002, …"""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    store = await ConversationStore.open(url)
    clock = iter(range(1000, 2000))
    for conversation, texts in SAID.items():
        for text in texts:
            message = UserMessage(text=text, conversation=conversation, channel="web")
            understanding = Understanding(text=text, intent=IntentScore("greet", 0.9))
            async with store.turn(message) as turn:
                await turn.commit(
                    [
                        UserUttered(text=text, understanding=understanding, timestamp=next(clock)),
                        SlotSet(name="城市", value="上海", timestamp=next(clock)),
                        BotUttered(text=f"好的 {text}", timestamp=next(clock)),
                    ],
                    replies=[{"text": f"好的 {text}"}],
                )
    await store.close()


def run(*arguments: str, code: int = 0, **more: Any) -> Any:
    result = CliRunner().invoke(app, list(arguments), **more)
    assert result.exit_code == code, result.output
    return result


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_list(url: str) -> None:
    rows = json.loads(run("conversations", "list", "--store", url, "--json").stdout)
    assert [row["id"] for row in rows] == ["c[bold]", "小明", "ann"]
    assert (rows[2]["turns"], rows[2]["events"], rows[2]["channel"]) == (2, 6, "web")
    table = run("conversations", "list", "--store", url).stdout
    assert "小明" in table
    assert "c[bold]" in table


def test_list_page_by_page(url: str) -> None:
    seen, after = [], []
    for _ in range(3):
        arguments = ("conversations", "list", "--store", url, "--json", "-n", "1", *after)
        [row] = json.loads(run(*arguments).stdout)
        seen.append(row["id"])
        after = ["--after", row["id"]]
    assert sorted(seen) == sorted(SAID)
    assert json.loads(run("conversations", "list", "--store", url, "--json", *after).stdout) == []
    rows = json.loads(run("conversations", "list", "--store", url, "--json", "--search", "明").stdout)
    assert [row["id"] for row in rows] == ["小明"]
    assert "'nobody'" in run("conversations", "list", "--store", url, "--after", "nobody", code=1).stderr


def test_an_empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no conversations" in run("conversations", "list").stdout
    assert json.loads(run("conversations", "list", "--json").stdout) == []


def test_show(url: str) -> None:
    shown = run("conversations", "show", "小明", "--store", url).stdout
    assert "user › 你好" in shown
    assert "bot › 好的 你好" in shown
    assert "城市" in shown
    data = json.loads(run("conversations", "show", "ann", "--store", url, "--json").stdout)
    assert data["conversation"] == "ann"
    assert [event["event"] for event in data["events"]] == ["user", "slot", "bot"] * 2
    refused = run("conversations", "show", "nobody", "--store", url, code=1)
    assert "there is no conversation 'nobody'" in refused.stderr


def test_export_of_whole_conversations(url: str, tmp_path: Path) -> None:
    lines = lines_of(run("conversations", "export", "--store", url).stdout)
    assert [line["conversation"] for line in lines] == sorted(SAID)
    run("conversations", "export", "小明", "--store", url, "--out", "one.jsonl")
    [line] = lines_of((tmp_path / "one.jsonl").read_text("utf-8"))
    assert (line["conversation"], len(line["events"])) == ("小明", 3)


def test_export_of_events_as_rasa_does(url: str) -> None:
    events = lines_of(run("export", "--store", url).stdout)
    assert len(events) == 12
    assert {event["sender_id"] for event in events} == set(SAID)
    ann = lines_of(run("export", "--store", url, "--conversation-ids", "ann").stdout)
    assert [event["timestamp"] for event in ann] == [1000, 1001, 1002, 1003, 1004, 1005]
    window = ("--minimum-timestamp", "1002", "--maximum-timestamp", "1007")
    some = lines_of(run("export", "--store", url, *window).stdout)
    assert sorted(event["timestamp"] for event in some) == [1002, 1003, 1004, 1005, 1006]
    known = run("export", "--store", url, "--conversation-ids", "nobody,小明")
    assert {event["sender_id"] for event in lines_of(known.stdout)} == {"小明"}
    assert "'nobody'" in known.stderr
    moved = run(
        "export", "--store", url, "--conversation-ids", "小明, ann", "--offset-timestamps-by-seconds", "-500"
    )
    assert [event["timestamp"] for event in lines_of(moved.stdout)] == [*range(500, 509)]


def test_export_to_a_file(url: str, tmp_path: Path) -> None:
    counts = json.loads(run("export", "--store", url, "--out", "events.jsonl", "--json").stdout)
    assert counts == {"conversations": 3, "events": 12}
    assert len(lines_of((tmp_path / "events.jsonl").read_text("utf-8"))) == 12


def test_export_to_the_broker_of_the_project(url: str, tmp_path: Path) -> None:
    run("export", "--store", url, "--to-broker", code=1)
    (tmp_path / "endpoints.yml").write_text("event_broker:\n  type: file\n  path: sent.log\n")
    told = json.loads(run("export", "--store", url, "--to-broker", "--json").stdout)
    assert lines_of((tmp_path / "sent.log").read_text("utf-8")) == lines_of(
        run("export", "--store", url).stdout
    )
    assert told == {"conversations": 3, "events": 12}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--json"], 2),
        (["--to-broker", "--out", "x.jsonl"], 2),
        (["--minimum-timestamp", "2", "--maximum-timestamp", "1"], 2),
        (["--conversation-ids", "nobody,none", "--out", "x.jsonl"], 1),
        (["--out", "no/such/folder/x.jsonl"], 1),
        (["--store", "mysql://x"], 1),
    ],
)
def test_wrong_exports(url: str, tmp_path: Path, arguments: list[str], code: int) -> None:
    run("export", "--store", url, *arguments, code=code)
    assert not list(tmp_path.glob("x.jsonl*")), "no half-written file is left"


def test_erase(url: str, tmp_path: Path) -> None:
    run("conversations", "erase", "小明", "--store", url, input="n\n", code=1)
    assert "小明".encode() in (tmp_path / "kept.sqlite").read_bytes()
    run("conversations", "erase", "小明", "--store", url, input="y\n")
    assert all("小明".encode() not in path.read_bytes() for path in tmp_path.glob("kept.sqlite*"))
    result = run("conversations", "erase", "ann", "小明", "--yes", "--json", "--store", url, code=1)
    assert json.loads(result.stdout) == {"ann": True, "小明": False}
    rows = json.loads(run("conversations", "list", "--store", url, "--json").stdout)
    assert [row["id"] for row in rows] == ["c[bold]"]


def test_backup_and_restore(url: str, tmp_path: Path) -> None:
    kept = json.loads(run("conversations", "backup", "all.gz", "--store", url, "--json").stdout)
    copy = f"sqlite:///{tmp_path}/copy.sqlite"
    restored = json.loads(run("conversations", "restore", "all.gz", "--store", copy, "--json").stdout)
    assert restored["rows"] == kept["rows"] > 12
    before, after = (run("export", "--store", where).stdout for where in (url, copy))
    assert before == after
    refused = run("conversations", "restore", "all.gz", "--store", copy, code=1)
    assert "new, empty store" in refused.stderr
    run("conversations", "restore", "missing.gz", "--store", copy, code=2)


def test_the_store_of_the_project_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text("store:\n  url: sqlite:///mine.sqlite\n")
    asyncio.run(_fill(f"sqlite:///{tmp_path}/mine.sqlite"))
    assert len(json.loads(run("conversations", "list", "--json").stdout)) == 3
