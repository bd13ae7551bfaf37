"""Teaching from the inspector page: a conversation of its own, corrected step by step, kept as training data.

The page holds the lesson and sends it along with each step, so any worker can take the next one, and
nothing of it is in the conversation store. ``teach/`` does the teaching, as for the terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, WithJsonSchema

from chatwright.brain import Brain
from chatwright.errors import ProjectError, RequestError, did_you_mean
from chatwright.project.domain import Domain
from chatwright.schema.events import UserUttered
from chatwright.schema.understanding import Entity
from chatwright.serve.rasa_api.bodies import EntityJson, EventJson
from chatwright.serve.rasa_api.common import FAILURES, CurrentBot, JsonRoute
from chatwright.teach.keep import keep_lesson
from chatwright.teach.lesson import LESSON, Lesson, action_choices, corrected, intent_choices

__all__ = ["router"]

CHANNEL = "web"
MAX_EVENTS = 2000
"""Events of a lesson: its story is for people to read."""
MAX_TEXT = 4000
"""Characters of a message, as in the chat page."""

Name = Annotated[str, Field(min_length=1, max_length=1_000)]
_AsAnswered = WithJsonSchema({"type": "object"})
"""Checked in full, but nobody writes it by hand."""
_TOO_LONG = "a lesson holds at most {} events; correct an earlier turn, or begin a new conversation"


class LessonJson(BaseModel):
    """A lesson under way, as the answer to the step before gave it."""

    conversation: str = Field(pattern=rf"^{LESSON}[0-9a-f]{{32}}$")
    events: list[EventJson] = Field(min_length=1, max_length=MAX_EVENTS)
    heard: list[Annotated[int, Field(ge=0, lt=MAX_EVENTS)]] = Field(
        max_length=MAX_EVENTS, description="Which events are messages of the lesson."
    )

    def opened(self, brain: Brain) -> Lesson:
        """The lesson.

        Raises:
            RequestError: it holds what is no event.
        """
        events = [event.to_event().to_json() for event in self.events]
        kept = {"conversation": self.conversation, "events": events, "heard": self.heard}
        return Lesson.from_json(brain, kept, channel=CHANNEL)


class Step(BaseModel):
    """A lesson that goes on."""

    lesson: Annotated[LessonJson, _AsAnswered] = Field(description="As the answer before gave it.")


class Beginning(BaseModel):
    """Where a lesson begins: anew, or as another conversation did."""

    conversation: Name | None = Field(default=None, description="The other one; it is only read.")
    events: int = Field(
        default=0, ge=0, le=1_000_000, description="Its events before the message that is to be corrected."
    )


class Message(Step):
    """What a person would say."""

    text: str = Field(min_length=1, max_length=MAX_TEXT)


class Correction(Step):
    """A message as it is to be understood."""

    message: Annotated[EventJson, _AsAnswered] = Field(description="As the answer before gave it.")
    intent: Name
    entities: list[EntityJson] = Field(default=[], max_length=200)


class Choice(Step):
    """What the bot is to do next."""

    action: Name


class Ending(Step):
    """How the story is to be called."""

    name: str = Field(min_length=1, max_length=200, pattern=r"^\S[^\x00-\x1f\x7f]*$")


class LessonState(BaseModel):
    """A lesson and what comes next in it."""

    lesson: dict[str, Any]
    waits: bool = Field(description="Whether the person has the word.")
    message: dict[str, Any] | None = Field(description="Not heard yet: is it understood rightly?")
    next: dict[str, Any] | None = Field(description="What the bot would do, and why.")
    payload: bool = Field(description="Whether the message says itself what it means, as buttons do.")
    declined: bool = Field(description="Whether the chosen action declined to run.")
    examples: list[str] = Field(description="What would be kept of the messages.")


router = APIRouter(prefix="/api/lessons", tags=["teaching"], route_class=JsonRoute, responses=FAILURES)


@router.get("")
async def read_choices(request: Request) -> dict[str, Any]:
    """Whether the bot may be taught here, and the names to choose from."""
    bot = request.app.state.host.bot
    if bot is None or not request.app.state.settings.teach:
        return {"allowed": False, "intents": [], "entities": [], "actions": []}
    domain: Domain = bot.domain
    return {
        "allowed": True,
        "intents": intent_choices(domain),
        "entities": [
            {"entity": spec.name, "role": role, "group": group}
            for spec in domain.entities.values()
            for role in (None, *spec.roles)
            for group in (None, *spec.groups)
        ],
        "actions": action_choices(domain),
    }


@router.post("/begin")
async def begin_lesson(body: Beginning, request: Request, bot: CurrentBot) -> LessonState:
    """Begin a conversation for teaching, as another one began; that one stays as it is."""
    if body.conversation is None:
        return _state(await Lesson.begin(bot.brain, channel=CHANNEL))
    store = request.app.state.host.store
    events = await store.events(body.conversation, limit=body.events + 1)
    message = events[-1] if len(events) > body.events else None
    if not isinstance(message, UserUttered) or message.metadata.get("is_external"):
        raise RequestError(f"event {body.events} of {body.conversation!r} is no message of a person")
    lesson = await Lesson.after(bot.brain, events[:-1], channel=CHANNEL)
    return _state(lesson, message)


@router.post("/understand")
async def understand_message(body: Message, bot: CurrentBot) -> LessonState:
    """What the bot understands of a message."""
    lesson = body.lesson.opened(bot.brain)
    understood = lesson.understand(body.text)
    return _state(lesson, UserUttered(text=body.text, understanding=understood, input_channel=CHANNEL))


@router.post("/hear")
async def hear_message(body: Correction, bot: CurrentBot) -> LessonState:
    """Let the bot hear a message as it is to be understood. A button's payload says that itself."""
    lesson = body.lesson.opened(bot.brain)
    message = body.message.to_event()
    if not isinstance(message, UserUttered) or not message.text.strip():
        raise RequestError("'message' is no message of a person")
    if lesson.is_payload(message.text):
        await lesson.hear(lesson.understand(message.text))
        return _state(lesson)
    _check_name("intent", body.intent, intent_choices(bot.domain))
    found = message.understanding.entities
    entities = [_entity(given, message.text, found, bot.domain) for given in body.entities]
    await lesson.hear(corrected(message.understanding, body.intent, entities, message.text))
    return _state(lesson)


