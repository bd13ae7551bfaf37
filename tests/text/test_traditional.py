"""Who writes traditional characters is understood by a bot that was trained on simplified ones."""

from __future__ import annotations

from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import LookupTable, NluData, NluExample
from chatwright.schema.understanding import Entity


def bot() -> Pipeline:
    refunds = ("我要退货", "请给我退款", "怎么申请退款", "退货运费谁付")
    orders = ("订单到哪了", "查一下我的订单", "货什么时候到", "还没发货吗")
    city = Entity(entity="city", value="台湾", start=2, end=4)
    data = NluData(
        [
            *(NluExample(text, "refund") for text in refunds),
            *(NluExample(text, "track") for text in orders),
            NluExample("我在台湾", "tell_city", entities=(city,)),
            NluExample("我住在这里", "tell_city"),
        ],
        lookups=[LookupTable("city", ("台湾", "广州"))],
    )
    pipeline = Pipeline.from_config(
        [{"name": "MixedTokenizer"}, {"name": "IntentClassifier"}, {"name": "RegexEntityExtractor"}], ["zh"]
    )
    pipeline.fit(data)
    return pipeline


def test_a_traditional_message_is_understood_as_its_simplified_form() -> None:
    pipeline = bot()
    for traditional, simple in (("請問訂單到哪了", "请问订单到哪了"), ("退貨運費誰付", "退货运费谁付")):
        one, other = pipeline.parse([traditional, simple])
        assert one.intent == other.intent
        assert one.text == traditional


def test_a_name_is_found_as_it_was_written() -> None:
    (understood,) = bot().parse(["我住在臺灣"])
    (entity,) = understood.entities
    assert (entity.entity, entity.start, entity.end) == ("city", 3, 5)
    assert understood.text[entity.start : entity.end] == "臺灣"
