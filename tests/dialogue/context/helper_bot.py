"""A small bilingual project whose messages lean on one another."""
# ruff: noqa: E501 - a line of YAML or of a table reads best whole

from __future__ import annotations

from pathlib import Path

import yaml

__all__ = ["write_project"]

FILES = {
    "config.yml": """\
recipe: default.v1
assistant_id: helper
languages: [en, zh]
context: true
pipeline:
- name: MixedTokenizer
- name: RegexFeaturizer
- name: HouseVectorsFeaturizer
- name: IntentClassifier
- name: EntityTagger
- name: RegexEntityExtractor
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.0
policies:
- name: RulePolicy
""",
    "domain.yml": """\
version: "3.1"
intents: [ask_weather, ask_rain, ask_price, ask_stock, ask_hours, book, complain, thanks]
entities: [city, date, product, color]
slots:
  seats:
    type: text
    mappings:
    - {type: from_text, not_intent: [ask_hours, complain, book, thanks], conditions: [{active_loop: book_form, requested_slot: seats}]}
  problem:
    type: text
    mappings:
    - {type: from_text, not_intent: [ask_hours, thanks], conditions: [{active_loop: complaint_form, requested_slot: problem}]}
  nickname:
    type: text
    influence_conversation: false
    mappings:
    - {type: from_profile, key: name}
forms:
  book_form: {required_slots: [seats]}
  complaint_form: {required_slots: [problem]}
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- lookup: city
  examples: "- Paris\\n- London\\n- Berlin\\n- Rome\\n- Madrid\\n- 北京\\n- 上海\\n- 广州\\n- 成都\\n"
- lookup: date
  examples: "- today\\n- tomorrow\\n- Sunday\\n- Monday\\n- 今天\\n- 明天\\n- 后天\\n- 星期天\\n"
- lookup: product
  examples: "- bicycle\\n- helmet\\n- lamp\\n- tent\\n- 自行车\\n- 头盔\\n- 台灯\\n- 帐篷\\n"
- lookup: color
  examples: "- red\\n- blue\\n- green\\n- 红色\\n- 蓝色\\n- 绿色\\n"
- intent: ask_weather
  examples: |
    - what's the weather like in [Paris](city)?
    - how is the weather in [London](city) [today](date)
    - weather forecast for [Rome](city)
    - tell me the weather in [Berlin](city) on [Sunday](date)
    - "[北京](city)天气怎么样?"
    - "[上海](city)[今天](date)天气如何"
    - 查一下[广州](city)[明天](date)的天气
- intent: ask_rain
  examples: |
    - will it rain in [Madrid](city) [tomorrow](date)?
    - is it raining in [London](city)
    - any rain in [Paris](city) on [Monday](date)
    - "[成都](city)[明天](date)会下雨吗?"
    - "[北京](city)下雨吗"
    - "[上海](city)[后天](date)有雨吗"
- intent: ask_price
  examples: |
    - how much is the [red](color) [bicycle](product)?
    - what does the [helmet](product) cost?
    - price of the [green](color) [lamp](product)
    - how much does it cost
    - "[红色](color)的[自行车](product)多少钱?"
    - "[头盔](product)卖多少钱"
    - "[绿色](color)[台灯](product)什么价格"
    - 它多少钱
- intent: ask_stock
  examples: |
    - is the [blue](color) [tent](product) in stock?
    - do you have the [bicycle](product) in [red](color)?
    - is the [lamp](product) available
    - "[蓝色](color)[帐篷](product)有货吗?"
    - "[自行车](product)还有[红色](color)的吗"
    - "[台灯](product)还能买到吗"
- intent: ask_hours
  examples: |
    - when do you open?
    - what are your opening hours
    - tell me the opening hours
    - until when are you open
    - 你们几点开门?
    - 营业时间是什么
    - 几点关门
- intent: book
  examples: |
    - I want to book a table
    - book a table please
    - reserve a table for tonight
    - 我要订座位
    - 帮我预订一张桌子
    - 订个位子
- intent: complain
  examples: |
    - I want to make a complaint
    - I need to complain about something
    - this is a complaint
    - 我要投诉
    - 我想提个意见
    - 我要投诉一件事
- intent: thanks
  examples: |
    - thank you
    - thanks a lot
    - many thanks
    - 谢谢
    - 谢谢你
    - 太感谢了
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- {rule: weather, steps: [{intent: ask_weather}, {action: utter_weather}]}
- {rule: rain, steps: [{intent: ask_rain}, {action: utter_rain}]}
- {rule: price, steps: [{intent: ask_price}, {action: utter_price}]}
- {rule: stock, steps: [{intent: ask_stock}, {action: utter_stock}]}
- {rule: hours, steps: [{intent: ask_hours}, {action: utter_hours}]}
- {rule: thanks, steps: [{intent: thanks}, {action: utter_thanks}]}
- {rule: book, steps: [{intent: book}, {action: book_form}, {active_loop: book_form}]}
- rule: booked
  condition: [{active_loop: book_form}]
  steps: [{action: book_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_booked}]
- {rule: complain, steps: [{intent: complain}, {action: complaint_form}, {active_loop: complaint_form}]}
- rule: complained
  condition: [{active_loop: complaint_form}]
  steps: [{action: complaint_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_noted}]
""",
}


RESPONSES = {
    "utter_weather": "Sunny.",
    "utter_rain": "No rain.",
    "utter_price": "Ten.",
    "utter_stock": "We have it in these: 1. red 2. blue",
    "utter_hours": "From nine to five.",
    "utter_booked": "Booked for {seats}.",
    "utter_noted": "Noted: {problem}.",
    "utter_ask_seats": "How many seats?",
    "utter_ask_problem": "What is wrong?",
    "utter_back_to_book_form": "Back to your booking:",
    "utter_thanks": "You are welcome.",
}
"""The same words in both languages."""


def write_project(folder: Path) -> Path:
    """The files of the project, in ``folder``."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    said = {
        name: [{"text": text, "language": language} for language in ("en", "zh")]
        for name, text in RESPONSES.items()
    }
    (folder / "domain.yml").write_text(FILES["domain.yml"] + yaml.safe_dump({"responses": said}), "utf-8")
    return folder
