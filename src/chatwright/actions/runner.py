"""Running actions by name, and keeping their failures from the conversation."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from chatwright.actions.call import ActionCall, History, Saying
from chatwright.actions.default_actions import DEFAULTS
from chatwright.actions.forms import FormRun
from chatwright.actions.python_actions import PythonActions
from chatwright.actions.remote import RemoteActions
from chatwright.dialogue.belief.dialogue_state import DialogueState
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import (
    ActionError,
    ActionNotFound,
    ActionRejected,
    ChatwrightError,
    did_you_mean,
)
from chatwright.generate.responses import ResponseSource
from chatwright.project.domain import Domain
from chatwright.schema.events import ActionExecutionRejected, BotUttered, Event

__all__ = ["FAILED_RESPONSE", "ActionRunner"]

logger = logging.getLogger(__name__)

FAILED_RESPONSE = "utter_action_failed"
"""Said when an action fails, where the domain has it."""

_FAILED = {
    "en": "Sorry, something went wrong on our side. Please try again in a moment.",
    "zh": "抱歉，我们这边出了点问题，请稍后再试。",
}


class ActionRunner:
    """The actions of a bot.

    Args:
        domain: of the bot.
        responder: the words of responses.
        python: the project's own actions, when they run in this process.
        remote: the project's action server, when it has one.
        state: what fills slots from the state of the dialogue, where the bot has such slots.
        root: the folder in which the project was looked for.
    """

    def __init__(
        self,
        domain: Domain,
        responder: ResponseSource,
        *,
        python: PythonActions | None = None,
        remote: RemoteActions | None = None,
        state: DialogueState | None = None,
        root: Path | None = None,
    ) -> None:
        self.domain = domain
        self.responder = responder
        self.state = state
        self._python = python
        self._remote = remote
        self._root = root
        self._known = frozenset(domain.action_names)

    def has(self, name: str) -> bool:
        """Whether there is such an action: the domain has it, or the project's Python code declares it."""
        return name in self._known or (self._python is not None and self._python.declares(name))

    async def run(
        self,
        name: str,
        tracker: Tracker,
        *,
        channel: str,
        idempotency_key: str,
        is_text: bool = False,
        question: str | None = None,
        history: History | None = None,
    ) -> list[Event]:
        """Run an action, whatever happens.

        Args:
            name: of the action; the words themselves where ``is_text``.
            tracker: the conversation; it is not changed.
            channel: name of the channel the replies go to.
            idempotency_key: of this step, handed to actions with effects outside.
            question: of a form: the action with which it asks on, in place of the next slot's.
            history: reads what was kept before this turn; without it the tracker's events are all.

        Returns:
            What the action did. One that declined gives a single ``ActionExecutionRejected``. One that
            failed does nothing but say so kindly, in an event with ``metadata.chatwright.error``.
        """
        call = ActionCall(
            tracker=tracker,
            channel=channel,
            idempotency_key=idempotency_key,
            question=question,
            history=history,
        )
        if is_text:
            return [BotUttered(text=name)]
        try:
            return await self.perform(name, call)
        except ActionRejected as error:
            logger.debug("%s declined: %s", name, error.message)
            return [ActionExecutionRejected(name=name)]
        except ChatwrightError as error:
            logger.error("action %s failed: %s", name, error, exc_info=error.__cause__)
            return await self._apologise(call, error.code, error.message)
        except Exception as error:
            logger.exception("action %s failed", name)
            what = f"{name} failed with {type(error).__name__}; the log has the details"
            return await self._apologise(call, ActionError.code, what)

    async def perform(self, name: str, call: ActionCall) -> list[Event]:
        """Run an action; its errors go up.

        Raises:
            ActionRejected: it declined to run.
            ActionNotFound: nothing here and no server knows it.
            ActionError: it failed.
        """
        provided = name in self.domain.user_actions and self._provides(name)
        if name in DEFAULTS and not provided:
            return await DEFAULTS[name](call, self)
        if self.domain.is_retrieval_action(name):
            return await self._answer(name, call)
        if name in self.domain.e2e_actions:
            return [BotUttered(text=name)]
        if name.startswith("utter_"):
            return await self.utter(name, call)
        if name in self.domain.forms and not provided:
            return await FormRun(self.domain.forms[name], call, self).run()
        return await self._run_own(name, call)

    async def utter(self, name: str, call: ActionCall) -> list[Event]:
        """The response ``name``, said; nothing where it has no words that fit."""
        said = await Saying(response=name).spoken(call, self.responder)
        if not said and name in self._known:
            logger.error("no variation of %s fits, so nothing is said", name)
        return said

    async def close(self) -> None:
        """Release connections and threads."""
        await self.responder.close()
        if self._remote is not None:
            await self._remote.close()
        if self._python is not None:
            await self._python.close()

    def _provides(self, name: str) -> bool:
        return self._remote is not None or (self._python is not None and self._python.has(name))

    async def _answer(self, name: str, call: ActionCall) -> list[Event]:
        """``utter_<retrieval intent>``: the response that the selector chose for the latest message."""
        message = call.tracker.latest_message
        selector: Mapping[str, Any] = message.understanding.response_selector if message else {}
        chosen = selector.get(name.removeprefix("utter_")) or selector.get("default") or {}
        response = chosen.get("response", {}).get("utter_action")
        if not response:
            logger.error("no response was selected for %s; is there a ResponseSelector?", name)
            return []
        return await self.utter(response, call)

    async def _run_own(self, name: str, call: ActionCall) -> list[Event]:
        """An action of the project: by its server, or in this process."""
        if self._remote is not None:
            return await self._happened(name, await self._remote.run(name, call, self.domain), call)
        if self._python is not None and self._python.has(name):
            language = call.tracker.language or self.responder.default_language
            done = await self._python.run(name, call, self.domain, language=language)
            return await self._happened(name, done, call)
        if self._python is None and self._root is not None and not (self._root / "config.yml").is_file():
            raise ActionNotFound(
                f"nothing runs the action {name!r}, for no project was found in {self._root}",
                fix="start in the project's folder, or name it: Bot.load(..., project=...)",
            )
        known = {*self._known, *(self._python.names if self._python else ())}
        raise ActionNotFound(
            f"nothing runs the action {name!r}",
            fix=did_you_mean(name, known - {name})
            or "write it in actions.py, or name an action server in endpoints.yml",
        )

    async def _happened(self, name: str, done: Iterable[Event | Saying], call: ActionCall) -> list[Event]:
        """The events of what an action did, each saying put into words as things stand at that moment."""
        call, events = call.after([]), []
        for item in done:
            new = await item.spoken(call, self.responder) if isinstance(item, Saying) else [item]
            for event in new:
                _check_storable(name, event)
                call.tracker.update(event)
            events += new
        return events

    async def _apologise(self, call: ActionCall, code: str, message: str) -> list[Event]:
        language = call.tracker.language or self.responder.default_language
        said: list[Event] = [BotUttered(text=_FAILED.get(language, _FAILED["en"]))]
        if FAILED_RESPONSE in self.domain.responses:
            try:
                said = await Saying(response=FAILED_RESPONSE).spoken(call, self.responder) or said
            except Exception:
                logger.exception("%s could not be said", FAILED_RESPONSE)
        return [
            event.with_metadata(chatwright={"error": {"code": code, "message": message}}) for event in said
        ]


def _check_storable(name: str, event: Event) -> None:
    try:
        orjson.dumps(event.to_json())
    except (TypeError, ValueError) as error:
        raise ActionError(
            f"{name} made a {event.type_name!r} event that cannot be kept: {error}",
            fix="use texts, numbers, lists and dicts",
        ) from error
