"""Dialogues with states: WOZ 2.0, CamRest676, Schema-Guided Dialogue, CrossWOZ, MultiWOZ 2.1.

Only the texts of both sides are given to the tracker. Values are compared after ``normalised``.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.dialogue.belief.candidates import SEVERAL, Turn
from chatwright.dialogue.belief.fit_state_tracker import LabelledTurn
from chatwright.dialogue.belief.mentions import Span
from chatwright.dialogue.belief.schema import DONTCARE, Schema, SlotSchema
from chatwright.dialogue.belief.spans import free_spans
from chatwright.dialogue.belief.spelling import Speller

State = Mapping[tuple[str, str], str]

SAME = {
    **dict.fromkeys(
        ("don't care", "do n't care", "dont care", "doesn't matter", "do nt care", "any", "不在意"), DONTCARE
    ),
    **{"center": "centre", "corsican": "corsica", "barbecue": "barbeque", "guest house": "guesthouse"},
    **{"moderately priced": "moderate", "nightclub": "night club", "concerthall": "concert hall"},
    **{"mutiple sports": "multiple sports", "free": "yes", "swimmingpool": "swimming pool"},
}
"""What is written otherwise in the files and means the same."""
RESTAURANT = {
    "cheap": "inexpensive|low priced|low cost|low price|lower priced|low end|affordable|budget|bargain"
    "|economical|not expensive|less expensive|cheaply",
    "moderate": "moderately|mid priced|mid range|mid level|medium|intermediate|modest|modestly|reasonable"
    "|reasonably|average|fair|fairly priced|decently|not too expensive|not too cheap|not very expensive"
    "|middle|nothing too expensive",
    "expensive": "high end|upscale|pricey|pricy|high priced|higher priced|high price|costly|luxurious|fancy"
    "|upmarket|high class|classy|posh|elegant|exclusive|swanky|lavish|fine dining",
    "centre": "center|central|middle|downtown",
    "north": "northern|uptown",
    **{"south": "southern", "east": "eastern", "west": "western"},
    **{"asian oriental": "asian|oriental", "barbeque": "barbecue|bbq", "corsica": "corsican"},
    **{"steakhouse": "steak house|steak|steaks", "gastropub": "gastro pub|pub food"},
    **{"panasian": "pan asian", "seafood": "sea food", "british": "fish and chips|britain"},
    **{"afghan": "afghanistan", "chinese": "china|dim sum", "japanese": "sushi|japan|ramen"},
    **{"hungarian": "goulash|hungary", "italian": "pizza|pasta|italy|lasagna", "swiss": "switzerland"},
    **{"mexican": "mexico|tacos|burritos", "indian": "curry|india", "thai": "thailand"},
    **{"french": "france", "german": "germany", "turkish": "turkey", "spanish": "spain|tapas"},
    **{"greek": "greece", "korean": "korea", "moroccan": "morocco", "polish": "poland"},
    **{"russian": "russia", "irish": "ireland", "lebanese": "lebanon", "jamaican": "jamaica"},
    **{"malaysian": "malaysia", "portuguese": "portugal", "cuban": "cuba", "vietnamese": "vietnam"},
    **{"danish": "denmark", "swedish": "sweden", "scottish": "scotland", "welsh": "wales"},
    **{"belgian": "belgium", "austrian": "austria", "australian": "australia", "persian": "persia|iranian"},
    **{"singaporean": "singapore", "indonesian": "indonesia", "brazilian": "brazil", "romanian": "romania"},
    **{"tuscan": "tuscany", "venetian": "venice", "catalan": "catalonia", "polynesian": "polynesia"},
    **{"eritrean": "eritrea", "african": "africa", "scandinavian": "scandinavia", "english": "england"},
    **{"north american": "american|hamburgers|burgers|burger", "unusual": "unique|strange|exotic"},
}
"""Value → other ways to say it: ours, written with the training and validation parts of WOZ 2.0 at hand."""
NUMBERS = dict(zip("12345678", "one two three four five six seven eight".split(), strict=True))


PARTS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """User turns with the states after them."""

    schema: Schema
    turns: Sequence[LabelledTurn]
    active: Sequence[frozenset[str]] = ()
    """Turn → the services that are scored there one by one; the whole state where it is empty."""


def data(path: str) -> Path:
    """A file of the shared data."""
    return Path(os.environ["CHATWRIGHT_DATA"]) / path


def rows(path: str) -> list[Any]:
    """Records of a ``.jsonl`` file, packed or not."""
    where = data(path)
    with (
        gzip.open(where, "rt", encoding="utf-8")
        if where.suffix == ".gz"
        else where.open(encoding="utf-8") as file
    ):
        return [json.loads(line) for line in file]


def normalised(value: str) -> str:
    """One way of writing for what means the same: case, spaces, times, the names in ``SAME``."""
    value = re.sub(r"\s+", " ", value.strip().lower()).removeprefix("the ")
    if clock := re.fullmatch(r"(\d{1,2}):(\d\d)(?: ?([ap])\.?m\.?)?", value):
        hour = int(clock[1]) % 12 + 12 * (clock[3] == "p") if clock[3] else int(clock[1])
        return f"{hour:02}:{clock[2]}"
    return SAME.get(value, value)


def same(value: str, wanted: Collection[str]) -> bool:
    """Whether a value is one of those that count as right."""
    return normalised(value) in map(normalised, wanted)


# ---------------------------------------------------------------- restaurants: WOZ 2.0 and CamRest676

SLOTS = {
    "food": "food type of the restaurant, cuisine",
    "area": "area of the restaurant, part of town",
    "price range": "price range of the restaurant",
}


def restaurants(name: str, parts: Collection[str] = PARTS) -> dict[str, list[Dialogue]]:
    """``woz2`` or ``camrest676``: part → dialogues. Foods: those of training and of CamRest676's ontology."""
    raw = {part: rows(f"{name}/{part}.jsonl") for part in PARTS}
    ontology = json.loads(data("camrest676/ontology.json").read_text("utf-8"))
    foods = list(map(normalised, ontology["domains"]["restaurant"]["slots"]["food"]["possible_values"]))
    states = {part: [list(_restaurant_turns(found)) for found in raw[part]] for part in raw}
    foods += [state["food"] for turns in states["train"] for _, _, state in turns if "food" in state]
    values = {
        "food": [food for food in dict.fromkeys(foods) if food != DONTCARE],
        "area": ["north", "south", "east", "west", "centre"],
        "price range": ["cheap", "moderate", "expensive"],
    }
    schema = Schema(
        [
            SlotSchema(
                "restaurant",
                slot,
                about,
                {v: _forms(RESTAURANT, v) for v in values[slot]},
                closed=slot != "food",
            )
            for slot, about in SLOTS.items()
        ]
    )
    speller = Speller(schema, (text for turns in states["train"] for u, s, _ in turns for text in (u, s)))
    return {
        part: [
            Dialogue(
                schema,
                [
                    LabelledTurn(
                        Turn(text, reply, misspelt=speller.find(text)),
                        {("restaurant", slot): (value,) for slot, value in state.items()},
                    )
                    for text, reply, state in turns
                ],
            )
            for turns in found
        ]
        for part, found in states.items()
        if part in parts
    }


