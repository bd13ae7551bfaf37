"""Safe, fast YAML 1.2 reading that remembers where everything stands.

Events come from libyaml (PyYAML's C parser); scalars are resolved here by the YAML 1.2 core schema, so
``yes``, ``no``, ``on`` and ``off`` are strings. The result is made of ``YamlMap`` and ``YamlList``, which
are ordinary dicts and lists that also know the line and column of every key and item.

Refused with a ``YamlError`` naming file and line: duplicate keys, tags, several documents, tab
indentation, encodings other than UTF-8, recursive or exploding aliases, deep nesting, huge files, unset
``${VARIABLES}``.

Cost: linear in the size of the text, about 100,000 lines a second.

>>> doc = read_yaml_text("intents:\\n- greet\\n- bye\\n", "domain.yml")
>>> str(doc.data["intents"].location(1))
'domain.yml:3 (intents[1])'
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from chatwright.errors import Location, YamlError
from chatwright.project.yaml_scalars import resolve
from chatwright.project.yaml_text import MAX_BYTES, character_error, decode, refuse_size, syntax_error

__all__ = [
    "MAX_ALIASES",
    "MAX_DEPTH",
    "MAX_EXPANSION",
    "LocatedDoc",
    "YamlList",
    "YamlMap",
    "locate",
    "locate_path",
    "plain",
    "read_yaml",
    "read_yaml_text",
]

MAX_DEPTH = 64
"""Deepest nesting, aliases expanded. Cards in ``custom:`` payloads reach about 20."""
MAX_ALIASES = 1_000
MAX_EXPANSION = 1_000_000
"""Most nodes and characters that aliases may add to a document."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_TAGS: dict[str, type] = {"tag:yaml.org,2002:str": str, "!": str}

Mark = tuple[int, int, int, int, bool]
"""Line and column of a key, line and column of its value (from 1), and whether that is a ``|`` block."""


class YamlMap(dict[Any, Any]):
    """A mapping of a YAML file that knows where its keys and values stand."""

    __slots__ = ("column", "file", "line", "marks", "path")

    def __init__(self, file: str, path: str, line: int, column: int) -> None:
        super().__init__()
        self.file, self.path, self.line, self.column = file, path, line, column
        self.marks: dict[Any, Mark] = {}

    def location(self, key: Any = None) -> Location:
        """Where ``key`` stands; without a key, or for an unknown one, where the mapping begins."""
        mark = self.marks.get(key)
        if mark is None:
            return Location(self.file, self.line, self.column, self.path)
        return Location(self.file, mark[0], mark[1], _join(self.path, key))

    def with_keys(self, **changes: Any) -> YamlMap:
        """A copy with some keys set, keeping the places of the others."""
        copy = YamlMap(self.file, self.path, self.line, self.column)
        copy.update(self)
        copy.update(changes)
        copy.marks = self.marks
        return copy


class YamlList(list[Any]):
    """A sequence of a YAML file that knows where its items stand."""

    __slots__ = ("column", "file", "line", "marks", "path")

    def __init__(self, file: str, path: str, line: int, column: int) -> None:
        super().__init__()
        self.file, self.path, self.line, self.column = file, path, line, column
        self.marks: list[Mark] = []

    def location(self, index: Any = None) -> Location:
        """Where an item stands; without an index, or for a key of a mapping, where the sequence begins."""
        if not isinstance(index, int) or not 0 <= index < len(self.marks):
            return Location(self.file, self.line, self.column, self.path)
        mark = self.marks[index]
        return Location(self.file, mark[0], mark[1], f"{self.path}[{index}]")


@dataclass(frozen=True, slots=True)
class LocatedDoc:
    """A YAML document: plain values, with places in every ``YamlMap`` and ``YamlList``."""

    data: Any
    file: str

    def location(self) -> Location:
        """The document itself."""
        return Location(self.file)


def locate(container: Any, key: Any = None) -> Location | None:
    """Where ``key`` of ``container`` stands; None for data that does not come from a file."""
    return container.location(key) if isinstance(container, YamlMap | YamlList) else None


