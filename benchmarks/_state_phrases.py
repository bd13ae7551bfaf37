"""What people say when they do not care, change their mind, or want the same again: written for this project.

Public dialogues have few such turns in Chinese, and hardly any where the slot's name is new. Each sentence is
put into a small dialogue over slots of one or two services of a schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from _state_sets import Dialogue
from chatwright.dialogue.belief.candidates import Turn
from chatwright.dialogue.belief.fit_state_tracker import LabelledTurn
from chatwright.dialogue.belief.schema import DONTCARE, Schema, SlotKey, SlotSchema

SERVICES = {
    "en": "hotel restaurant museum flat car phone laptop jacket tour gym".split(),
    "zh": "酒店 餐馆 电影院 公寓 手机 电脑 外套 鞋子 旅行团 健身房".split(),
}
SLOTS = {
    "en": {
        "colour": "red blue green black white yellow grey brown",
        "size": "small medium large tiny huge",
        "area": "north south east west centre downtown suburbs",
        "price": "cheap moderate expensive",
        "brand": "Acme Nordic Lumen Orion Castor Vela",
        "day": "monday tuesday wednesday thursday friday saturday sunday",
        "material": "wood steel cotton leather glass",
        "style": "modern classic casual formal rustic",
    },
    "zh": {
        "颜色": "红色 蓝色 绿色 黑色 白色 黄色 灰色",
        "尺寸": "大号 中号 小号 特大号",
        "区域": "北部 南部 东部 西部 市中心 郊区",
        "价格": "便宜 中等 昂贵 免费",
        "品牌": "远山 星河 白鹭 长风 东篱",
        "日期": "周一 周二 周三 周四 周五 周六 周日",
        "材质": "木头 不锈钢 棉布 皮革 玻璃",
        "类型": "现代 古典 休闲 豪华 经济",
    },
}
"""Things and their properties, for ``everyday_schema``."""

ASKS = {
    "en": [
        "What {slot} would you like?",
        "Do you have a preference for the {slot}?",
        "Which {slot}?",
        "Okay. And what {slot} should it be?",
        "Great, we have several of them. What {slot} do you prefer?",
    ],
    "zh": [
        "您想要什么{slot}？",
        "您对{slot}有什么要求？",
        "请问{slot}呢？",
        "好的，{slot}有要求吗？",
        "有好几个符合。您希望{slot}是什么？",
    ],
}
SAYS = {
    "en": [
        "I need a {service}",
        "I am looking for a {service}, {slot} {value}",
        "Find me a {service} please",
    ],
    "zh": ["我想找{service}", "帮我找一个{service}，{slot}要{value}", "你好，我需要{service}"],
}
CARELESS = {
    "en": [
        "I don't care",
        "any",
        "anything is fine",
        "it doesn't matter",
        "no preference",
        "I don't mind",
        "whatever you have",
        "I have no preference",
        "not important to me",
        "either is fine with me",
        "I'm open to anything",
        "all of them are okay",
        "doesn't matter to me, thanks",
        "any {slot} will do",
        "I don't care about the {slot}",
        "the {slot} is not important",
        "the {slot} does not matter",
        "any {slot} is fine",
        "it can be of any {slot}",
        "no preference for the {slot}",
    ],
    "zh": [
        "都可以",
        "都行",
        "随便",
        "无所谓",
        "没有要求",
        "没要求",
        "不限",
        "什么都行",
        "哪个都可以",
        "任意",
        "都好",
        "不介意",
        "没什么要求",
        "都可以吧，你推荐",
        "{slot}都可以",
        "{slot}无所谓",
        "对{slot}没有要求",
        "{slot}不限",
        "{slot}随便",
        "什么{slot}都行",
    ],
}
OTHERWISE = {
    "en": [
        "no, {value}",
        "no, the {value} one",
        "actually, {value}",
        "I meant {value}",
        "make it {value}",
        "{value} instead, please",
        "not {old}, {value}",
        "sorry, {value} please",
        "how about {value}?",
        "change the {slot} to {value}",
        "I changed my mind, {value}",
        "let's do {value} rather than {old}",
    ],
    "zh": [
        "不，{value}",
        "还是{value}吧",
        "换成{value}",
        "改成{value}吧",
        "不要{old}，要{value}",
        "说错了，是{value}",
        "{value}吧",
        "有没有{value}的",
        "还是换成{value}的吧",
        "我改主意了，{value}",
        "{slot}换成{value}",
        "那{value}呢",
    ],
}
SAME = {
    "en": [
        "I also need a {service} with the same {slot} as the {other}",
        "and a {service}, the same {slot}",
        "find a {service} with the {slot} of the {other}",
        "I want a {service} in the same {slot} as the {other} too",
        "now a {service} please, {slot} as for the {other}",
    ],
    "zh": [
        "再找一个{service}，{slot}和{other}一样",
        "还要一个{service}，同样的{slot}",
        "{service}的{slot}跟{other}相同",
        "另外帮我找{service}，{slot}要与{other}相同",
        "也要{service}，{slot}一样",
    ],
}
STATES = {"en": "I found three of them.", "zh": "好的，找到三个。"}
NOTHING = {
    "en": ["no, thanks, that is all", "no", "not really, thank you", "no, that's not it", "all good, bye"],
    "zh": ["不用了，谢谢", "没有了，再见", "不是", "都好了，谢谢", "没事了"],
}
"""After a statement of the bot's: nothing changes."""


