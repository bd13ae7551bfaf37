"""What goes wrong before YAML has a structure: size, encoding, syntax. Errors are worded for people."""

from __future__ import annotations

from typing import NoReturn

import yaml

from chatwright.errors import Location, YamlError

__all__ = ["MAX_BYTES", "character_error", "decode", "refuse_size", "syntax_error"]

MAX_BYTES = 64 * 1024 * 1024
"""Largest file read, in bytes."""

_FIXES = (
    (
        "mapping values are not allowed",
        "put the text in quotes if it holds a colon, and check the indentation",
    ),
    ("could not find expected ':'", "a key needs a colon and a space after it"),
    ("expected <block end>", "check the indentation: items of one list start in the same column"),
    ("did not find expected key", "check the indentation of this line and the one above it"),
    ("did not find expected '-'", "items of one list start with '-' in the same column"),
    ("found unexpected end of stream", "a quote or bracket is not closed"),
    ("cannot start any token", "put the text in quotes"),
    ("nested deeper", "flatten the data"),
    ("control characters", "remove the invisible control character"),
)


def decode(content: bytes, file: str) -> str:
    """Text of a UTF-8 file, with or without byte order mark; other encodings are refused by name."""
    if len(content) > MAX_BYTES:
        refuse_size(file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlError(
            f"is not UTF-8 (it looks like {_guess_encoding(content)})",
            fix="save the file as UTF-8",
            location=Location(file, line),
        ) from error


def _guess_encoding(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    if b"\x00" in content[:4096]:
        return "a binary file"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "Latin-1 or another 8-bit encoding"
    return "GBK"


def refuse_size(file: str) -> NoReturn:
    """The file is too large."""
    raise YamlError(
        f"is larger than {MAX_BYTES // 1024 // 1024} MiB",
        fix="split it into several files",
        location=Location(file),
    )


def syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> YamlError:
    """A parser's complaint with its place and what usually causes it."""
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or error.context or "unknown problem").replace(
        "exceeded maximum nesting depth", "nested deeper than allowed"
    )
    message = f"not valid YAML: {problem}"
    if error.context and error.context_mark:
        message += f" ({error.context} of line {error.context_mark.line + 1})"
    location = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    fix = next((fix for part, fix in _FIXES if part in message), "check this line and the one above it")
    if mark and _line(text, mark.line)[: mark.column + 1].endswith("\t"):
        message, fix = "a tab is used for indentation", "indent with spaces, not with tabs"
    return YamlError(message, fix=fix, location=location)


def character_error(error: yaml.reader.ReaderError, text: str, file: str) -> YamlError:
    """The parser met a control character."""
    found = next(
        (
            i
            for i, char in enumerate(text)
            if not (char.isprintable() or char in "\t\n\r\x85\u2028\u2029\u00a0")
        ),
        None,
    )
    line = text.count("\n", 0, found) + 1 if found is not None else 0
    return YamlError(
        f"holds a character that YAML forbids: {error.reason}",
        fix="remove the invisible control character",
        location=Location(file, line),
    )


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number] if number < len(lines) else ""
