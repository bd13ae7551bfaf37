"""Parsed YAML into pydantic models; what does not fit becomes a problem with its place in the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chatwright.project.findings import Findings
from chatwright.project.yaml_reader import LocatedDoc, locate_path, plain, read_yaml

__all__ = ["load_model", "read_model"]

Model = TypeVar("Model", bound=BaseModel)


def load_model(path: Path, read: Callable[[LocatedDoc, Findings], Model], absent: Model) -> Model:
    """What ``read`` makes of the file at ``path``; ``absent`` where there is no such file.

    Raises:
        YamlError: not YAML.
        ProjectInvalid: YAML, but not what ``read`` expects.
    """
    if not path.is_file():
        return absent
    findings = Findings()
    model = read(read_yaml(path, shown_as=path.name), findings)
    findings.raise_errors()
    return model


def read_model(kind: type[Model], doc: LocatedDoc, findings: Findings) -> Model:
    """The model of a document. Top-level keys that do not fit are reported and left out."""
    data: Any = plain(doc.data)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        bad = set()
        for detail in error.errors():
            path = tuple(part for part in detail["loc"] if not str(part).startswith("function-"))
            bad.add(path[0] if path else None)
            findings.error(
                "wrong-value",
                f"'{'.'.join(map(str, path)) or doc.file}': {_sentence(detail['msg'])}",
                at=locate_path(doc.data, path) or doc.location(),
                fix=_fix(detail),
            )
    usable = isinstance(data, dict) and None not in bad
    return kind.model_validate(
        {key: value for key, value in data.items() if key not in bad} if usable else {}
    )


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "must be")


def _fix(detail: Any) -> str:
    allowed = (detail.get("ctx") or {}).get("expected")
    return f"use one of {allowed}" if allowed else f"the value is {detail.get('input')!r:.60}"
