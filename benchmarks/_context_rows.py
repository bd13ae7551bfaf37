"""Are follow-up questions understood in their context, and are messages that stand alone left alone?

    [CHATWRIGHT_DATA=…] python benchmarks/_context_rows.py [--dev] [--show]

A bot of nine domains is trained for each language (``_follow_up_bot.py``) and talked to: the first message of
a pair, what the bot listed in between, the second message. A pair is right where exactly the annotated
entities are understood, in their roles, and, in the figure that says so, the annotated intent, too. The
baseline is the X and not looked at while these were made; those of ``dev_{en,zh}.yml`` were.

Messages that stand alone are the first messages of other pairs, and messages of public sets, each said after
a question of the bot's domains; any change to how they are understood counts as a false alarm. Requests
joined by ``and`` or ``，另外`` come from the first messages, too.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import json
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _follow_up_bot import read, write_project
from _table import Row, markdown
from chatwright.bot import Bot
from chatwright.dialogue.context.schema import label_of
from chatwright.schema.events import BotUttered, UserUttered
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.trainer import train

MUST = 90.0
SAMPLE = 400
"""Messages of each public set."""
SETS = {
    "en": (
        ("banking77", "banking77/test.jsonl", "text"),
        ("clinc150", "clinc150/full_test.jsonl", "text"),
        ("snips", "snips/test.jsonl", "tokens"),
    ),
    "zh": (
        ("bustm", "fewclue/bustm/test_public.jsonl", "sentence1"),
        ("nlpcc2016", "nlpcc2016_kbqa/test.jsonl.gz", "question"),
    ),
}
JOINED = {"en": "{} and {}", "zh": "{}，另外{}"}

_MARK = re.compile(r"\[([^\]]+)\]\((\w+)(?::(\w+))?\)")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two turns, and what the second is to be understood as."""

    domain: str
    first_intent: str
    first: str
    first_entities: tuple[Entity, ...]
    second: str
    intent: str | None
    entities: dict[str, str]
    optional: frozenset[str]
    said: str | None

    def is_resolved(self, heard: Understanding) -> bool:
        """Whether just the annotated entities were understood."""
        found = {label_of(entity): str(entity.value).lower() for entity in heard.entities}
        missing = set(self.entities) - set(found)
        return missing <= self.optional and all(self.entities.get(name) == v for name, v in found.items())

    def is_right(self, heard: Understanding) -> bool:
        """Whether the intent is right, too."""
        return self.is_resolved(heard) and self.intent in (None, heard.intent.name)


def pairs(name: str) -> list[Pair]:
    """The pairs of a file."""
    return [_pair(domain, *row) for domain, rows in read(name).items() for row in rows]


def _pair(
    domain: str, first_intent: str, first: str, second: str, intent: str | None, wanted: dict, said: str = ""
) -> Pair:
    text, found, position = "", [], 0
    for mark in _MARK.finditer(first):
        text += first[position : mark.start()]
        start, position = len(text), mark.end()
        text += mark[1]
        found.append(Entity(entity=mark[2], role=mark[3], value=mark[1], start=start, end=len(text)))
    text += first[position:]
    return Pair(
        domain,
        first_intent,
        text,
        tuple(found),
        second,
        intent,
        {name.rstrip("?"): str(value).lower() for name, value in wanted.items()},
        frozenset(name.rstrip("?") for name in wanted if name.endswith("?")),
        said or None,
    )


def context_rows(quick: bool, *, development: bool = False, show: bool = False) -> Iterator[list[Row]]:
    """The rows of a language after another."""
    for language in ("zh", "en"):
        yield asyncio.run(_rows(language, quick=quick, development=development, show=show))


async def _rows(language: str, *, quick: bool, development: bool, show: bool) -> list[Row]:
    listed = pairs(f"dev_{language}" if development else language)
    part = "development" if development else "held out"
    async with _bot(language) as bot:
        rows = []
        for first in ("as understood", "as annotated"):
            told = first == "as annotated"
            heard, spent = await _heard_in_context(bot, listed, told=told)
            if show and told:
                _show(listed, heard)
            context, bot.brain.context = bot.brain.context, None
            alone, _ = await _heard_in_context(bot, listed, told=told)
            bot.brain.context = context
            name = f"follow-ups {language}, {part}, first turn {first}"
            more = {} if told else {"first turns right, %": _firsts_right(bot, listed)}
            for metric, is_right, must in (
                ("entities", Pair.is_resolved, MUST),
                ("entities and intent", Pair.is_right, None),
            ):
                score, base = (_share(is_right, listed, found) for found in (heard, alone))
                rows.append(Row(name, metric, "light", [score], [base], must, milliseconds=spent, more=more))
        rows += _false_alarms(bot, language, listed, 100 if quick else SAMPLE)
        rows.append(_requests(bot, language, listed))
    return rows


@asynccontextmanager
async def _bot(language: str) -> AsyncIterator[Bot]:
    with tempfile.TemporaryDirectory() as folder:
        root = write_project(language, Path(folder))
        train(root)
        bot = await Bot.load("models", project=root, store="sqlite://")
        try:
            yield bot
        finally:
            await bot.close()