def _restaurant_turns(dialogue: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    reply = ""
    for turn in dialogue["turns"]:
        if turn["role"] == "system":
            reply = turn["text"]
            continue
        state = turn["state"].get("restaurant", {})
        yield turn["text"], reply, {slot: normalised(v) for slot, v in state.items() if slot in SLOTS and v}


def _forms(table: Mapping[str, str], value: str) -> list[str]:
    return [form for form in table.get(value, "").split("|") if form]


# ---------------------------------------------------------------- MultiWOZ 2.1

DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
ABOUT = {
    "pricerange": "price range",
    "internet": "internet wifi",
    "leaveAt": "leave at time, depart after",
    "arriveBy": "arrive by time, get there before",
    "departure": "departure, leaving from, pick up",
    "destination": "destination, going to, drop off",
    "book people": "people, guests, tickets",
    "book stay": "stay nights",
    "book day": "day",
    "book time": "time of the reservation",
    "type": "type kind",
}
HOTEL_FORMS = {
    "guesthouse": "guest house|guesthouses|guest houses|bed and breakfast|b and b|b & b",
    "hotel": "hotels",
    "museum": "museums",
    "college": "colleges",
    "night club": "nightclub|nightclubs|clubs|night clubs|club",
    "architecture": "architectural|architectures",
    "park": "parks",
    "theatre": "theater|theatres|theaters",
    "cinema": "cinemas|movie|movies",
    "boat": "boats|boating|punting",
    "swimming pool": "swimming|pool|pools|swimmingpool",
    "concert hall": "concerthall|concert|concerts",
    "entertainment": "entertaining",
    "multiple sports": "sports|sport",
}
_CLOCK = re.compile(
    r"\b(\d{1,2})[:.](\d\d)\b(?: ?([ap])\.? ?m\b)?|\b(\d{1,2}) ?([ap])\.? ?m\b", re.IGNORECASE
)


def multiwoz(parts: Collection[str] = PARTS) -> dict[str, list[Dialogue]]:
    """``train``: nine tenths of the validation part; ``valid``: the rest.

    Whole training dialogues are not to be had, only templates of single utterances.
    """
    raw = {"valid": rows("multiwoz21/valid.jsonl.gz"), "test": rows("multiwoz21/test.jsonl.gz")}
    states = {part: [list(_multiwoz_turns(found)) for found in raw[part]] for part in raw}
    learnt = {"train": states["valid"][:-100], "valid": states["valid"][-100:], "test": states["test"]}
    values: dict[tuple[str, str], Counter[str]] = {}
    for turns in learnt["train"]:
        for _, _, state in turns:
            for key, alternatives in state.items():
                values.setdefault(key, Counter()).update(alternatives[:1])
    schema = Schema(
        [_multiwoz_slot(key, set(found), learnt["train"]) for key, found in sorted(values.items())]
    )
    speller = Speller(schema, (text for turns in learnt["train"] for u, s, _ in turns for text in (u, s)))
    return {
        part: [
            Dialogue(
                schema,
                [
                    LabelledTurn(
                        Turn(
                            text,
                            reply,
                            spans=_clocks(text),
                            reply_spans=_clocks(reply),
                            misspelt=speller.find(text),
                        ),
                        {key: value for key, value in state.items() if key in values},
                    )
                    for text, reply, state in turns
                ],
            )
            for turns in found
        ]
        for part, found in learnt.items()
        if part in parts
    }


def _multiwoz_turns(
    dialogue: Mapping[str, Any],
) -> Iterator[tuple[str, str, dict[tuple[str, str], tuple[str, ...]]]]:
    """The state of a user turn stands in the reply to it."""
    text, reply, state = "", "", {}
    for turn in dialogue["turns"]:
        if turn["role"] == "user":
            text = turn["text"]
            continue
        state = {
            (service, slot): tuple(normalised(one) for one in value.split("|"))
            for service, found in turn.get("state", {}).items()
            for slot, value in found.items()
            if value not in ("none", "", "not mentioned")
        }
        yield text, reply, state
        reply = turn["text"]


def _multiwoz_slot(key: tuple[str, str], seen: set[str], _: object) -> SlotSchema:
    service, slot = key
    seen = seen - {DONTCARE}
    about = f"{ABOUT.get(slot, slot)}"
    if slot in ("leaveAt", "arriveBy", "book time"):
        return SlotSchema(service, slot, about, kinds=frozenset({"time"}))
    if slot in ("parking", "internet"):
        return SlotSchema(service, slot, about, {"yes": [], "no": []}, closed=True)
    if slot in ("book people", "book stay", "stars"):
        values = {number: [word] for number, word in NUMBERS.items()} | (
            {"0": ["zero"]} if slot == "stars" else {}
        )
        if slot == "book people":
            values["1"] = ["one", "myself", "just me", "only me"]
        return SlotSchema(service, slot, about, values)
    if slot in ("book day", "day"):
        return SlotSchema(service, slot, about, {day: [] for day in DAYS}, closed=True)
    if slot == "name" or service == "taxi":
        names = {
            row["name"].lower()
            for kind in ("restaurant", "hotel", "attraction")
            for row in rows(f"multiwoz21/db_{kind}.jsonl")
            if service in (kind, "taxi")
        }
        values = {name: _short_names(name) for name in sorted(map(normalised, {*seen, *names}))}
        return SlotSchema(service, slot, about, values)
    if service == "train":
        stations = {row[slot] for row in rows("multiwoz21/db_train.jsonl")}
        return SlotSchema(
            service, slot, about, {name: _short_names(name) for name in sorted({*stations, *seen})}
        )
    if slot == "food":
        return SlotSchema(service, slot, about, {value: _forms(RESTAURANT, value) for value in sorted(seen)})
    return SlotSchema(
        service,
        slot,
        about,
        {value: _forms(RESTAURANT, value) + _forms(HOTEL_FORMS, value) for value in sorted(seen)},
        closed=len(seen) <= 8,
    )


_TAILS = re.compile(
    r" (?:restaurant|hotel|guest ?house|bar|house|lodge|museum|church|street|train station|station)$"
)


def _short_names(name: str) -> list[str]:
    short = _TAILS.sub("", name)
    forms = {f"the {name}", name.replace(" and ", " & "), name.replace("guest house", "guesthouse")}
    if short != name and len(short) > 4 and short not in ("cambridge", "the", "curry"):
        forms.add(short)
    return sorted(forms - {name})


def _clocks(text: str) -> list[Span]:
    found = []
    for clock in _CLOCK.finditer(text):
        hour, minute = int(clock[1] or clock[4]), clock[2] or "00"
        half = (clock[3] or clock[5] or "").lower()
        hour = hour % 12 + 12 * (half == "p") if half else hour
        found.append(Span(*clock.span(), "time", f"{hour:02}:{minute}"))
    return found


# ---------------------------------------------------------------- MultiWOZ 2.1 in Chinese

CHINESE = {
    "北方": "北部|北边|北区|北面",
    "南方": "南部|南边|南区|南面",
    "东方": "东部|东边|东区|东面",
    "西部": "西方|西边|西区|西面",
    "中心": "市中心|中央|中部|中间",
    "便宜的": "廉价|实惠",
    "中等的": "适中|中档|中等价位|价格适中",
    "昂贵的": "高档|贵的|高价",
    "宾馆": "旅馆|招待所",
}
CHINESE_ABOUT = {
    "价格范围": "价格 价位",
    "区域": "区域 地区 位置",
    "食物": "食物 菜",
    "book 人数": "人数 几个人",
    "book 停留天数": "停留 几晚 天",
    "book 日期": "日期 哪天",
    "日期": "日期 哪天",
    "book 时间": "时间 几点",
    "出发时间": "出发 离开 时间",
    "到达时间": "到达 抵达 时间",
    "停车处": "停车",
    "互联网": "互联网 网络 wifi",
}
DIGITS = dict(zip("12345678", "一 两 三 四 五 六 七 八".split(), strict=True))


def multiwoz_zh(parts: Collection[str] = PARTS) -> dict[str, list[Dialogue]]:
    """MultiWOZ 2.1 as machines translated it; parts as in ``multiwoz``."""
    raw = {"valid": rows("multiwoz_zh/valid.jsonl.gz"), "test": rows("multiwoz_zh/test.jsonl.gz")}
    states = {part: [list(_multiwoz_turns(found)) for found in raw[part]] for part in raw}
    learnt = {"train": states["valid"][:-100], "valid": states["valid"][-100:], "test": states["test"]}
    values: dict[tuple[str, str], dict[str, None]] = {}
    for turns in learnt["train"]:
        for _, _, state in turns:
            for key, alternatives in state.items():
                if alternatives[0] != DONTCARE:
                    values.setdefault(key, {})[alternatives[0]] = None
    schema = Schema([_multiwoz_zh_slot(key, sorted(found)) for key, found in sorted(values.items())])
    return {
        part: [
            Dialogue(
                schema,
                [
                    LabelledTurn(
                        Turn(text, reply, spans=_clocks(text), reply_spans=_clocks(reply)),
                        {key: value for key, value in state.items() if key in values},
                    )
                    for text, reply, state in turns
                ],
            )
            for turns in found
        ]
        for part, found in learnt.items()
        if part in parts
    }


def _multiwoz_zh_slot(key: tuple[str, str], seen: Sequence[str]) -> SlotSchema:
    service, slot = key
    about = CHINESE_ABOUT.get(slot, slot)
    if slot in ("出发时间", "到达时间", "book 时间"):
        return SlotSchema(service, slot, about, kinds=frozenset({"time"}))
    if slot in ("停车处", "互联网"):
        return SlotSchema(service, slot, about, {"有": [], "没有": []}, closed=True)
    values = {
        value: [*_forms(CHINESE, value), *({value.removesuffix("的"), DIGITS.get(value, value)} - {value})]
        for value in seen
    }
    return SlotSchema(service, slot, about, values, closed=len(seen) <= 8)


# ---------------------------------------------------------------- CrossWOZ


def crosswoz(parts: Collection[str] = PARTS) -> dict[str, list[Dialogue]]:
    """``train``: nine tenths of the validation part; ``valid``: the rest.

    Whole training dialogues are not to be had, only templates of single utterances. The state is what the
    bot's side looked up (``sys_state``), after each user turn.
    """
    raw = {"valid": rows("crosswoz/valid.jsonl.gz"), "test": rows("crosswoz/test.jsonl.gz")}
    states = {part: [list(_crosswoz_turns(found)) for found in raw[part]] for part in raw}
    learnt = {"train": states["valid"][:-50], "valid": states["valid"][-50:], "test": states["test"]}
    values = _crosswoz_values()
    for turns in learnt["train"]:
        for _, _, state in turns:
            for key, value in state.items():
                values.setdefault(key, {}).update(dict.fromkeys(value.split(SEVERAL)))
    schema = Schema(
        [
            SlotSchema(
                service,
                slot,
                {
                    "价格": "价格 价位",
                    "人均消费": "人均 消费",
                    "游玩时间": "时间 时长 玩",
                    "门票": "门票 票价",
                }.get(slot, slot),
                {value: _chinese_forms(value) for value in found},
                several=slot in CROSSWOZ_LISTS,
            )
            for (service, slot), found in sorted(values.items())
        ]
    )
    return {
        part: [
            Dialogue(
                schema,
                [
                    LabelledTurn(Turn(t, r), {k: (v,) for k, v in state.items() if k in values})
                    for t, r, state in turns
                ],
            )
            for turns in found
        ]
        for part, found in learnt.items()
        if part in parts
    }


CROSSWOZ_LISTS = ("推荐菜", "酒店设施")


def _crosswoz_turns(dialogue: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[tuple[str, str], str]]]:
    text, reply = "", ""
    for turn in dialogue["turns"]:
        if turn["role"] == "usr":
            text = turn["text"]
            continue
        state = {
            (service, slot): SEVERAL.join(sorted(set(value.split())))
            if slot in CROSSWOZ_LISTS
            else value.strip()
            for service, found in (turn.get("sys_state") or {}).items()
            for slot, value in found.items()
            if value
        }
        yield text, reply, state
        reply = turn["text"]


