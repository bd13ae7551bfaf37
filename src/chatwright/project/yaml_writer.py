"""Edits YAML files of a project, keeping comments, order and quotes; a file is written whole or not at all.

>>> import tempfile, pathlib
>>> path = pathlib.Path(tempfile.mkdtemp(), "config.yml")
>>> _ = path.write_text("# my bot\\nlanguage: en  # for now\\n")
>>> with edit_yaml(path) as content:
...     content["assistant_id"] = "ann"
>>> print(path.read_text(), end="")
# my bot
language: en  # for now
assistant_id: ann
"""

from __future__ import annotations

import difflib
import io
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, RoundTripRepresenter
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from chatwright.errors import Location, ProjectError, YamlError
from chatwright.project.check_config import PLACEHOLDER_ID
from chatwright.project.yaml_reader import read_yaml_text

__all__ = ["dump_yaml", "edit_yaml", "ensure_assistant_id", "styled", "write_text", "write_yaml"]

_ASTRAY = re.compile(r"\$\{|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Read otherwise than written unless it stands in quotes: environment variables, other ends of lines."""


@contextmanager
def edit_yaml(path: Path | str) -> Iterator[Any]:
    """Change a file in a ``with`` block; it is written when the block ends without an error.

    A file that does not exist begins as an empty mapping. Lines that the edit does not touch stay as they are
    wherever the rest allows it.

    Raises:
        YamlError: the file cannot be read, or what would be written could not be read again.
        ProjectError: the file cannot be written.
    """
    path = Path(path)
    before = _read(path)
    yaml = _round_trip(before)
    try:
        content = yaml.load(before)
    except YAMLError as error:
        read_yaml_text(before, str(path))  # words the error for people
        raise YamlError(str(error), location=Location(str(path)), fix="correct the file first") from error
    if content is None:  # nothing but comments: they stay above what is added
        content = yaml.map()
        yield content
        if content:
            after = f"{before.rstrip()}\n{_dump(yaml, content)}".lstrip("\n")
            read_yaml_text(after, str(path))  # what cannot be read again is never written
            write_text(path, after)
        return
    unchanged = _dump(yaml, content)
    yield content
    after = _dump(yaml, content)
    if after != unchanged:
        write_text(path, _with_lines_kept(before, unchanged, after, str(path)))


def write_yaml(path: Path | str, content: Any) -> None:
    """Write plain data as YAML; texts of several lines become ``|`` blocks.

    Raises:
        ProjectError: the file cannot be written.
    """
    write_text(Path(path), dump_yaml(content))


def dump_yaml(content: Any) -> str:
    """Plain data as YAML text."""
    return _dump(_round_trip(""), styled(content))


def styled(value: Any) -> Any:
    """Plain data whose texts will be read as they are: several lines as ``|`` blocks, ``${…}`` in quotes."""
    if isinstance(value, dict):
        return {styled(key): styled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [styled(item) for item in value]
    if isinstance(value, str) and _ASTRAY.search(value):
        return DoubleQuotedScalarString(value)
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    return value


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, keeping its permissions: readers see the old or the new one, whole.

    Raises:
        ProjectError: the file cannot be written; the old one is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        mode = target.stat().st_mode & 0o777 if target.exists() else None
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, mode if mode is not None else 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ProjectError(
            f"cannot be written: {error.strerror or error}",
            fix="check the permissions and the free space",
            location=Location(str(path)),
        ) from error


def ensure_assistant_id(config_file: Path) -> str:
    """The bot's name in ``config.yml``; where there is none, one is made and written into the file.

    Raises:
        ProjectError: the file cannot be read or written.
    """
    with edit_yaml(config_file) as content:
        name = content.get("assistant_id")
        if name in (None, "", PLACEHOLDER_ID):
            folder = config_file.resolve().parent.name or "bot"
            name = content["assistant_id"] = f"{folder}-{secrets.token_hex(4)}"
    return str(name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise YamlError(
            f"cannot be read: {error}", fix="check that the file is UTF-8 text", location=Location(str(path))
        ) from error


def _with_lines_kept(before: str, unchanged: str, after: str, file: str) -> str:
    """``after`` with the lines that did not change written as they stand in the file.

    The writer has one style for a whole file; people mix styles. ``unchanged`` is the file in the writer's
    style, so that its differences to ``after`` are the edit, and those to ``before`` are style.
    """
    wanted = read_yaml_text(after, file).data  # also: what cannot be read again is never written
    old, plain, new = (text.splitlines(keepends=True) for text in (before, unchanged, after))
    if len(old) != len(plain):
        return after
    merged: list[str] = []
    shifts: dict[int, int] = {}  # indentation of the writer → how much further in the file's lines stand
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, plain, new, False
    ).get_opcodes():
        for mine, styled in zip(old[start:end], plain[start:end], strict=True):
            shifts[_indent(styled)] = _indent(mine) - _indent(styled)
        if kind == "equal":
            merged += old[start:end]
        else:
            merged += [_shifted(line, shifts.get(_indent(line), 0)) for line in new[new_start:new_end]]
    text = "".join(merged)
    try:
        return text if read_yaml_text(text, file).data == wanted else after
    except YamlError:
        return after  # the styles do not fit together


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shifted(line: str, by: int) -> str:
    return " " * by + line if by >= 0 else line[min(-by, _indent(line)) :]


def _dump(yaml: YAML, content: Any) -> str:
    stream = io.StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def _write_null(representer: Any, value: None) -> Any:
    """``null`` in full, as people write it in stories."""
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


class _Representer(RoundTripRepresenter):
    pass


_Representer.add_representer(type(None), _write_null)


def _round_trip(before: str) -> YAML:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.preserve_quotes = True
    yaml.allow_unicode = True
    yaml.width = 1_000_000  # never fold lines that were not folded
    indented = any(
        line.startswith("  - ") and not previous.startswith((" ", "-")) and previous.rstrip().endswith(":")
        for previous, line in zip(before.splitlines(), before.splitlines()[1:], strict=False)
    )
    if indented:
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
