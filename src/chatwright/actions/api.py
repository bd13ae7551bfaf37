"""What a project's ``actions.py`` is written with: three decorators and the ``ActionContext``.

Example:
    >>> import chatwright as cw
    >>> @cw.action
    ... async def action_track_order(context: cw.ActionContext) -> None:
    ...     order = context.slots["order_number"]
    ...     context.say("utter_order_status", status="on its way", order=order)

To test an action, give it a context made by hand:
    >>> context = cw.ActionContext(slots={"order_number": "20231107"})
    >>> import asyncio
    >>> asyncio.run(action_track_order(context))
    >>> context.said
    ['utter_order_status']
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar, overload

from chatwright.actions.call import Saying
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import ActionError, did_you_mean
from chatwright.project.domain import Domain
from chatwright.schema.events import (
    Event,
    FollowupAction,
    ReminderCancelled,
    ReminderScheduled,
    SlotSet,
)
from chatwright.schema.messages import DEFAULT_CONVERSATION, new_id
from chatwright.schema.understanding import Entity

__all__ = ["ACTION_TIMEOUT", "ActionContext", "ActionSpec", "action", "extract", "specs_of", "validate"]

ACTION_TIMEOUT = 10.0
"""Seconds that an action may take unless it says otherwise."""

_MARK = "__chatwright__"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """What a decorator says about a function."""

    kind: Literal["action", "validate", "extract"]
    name: str
    """Of the action or the form."""
    slot: str = ""
    timeout_s: float = ACTION_TIMEOUT


class ActionContext:
    """The conversation as an action sees it, and what the action does to it.

    What it says and does happens in the order of the calls. Nothing of it happens when the action fails.

    Args:
        text: the latest message.
        intent: of the latest message.
        entities: of the latest message.
        slots: all slots with their values.
        language: of the conversation, ``zh`` or ``en``.
        conversation: its id.
        channel: name of the channel that the replies go to.
        idempotency_key: the same for every attempt at this step of this turn; hand it to services
            that must not do a thing twice.
        project: the project's folder.
        tracker: the whole conversation; None in tests made by hand.
        domain: names are checked against it where it is given.
    """

    def __init__(
        self,
        *,
        text: str = "",
        intent: str | None = None,
        entities: Sequence[Entity] = (),
        slots: Mapping[str, Any] | None = None,
        language: str | None = None,
        conversation: str = DEFAULT_CONVERSATION,
        channel: str = "rest",
        idempotency_key: str = "test",
        project: Path | None = None,
        tracker: Tracker | None = None,
        domain: Domain | None = None,
    ) -> None:
        self.text = text
        self.intent = intent
        self.entities = tuple(entities)
        self.language = language
        self.conversation = conversation
        self.channel = channel
        self.idempotency_key = idempotency_key
        self.project = project or Path.cwd()
        self.tracker = tracker
        self.events: list[Event | Saying] = []
        """What the action does, in order; append events of any kind."""
        self._slots = dict(slots or {})
        self._domain = domain

    @property
    def slots(self) -> Mapping[str, Any]:
        """All slots with their values, those set by this action included. Change them by ``set_slot``."""
        return MappingProxyType(self._slots)

    @property
    def said(self) -> list[str]:
        """What was said so far: names of responses, and literal words."""
        sayings = [item for item in self.events if isinstance(item, Saying)]
        return [saying.response or saying.content.get("text") or "" for saying in sayings]

    def say(self, response: str, /, *, buttons: Sequence[Mapping[str, Any]] = (), **variables: Any) -> None:
        """Say a response of the domain; ``variables`` fill its placeholders and go before slots.

        Args:
            buttons: follow those of the response.

        Raises:
            ActionError: the domain has no such response.
        """
        if self._domain is not None and response not in self._domain.responses:
            raise ActionError(
                f"there is no response {response!r}", fix=did_you_mean(response, self._domain.responses)
            )
        content = {"buttons": [dict(button) for button in buttons]}
        self.events.append(Saying(response=response, variables=variables, content=content))

    def say_text(
        self,
        text: str | None = None,
        *,
        buttons: Sequence[Mapping[str, Any]] = (),
        image: str | None = None,
        attachment: Any = None,
        custom: Any = None,
    ) -> None:
        """Say literal words, with buttons (``title``, ``payload``), a picture's URL, or JSON of its own."""
        content = {
            "text": text,
            "buttons": [dict(button) for button in buttons],
            "image": image,
            "attachment": attachment,
            "custom": custom,
        }
        self.events.append(Saying(content=content))

    def set_slot(self, name: str, value: Any) -> None:
        """Set a slot; None unsets it.

        Raises:
            ActionError: the domain has no such slot.
        """
        if self._domain is not None and name not in self._domain.slots:
            raise ActionError(f"there is no slot {name!r}", fix=did_you_mean(name, self._domain.slots))
        self._slots[name] = value
        self.events.append(SlotSet(name=name, value=value))

    def followup(self, action: str) -> None:
        """Let ``action`` come next, whatever the policies say."""
        self.events.append(FollowupAction(name=action))

    def remind(
        self,
        intent: str,
        *,
        in_seconds: float,
        name: str | None = None,
        entities: Mapping[str, Any] | None = None,
        kill_on_user_msg: bool = True,
    ) -> str:
        """Let ``intent`` happen later; gives the reminder's name, by which it can be cancelled.

        Args:
            kill_on_user_msg: the next message cancels it.
        """
        name = name or new_id()
        when = datetime.now(UTC) + timedelta(seconds=in_seconds)
        self.events.append(
            ReminderScheduled(
                intent=intent,
                date_time=when.isoformat(),
                name=name,
                entities=dict(entities) if entities else None,
                kill_on_user_msg=kill_on_user_msg,
            )
        )
        return name

    def cancel_reminder(self, name: str | None = None, *, intent: str | None = None) -> None:
        """Cancel the reminders that match all that is given; every one when nothing is."""
        self.events.append(ReminderCancelled(name=name, intent=intent))


