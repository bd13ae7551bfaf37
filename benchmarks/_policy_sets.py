"""The stories of the TED paper (MultiWOZ 2.1, arXiv 1910.00486) as a project would hold them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.project.domain import Domain
from chatwright.project.read_domain import domain_from_json
from chatwright.project.stories import ActionStep, BotStep, SlotStep, Step, Story, UserStep
from chatwright.schema.understanding import Entity

STATUS = ("NA", "available", "booked", "unique")
MODULAR, MODULAR_STATUS, END_TO_END, END_TO_END_STATUS = "modular", "modular_status", "e2e", "e2e_status"


@dataclass(frozen=True)
class StorySet:
    """Stories to learn from, stories to be scored on, and the domain of both."""

    name: str
    train: Sequence[Story]
    test: Sequence[Story]
    domain: Domain
    labels: Mapping[str, str]
    """End to end: the kind of each bot text, its actions joined by ``_`` as TED's logs have it."""

    def label(self, action: str) -> str:
        """What an action is counted as."""
        return self.labels.get(action, action)

    def within_train(self, share: float = 0.15) -> StorySet:
        """The last ``share`` of the training stories as test part: to choose on."""
        cut = round(len(self.train) * (1 - share))
        return _with_texts(StorySet(self.name, self.train[:cut], self.train[cut:], self.domain, self.labels))


def story_set(name: str) -> StorySet:
    """A pair of files below ``CHATWRIGHT_DATA``/multiwoz_stories.

    Raises:
        SystemExit: the variable is not set.
    """
    folder = _folder()
    raw = {part: _read(folder, f"{name}_{part}") for part in ("train", "test")}
    labels = {row["bot_text"]: "_".join(row["actions"]) for row in reversed(_read(folder, "e2e_action_map"))}
    parts = {part: [_story(entry) for entry in entries] for part, entries in raw.items()}
    domain = domain_from_json(_domain([*raw["train"], *raw["test"]]))
    return _with_texts(StorySet(name, parts["train"], parts["test"], domain, labels))


def hotel_stories() -> StorySet:
    """Hotels and restaurants with chit-chat, corrections and questions in between (section 4.2 of the paper).

    Raises:
        SystemExit: the variable is not set.
    """
    folder = _folder()
    parts = ("hotel_happy", "restaurant_happy", "simulated_hotel_train", "simulated_restaurant_train")
    train = [entry for part in parts for entry in _read(folder, f"sub_dialogues_train_{part}")]
    test = _read(folder, "sub_dialogues_test_simulated_hotel_test")
    domain = domain_from_json(_domain([*train, *test]))
    return StorySet(
        "hotels", [_story(entry) for entry in train], [_story(entry) for entry in test], domain, {}
    )


def _folder() -> Path:
    if not (data := os.environ.get("CHATWRIGHT_DATA")):
        raise SystemExit("CHATWRIGHT_DATA (a folder of public data sets) is not set")
    return Path(data) / "multiwoz_stories"


def _read(folder: Path, name: str) -> list[dict[str, Any]]:
    packed = folder / f"{name}.jsonl.gz"
    text = (
        gzip.decompress(packed.read_bytes()).decode("utf-8")
        if packed.exists()
        else (folder / f"{name}.jsonl").read_text("utf-8")
    )
    return [json.loads(line) for line in text.splitlines()]


def _story(entry: Mapping[str, Any]) -> Story:
    return Story(entry["story_id"], [_step(event) for event in entry["events"]])


def _step(event: Mapping[str, Any]) -> Step:
    if "user" in event:
        found = event["entities"].items()
        entities = tuple(Entity(entity=name, value=value, start=0, end=0) for name, value in found)
        return UserStep(event["user"], entities=entities)
    if "user_text" in event:
        return UserStep(text=event["user_text"])
    if "slot" in event:
        return SlotStep(tuple(event["slot"].items()))
    return ActionStep(event["action"]) if "action" in event else BotStep(event["bot_text"])


def _domain(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the stories name; a slot has the values that it takes in them, and is filled by its entity."""
    events = [event for entry in entries for event in entry["events"]]
    values: dict[str, set[str]] = {}
    for event in events:
        for name, value in (event.get("entities") or event.get("slot") or {}).items():
            values.setdefault(name, set()).add(value)
    entities = sorted({name for event in events for name in event.get("entities", ())})
    slots = {
        name: {
            "type": "categorical",
            "values": sorted(found),
            "mappings": [{"type": "from_entity", "entity": name} if name in entities else {"type": "custom"}],
        }
        for name, found in sorted(values.items())
    }
    return {
        "intents": sorted({event["user"] for event in events if "user" in event}),
        "entities": entities,
        "slots": slots,
        "actions": sorted({event["action"] for event in events if "action" in event}),
    }


def _with_texts(data: StorySet) -> StorySet:
    """The bot may say the texts of its training stories."""
    texts = {step.text for story in data.train for step in story.steps if isinstance(step, BotStep)}
    if not texts:
        return data
    domain = domain_from_json({**data.domain.to_json(), "e2e_actions": sorted(texts)})
    return StorySet(data.name, data.train, data.test, domain, data.labels)