@router.post("/act")
async def choose_action(body: Choice, bot: CurrentBot) -> LessonState:
    """Run the next action, the bot's own choice or another one."""
    lesson = body.lesson.opened(bot.brain)
    decision = lesson.chosen(body.action)
    if decision.action != lesson.decide().action:
        _check_name("action", body.action, action_choices(bot.domain))
    declined = await lesson.do(decision) is None
    return _state(lesson, declined=declined)


@router.post("/undo")
async def take_back(body: Step, bot: CurrentBot) -> LessonState:
    """Take the latest message of the lesson back, and all that came of it; it may be understood anew."""
    lesson = body.lesson.opened(bot.brain)
    message = lesson.tracker.events[lesson.heard[-1]] if lesson.heard else None
    if not lesson.undo() or not isinstance(message, UserUttered):
        raise RequestError("there is nothing to take back")
    return _state(lesson, message)


@router.post("/keep")
async def keep(body: Ending, request: Request, bot: CurrentBot) -> dict[str, Any]:
    """Keep the lesson in the files of the project: a story, and examples of the messages."""
    lesson = body.lesson.opened(bot.brain)
    steps = lesson.story()
    _check_story(steps, bot.domain)
    root = request.app.state.host.root
    try:
        files = await asyncio.to_thread(keep_lesson, root, body.name.strip(), steps, lesson.examples)
    except ProjectError as error:
        place = f"{error.location.relative_to(root)}: " if error.location else ""
        raise RequestError(f"{place}{error.message}", fix=error.fix) from error
    return {"files": [path.relative_to(root).as_posix() for path in files]}


def _state(lesson: Lesson, message: UserUttered | None = None, *, declined: bool = False) -> LessonState:
    if len(lesson.tracker.events) > MAX_EVENTS:
        raise RequestError(_TOO_LONG.format(MAX_EVENTS))
    waits = lesson.waits
    return LessonState(
        lesson=lesson.to_json(),
        waits=waits,
        message=message.to_json() if message else None,
        next=None if waits or message else lesson.decide().to_json(),
        payload=message is not None and lesson.is_payload(message.text),
        declined=declined,
        examples=[example.text for example in lesson.examples],
    )


def _entity(given: EntityJson, text: str, found: Sequence[Entity], domain: Domain) -> Entity:
    """An entity that the person marked; what the bot found just so keeps its value and its source."""
    _check_name("entity", given.entity, domain.entities)
    for entity in found:
        same = (entity.entity, entity.start, entity.end, entity.role, entity.group)
        if same == (given.entity, given.start, given.end, given.role, given.group):
            return entity
    spec = domain.entities[given.entity]
    if given.role is not None:
        _check_name(f"role of {given.entity}", given.role, spec.roles)
    if given.group is not None:
        _check_name(f"group of {given.entity}", given.group, spec.groups)
    words = text[given.start : given.end]
    if not given.start < given.end <= len(text) or not words.strip():
        raise RequestError(
            f"{given.entity} is marked from {given.start} to {given.end}, where the message has no words",
            fix=f"the message has {len(text)} characters",
        )
    return Entity(
        entity=given.entity,
        value=words,
        start=given.start,
        end=given.end,
        role=given.role,
        group=given.group,
    )


def _check_story(steps: Sequence[dict[str, Any]], domain: Domain) -> None:
    """A copy may tell of what an older bot knew."""
    if not any("intent" in step for step in steps):
        raise RequestError("nothing was said yet")
    for step in steps:
        if "intent" in step:
            _check_name("intent", step["intent"].partition("/")[0], domain.intents)
        for entity in step.get("entities", ()):
            _check_name("entity", next(iter(entity)), domain.entities)
        if "action" in step:
            _check_name("action", step["action"], domain.action_names)


def _check_name(kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise RequestError(f"the bot knows no {kind} {name!r}", fix=did_you_mean(name, known))
