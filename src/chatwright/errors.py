"""One tree of errors, each with a stable code, its cause and what to do.

    ChatwrightError
    ├── ProjectError          CW100  a project file cannot be read or is wrong
    │   ├── YamlError         CW101  not valid YAML, or refused for safety
    │   └── ProjectInvalid    CW102  validation found errors (carries every problem)
    ├── TrainingError         CW200  the data cannot be trained on
    │   └── ComponentError    CW201  a pipeline or policy entry is unknown or misconfigured
    ├── BundleError           CW300  a bundle is damaged, foreign or too new
    ├── StoreError            CW400  the conversation store failed
    │   ├── StoreUnavailable  CW401  disk full, database gone, locked for too long
    │   ├── LeaseLost         CW402  another process took the conversation over
    │   └── ConversationBusy  CW403  an earlier message of the conversation is still running
    ├── ActionError           CW500  an action failed
    │   ├── ActionNotFound    CW501  no such action here or on the action server
    │   ├── ActionTimeout     CW502  the action ran past its time limit
    │   └── ActionRejected    CW503  a form or action declined to run (normal flow, never shown)
    ├── RequestError          CW600  a request to the server is malformed or refused
    └── MissingExtraError     CW700  an optional dependency is needed

The code is searchable in docs/reference/errors.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

__all__ = [
    "ActionError",
    "ActionNotFound",
    "ActionRejected",
    "ActionTimeout",
    "BrokerUnavailable",
    "BundleError",
    "ChatwrightError",
    "ComponentError",
    "ConversationBusy",
    "LeaseLost",
    "Location",
    "MissingExtraError",
    "Problem",
    "ProjectError",
    "ProjectInvalid",
    "RequestError",
    "StoreError",
    "StoreUnavailable",
    "TrainingError",
    "YamlError",
    "did_you_mean",
]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a project file. ``line`` and ``column`` count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0
    key: str = ""
    """Path of keys inside the file, such as ``slots.city.mappings[0].type``."""

    def __str__(self) -> str:
        return self.file + (f":{self.line}" if self.line else "") + (f" ({self.key})" if self.key else "")

    @property
    def line_in_file(self) -> str:
        """``file:line``, for those who only want to look."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def relative_to(self, root: Path) -> Location:
        """The same place with the file named relative to ``root`` where it lies below it."""
        try:
            return Location(str(Path(self.file).relative_to(root)), self.line, self.column, self.key)
        except ValueError:
            return self


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of validation: what is wrong, where, and what to do about it."""

    severity: Literal["error", "warning"]
    code: str
    """Stable name of the check in kebab case, such as ``unknown-intent``."""
    message: str
    fix: str = ""
    location: Location | None = None

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        fix = f" → {self.fix}" if self.fix else ""
        return f"{place}{self.severity}: {self.message}{fix} [{self.code}]"


class ChatwrightError(Exception):
    """Base of all errors of Chatwright.

    Args:
        message: what is wrong, for a person.
        fix: what to do about it.
        location: the place in a project file that caused it.
    """

    code: ClassVar[str] = "CW000"

    def __init__(self, message: str, *, fix: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.location = location

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        fix = f"\n  → {self.fix}" if self.fix else ""
        return f"[{self.code}] {place}{self.message}{fix}"


class ProjectError(ChatwrightError):
    """A project file cannot be read or is wrong."""

    code = "CW100"


class YamlError(ProjectError):
    """A file is not valid YAML, or is refused for safety (size, aliases, nesting, encoding)."""

    code = "CW101"


class ProjectInvalid(ProjectError):
    """Validation found errors; ``problems`` holds all of them, warnings included."""

    code = "CW102"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = sum(problem.severity == "error" for problem in problems)
        super().__init__(
            f"the project has {errors} error{'s' if errors != 1 else ''}",
            fix="see the list, or run `chatwright data validate`",
        )

    @classmethod
    def substituted(cls, notices: Sequence[str]) -> Self:
        """Something would be done otherwise than the files say, and that is not wanted (``--strict``)."""
        fix = "install or write what it takes, or go on without --strict"
        return cls([Problem("error", "substitute", notice, fix) for notice in notices])


class TrainingError(ChatwrightError):
    """The data cannot be trained on."""

    code = "CW200"


class ComponentError(TrainingError):
    """A pipeline or policy entry is unknown, misplaced or misconfigured."""

    code = "CW201"


class BundleError(ChatwrightError):
    """A bundle is damaged, foreign, or made by a newer version."""

    code = "CW300"


class StoreError(ChatwrightError):
    """The conversation store failed."""

    code = "CW400"


class StoreUnavailable(StoreError):
    """The store cannot be reached or written: disk full, database gone, locked for too long."""

    code = "CW401"


class LeaseLost(StoreError):
    """Another process holds the conversation now; what was computed must not be written."""

    code = "CW402"


class ConversationBusy(StoreError):
    """An earlier message of the conversation has not finished within the waiting time."""

    code = "CW403"


class ActionError(ChatwrightError):
    """An action failed."""

    code = "CW500"


class ActionNotFound(ActionError):
    """Neither the project nor its action server knows the action."""

    code = "CW501"


class ActionTimeout(ActionError):
    """The action ran past its time limit."""

    code = "CW502"


class ActionRejected(ActionError):
    """A form or action declined to run; the policies choose again. Part of normal flow."""

    code = "CW503"


class RequestError(ChatwrightError):
    """A request to the server is malformed or refused.

    Args:
        status: HTTP status to answer with.
        reason: short machine-readable reason, such as ``NotAuthenticated``.
        details: more for programs, such as ``{"parameter": "until", "in": "query"}``.
    """

    code = "CW600"

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        reason: str = "BadRequest",
        fix: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, fix=fix)
        self.status = status
        self.reason = reason
        self.details = dict(details or {})


class BrokerUnavailable(ChatwrightError):
    """The event broker did not take the events; they wait in the store and are sent again."""

    code = "CW800"


class MissingExtraError(ChatwrightError):
    """An optional dependency is needed for what was asked."""

    code = "CW700"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part", fix=f"pip install 'chatwright[{extra}]'")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest known name, or an empty string.

    >>> did_you_mean("gret", ["greet", "bye"])
    "did you mean 'greet'?"
    """
    matches = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f"did you mean '{matches[0]}'?" if matches else ""
