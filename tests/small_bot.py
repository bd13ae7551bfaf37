"""A small bilingual project that trains in a moment, for tests of what is built on a trained bot."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FILES", "write_project"]

FILES = {
    "config.yml": """\
recipe: default.v1
assistant_id: small
languages: [en, zh]
""",
    "domain.yml": """\
version: "3.1"
intents: [greet, bye, order_pizza, inform, ask_hours, affirm, deny]
entities: [size, topping]
slots:
  size:
    type: text
    influence_conversation: false
    mappings:
    - {type: from_entity, entity: size}
  topping:
    type: text
    influence_conversation: false
    mappings:
    - {type: from_entity, entity: topping}
    - type: from_text
      not_intent: [ask_hours, greet, bye]
      conditions:
      - {active_loop: pizza_form, requested_slot: topping}
forms:
  pizza_form:
    required_slots: [size, topping]
actions: [action_bake, action_break, action_sleep, validate_pizza_form]
responses:
  utter_greet:
  - {text: "Hello!", language: en}
  - {text: "你好！", language: zh}
  utter_bye:
  - {text: "Bye!", language: en}
  - {text: "再见！", language: zh}
  utter_hours:
  - {text: "We open at ten.", language: en}
  - {text: "十点开门。", language: zh}
  utter_ask_size:
  - text: "What size?"
    language: en
    buttons: [{title: Large, payload: '/inform{"size": "large"}'}]
  - text: "多大的？"
    language: zh
    buttons: [{title: 大的, payload: '/inform{"size": "large"}'}]
  utter_ask_topping:
  - {text: "Which topping?", language: en}
  - {text: "什么配料？", language: zh}
  utter_baked:
  - {text: "A {size} pizza with {topping} is number {number}.", language: en}
  - {text: "{size}披萨加{topping}，号码{number}。", language: zh}
  utter_default:
  - {text: "I did not understand.", language: en}
  - {text: "我没听懂。", language: zh}
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi there
    - good morning
    - hey you
    - 你好
    - 您好
    - 早上好
    - 嗨
- intent: bye
  examples: |
    - bye
    - goodbye
    - see you later
    - good night
    - 再见
    - 拜拜
    - 回头见
    - 晚安
- intent: order_pizza
  examples: |
    - I want a pizza
    - order a pizza please
    - can I get a [large](size) pizza
    - a [small](size) pizza with [cheese](topping)
    - 我想要一个披萨
    - 点一份披萨
    - 来一个[大的]{"entity": "size", "value": "large"}披萨
    - 一个[小的]{"entity": "size", "value": "small"}披萨加[奶酪](topping)
- intent: inform
  examples: |
    - [large](size)
    - a [small](size) one
    - with [ham](topping)
    - [cheese](topping) please
    - [大的]{"entity": "size", "value": "large"}
    - 要[小的]{"entity": "size", "value": "small"}
    - 加[火腿](topping)
    - [奶酪](topping)吧
- intent: ask_hours
  examples: |
    - when do you open
    - what are your opening hours
    - are you open today
    - until when are you open
    - 几点开门
    - 营业时间是什么
    - 今天营业吗
    - 你们几点关门
- intent: affirm
  examples: |
    - yes
    - yes please
    - sure
    - 好的
    - 是的
    - 可以
- intent: deny
  examples: |
    - no
    - no thanks
    - not at all
    - 不
    - 不要
    - 不是
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: bye
  steps:
  - intent: bye
  - action: utter_bye
- rule: hours
  steps:
  - intent: ask_hours
  - action: utter_hours
- rule: start the form
  steps:
  - intent: order_pizza
  - action: pizza_form
  - active_loop: pizza_form
- rule: end of the form
  condition:
  - active_loop: pizza_form
  steps:
  - action: pizza_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: action_bake
- rule: break
  steps:
  - intent: deny
  - action: action_break
- rule: sleep
  steps:
  - intent: affirm
  - action: action_sleep
- rule: not understood
  steps:
  - intent: nlu_fallback
  - action: utter_default
""",
    "tests/test_pizza.yml": """\
version: "3.1"
stories:
- story: a pizza
  steps:
  - user: |
      I want a pizza
    intent: order_pizza
  - action: pizza_form
  - active_loop: pizza_form
  - user: |
      when do you open
    intent: ask_hours
  - action: utter_hours
  - action: pizza_form
  - user: |
      [large](size)
    intent: inform
  - action: pizza_form
  - user: |
      with [ham](topping)
    intent: inform
  - action: pizza_form
  - slot_was_set:
    - requested_slot: null
  - active_loop: null
  - action: action_bake
""",
    "tests/nlu/held_out.yml": """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello there
    - 你好呀
- intent: ask_hours
  examples: |
    - when are you open
    - 几点营业
""",
    "actions.py": '''\
"""What the small bot does."""

import asyncio

import chatwright as cw


@cw.action
def action_bake(context: cw.ActionContext) -> None:
    """Bake, and give a number."""
    context.say("utter_baked", number=7)
    context.set_slot("size", None)
    context.set_slot("topping", None)


@cw.action
def action_break(context: cw.ActionContext) -> None:
    """Fail."""
    raise RuntimeError("the oven is cold: secret 4711")


@cw.action(timeout_s=0.2)
async def action_sleep(context: cw.ActionContext) -> None:
    """Take too long."""
    await asyncio.sleep(30)


@cw.validate("pizza_form", "size")
def valid_size(context: cw.ActionContext, value: str) -> str | None:
    """Large or small."""
    return value if value in ("large", "small") else None
''',
}


def write_project(folder: Path) -> Path:
    """Write the project into ``folder``."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
