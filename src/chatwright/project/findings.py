"""Collects problems while files are read and checked, so that people see all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Literal

from chatwright.errors import Location, Problem, ProjectInvalid, YamlError, did_you_mean
from chatwright.project.yaml_reader import LocatedDoc, YamlList, YamlMap, locate

__all__ = ["Findings"]


class Findings:
    """A growing list of problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(
        self,
        severity: Literal["error", "warning"],
        code: str,
        message: str,
        *,
        at: Location | None = None,
        fix: str = "",
    ) -> None:
        """One problem of either kind."""
        self.problems.append(Problem(severity, code, message, fix, at))

    def error(self, code: str, message: str, *, at: Location | None = None, fix: str = "") -> None:
        """Rasa 3.6 would refuse this too, or it stands in a file of ours."""
        self.add("error", code, message, at=at, fix=fix)

    def warn(self, code: str, message: str, *, at: Location | None = None, fix: str = "") -> None:
        """The project runs, but probably not as meant."""
        self.add("warning", code, message, at=at, fix=fix)

    def read(self, reader: Callable[[], LocatedDoc]) -> LocatedDoc | None:
        """What ``reader`` gives; a ``YamlError`` becomes an error in the list and None is returned."""
        try:
            return reader()
        except YamlError as error:
            self.error("unreadable-file", error.message, at=error.location, fix=error.fix)
            return None

    def raise_errors(self) -> None:
        """Raise ``ProjectInvalid`` with everything found if any of it is an error."""
        if any(problem.severity == "error" for problem in self.problems):
            raise ProjectInvalid(self.problems)

    def unknown(
        self,
        name: str,
        known: Collection[str],
        what: str,
        *,
        at: Location | None = None,
        severity: Literal["error", "warning"] = "warning",
    ) -> bool:
        """Report a name that is not declared, with the nearest one that is; returns whether it is known.

        ``what`` ends with the kind and the name, such as ``a story names the intent 'gret'``; the kind gives
        the problem's code.
        """
        if name in known:
            return True
        kind = what.rsplit(f" '{name}'", 1)[0].rsplit(" the ", 1)[-1].replace(" ", "-")
        fix = did_you_mean(name, known) or f"declare '{name}', or correct the name"
        self.add(severity, f"unknown-{kind}", f"{what}, which does not exist", at=at, fix=fix)
        return False

    def unknown_keys(self, mapping: Any, known: Iterable[str], what: str) -> None:
        """Warn of keys outside ``known``, naming the nearest known one."""
        known = tuple(known)
        for key in mapping:
            if key not in known:
                self.warn(
                    "unknown-key",
                    f"unknown key '{key}' in {what}",
                    at=locate(mapping, key),
                    fix=did_you_mean(key, known) or f"known keys are {', '.join(known)}",
                )

    def mapping(self, container: Any, key: Any, what: str) -> dict[Any, Any]:
        """``container[key]`` as a mapping; null or absent gives an empty one, anything else is an error."""
        value = container.get(key)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self._wrong_type(container, key, what, "a mapping of 'key: value' lines", value)
        return {}

    def sequence(self, container: Any, key: Any, what: str) -> list[Any]:
        """``container[key]`` as a list; null or absent gives an empty one, anything else is an error."""
        value = container.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self._wrong_type(container, key, what, "a list, one '- item' a line", value)
        return []

    def _wrong_type(self, container: Any, key: Any, what: str, wanted: str, value: Any) -> None:
        kind = {YamlMap: "a mapping", YamlList: "a list", dict: "a mapping", list: "a list"}.get(
            type(value), f"'{value}'"
        )
        self.error(
            "wrong-type",
            f"{what} must be {wanted}, not {kind}",
            at=locate(container, key),
            fix=f"write {wanted} below '{key}:'",
        )