def locate_path(data: Any, path: Iterable[Any]) -> Location | None:
    """Where the value at ``path`` (keys and indices) stands, or the nearest thing around it."""
    found = locate(data)
    for key in path:
        known = data if isinstance(data, YamlMap) else range(len(data)) if isinstance(data, YamlList) else ()
        if key in known:
            found, data = data.location(key), data[key]
        else:
            break
    return found


def plain(value: Any) -> Any:
    """A deep copy as JSON data: ordinary dicts with string keys, and lists."""
    if isinstance(value, dict):
        return {_key_text(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def read_yaml(path: Path | str, *, shown_as: str | None = None) -> LocatedDoc:
    """Read a YAML file; ``shown_as`` names it in locations, by default its path.

    Raises:
        YamlError: the file cannot be read, is not YAML, or is refused for safety.
    """
    file = shown_as or str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlError(
            f"cannot be read: {error.strerror or error}",
            fix="check the path and the permissions",
            location=Location(file),
        ) from error
    return read_yaml_text(decode(content, file), file)


def read_yaml_text(text: str, file: str = "<string>") -> LocatedDoc:
    """Read YAML from a string; ``file`` names it in locations. An empty document gives an empty mapping.

    Raises:
        YamlError: the text is not YAML, or is refused for safety.
    """
    if len(text) > MAX_BYTES:
        refuse_size(file)
    text = text.removeprefix("\ufeff")
    composer = _Composer(file)
    try:
        data = composer.compose(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise syntax_error(error, text, file) from error
    except yaml.reader.ReaderError as error:
        raise character_error(error, text, file) from error
    except (UnicodeError, ValueError) as error:
        raise YamlError(
            "holds characters that cannot be encoded", fix="save it as UTF-8", location=Location(file)
        ) from error
    return LocatedDoc(YamlMap(file, "", 1, 1) if data is None else data, file)


class _Frame:
    """A collection under construction."""

    __slots__ = ("anchor", "height", "key", "key_mark", "merges", "node", "waiting", "weight")

    def __init__(self, node: YamlMap | YamlList, anchor: str | None, weight: int) -> None:
        self.node = node
        self.anchor = anchor
        self.weight = weight
        self.height = 1
        self.waiting = False  # a key was read, its value is next
        self.key: Any = None
        self.key_mark: tuple[int, int] = (0, 0)
        self.merges: list[YamlMap] = []


class _Composer:
    """Builds located values from parser events, with an explicit stack instead of recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.anchors: dict[str, tuple[Any, int, int]] = {}  # value, weight, height
        self.aliases = 0
        self.expansion = 0
        self.weight = 0
        self.stack: list[_Frame] = []
        self.root: Any = None
        self.documents = 0

    def compose(self, events: Iterator[Event]) -> Any:
        """The value of the only document."""
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is SequenceStartEvent or kind is MappingStartEvent:
                self._start(event)
            elif isinstance(event, CollectionEndEvent):
                self._end()
            elif kind is AliasEvent:
                self._alias(event)
        return self.root

    def _scalar(self, event: Any) -> None:
        text = event.value
        self.weight += 1 + len(text)
        if event.tag is not None and event.tag not in _TAGS:
            self._refuse_tag(event)
        mark = event.start_mark
        value = text
        if not event.style and event.tag is None:  # unquoted
            value = self._expand(text, mark) if "${" in text else resolve(text)
            frame = self.stack[-1] if self.stack else None
            if text == "<<" and frame and isinstance(frame.node, YamlMap) and not frame.waiting:
                value = _MERGE
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1 + len(text), 0)
        self._add(value, mark, event.style == "|", 0)

    def _expand(self, text: str, mark: Any) -> str:
        missing = [name for name in _VARIABLE.findall(text) if name not in os.environ]
        if missing:
            self._fail(
                f"environment variable {missing[0]} is not set",
                mark,
                "set it, or put the text in quotes to keep the ${…} as it is",
            )
        return os.path.expandvars(text)

    def _start(self, event: Any) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._fail(f"nested deeper than {MAX_DEPTH} levels", mark, "flatten the data")
        self.weight += 1
        path = self._path()
        kind = YamlMap if type(event) is MappingStartEvent else YamlList
        node = kind(self.file, path, mark.line + 1, mark.column + 1)
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Frame(node, event.anchor, self.weight))

    def _end(self) -> None:
        frame = self.stack.pop()
        node = frame.node
        if frame.merges and isinstance(node, YamlMap):
            _merge(node, frame.merges)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (node, self.weight - frame.weight + 1, frame.height)
        self._add(node, None, False, frame.height)

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            self._fail(
                f"alias *{event.anchor} has no anchor before it", mark, f"define &{event.anchor} first"
            )
        value, weight, height = self.anchors[event.anchor]
        self.aliases += 1
        self.weight += weight
        self.expansion += weight
        if self.aliases > MAX_ALIASES or self.expansion > MAX_EXPANSION:
            self._fail("too many or too large aliases", mark, "write the data out instead of using aliases")
        if len(self.stack) + height > MAX_DEPTH:
            self._fail(f"aliases nest deeper than {MAX_DEPTH} levels", mark, "flatten the data")
        self._add(value, mark, False, height)

    def _add(self, value: Any, mark: Any, literal: bool, height: int) -> None:
        """Put a finished value into the collection around it."""
        if mark is None:
            line, column = value.line, value.column
        else:
            line, column = mark.line + 1, mark.column + 1
        if not self.stack:
            self.documents += 1
            if self.documents > 1:
                self._fail_at(
                    "holds several documents", line, column, "keep one document a file; remove '---'"
                )
            self.root = value
            return
        frame = self.stack[-1]
        if height >= frame.height:
            frame.height = height + 1
        node = frame.node
        if isinstance(node, YamlList):
            node.append(value)
            node.marks.append((line, column, line, column, literal))
        elif not frame.waiting:
            self._key(frame, node, value, line, column)
        else:
            frame.waiting = False
            if frame.key is _MERGE:
                self._merge_value(frame, value, line, column)
            else:
                node[frame.key] = value
                node.marks[frame.key] = (*frame.key_mark, line, column, literal)

    def _key(self, frame: _Frame, node: YamlMap, key: Any, line: int, column: int) -> None:
        if isinstance(key, YamlMap | YamlList):
            self._fail_at("a key must be a plain word or text", line, column, "quote keys that hold brackets")
        if key in node:
            first = node.marks[key][0]
            self._fail_at(
                f"key '{_key_text(key)}' stands twice, in lines {first} and {line}",
                line,
                column,
                "keep one of them, or merge the two",
                _join(node.path, key),
            )
        frame.key, frame.key_mark, frame.waiting = key, (line, column), True

    def _merge_value(self, frame: _Frame, value: Any, line: int, column: int) -> None:
        parts = value if isinstance(value, YamlList) else [value]
        if not all(isinstance(part, YamlMap) for part in parts):
            self._fail_at("'<<' merges mappings only", line, column, "point it to an anchored mapping")
        frame.merges.extend(parts)

    def _path(self) -> str:
        if not self.stack:
            return ""
        frame = self.stack[-1]
        if isinstance(frame.node, YamlList):
            return f"{frame.node.path}[{len(frame.node)}]"
        return _join(frame.node.path, frame.key) if frame.waiting else frame.node.path

    def _refuse_tag(self, event: Any) -> NoReturn:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self._fail(
            f"tag {tag} is not allowed", event.start_mark, "remove the tag; quote the text if it is text"
        )

    def _fail(self, message: str, mark: Any, fix: str) -> NoReturn:
        self._fail_at(message, mark.line + 1, mark.column + 1, fix)

    def _fail_at(self, message: str, line: int, column: int, fix: str, key: str = "") -> NoReturn:
        raise YamlError(message, fix=fix, location=Location(self.file, line, column, key or self._path()))


_MERGE = object()


def _merge(node: YamlMap, parts: list[YamlMap]) -> None:
    """YAML merge keys: explicit keys win, then earlier parts."""
    for part in parts:
        for key, value in part.items():
            if key not in node:
                node[key] = value
                node.marks[key] = part.marks[key]


def _join(path: str, key: Any) -> str:
    return f"{path}.{_key_text(key)}" if path else _key_text(key)


def _key_text(key: Any) -> str:
    """A key as JSON would spell it: ``true``, ``null``, ``1``."""
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return "<<" if key is _MERGE else str(key)
