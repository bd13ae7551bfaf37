"""A draft of a bot for a person to edit: a small project of its own, that can be checked and trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatwright.errors import ProjectError
from chatwright.project.yaml_writer import dump_yaml, write_text
from chatwright.suggest.group import Group
from chatwright.suggest.messages import Message

__all__ = ["FAQ", "write_draft"]

FAQ = "faq"
"""The retrieval intent of all questions that have an answer."""
_HEAD = "# Drafted by `chatwright data suggest`; personal data is masked. Rename, merge and correct.\n"
_BRACKETS = str.maketrans("[]{}", "()()")


def write_draft(folder: Path, groups: Sequence[Group], *, name: str) -> list[Path]:
    """Write the draft; the paths of its files, the ones to read first.

    ``data/nlu.yml`` has the intents that have no answer, ``data/faq/<language>.yml`` the questions that have
    one; ``config.yml``, ``domain.yml`` and ``data/rules.yml`` make a project of them.

    Raises:
        ProjectError: the folder has files already, or cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ProjectError(f"the folder '{folder}' is not empty", fix="name another with --out, or empty it")
    languages = _languages(groups)
    plain = [group for group in groups if group.answer is None]
    asked = [group for group in groups if group.answer is not None]
    files = {"data/nlu.yml": _HEAD + _nlu(plain, "")} if plain else {}
    for language in languages:
        if own := [group for group in asked if group.language == language]:
            files[f"data/faq/{language}.yml"] = _HEAD + _nlu(own, f"{FAQ}/") + _responses(own, languages)
    if asked:
        files["data/rules.yml"] = _rules()
    intents = [group.name for group in plain] + ([FAQ] if asked else [])
    files["domain.yml"] = _HEAD + dump_yaml({"version": "3.1", "intents": intents})
    files["config.yml"] = _HEAD + dump_yaml(
        {"recipe": "default.v1", "assistant_id": name, "languages": languages}
    )
    for path, text in files.items():
        write_text(folder / path, text)
    return [folder / path for path in files]


def _languages(groups: Sequence[Group]) -> list[str]:
    """The one that is spoken most first."""
    said: dict[str, int] = {}
    for group in groups:
        said[group.language] = said.get(group.language, 0) + group.said
    return sorted(said, key=lambda language: -said[language])


def _nlu(groups: Sequence[Group], prefix: str) -> str:
    lines = ['version: "3.1"', "nlu:"]
    for group in groups:
        lines.append(f"# said {group.said} times in {group.different} ways")
        lines += dump_yaml([{"intent": prefix + group.name}]).rstrip().splitlines()
        lines.append("  examples: |")
        lines += [f"    - {_plain(message)}" for message in group.examples]
    return "\n".join(lines) + "\n"


def _plain(message: Message) -> str:
    """One line without the brackets that mark entities."""
    return " ".join(message.text.translate(_BRACKETS).split())


def _responses(groups: Sequence[Group], languages: Sequence[str]) -> str:
    """An answer in each language; where the log has it in one only, those words stand for the others."""
    lines = ["responses:"]
    for group in groups:
        answer = str(group.answer).translate(str.maketrans("{}", "()"))
        spoken = [group.language, *(other for other in languages if other != group.language)]
        variations = [{"text": answer, "language": language} for language in spoken]
        number = 0
        for line in dump_yaml({f"utter_{FAQ}/{group.name}": variations}).splitlines():
            number += line.startswith("- ")
            if line.startswith("- ") and number > 1:
                lines.append(f"  # to be translated into '{spoken[number - 1]}'")
            lines.append(f"  {line}")
    return "\n".join(lines) + "\n"


def _rules() -> str:
    steps = [{"intent": FAQ}, {"action": f"utter_{FAQ}"}]
    return _HEAD + dump_yaml({"version": "3.1", "rules": [{"rule": "answer questions", "steps": steps}]})
