"""The project's own actions, run in this process: decorated functions, and classes of rasa-sdk."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from chatwright.actions.api import ActionContext, specs_of
from chatwright.actions.call import ActionCall, Saying
from chatwright.actions.form_functions import FormFunctions, Step
from chatwright.actions.load_modules import load_modules
from chatwright.actions.sdk_actions import SdkActions
from chatwright.actions.threads import ThreadRunner
from chatwright.errors import ActionError, ActionTimeout, Location, ProjectError
from chatwright.project.domain import Domain
from chatwright.schema.events import Event

__all__ = ["PythonActions"]


class PythonActions:
    """The actions of one project.

    Args:
        root: the project's folder.
        modules: its imported modules.

    Raises:
        ProjectError: two functions have the same name or purpose.
    """

    def __init__(self, root: Path, modules: Iterable[ModuleType]) -> None:
        modules = list(modules)
        self.root = root
        self._actions: dict[str, Step] = {}
        self._forms: dict[str, FormFunctions] = {}
        self._sdk = SdkActions(modules)
        self._threads = ThreadRunner()
        for function in _decorated(modules):
            for spec in specs_of(function):
                step = (spec, function)
                if spec.kind == "action":
                    self._add(self._actions, spec.name, step, f"the action {spec.name!r}")
                    continue
                form = self._forms.setdefault(f"validate_{spec.name}", FormFunctions(spec.name))
                steps = form.validators if spec.kind == "validate" else form.extractors
                self._add(steps, spec.slot, step, f"{spec.kind} of {spec.name!r}, {spec.slot!r}")

    @classmethod
    def load(cls, project_root: Path) -> PythonActions | None:
        """The actions of ``actions.py`` or ``actions/`` in the project's folder; None where it has none.

        Raises:
            ProjectError: they cannot be imported, or two have the same name.
        """
        modules = load_modules(project_root)
        return cls(project_root.resolve(), modules) if modules else None

    @property
    def names(self) -> tuple[str, ...]:
        """All actions."""
        return (*dict.fromkeys([*self._actions, *self._forms, *self._sdk.names]),)

    def has(self, name: str) -> bool:
        """Whether the project's code has the action."""
        return self.declares(name) or name in self._sdk.names

    def declares(self, name: str) -> bool:
        """Whether a decorator makes it an action; one of rasa-sdk's must also stand in the domain."""
        return name in self._actions or name in self._forms

    async def run(
        self, name: str, call: ActionCall, domain: Domain, *, language: str
    ) -> list[Event | Saying]:
        """What the action said and did, in order.

        Args:
            language: of the conversation.

        Raises:
            ActionRejected: it declined to run.
            ActionTimeout: it took longer than it may.
            Exception: whatever it raises.
        """
        if not self.declares(name):
            return await self._sdk.run(name, call, domain)
        context = self._context(call, domain, language)
        if name in self._actions:
            await self._run_step(self._actions[name], context)
        else:
            await self._forms[name].run(call, domain, context, self._run_step)
        return list(context.events)

    async def close(self) -> None:
        """Stop what runs beside the event loop."""
        self._sdk.close()

    async def _run_step(self, step: Step, *arguments: Any) -> Any:
        spec, function = step
        limit = asyncio.timeout(spec.timeout_s)
        try:
            async with limit:
                if inspect.iscoroutinefunction(function):
                    return await function(*arguments)
                return await self._threads.run(function, *arguments)
        except SystemExit as error:
            raise ActionError(f"{function.__name__} tried to end the program") from error
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise ActionTimeout(
                f"{function.__name__} took longer than {spec.timeout_s:g} s",
                fix="make it faster, or allow it more with timeout_s",
            ) from error

    def _context(self, call: ActionCall, domain: Domain, language: str) -> ActionContext:
        message = call.tracker.latest_message
        return ActionContext(
            text=message.text if message else "",
            intent=message.intent if message else None,
            entities=message.understanding.entities if message else (),
            slots=call.tracker.slots,
            language=language,
            conversation=call.tracker.conversation,
            channel=call.channel,
            idempotency_key=call.idempotency_key,
            project=self.root,
            tracker=call.tracker,
            domain=domain,
        )

    def _add(self, steps: dict[str, Step], key: str, step: Step, what: str) -> None:
        if key in steps:
            raise ProjectError(
                f"{what} is defined twice, also at {self._place(steps[key])}",
                fix="rename or remove one of them",
                location=self._place(step),
            )
        steps[key] = step

    def _place(self, step: Step) -> Location:
        code = inspect.unwrap(step[1]).__code__
        return Location(code.co_filename, code.co_firstlineno).relative_to(self.root)


def _decorated(modules: Iterable[ModuleType]) -> list[Any]:
    """Decorated functions in the order of the modules, each once though imported elsewhere."""
    found = {id(thing): thing for module in modules for thing in vars(module).values() if specs_of(thing)}
    return list(found.values())
