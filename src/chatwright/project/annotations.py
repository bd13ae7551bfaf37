"""Entity annotations in example texts, by Rasa's grammar.

``[text](type)``, ``[text](type:value)``, ``[text]{"entity": …, "role": …, "group": …, "value": …}`` and
``[text][{…}, {…}]`` for several entities on the same words. Brackets that fit none of these stay text.

>>> parse_annotated("to [SF]{\\"entity\\": \\"city\\", \\"role\\": \\"to\\"} please")[0]
'to SF please'
"""

from __future__ import annotations

import json
import re
from typing import Any

from chatwright.schema.understanding import Entity

__all__ = ["AnnotationError", "annotate", "has_broken_marks", "parse_annotated"]

_ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<type>[^:)]+?)(?::(?P<value>[^)]+))?\)"
    r"|\{(?P<body>[^}]+?)\}"
    r"|\[(?P<bodies>.*?)\])"
)
_BODY = re.compile(r"\{[^}]+?\}")
_BROKEN = re.compile(r"\[[^\[\]]*\([^()]*\)|[\]】] ?[({（｛]")
"""Half of a mark, or one in full-width brackets."""


class AnnotationError(ValueError):
    """An annotation's JSON cannot be read. The message says what is wrong and with which words."""


def parse_annotated(text: str) -> tuple[str, tuple[Entity, ...]]:
    """The text without marks, and its entities with offsets into that text.

    Raises:
        AnnotationError: the JSON of an annotation is broken or names no entity.
    """
    if "[" not in text:
        return text, ()
    pieces: list[str] = []
    entities: list[Entity] = []
    length = end = 0
    for match in _ANNOTATION.finditer(text):
        before, words = text[end : match.start()], match["text"]
        start = length + len(before)
        pieces += (before, words)
        length = start + len(words)
        end = match.end()
        entities += _entities(match, words, start, length)
    return "".join(pieces) + text[end:], tuple(entities)


def has_broken_marks(text: str) -> bool:
    """Whether a text, as ``parse_annotated`` leaves it, still looks as if an entity should be marked in it.

    >>> [has_broken_marks(text) for text in ("[red [apple](item)](item)", "[苹果]（item）", "see [1] above")]
    [True, True, False]
    """
    return _BROKEN.search(text) is not None


def _entities(match: re.Match[str], words: str, start: int, end: int) -> list[Entity]:
    if match["type"] is not None:
        return [Entity(entity=match["type"], value=match["value"] or words, start=start, end=end)]
    if match["body"] is not None:
        return [_from_json("{" + match["body"] + "}", words, start, end)]
    return [_from_json(body, words, start, end) for body in _BODY.findall(match["bodies"])]


def _from_json(body: str, words: str, start: int, end: int) -> Entity:
    try:
        data: dict[str, Any] = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"the annotation of '{words}' is not valid JSON: {body}") from error
    name = data.get("entity")
    if not name or not isinstance(name, str):
        raise AnnotationError(f"the annotation of '{words}' names no \"entity\": {body}")
    role, group = data.get("role"), data.get("group")
    return Entity(
        entity=name,
        value=words if data.get("value") is None else data["value"],
        start=start,
        end=end,
        role=None if role is None else str(role),
        group=None if group is None else str(group),
    )


def annotate(text: str, entities: tuple[Entity, ...]) -> str:
    """The inverse of ``parse_annotated``; overlapping entities beyond the same span are left out."""
    out: list[str] = []
    done = 0
    spans: dict[tuple[int, int], list[Entity]] = {}
    for entity in sorted(entities, key=lambda entity: (entity.start, entity.end)):
        spans.setdefault((entity.start, entity.end), []).append(entity)
    for (start, end), group in spans.items():
        if start < done or end <= start:
            continue
        words = text[start:end]
        out += (text[done:start], f"[{words}]", _marks(group, words))
        done = end
    return "".join(out) + text[done:]


def _marks(entities: list[Entity], words: str) -> str:
    first = entities[0]
    if len(entities) == 1 and first.role is None and first.group is None and first.value == words:
        return f"({first.entity})"
    bodies = [_to_json(entity, words) for entity in entities]
    return bodies[0] if len(bodies) == 1 else f"[{', '.join(bodies)}]"


def _to_json(entity: Entity, words: str) -> str:
    data: dict[str, Any] = {"entity": entity.entity}
    if entity.role is not None:
        data["role"] = entity.role
    if entity.group is not None:
        data["group"] = entity.group
    if entity.value != words:
        data["value"] = entity.value
    return json.dumps(data, ensure_ascii=False)
