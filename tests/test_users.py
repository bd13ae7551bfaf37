"""A bot that knows its users: slots from the profile, consent, several channels."""
# ruff: noqa: E501 - a line of YAML reads best whole

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chatwright.bot import Bot
from chatwright.project.project import Project
from chatwright.schema.events import SlotSet
from chatwright.trainer import train

FILES = {
    "config.yml": "assistant_id: users\nlanguages: [en, zh]\npipeline: [{name: KeywordIntentClassifier}]\npolicies: [{name: RulePolicy}]\n",
    "domain.yml": """\
version: "3.1"
intents: [greet, agree, refuse, tell, forget]
entities: [name, size]
slots:
  nick:
    type: text
    influence_conversation: false
    mappings:
    - {type: from_entity, entity: name}
    - {type: from_profile, key: name, keep: with_consent}
  size:
    type: text
    influence_conversation: false
    mappings:
    - {type: from_entity, entity: size}
    - {type: from_profile, keep: with_consent}
  tier:
    type: text
    influence_conversation: false
    mappings: [{type: from_profile}]
  may_remember:
    type: bool
    influence_conversation: false
    mappings:
    - {type: from_intent, intent: agree, value: true}
    - {type: from_intent, intent: refuse, value: false}
    - {type: from_profile, key: consent, keep: always}
responses:
  utter_ok: [{text: "OK", language: en}, {text: "好", language: zh}]
  utter_hello: [{text: "Hello {nick}!", language: en}, {text: "你好，{nick}！", language: zh}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- {intent: greet, examples: "- hello\\n- 你好\\n"}
- {intent: agree, examples: "- agree\\n"}
- {intent: refuse, examples: "- refuse\\n"}
- {intent: tell, examples: "- tell\\n"}
- {intent: forget, examples: "- forget\\n"}
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- {rule: hello, steps: [{intent: greet}, {action: utter_hello}]}
- rule: others
  steps:
  - or: [{intent: agree}, {intent: refuse}, {intent: tell}, {intent: forget}]
  - action: utter_ok
""",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("users")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    train(folder)
    return folder


@pytest.fixture
async def bot(project: Path) -> AsyncIterator[Bot]:
    bot = await Bot.load(project=project, store="sqlite://")
    yield bot
    await bot.close()


async def say(bot: Bot, text: str, conversation: str = "ann", **metadata: Any) -> list[str | None]:
    turn = await bot.handle(text, conversation=conversation, metadata=metadata)
    return [reply.text for reply in turn.replies]


async def profile(bot: Bot, user: str = "ann") -> dict[str, Any]:
    return dict((await bot.store.user(user)).profile)


async def test_a_known_user_is_called_by_name(bot: Bot) -> None:
    await bot.store.change_profile("ann", {"name": "Ann", "tier": "gold"})
    assert await say(bot, "hello", "web-1", user_id="ann") == ["Hello Ann!"]
    assert await say(bot, "hello", "phone-7", user_id="ann") == ["Hello Ann!"]
    assert (await bot.tracker("phone-7")).slots["tier"] == "gold"
    assert (await bot.store.user("ann")).conversations == ("phone-7", "web-1")


async def test_a_conversation_without_a_name_has_a_user_of_its_own(bot: Bot) -> None:
    await bot.store.change_profile("bob", {"name": "Bob"})
    assert await say(bot, "hello", "bob") == ["Hello Bob!"]


async def test_the_user_of_a_conversation_stays(bot: Bot) -> None:
    await bot.store.change_profile("ann", {"name": "Ann"})
    await say(bot, "tell", "web-1", user_id="ann")
    assert await say(bot, "hello", "web-1") == ["Hello Ann!"]


async def test_nothing_is_kept_without_consent(bot: Bot) -> None:
    await say(bot, '/tell{"name": "Ann", "size": "L"}')
    assert await profile(bot) == {}
    await say(bot, "/agree")
    await say(bot, "hello")
    assert await profile(bot) == {"consent": True, "name": "Ann", "size": "L", "language": "en"}
    assert await say(bot, "/greet", "elsewhere", user_id="ann") == ["Hello Ann!"]


async def test_consent_that_is_taken_back_takes_all_with_it(bot: Bot) -> None:
    await bot.store.change_profile("ann", {"tier": "gold"})
    await say(bot, '/tell{"name": "Ann"}')
    await say(bot, "/agree")
    assert (await profile(bot))["name"] == "Ann"
    await say(bot, "/refuse")
    assert await profile(bot) == {"tier": "gold", "consent": False}, (
        "what the bot only reads is not its to remove"
    )
    await say(bot, '/tell{"name": "Anna"}', "another", user_id="ann")
    assert await profile(bot) == {"tier": "gold", "consent": False}


async def test_a_new_session_forgets_no_profile(bot: Bot) -> None:
    await say(bot, '/tell{"name": "Ann"}')
    await say(bot, "/agree")
    await say(bot, "/restart")
    await say(bot, "/tell")
    assert (await profile(bot))["name"] == "Ann"
    assert (await bot.tracker("ann")).slots["nick"] == "Ann"


async def test_what_the_user_says_goes_before_the_profile(bot: Bot) -> None:
    await bot.store.change_profile("ann", {"name": "Ann", "consent": True})
    await say(bot, '/tell{"name": "Anna"}')
    assert (await bot.tracker("ann")).slots["nick"] == "Anna"
    assert (await profile(bot))["name"] == "Anna"


async def test_a_slot_that_is_emptied_leaves_the_profile(bot: Bot) -> None:
    await bot.store.change_profile("ann", {"name": "Ann", "consent": True})
    await say(bot, "/greet")

    async def forget(run: Any) -> None:
        run._apply([SlotSet(name="nick", value=None)])

    await bot._edit("ann", None, forget)
    assert "name" not in await profile(bot)


async def test_the_language_of_the_profile_begins_a_conversation(bot: Bot) -> None:
    await bot.store.change_profile("ann", {"name": "安", "language": "zh"})
    assert await say(bot, "/greet") == ["你好，安！"]
    assert await say(bot, "hello") == ["Hello 安!"], "what is said tells more"


async def test_profiles_are_in_no_log(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "chatwright")
    await bot.store.change_profile("ann", {"name": "canary-8f3a"})
    await say(bot, "hello")
    await bot.store.erase_user("ann", conversations=True)
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("mapping", "code", "hint"),
    [
        ("{type: from_profil}", "unknown-mapping", "from_profile"),
        ("{type: from_profile, keep: with_concent}", "wrong-value", "with_consent"),
        ("{type: from_profile, kee: always}", "unknown-key", "'keep'"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_said(tmp_path: Path, mapping: str, code: str, hint: str) -> None:
    (tmp_path / "config.yml").write_text("language: en\nassistant_id: x\n")
    (tmp_path / "domain.yml").write_text(
        f"version: '3.1'\nslots:\n  a:\n    type: text\n    mappings: [{mapping}]\n"
    )
    found = next(problem for problem in Project.load(tmp_path).problems if problem.code == code)
    assert hint in found.fix
    assert found.location is not None
    assert found.location.line == 5
