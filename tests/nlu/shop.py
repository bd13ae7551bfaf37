"""A small shop bot's training data in Chinese and English."""

from __future__ import annotations

from chatwright.errors import Location
from chatwright.project.nlu_data import LookupTable, NluData, NluExample, RegexFeature
from chatwright.schema.understanding import Entity

TEXTS = {
    "track": "where is my order|track my parcel|order status please|has my package shipped|我的订单到哪了|"
    "查一下快递|包裹什么时候到|物流信息",
    "refund": "i want a refund|give my money back|refund this please|return and refund|我要退款|给我退钱|"
    "申请退货退款|能把钱退给我吗",
    "faq/hours": "when do you open|opening hours|until when are you open|几点开门|营业时间|你们几点关门",
    "faq/parking": "where can i park|is there a car park|parking nearby|哪里可以停车|有停车场吗|停车收费吗",
    "greet": "hello|good morning|hi there|你好|早上好|您好呀",
}
ROUTES = (
    ("a ticket from {} to {}", "Berlin", "Paris"),
    ("book {} to {} please", "London", "Rome"),
    ("i travel from {} to {}", "New York", "San Francisco"),
    ("from {} to {} tomorrow", "Madrid", "Oslo"),
    ("买一张从{}到{}的票", "北京", "上海"),
    ("从{}去{}", "广州", "深圳"),
    ("我要从{}飞到{}", "成都", "西安"),
    ("订票从{}到{}", "武汉", "南京"),
)


def shop() -> NluData:
    """Six intents (one for retrieval with two answers), an entity with roles, a pattern, a lookup table."""
    examples = []
    for label, texts in TEXTS.items():
        intent, _, key = label.partition("/")
        for text in texts.split("|"):
            at = Location("data/nlu.yml", len(examples) + 10)
            examples.append(NluExample(text, intent, label if key else None, location=at))
    for template, departure, arrival in ROUTES:
        text = template.format(departure, arrival)
        entities = (
            _entity(text, departure, "from"),
            _entity(text, arrival, "to"),
        )
        examples.append(NluExample(text, "book", entities=entities))
    return NluData(
        examples,
        synonyms={"nyc": "New York"},
        regexes=[RegexFeature("order_number", r"\b\d{8}\b")],
        lookups=[LookupTable("city", ("Hamburg", "杭州", "Vienna"))],
    )


def _entity(text: str, value: str, role: str) -> Entity:
    start = text.index(value)
    return Entity(entity="city", value=value, start=start, end=start + len(value), role=role)