def everyday_schema(language: str) -> Schema:
    """All things of ``SERVICES`` with all properties of ``SLOTS``."""
    return Schema(
        [
            SlotSchema(service, slot, values={value: _short(value) for value in values.split()}, closed=True)
            for service in SERVICES[language]
            for slot, values in SLOTS[language].items()
        ]
    )


def _short(value: str) -> list[str]:
    """红色 is said as 红的, too."""
    return [value[:-1] + "的"] if value.endswith("色") else []


def phrase_dialogues(schema: Schema, language: str, count: int, seed: int = 0) -> Iterator[Dialogue]:
    """Dialogues of two turns over parts of the schema.

    Args:
        language: ``en`` or ``zh``.
    """
    draw = Random(seed)
    while count:
        part = _part(schema, draw)
        slots = [slot for slot in part.slots if len(slot.values) > 1 and not slot.boolean]
        if not slots:
            continue
        count -= 1
        yield Dialogue(part, _turns(draw.choice(slots), part, language, draw))


def _part(schema: Schema, draw: Random) -> Schema:
    """Up to four slots of one or two services; the second has one of the first's, where it can."""
    chosen = draw.sample(schema.services, min(len(schema.services), draw.choice((1, 2, 2))))
    slots: list[SlotSchema] = []
    for service in chosen:
        own = [slot for slot in schema.slots if slot.service == service]
        shared = [slot for slot in own if slots and slot.name == slots[0].name]
        slots += shared + draw.sample([slot for slot in own if slot not in shared], min(len(own) - 1, 3))
    return Schema(slots, {service: schema.services_about.get(service, "") for service in chosen})


def _turns(slot: SlotSchema, schema: Schema, language: str, draw: Random) -> list[LabelledTurn]:
    old, value = (draw.choice([one, *slot.values[one]]) for one in draw.sample(sorted(slot.values), 2))
    known = {form: one for one, forms in slot.values.items() for form in (one, *forms)}
    words = {"slot": _spoken(slot.name), "service": _spoken(slot.service), "value": value, "old": old}
    first = draw.choice(SAYS[language])
    before: dict[SlotKey, tuple[str, ...]] = {}
    begin = LabelledTurn(Turn(first.format(**{**words, "value": old})), before)
    if "{value}" in first:
        before[slot.key] = (known[old],)
    twin = _twin(slot, schema)
    kind = draw.choice(["careless", "otherwise", "nothing", "same" if twin else "careless"])
    asks = draw.choice(ASKS[language]).format(**words)
    if kind == "careless":
        said = draw.choice(CARELESS[language])
        if "{slot}" in said:
            asks = draw.choice(["", asks, STATES[language]])
        said = said.format(**words)
        asked = slot.key if asks and draw.random() < 0.3 else None
        return [begin, LabelledTurn(Turn(said, asks, asked), {**before, slot.key: (DONTCARE,)})]
    begin = LabelledTurn(Turn(SAYS[language][1].format(**{**words, "value": old})), {slot.key: (known[old],)})
    if kind == "same" and twin:
        said = draw.choice(SAME[language]).format(
            service=_spoken(twin.service), other=words["service"], slot=_spoken(twin.name)
        )
        after = {slot.key: (known[old],), twin.key: (known[old],)}
        return [begin, LabelledTurn(Turn(said, draw.choice(["OK.", asks, ""])), after)]
    if kind == "nothing":
        said = draw.choice(NOTHING[language])
        return [begin, LabelledTurn(Turn(said, STATES[language]), begin.after)]
    said = draw.choice(OTHERWISE[language]).format(**words)
    reply = draw.choice(["", STATES[language], asks])
    return [begin, LabelledTurn(Turn(said, reply), {slot.key: (known[value],)})]


def _twin(slot: SlotSchema, schema: Schema) -> SlotSchema | None:
    """A slot of another service with the same name and values."""
    alike = (other for other in schema.slots if other.service != slot.service and other.name == slot.name)
    return next((other for other in alike if other.values == slot.values), None)


def _spoken(name: str) -> str:
    return name.replace("_", " ").rstrip(" 0123456789").lower()
