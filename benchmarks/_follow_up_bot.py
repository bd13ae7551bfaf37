"""The bot that follow-up questions are put to: a project made of data/follow_ups/bot_{en,zh}.yml."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

__all__ = ["DATA", "read", "write_project"]

DATA = Path(__file__).parent / "data" / "follow_ups"
SAMPLES = 5

_GAP = re.compile(r"\{(\w+)(?::(\w+))?\}")


def read(name: str) -> Any:
    """A file of the data."""
    return yaml.safe_load((DATA / f"{name}.yml").read_text("utf-8"))


def write_project(
    language: str, folder: Path, other: dict[str, Any] | None = None, samples: int = SAMPLES
) -> Path:
    """The project, ready to be trained.

    Args:
        other: values and sentences instead of those of the file.
        samples: examples made of each sentence with gaps.
    """
    bot: dict[str, Any] = other or read(f"bot_{language}")
    chance = random.Random(7)
    nlu = [
        {
            "intent": intent,
            "examples": "".join(f"- {line}\n" for line in _examples(lines, bot, chance, samples)),
        }
        for intent, lines in bot["intents"].items()
    ]
    nlu += [{"lookup": name, "examples": _listed(values)} for name, values in bot["values"].items()]
    nlu += [{"regex": name, "examples": f"- {pattern}\n"} for name, pattern in bot["patterns"].items()]
    nlu += [
        {"synonym": value, "examples": _listed(words)}
        for synonyms in bot["synonyms"].values()
        for value, words in synonyms.items()
    ]
    roles = {"city": ["from", "to"]}
    domain = {
        "intents": list(bot["intents"]),
        "entities": [{name: {"roles": roles[name]}} if name in roles else name for name in bot["values"]],
        "responses": {"utter_ok": [{"text": "OK."}]},
    }
    rules = [{"rule": "thanks", "steps": [{"intent": "thanks"}, {"action": "utter_ok"}]}]
    config = {
        "language": language,
        "assistant_id": "follow-ups",
        "pipeline": [
            {"name": "MixedTokenizer"},
            {"name": "RegexFeaturizer"},
            {"name": "HouseVectorsFeaturizer"},
            {"name": "IntentClassifier"},
            {"name": "EntityTagger"},
            {"name": "RegexEntityExtractor", "use_lookup_tables": False},
            {"name": "EntitySynonymMapper"},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.0},
        ],
        "policies": [{"name": "RulePolicy"}],
        "context": {"clauses": False},
    }
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("config.yml", config),
        ("domain.yml", domain),
        ("data/nlu.yml", {"nlu": nlu}),
        ("data/rules.yml", {"rules": rules}),
    ):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def _listed(lines: Iterable[Any]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _examples(lines: list[str], bot: dict[str, Any], chance: random.Random, samples: int) -> list[str]:
    found: dict[str, None] = {}
    for line in lines:
        for _ in range(samples if _GAP.search(line) else 1):
            found[_GAP.sub(lambda gap: _filled(gap, bot, chance), line)] = None
    return list(found)


def _filled(gap: re.Match[str], bot: dict[str, Any], chance: random.Random) -> str:
    name, role = gap[1], gap[2]
    value = chance.choice(bot["values"][name])
    if name == "order_number":
        value = f"{chance.randrange(100_000, 1_000_000)}"
    label = json.dumps({"entity": name, "role": role}) if role else f"({name})"
    return f"[{value}]{label}"
