"""What customers said, once each, with how often and what was answered; personal data is masked first."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from chatwright.doctor.near_duplicates import normal_form
from chatwright.errors import Location, ProjectError
from chatwright.suggest.columns import SAMPLE, Columns, find_columns, is_agent
from chatwright.suggest.read_table import Row, read_rows
from chatwright.text.language import detect
from chatwright.text.personal_data import mask

__all__ = ["LANGUAGES", "Log", "Message", "read_log"]

LANGUAGES = ("zh", "en")
MAX_DIFFERENT = 50_000
"""Different messages that are kept; of more, a sample by hash, the same in every run."""
MAX_CHARACTERS = 400
"""A longer message is a letter, and no example."""
MAX_ANSWERS = 20
_PLACEHOLDER = re.compile(r"<[a-z]+>")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(slots=True)
class Message:
    """One thing that customers say."""

    text: str
    """As said first, without personal data."""
    language: str
    line: int
    count: int = 1
    answers: list[str] = field(default_factory=list)
    """What the service answered, without personal data; at most ``MAX_ANSWERS``."""


@dataclass(slots=True)
class Log:
    """A log as it was read."""

    columns: Columns
    messages: list[Message]
    broken: list[ProjectError] = field(default_factory=list)
    """Of lines that are no JSON objects and were passed over."""
    rows: int = 0
    said: int = 0
    """Messages of customers, repeated ones counted each time."""
    left_out: int = 0
    """Too long, without words, commands, or beyond the sample."""


def read_log(path: Path, chosen: Mapping[str, str | None]) -> Log:
    """Read a log row by row.

    Args:
        chosen: as for ``find_columns``.

    Raises:
        ProjectError: it cannot be read, holds no table, or no messages.
    """
    broken: list[ProjectError] = []
    rows = read_rows(path, broken)
    first = list(islice(rows, SAMPLE))
    if not first:
        raise ProjectError(
            "the log has no rows", fix="export it with its messages", location=Location(str(path))
        )
    log = Log(find_columns([row for _, row in first], chosen), [], broken=broken)
    kept = _Kept()
    waiting: dict[str, str] = {}  # conversation → key of the question that has no answer yet
    for line, row in chain(first, rows):
        log.rows += 1
        _read(row, line, log, kept, waiting)
    log.messages = list(kept.messages.values())
    log.left_out += kept.dropped
    if not log.messages:
        raise ProjectError(
            f"no messages were found in the column '{log.columns.text}'",
            fix="name another with --text-column",
            location=Location(str(path)),
        )
    return log


class _Kept:
    """Different messages by their normal form; when there are too many, those with the lower hashes."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.dropped = 0
        self._limit = 1 << 32

    def add(self, key: str, text: str, line: int) -> None:
        if (known := self.messages.get(key)) is not None:
            known.count += 1
            return
        if zlib.crc32(key.encode("utf-8", "replace")) >= self._limit:
            self.dropped += 1
            return
        language = detect(text, current=None, allowed=LANGUAGES) or _by_script(text)
        self.messages[key] = Message(text, language, line)
        while len(self.messages) > MAX_DIFFERENT:
            self._limit //= 2
            rest = {
                k: m
                for k, m in self.messages.items()
                if zlib.crc32(k.encode("utf-8", "replace")) < self._limit
            }
            self.dropped += sum(m.count for k, m in self.messages.items() if k not in rest)
            self.messages = rest


def _read(row: Row, line: int, log: Log, kept: _Kept, waiting: dict[str, str]) -> None:
    columns = log.columns
    conversation = row.get(columns.conversation or "", "")
    text = " ".join(row.get(columns.text, "").split())
    if is_agent(row, columns):
        question = waiting.pop(conversation, None)
        if question is not None and columns.conversation is not None:
            _answer(kept, question, text)
        return
    log.said += 1
    masked = mask(text) if len(text) <= MAX_CHARACTERS else ""
    key = normal_form(masked)
    if masked.startswith("/") or not _LETTER.search(_PLACEHOLDER.sub("", masked)):
        log.left_out += 1
        return
    kept.add(key, masked, line)
    if columns.answer:
        _answer(kept, key, " ".join(row.get(columns.answer, "").split()))
    elif columns.speaker and columns.conversation:
        waiting[conversation] = key


def _answer(kept: _Kept, key: str, answer: str) -> None:
    question = kept.messages.get(key)
    if question is not None and answer and len(question.answers) < MAX_ANSWERS:
        question.answers.append(mask(answer))


def _by_script(text: str) -> str:
    return "zh" if re.search("[\u3400-\u9fff]", text) else "en"
