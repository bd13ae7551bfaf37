"""Records what Rasa 3.6 does over HTTP: messages, replies, trackers, predictions, calls of actions.

    CHATWRIGHT_BOTS=… python benchmarks/record_rasa.py path/to/rasa-venv [--project FOLDER …] [--out FOLDER]

Each project is trained and served by Rasa, and conversations are held with it by REST: those of its stories,
and random ones. Intents are sent as ``/intent{"entity": "value"}``, so that the decisions are what is
recorded, not the understanding. ``tests/rasa_replay.py`` compares. Recordings of public projects hold their
texts and stay out of the repository; those in ``tests/replay`` are of projects of our own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from _peers import HERE, RASA_ENV, chatwright, copy_project, rasa, run_timed, served_rasa
from _project_rows import is_old
from chatwright.project.project import Project
from chatwright.project.stories import OrStep, UserStep

sys.path.insert(0, str(HERE.parent / "tests"))
from stand_in_actions import stand_in_actions

RECORDINGS = HERE / "recordings"
PUBLIC = (
    "helpdesk-assistant",
    "retail-demo",
    "rasa-3.x-form-examples/03-conditions",
    "rasa-3.x-form-examples/05-validation",
    "rasa-examples/formbot",
)
STORIES, RANDOM, TURNS = 30, 20, 9
DROPPED = ("timestamp", "message_id", "input_channel", "model_id", "assistant_id")


def conversations(project: Project) -> Iterator[list[str]]:
    """Messages of each story, then random conversations that begin as a story does."""
    told = [messages for story in project.stories if (messages := list(_messages(story.steps)))]
    yield from told[:STORIES]
    chance = random.Random(36)
    intents = [name for name in project.domain.intents if name not in ("session_start", "nlu_fallback")]
    for _ in range(RANDOM):
        start = chance.choice(told) if told else []
        messages = start[: chance.randint(0, len(start))]
        while len(messages) < TURNS:
            messages.append(_random_message(project, chance.choice([*intents, "restart", "back"]), chance))
        yield messages


def _messages(steps: Sequence[Any]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, OrStep):
            step = step.alternatives[0]
        if isinstance(step, UserStep):
            entities = {entity.entity: entity.value for entity in step.entities}
            yield _payload(step.full_intent or step.intent, entities) if step.intent else str(step.text)


def _random_message(project: Project, intent: str, chance: random.Random) -> str:
    seen = [example for example in project.nlu.examples if example.intent == intent and example.entities]
    if not seen or chance.random() < 0.3:
        return f"/{intent}"
    return _payload(intent, {entity.entity: entity.value for entity in chance.choice(seen).entities})


def _payload(intent: str | None, entities: dict[str, Any]) -> str:
    base = str(intent).split("/")[0]  # no answer is selected without understanding
    return f"/{base}{json.dumps(entities, ensure_ascii=False)}" if entities else f"/{base}"


def slim(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what differs between any two runs."""
    out = {key: value for key, value in event.items() if value is not None and key not in DROPPED}
    told = event.get("metadata") or {}
    out["metadata"] = {"utter_action": told["utter_action"]} if "utter_action" in told else {}
    if "parse_data" in out:
        parsed = out["parse_data"]
        out["parse_data"] = {"intent": {"name": parsed["intent"]["name"], "confidence": 1.0}}
        out["parse_data"]["entities"] = parsed["entities"]
    return {key: value for key, value in out.items() if value not in ({}, [])}


def record(folder: Path, peer: Path) -> dict[str, Any]:
    """Train and serve a project by Rasa, and talk with it."""
    with tempfile.TemporaryDirectory() as scratch, stand_in_actions() as (url, asked):
        project = copy_project(folder, Path(scratch) / "theirs")
        if is_old(folder):
            run_timed(chatwright("migrate"), project)
        store = "tracker_store:\n  type: sql\n  dialect: sqlite\n  db: rasa.db\n"  # keeps earlier sessions
        (project / "endpoints.yml").write_text(f"action_endpoint:\n  url: {url}\n{store}")
        (project / "credentials.yml").write_text("rest:\n")
        # Understanding is not asked for, and takes most of the time.
        run_timed(rasa(peer, "train", "core"), project, RASA_ENV)
        read = Project.load(project)
        out = []
        with served_rasa(peer, project) as server, httpx.Client(base_url=server.url, timeout=120) as client:
            version = client.get("/version").json()["version"]
            for number, messages in enumerate(conversations(read)):
                out.append(_talk(client, f"c{number}", messages, asked))
    return {"rasa": version, "conversations": out}


def _talk(
    client: httpx.Client, name: str, messages: list[str], asked: list[dict[str, Any]]
) -> dict[str, Any]:
    replies, calls, turns, seen = [], [], [], 0
    for message in messages:
        before = len(asked)
        answer = client.post("/webhooks/rest/webhook", json={"sender": name, "message": message})
        replies.append([{k: v for k, v in reply.items() if k != "recipient_id"} for reply in answer.json()])
        calls.append([{k: v for k, v in call.items() if k != "conversation"} for call in asked[before:]])
        # A restart begins another session: all of them, or its events would be missed.
        shown = {"include_events": "ALL", "all_sessions": "true"}
        tracker = client.get(f"/conversations/{name}/tracker", params=shown).json()
        turns.append([slim(event) for event in tracker["events"][seen:]])
        seen = len(tracker["events"])
    guess = client.post(f"/conversations/{name}/predict").json()
    shown = client.get(f"/conversations/{name}/tracker").json()
    best = max(guess["scores"], key=lambda score: score["score"])
    return {
        "messages": messages,
        "replies": replies,
        "calls": calls,
        "turns": turns,
        "shown": [event["event"] for event in shown["events"]],
        "slots": {key: value for key, value in tracker["slots"].items() if value is not None},
        "prediction": {"action": best["action"], "score": best["score"], "policy": guess["policy"]},
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("peer", type=Path, help="virtual environment with Rasa 3.6")
    arguments.add_argument("--project", type=Path, action="append", help="folder; default: public projects")
    arguments.add_argument("--out", type=Path, default=RECORDINGS)
    arguments.add_argument("--fresh", action="store_true", help="also what is recorded already")
    options = arguments.parse_args()
    folders = options.project or [Path(os.environ["CHATWRIGHT_BOTS"], name) for name in PUBLIC]
    options.out.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        named = (
            str(folder) if options.project else folder.relative_to(os.environ["CHATWRIGHT_BOTS"]).as_posix()
        )
        target = options.out / (Path(named).name if options.project else named.replace("/", "--"))
        target = target.with_name(target.name + ".json")
        if target.exists() and not options.fresh:
            continue
        found = {"project": named, **record(folder, options.peer)}
        talks = ",\n".join(
            json.dumps(talk, ensure_ascii=False, separators=(",", ":")) for talk in found.pop("conversations")
        )
        head = json.dumps(found, ensure_ascii=False)[:-1]
        target.write_text(f'{head}, "conversations": [\n{talks}\n]}}\n', "utf-8")
        print(f"{named}: {target}", flush=True)


if __name__ == "__main__":
    main()
