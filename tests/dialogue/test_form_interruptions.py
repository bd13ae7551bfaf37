"""A form interrupted at any slot by anything the bot can answer comes back to the same slot and completes.

The cases are generated from each bot's domain: its forms, their slots and mappings, and the intents that its
rules answer. Decisions and actions are the real ones; what the user says is given as understood.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatwright.actions.runner import ActionRunner
from chatwright.dialogue.decider import Decider
from chatwright.dialogue.tracker import Tracker
from chatwright.generate.responses import Responder
from chatwright.project.domain import Domain, FormSpec
from chatwright.project.stories import ActionStep, Rule, UserStep
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    SessionStarted,
    UserUttered,
)
from chatwright.schema.understanding import Entity, IntentScore, Understanding

from .talking import Bot

HERE = Path(__file__).parent / "rasa"
POLICIES = [{"name": "RulePolicy"}, {"name": "MemoizationPolicy", "max_history": 4}, {"name": "TEDPolicy"}]


def bot_of(name: str) -> Bot:
    """A bot with two forms, each of which may be started inside the other."""
    domain, data = ((HERE / name / file).read_text("utf-8") for file in ("domain.yml", "data.yml"))
    return Bot(domain, data, policies=POLICIES)


BOTS = {"en": bot_of("trip_en"), "zh": bot_of("trip_zh")}


class Talk:
    """One conversation with the real decider and the real actions."""

    def __init__(self, bot: Bot) -> None:
        self.domain: Domain = bot.domain
        self.decider: Decider = bot.decider
        self.runner = ActionRunner(bot.domain, Responder(bot.domain), python=None, remote=None)
        self.tracker = Tracker("ann", bot.domain)
        self.tracker.update_all([SessionStarted(), ActionExecuted(name="action_listen")])

    async def say(self, intent: str, entity: Entity | None = None) -> list[str]:
        """Say something; gives the actions that ran before the bot listened again."""
        score = IntentScore(intent, 1.0)
        found = Understanding(
            text=f"/{intent}", intent=score, ranking=(score,), entities=(entity,) if entity else ()
        )
        self.tracker.update(UserUttered(text=found.text, understanding=found))
        self.tracker.update_all(await self._run("action_extract_slots", self.tracker))
        ran: list[str] = []
        for _ in range(10):
            decision = self.decider.decide(self.tracker)
            view = self.tracker.copy()
            view.update_all(decision.events)
            outcome = await self._run(decision.action, view)
            if outcome and isinstance(outcome[0], ActionExecutionRejected):
                self.tracker.update(outcome[0])
                continue
            executed = ActionExecuted(name=decision.action, hide_rule_turn=decision.hide_rule_turn)
            self.tracker.update_all([*decision.events, executed, *outcome])
            if decision.action == "action_listen":
                return ran
            ran.append(decision.action)
        raise AssertionError(f"the bot never listened again: {ran}")

    async def _run(self, name: str, tracker: Tracker):
        return await self.runner.run(name, tracker, channel="test", idempotency_key="k")

    @property
    def place(self) -> tuple[str | None, str | None]:
        return self.tracker.active_loop_name, self.tracker.slots["requested_slot"]

    @property
    def last_words(self) -> str | None:
        return next((e.text for e in reversed(self.tracker.events) if isinstance(e, BotUttered)), None)


@dataclass(frozen=True)
class Answer:
    """What fills a slot, read off its mappings."""

    intent: str
    entity: Entity | None = None


def answer_to(domain: Domain, slot: str) -> Answer:
    inform = next(name for name in ("inform", "告知") if name in domain.intents)
    mapping = domain.slots[slot].mappings[0]
    if mapping.type == "from_entity":
        assert mapping.entity is not None
        return Answer(inform, Entity(entity=mapping.entity, value="7", start=0, end=1))
    return Answer(mapping.intent[0] if mapping.intent else inform)


def rules_about(bot: Bot, form: str) -> Iterator[tuple[str, str]]:
    """Intents that rules answer whatever the bot is doing, and the actions they run first."""
    for rule in bot.rules:
        said = [step.intent for step in rule.steps if isinstance(step, UserStep) and step.intent]
        ran = [step.name for step in rule.steps if isinstance(step, ActionStep)]
        if said and not rule.condition and ran[0] != form:
            yield said[0], ran[0]


def starter(bot: Bot, form: str) -> str:
    return next(intent for intent, action in rules_about(bot, "") if action == form)


def finisher(bot: Bot, form: str) -> str:
    """The action that the submit rule of the form runs."""
    for rule in bot.rules:
        if isinstance(rule, Rule) and rule.condition and isinstance(rule.steps[0], ActionStep):
            ran = [step.name for step in rule.steps if isinstance(step, ActionStep)]
            if ran[0] == form:
                return ran[1]
    raise AssertionError(f"no rule submits {form}")


def cases() -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
    for language, bot in BOTS.items():
        for form in bot.domain.forms.values():
            intents = [intent for intent, _ in rules_about(bot, form.name)]
            for position in range(len(form.required_slots)):
                for once in intents:
                    yield language, form.name, position, (once,)
                for twice in itertools.product(intents, repeat=2):
                    yield language, form.name, position, twice


async def fill(talk: Talk, form: FormSpec, start: int, stop: int) -> list[str]:
    ran: list[str] = []
    for slot in form.required_slots[start:stop]:
        assert talk.place == (form.name, slot)
        answer = answer_to(talk.domain, slot)
        ran = await talk.say(answer.intent, answer.entity)
    return ran


async def interrupt(bot: Bot, talk: Talk, intent: str) -> None:
    """Say something else; another form that it starts is interrupted itself, and filled to its end."""
    action = dict(rules_about(bot, ""))[intent]
    before = talk.place
    ran = await talk.say(intent)
    assert ran[0] == action
    other = bot.domain.forms.get(action)
    if other is None or other.name == before[0]:
        return
    first = other.required_slots[0]
    assert talk.place == (other.name, first)
    question, reply = next((i, a) for i, a in rules_about(bot, other.name) if a not in bot.domain.forms)
    assert await talk.say(question) == [reply, other.name]
    assert talk.place == (other.name, first)
    done = await fill(talk, other, 0, len(other.required_slots))
    assert done == [other.name, finisher(bot, other.name), before[0]]


@pytest.mark.parametrize(
    ("language", "name", "position", "interruptions"),
    [pytest.param(*case, id=f"{case[1]}-{case[2]}-{'-'.join(case[3])}") for case in cases()],
)
async def test_an_interrupted_form_comes_back_to_its_slot_and_completes(
    language: str, name: str, position: int, interruptions: tuple[str, ...]
) -> None:
    bot = BOTS[language]
    form = bot.domain.forms[name]
    second_forms = [i for i in interruptions if dict(rules_about(bot, "")).get(i) in bot.domain.forms]
    if len(second_forms) > 1:
        interruptions = interruptions[:1]  # the second form is finished and its slots are known by then
    talk = Talk(bot)
    assert await talk.say(starter(bot, name)) == [name]
    await fill(talk, form, 0, position)
    place, question = talk.place, talk.last_words
    assert place == (name, form.required_slots[position])
    for intent in interruptions:
        await interrupt(bot, talk, intent)
        assert talk.place == place
        assert talk.last_words == question
    done = await fill(talk, form, position, len(form.required_slots))
    assert done[:2] == [name, finisher(bot, name)]
    assert talk.place == (None, None)
    assert all(talk.tracker.slots[slot] is not None for slot in form.required_slots)


@pytest.mark.parametrize("language", BOTS)
async def test_a_question_inside_an_interruption_that_waits_for_the_user(language: str) -> None:
    bot = BOTS[language]
    form = next(iter(bot.domain.forms.values()))
    stop, deny = {"en": ("stop", "deny"), "zh": ("停止", "否定")}[language]
    talk = Talk(bot)
    await talk.say(starter(bot, form.name))
    place = talk.place
    (asked,) = await talk.say(stop)
    assert asked in ("utter_ask_stop", "utter_问停止")
    assert await talk.say(deny) == [form.name]
    assert talk.place == place
    question, reply = next((i, a) for i, a in rules_about(bot, form.name) if a not in bot.domain.forms)
    await talk.say(stop)
    assert await talk.say(question) == [reply, form.name]
    assert talk.place == place
    done = await fill(talk, form, 0, len(form.required_slots))
    assert done == [form.name, finisher(bot, form.name)]


@pytest.mark.parametrize("language", BOTS)
def test_the_bots_have_no_contradictions(language: str) -> None:
    assert [problem for problem in BOTS[language].problems() if problem.severity == "error"] == []