def _crosswoz_values() -> dict[tuple[str, str], dict[str, None]]:
    services = {"景点": "attraction", "餐馆": "restaurant", "酒店": "hotel"}
    found = {service: rows(f"crosswoz/db_{kind}.jsonl") for service, kind in services.items()}
    names = {service: dict.fromkeys(row["name"] for row in listed) for service, listed in found.items()}
    values: dict[tuple[str, str], dict[str, None]] = {}
    for service in services:
        values[service, "名称"] = dict(names[service])
        for other in services:
            values[service, f"周边{other}"] = dict(names[other])
    for service in ("出租", "地铁"):
        for slot in ("出发地", "目的地"):
            values[service, slot] = {name: None for listed in names.values() for name in listed}
    for service, slot in (("餐馆", "推荐菜"), ("酒店", "酒店设施")):
        values[service, slot] = {one: None for row in found[service] for one in row["record"].get(slot) or ()}
    values["酒店", "酒店类型"] = dict.fromkeys(row["record"]["酒店类型"] for row in found["酒店"])
    return values


def _chinese_forms(value: str) -> list[str]:
    """A range without its unit in the middle, a type without 型, a branch without its brackets."""
    forms = {value.replace(" - ", "-"), value.replace(" - ", "到"), value.replace("-", "到")}
    forms.add(re.sub(r"(?<=\d)(小时|天|元)? ?- ?(?=\d)", "-", value))
    if value.endswith("型"):
        forms.add(value[:-1])
    if value.endswith("以上"):
        forms.update((value[:-3] + "及以上", "大于" + value[:-2], value[:-2] + "或以上"))
    forms.add(re.sub("[（(].*", "", value))
    return sorted(form for form in forms - {value} if len(form) > 1)


