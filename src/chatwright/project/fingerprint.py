"""Fingerprints: stable SHA-256 of what training depends on, so that unchanged parts are not trained again.

What only people see is left out: places in files, comments, metadata. Changing the text of a response changes
``project_fingerprint`` alone; adding or removing a response changes ``dialogue_fingerprint``.

Custom components and actions are code, which these fingerprints do not see; their config does.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chatwright.project.project import Project

__all__ = ["dialogue_fingerprint", "nlu_fingerprint", "project_fingerprint"]

_FORMAT = 1
"""Raise when training reads more of a project than before."""


def nlu_fingerprint(project: Project) -> str:
    """Of everything the understanding part is trained on: examples, pipeline, languages, answers' keys."""
    nlu, domain = project.nlu, project.domain
    return _digest(
        {
            "languages": project.config.languages,
            "pipeline": project.config.pipeline,
            "files": _files_of_pipeline(project),
            "examples": nlu.examples,
            "synonyms": nlu.synonyms,
            "regexes": nlu.regexes,
            "lookups": nlu.lookups,
            "retrieval_responses": _selector_texts(project),
            "entities": domain.entities,
        }
    )


def dialogue_fingerprint(project: Project) -> str:
    """Of everything the policies are trained on: stories, rules, and the domain without response texts."""
    domain = project.domain
    shape = {
        name: getattr(domain, name)
        for name in _fields(type(domain))
        if name not in ("responses", "raw", "session")
    }
    return _digest(
        {
            "policies": project.config.policies,
            "domain": shape,
            "responses": sorted(domain.responses),
            "stories": project.stories,
            "rules": project.rules,
            "state": _state_data(project),
        }
    )


def project_fingerprint(project: Project) -> str:
    """Of all that goes into a bundle."""
    return _digest(
        {
            "nlu": nlu_fingerprint(project),
            "dialogue": dialogue_fingerprint(project),
            "domain": project.domain.to_json(),
            "config": project.config.model_dump(),
        }
    )


def _state_data(project: Project) -> Any:
    """What the tracker of the dialogue's state learns from, where a slot asks for one."""
    mappings = (mapping for slot in project.domain.slots.values() for mapping in slot.mappings)
    if not any(mapping.type == "from_dialogue_state" for mapping in mappings):
        return None
    nlu, responses = project.nlu, project.domain.responses
    asks = {name: found for name, found in responses.items() if name.startswith("utter_ask_")}
    return [nlu.examples, nlu.synonyms, nlu.lookups, asks]


def _files_of_pipeline(project: Project) -> dict[str, str]:
    """What stands in the files that components learn from, beside the project's data."""
    found = {}
    for entry in project.config.pipeline or ():
        for key in ("dictionary_path", "examples"):
            path = project.root / str(entry.get(key) or "")
            if path.is_file():
                found[str(entry[key])] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _selector_texts(project: Project) -> dict[str, Any]:
    """Answers of retrieval intents, where a selector learns from their texts too."""
    entries = project.config.pipeline or ({"name": "ResponseSelector"},)
    selectors = (entry for entry in entries if str(entry.get("name")).endswith("ResponseSelector"))
    by_text = any(entry.get("use_text_as_label", True) for entry in selectors)
    answers = {name: v for name, v in project.domain.responses.items() if "/" in name}
    return answers if by_text else dict.fromkeys(answers)


def _digest(content: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal of ``content`` as JSON."""
    text = json.dumps([_FORMAT, content], ensure_ascii=False, separators=(",", ":"), default=_json)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _json(value: Any) -> Any:
    """Dataclasses by their compared fields, which leaves out where things stand."""
    if isinstance(value, frozenset):
        return sorted(value)
    return [getattr(value, name) for name in _fields(type(value))]


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.compare)