async def _heard_in_context(
    bot: Bot, listed: Sequence[Pair], *, told: bool
) -> tuple[list[Understanding], float]:
    """What the bot understands of the second messages, and the median milliseconds of a turn.

    Args:
        told: the first messages are understood as annotated.
    """
    heard, spent = [], []
    run = f"{time.monotonic_ns()}"
    for number, pair in enumerate(listed):
        conversation = f"{run}-{number}"
        if told:
            parse = Understanding(
                text=pair.first,
                intent=IntentScore(pair.first_intent, 1.0),
                ranking=(IntentScore(pair.first_intent, 1.0),),
                entities=pair.first_entities,
            )
            await bot.add_message(conversation, pair.first, parse.to_json())
        else:
            await bot.handle(pair.first, conversation=conversation)
        if pair.said:
            await bot.append_events(conversation, [BotUttered(text=pair.said)])
        started = time.perf_counter()
        turn = await bot.handle(pair.second, conversation=conversation)
        spent.append((time.perf_counter() - started) * 1000)
        heard.append(next(e.understanding for e in turn.events if isinstance(e, UserUttered)))
    return heard, statistics.median(spent)


def _firsts_right(bot: Bot, listed: Sequence[Pair]) -> float:
    """Percent of the first messages of which just the annotated entities and the intent are understood."""
    right = 0
    for pair in listed:
        heard = bot.brain.understand(pair.first)
        found = {label_of(entity): str(entity.value).lower() for entity in heard.entities}
        wanted = {label_of(entity): str(entity.value).lower() for entity in pair.first_entities}
        right += found == wanted and heard.intent.name == pair.first_intent
    return 100 * right / len(listed)


def _share(is_right: Any, listed: Sequence[Pair], heard: Sequence[Understanding]) -> float:
    return 100 * statistics.fmean(is_right(pair, one) for pair, one in zip(listed, heard, strict=True))


def _show(listed: Sequence[Pair], heard: Sequence[Understanding]) -> None:
    for pair, one in zip(listed, heard, strict=True):
        if not pair.is_right(one):
            found = {label_of(entity): entity.value for entity in one.entities}
            print(f"{pair.first} | {pair.second} → {one.intent.name} {found}")


def _false_alarms(bot: Bot, language: str, listed: Sequence[Pair], sample: int) -> list[Row]:
    """Percent of messages that stand alone and are read otherwise than alone."""
    chance = random.Random(1)
    firsts = [pair.first for pair in listed if pair.said is None]
    sets = {"of the same domains": firsts} | {
        name: chance.sample(texts, min(sample, len(texts)))
        for name, file, key in SETS[language]
        if (texts := _texts(file, key))
    }
    rows = []
    for name, texts in sets.items():
        opening = [chance.choice([other for other in firsts if other != text]) for text in texts]
        changed = [_is_changed(bot, one, text) for one, text in zip(opening, texts, strict=True)]
        more = {"messages": len(texts), "intent changed": 100 * statistics.fmean(c == 2 for c in changed)}
        alarms = 100 * statistics.fmean(c > 0 for c in changed)
        rows.append(
            Row(
                f"messages that stand alone, {language}, {name}",
                "read otherwise, %",
                "light",
                [alarms],
                more=more,
            )
        )
    return rows


def _is_changed(bot: Bot, opening: str, text: str) -> int:
    """0: left alone; 1: read in context; 2: with another intent than alone."""
    from chatwright.dialogue.tracker import Tracker

    brain = bot.brain
    tracker = Tracker("one", bot.domain)
    tracker.update(UserUttered(text=opening, understanding=brain.understand(opening)))
    heard = brain.understand(text, tracker)
    resolution = brain.resolve(heard, tracker)
    if resolution is None:
        return 0
    return 1 if resolution.intent.name == heard.intent.name else 2


def _requests(bot: Bot, language: str, listed: Sequence[Pair]) -> Row:
    """Percent of messages made of two requests that are taken apart into both, in order."""
    from chatwright.dialogue.context.clauses import split_requests

    chance = random.Random(2)
    firsts = [pair for pair in listed if pair.said is None and len(pair.first_entities) > 0]
    chance.shuffle(firsts)
    right, total, split, lone = 0, 0, 0, 0
    for one, other in itertools.pairwise(firsts):
        if one.first_intent == other.first_intent:
            continue
        text = JOINED[language].format(one.first.rstrip(" ?？.。"), other.first)
        parts = split_requests(bot.brain.understand(text), bot.brain.understand)
        total += 1
        right += [part.intent.name for part in parts] == [one.first_intent, other.first_intent]
    for pair in firsts:
        lone += 1
        split += bool(split_requests(bot.brain.understand(pair.first), bot.brain.understand))
    more = {"messages": total, "single requests taken apart, %": 100 * split / lone}
    return Row(
        f"two requests in a message, {language}",
        "both in order, %",
        "light",
        [100 * right / total],
        more=more,
    )


def _texts(file: str, key: str) -> list[str]:
    """Texts of a public set; none where it is not at hand."""
    path = Path(os.environ.get("CHATWRIGHT_DATA", "")) / file
    if not path.is_file():
        return []
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        found = [json.loads(line)[key] for line in lines]
    return [text if isinstance(text, str) else " ".join(text) for text in found]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="the pairs that the rules were made with")
    parser.add_argument("--show", action="store_true", help="print what is wrong")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    found = [
        row
        for rows in context_rows(options.quick, development=options.dev, show=options.show)
        for row in rows
    ]
    print(markdown(found))
    for row in found:
        if row.more:
            print(f"{row.name}: {json.dumps(row.more)}")