# ---------------------------------------------------------------- Schema-Guided Dialogue


def sgd(
    most: Mapping[str, int], *, understood: bool = False, parts: Collection[str] = PARTS
) -> dict[str, list[Dialogue]]:
    """Part → dialogues, evenly drawn, at most ``most[part]``.

    Args:
        understood: give every other dialogue as a bot knows it: with the slot asked for and entities.
    """
    schemas = {part: _sgd_services(part) for part in parts}
    found = {}
    for part in schemas:
        raw = rows(f"sgd/{part}.jsonl.gz")
        step = max(1, len(raw) // most.get(part, len(raw)))
        made: dict[tuple[str, ...], Schema] = {}
        found[part] = [
            _sgd_dialogue(one, schemas[part], made, understood and number % 2 == 1)
            for number, one in enumerate(raw[::step])
        ]
    return found


def seen_services() -> frozenset[str]:
    """Services of SGD's training part."""
    return frozenset(_sgd_services("train"))


def sgd_schema(part: str) -> Schema:
    """The services of a part."""
    services = _sgd_services(part)
    about = {name: service["description"] for name, service in services.items()}
    return Schema([slot for service in services.values() for slot in _sgd_slots(service)], about)


def _sgd_services(part: str) -> dict[str, Any]:
    found = json.loads(data(f"sgd/schema_{part}.json").read_text("utf-8"))
    return {service["service_name"]: service for service in found}


def _sgd_dialogue(
    dialogue: Mapping[str, Any],
    services: Mapping[str, Any],
    made: dict[tuple[str, ...], Schema],
    understood: bool,
) -> Dialogue:
    names = tuple(dialogue["services"])
    if names not in made:
        about = {name: services[name]["description"] for name in names}
        made[names] = Schema([slot for name in names for slot in _sgd_slots(services[name])], about)
    turns, active, reply, asked, state = [], [], "", None, {}
    for turn in dialogue["turns"]:
        if turn["role"] == "system":
            reply = turn["text"]
            acts = [
                (f["service"], act[1]) for f in turn["frames"] for act in f["acts"] if act[0] == "REQUEST"
            ]
            asked = acts[0] if understood and len(acts) == 1 else None
            continue
        for frame in turn["frames"]:
            service = frame["service"]
            kept = {key: value for key, value in state.items() if key[0] != service}
            state = kept | {(service, slot): (value,) for slot, value in frame["state"].items()}
        text = turn["text"]
        spans = free_spans(text)
        if understood:
            spans += [
                Span(start, end, slot, text[start:end])
                for frame in turn["frames"]
                for slot, start, end in frame.get("spans", ())
            ]
        turns.append(LabelledTurn(Turn(text, reply, asked, spans, free_spans(reply)), dict(state)))
        active.append(frozenset(frame["service"] for frame in turn["frames"]))
    return Dialogue(made[names], turns, active)


def _sgd_slots(service: Mapping[str, Any]) -> Iterable[SlotSchema]:
    wanted = {
        slot
        for intent in service["intents"]
        for slot in (*intent["required_slots"], *intent["optional_slots"])
    }
    for slot in service["slots"]:
        if slot["name"] not in wanted:
            continue
        listed = slot["possible_values"]
        if {value.lower() for value in listed} == {"true", "false"}:
            values: dict[str, list[str]] = {"True": [], "False": []}
        elif slot["is_categorical"]:
            values = {value: [NUMBERS[value]] if value in NUMBERS else [] for value in listed}
        else:
            values = {}
        yield SlotSchema(
            service["service_name"],
            slot["name"],
            slot["description"],
            values,
            closed=bool(slot["is_categorical"]),
            kinds=frozenset({slot["name"]}),
            open=not slot["is_categorical"],
        )
