"""A small bot whose actions wait, remind, fail and die when they are told to."""

from __future__ import annotations

from pathlib import Path

from chatwright.trainer import train

__all__ = ["train_version", "write_project"]

FILES = {
    "config.yml": "recipe: default.v1\nassistant_id: served\nlanguages: [en, zh]\n",
    "domain.yml": """\
version: "3.1"
intents: [greet, menu, wait, remind, EXTERNAL_tea, fail, die]
entities: [seconds]
slots:
  seconds:
    type: text
    influence_conversation: false
    mappings:
    - {type: from_entity, entity: seconds}
actions: [action_wait, action_remind, action_fail, action_die]
responses:
  utter_greet:
  - {text: "Hello from VERSION!", language: en}
  - {text: "你好，VERSION！", language: zh}
  utter_menu:
  - text: "What now?"
    language: en
    image: https://example.com/menu.png
    buttons: [{title: Greet, payload: /greet}]
  - text: "做什么？\\n\\n请选。"
    language: zh
  utter_waited:
  - {text: "I waited.", language: en}
  - {text: "我等过了。", language: zh}
  utter_tea:
  - {text: "Your tea!", language: en}
  - {text: "你的茶！", language: zh}
  utter_lived:
  - {text: "I live.", language: en}
  - {text: "我还活着。", language: zh}
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi there
    - good morning
    - 你好
    - 您好
    - 早上好
- intent: menu
  examples: |
    - show me the menu
    - what can you do
    - the menu please
    - 菜单
    - 看一下菜单
    - 你能做什么
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: menu, steps: [{intent: menu}, {action: utter_menu}]}
- {rule: wait, steps: [{intent: wait}, {action: action_wait}]}
- {rule: remind, steps: [{intent: remind}, {action: action_remind}]}
- {rule: tea, steps: [{intent: EXTERNAL_tea}, {action: utter_tea}]}
- {rule: fail, steps: [{intent: fail}, {action: action_fail}]}
- {rule: die, steps: [{intent: die}, {action: action_die}]}
""",
    "actions.py": '''\
"""What the bot does."""

import asyncio
import os
import signal

import chatwright as cw


@cw.action
async def action_wait(context: cw.ActionContext) -> None:
    """Take as long as the message says."""
    await asyncio.sleep(float(context.slots["seconds"]))
    context.say("utter_waited")


@cw.action
def action_remind(context: cw.ActionContext) -> None:
    """Let tea happen later."""
    context.remind("EXTERNAL_tea", in_seconds=float(context.slots["seconds"]), name="tea")


@cw.action
def action_fail(context: cw.ActionContext) -> None:
    """Fail."""
    raise RuntimeError("the oven is cold: secret 4711")


@cw.action
def action_die(context: cw.ActionContext) -> None:
    """Kill the process, the first time."""
    mark = context.project / "died"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    context.say("utter_lived")
''',
}


def write_project(folder: Path) -> Path:
    """Write the project into ``folder``, and train its first version."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    train_version(folder, "one")
    return folder


def train_version(folder: Path, version: str) -> Path:
    """Train a bot that greets with ``version``; gives the bundle's path."""
    (folder / "domain.yml").write_text(FILES["domain.yml"].replace("VERSION", version), "utf-8")
    return train(folder).path
