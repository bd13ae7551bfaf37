"""Slots with a ``from_dialogue_state`` mapping: projects in English and Chinese, trained and talked to."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import chatwright as cw
from chatwright.project.project import Project
from chatwright.project.validate import validate
from chatwright.schema.events import SlotSet

CONFIG = """\
assistant_id: wishes
language: {language}
pipeline: [{{name: MixedTokenizer}}, {{name: IntentClassifier}}]
policies: [{{name: RulePolicy}}]
"""
ENGLISH = {
    "config.yml": CONFIG.format(language="en"),
    "domain.yml": """\
version: "3.1"
intents: [wish, greet]
slots:
  food:
    type: text
    influence_conversation: false
    mappings: [{type: from_dialogue_state, service: restaurant, description: cuisine}]
  area:
    type: categorical
    values: [north, south, east, west, centre]
    influence_conversation: false
    mappings: [{type: from_dialogue_state, service: restaurant, description: part of town}]
  hotel_area:
    type: categorical
    values: [north, south, east, west, centre]
    influence_conversation: false
    mappings: [{type: from_dialogue_state, service: hotel, slot: area, description: part of town}]
  people:
    type: float
    influence_conversation: false
    mappings: [{type: from_dialogue_state, service: restaurant, description: guests}]
responses:
  utter_fine: [{text: "Fine. What area would you like?"}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: wish
  examples: |
    - I want italian food
    - a restaurant in the south
    - a table for two people
    - I don't care
    - a hotel, please
- intent: greet
  examples: |
    - hello
    - good morning
- lookup: food
  examples: |
    - italian
    - chinese
    - thai
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- rule: wish
  steps: [{intent: wish}, {action: utter_fine}]
- rule: greet
  steps: [{intent: greet}, {action: utter_fine}]
""",
}
CHINESE = {
    "config.yml": CONFIG.format(language="zh"),
    "domain.yml": """\
version: "3.1"
intents: [wish, greet]
slots:
  cuisine:
    type: text
    influence_conversation: false
    mappings: [{type: from_dialogue_state, service: 餐馆, slot: 菜系}]
  price:
    type: categorical
    values: [便宜, 中等, 昂贵]
    influence_conversation: false
    mappings: [{type: from_dialogue_state, service: 餐馆, slot: 价格}]
responses:
  utter_fine: [{text: "好的，您对价格有什么要求？"}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: wish
  examples: |
    - 我想吃川菜
    - 找一家便宜的餐馆
    - 价格都可以
    - 有没有粤菜
- intent: greet
  examples: |
    - 你好
    - 早上好
- lookup: cuisine
  examples: |
    - 川菜
    - 粤菜
    - 湘菜
- synonym: 昂贵
  examples: |
    - 高档
""",
    "data/rules.yml": ENGLISH["data/rules.yml"],
}


FORM = {
    "config.yml": CONFIG.format(language="en"),
    "domain.yml": """\
version: "3.1"
intents: [book, inform, greet]
slots:
  food:
    type: text
    influence_conversation: false
    mappings: [{type: from_dialogue_state, description: cuisine}]
  area:
    type: categorical
    values: [north, south, centre]
    influence_conversation: false
    mappings: [{type: from_dialogue_state, description: part of town}]
forms:
  restaurant_form: {required_slots: [food, area]}
responses:
  utter_ask_food: [{text: "What food?"}]
  utter_ask_area: [{text: "Which part of town?"}]
  utter_done: [{text: "Done."}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: book
  examples: |
    - book a table
    - I want to reserve a table
    - a restaurant please
- intent: inform
  examples: |
    - thai
    - in the north
    - I don't care
- intent: greet
  examples: |
    - hello
    - hi
- lookup: food
  examples: |
    - thai
    - italian
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- rule: start
  steps: [{intent: book}, {action: restaurant_form}, {active_loop: restaurant_form}]
- rule: end
  condition: [{active_loop: restaurant_form}]
  steps: [{action: restaurant_form}, {active_loop: null}, {action: utter_done}]
- rule: greet
  steps: [{intent: greet}, {action: utter_done}]
""",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {
        "en": write(tmp_path_factory.mktemp("en"), ENGLISH),
        "zh": write(tmp_path_factory.mktemp("zh"), CHINESE),
        "form": write(tmp_path_factory.mktemp("form"), FORM),
    }
    return {language: cw.train(folder).path for language, folder in folders.items()}


def slots(bundle: Path, *messages: str) -> dict[str, Any]:
    """The slots that are filled after a conversation."""

    async def talk() -> dict[str, Any]:
        bot = await cw.Bot.load(bundle, store="sqlite://")
        try:
            conversation = uuid4().hex
            for message in messages:
                await bot.handle(message, conversation=conversation)
            return dict((await bot.tracker(conversation)).slots)
        finally:
            await bot.close()

    found = asyncio.run(talk())
    return {name: value for name, value in found.items() if value is not None and "session" not in name}


def test_slots_are_filled_and_kept(bundles: dict[str, Path]) -> None:
    assert slots(bundles["en"], "hello") == {}
    found = slots(bundles["en"], "a restaurant with thai food in the north", "a table for two people")
    assert found == {"food": "thai", "area": "north", "people": 2.0}


def test_a_correction(bundles: dict[str, Path]) -> None:
    found = slots(bundles["en"], "a restaurant with thai food in the north", "no, the south")
    assert found == {"food": "thai", "area": "south"}


def test_not_caring(bundles: dict[str, Path]) -> None:
    """The bot's reply asks for the area."""
    assert slots(bundles["en"], "I want thai food", "I don't care") == {"food": "thai", "area": "dontcare"}


def test_a_value_carries_over_to_another_service(bundles: dict[str, Path]) -> None:
    found = slots(
        bundles["en"], "a restaurant in the north", "I also need a hotel in the same area as the restaurant"
    )
    assert found == {"area": "north", "hotel_area": "north"}


def test_a_form(bundles: dict[str, Path]) -> None:
    """It asks for what is missing, knows what it asked for, and takes more than it asked for."""
    assert slots(bundles["form"], "book a table", "thai", "I don't care") == {
        "food": "thai",
        "area": "dontcare",
    }
    found = slots(bundles["form"], "book a table in the south", "itallian please")
    assert found == {"food": "italian", "area": "south"}


def test_chinese(bundles: dict[str, Path]) -> None:
    assert slots(bundles["zh"], "你好") == {}
    assert slots(bundles["zh"], "我想吃川菜，要便宜的餐馆") == {"cuisine": "川菜", "price": "便宜"}
    assert slots(bundles["zh"], "我想吃川菜，要便宜的餐馆", "还是换成高档的吧") == {
        "cuisine": "川菜",
        "price": "昂贵",
    }
    assert slots(bundles["zh"], "我想吃川菜", "都可以") == {"cuisine": "川菜", "price": "dontcare"}


def test_what_is_no_language_changes_nothing(bundles: dict[str, Path]) -> None:
    for message in ("", "???", "/wish", "x" * 5000, "\u202e\x00"):
        assert slots(bundles["en"], message) == {}


def test_the_slot_event_tells_why(bundles: dict[str, Path]) -> None:
    async def talk() -> list[Any]:
        bot = await cw.Bot.load(bundles["en"], store="sqlite://")
        try:
            await bot.handle("a restaurant with thai food, please", conversation="why")
            events = (await bot.tracker("why")).events
            return [event.metadata for event in events if isinstance(event, SlotSet) and event.name == "food"]
        finally:
            await bot.close()

    (metadata,) = asyncio.run(talk())
    assert "'thai'" in metadata["chatwright"]["why"]


@pytest.mark.parametrize(
    ("mapping", "code", "fix"),
    [
        ("{type: from_dialog_state}", "unknown-mapping", "'from_dialogue_state'"),
        ("{type: from_dialogue_state, servce: hotel}", "unknown-key", "'service'"),
        ("{type: from_dialogue_state, service: restaurnt}", "unknown-service", "'restaurant'"),
    ],
)
def test_slips_are_told(tmp_path: Path, mapping: str, code: str, fix: str) -> None:
    good = "{type: from_dialogue_state, service: restaurant}"
    domain = f"slots:\n  one: {{type: text, mappings: [{good}]}}\n  two: {{type: text, mappings: [{good}]}}\n"
    write(tmp_path, {"domain.yml": domain + f"  slip: {{type: text, mappings: [{mapping}]}}\n"})
    (problem,) = [problem for problem in validate(Project.load(tmp_path)) if problem.code == code]
    assert fix in problem.fix