class _Decorator(Protocol):
    def __call__(self, function: Function, /) -> Function: ...


@overload
def action(name: Function, /) -> Function: ...
@overload
def action(name: str | None = None, /, *, timeout_s: float = ACTION_TIMEOUT) -> _Decorator: ...
def action(name: Any = None, /, *, timeout_s: float = ACTION_TIMEOUT) -> Any:
    """Make a function an action of the bot: ``@action`` or ``@action("action_x", timeout_s=5)``.

    The function takes an ``ActionContext``. A plain function runs in a thread, an async one on the event
    loop, where it must not block.

    Args:
        name: of the action; default the function's.
        timeout_s: seconds after which the turn goes on without it.
    """
    if callable(name):
        return action()(name)

    def mark(function: Function) -> Function:
        return _marked(
            function, ActionSpec(kind="action", name=name or function.__name__, timeout_s=timeout_s)
        )

    return mark


def validate(form: str, slot: str, *, timeout_s: float = ACTION_TIMEOUT) -> _Decorator:
    """Make a function the judge of a form's slot.

    It takes the context and the value, and gives the value to keep, or None to ask again (it may say why).
    """

    def mark(function: Function) -> Function:
        return _marked(function, ActionSpec(kind="validate", name=form, slot=slot, timeout_s=timeout_s))

    return mark


def extract(form: str, slot: str, *, timeout_s: float = ACTION_TIMEOUT) -> _Decorator:
    """Make a function the finder of a form's slot that has a ``custom`` mapping.

    It takes the context, and gives a value, or None where the message holds none.
    """

    def mark(function: Function) -> Function:
        return _marked(function, ActionSpec(kind="extract", name=form, slot=slot, timeout_s=timeout_s))

    return mark


def specs_of(thing: Any) -> Sequence[ActionSpec]:
    """What decorators said about ``thing``, as far as it is a function."""
    return getattr(thing, _MARK, ()) if inspect.isfunction(thing) else ()


def _marked(function: Function, spec: ActionSpec) -> Function:
    setattr(function, _MARK, (*getattr(function, _MARK, ()), replace(spec)))
    return function
