"""Checks of config.yml, endpoints.yml and credentials.yml."""

from __future__ import annotations

from chatwright.errors import Location
from chatwright.project.findings import Findings
from chatwright.project.project import Project

__all__ = ["check_config"]

PLACEHOLDER_ID = "placeholder_default"


def check_config(project: Project, findings: Findings) -> None:
    """The bot has a name and a language; services of Rasa's that are replaced or left out are named."""
    file = project.config_file
    at = Location(file.name) if file else None
    if file is not None and project.config.assistant_id in (None, "", PLACEHOLDER_ID):
        findings.warn(
            "no-assistant-id",
            "the bot has no name of its own",
            at=at,
            fix="add 'assistant_id: my_bot'; events carry it, so that bots can be told apart",
        )
    if file is not None and project.config.language is None and not project.config.declares_languages:
        findings.warn(
            "no-language", "no language is given, so English is assumed", at=at, fix="add 'language: en'"
        )
    _check_endpoints(project, findings)


def _check_endpoints(project: Project, findings: Findings) -> None:
    endpoints, at = project.endpoints, Location("endpoints.yml")
    tracker = endpoints.tracker_store
    if tracker is not None and tracker.kind not in (None, "in_memory") and endpoints.store is None:
        findings.warn(
            "other-store",
            f"tracker_store '{tracker.kind}' is Rasa's own and is not used; conversations are kept in SQLite",
            at=at,
            fix="add 'store: {url: postgresql://…}' to keep them in a database of yours",
        )
    lock = endpoints.lock_store
    if lock is not None and lock.kind not in (None, "in_memory") and endpoints.lock is None:
        findings.warn(
            "other-store",
            f"lock_store '{lock.kind}' is not used; the conversation store keeps the locks",
            at=at,
            fix="add 'lock: {url: redis://…}' to keep them in Redis",
        )
    for name in ("nlu", "models"):
        if getattr(endpoints, name) is not None:
            findings.warn(
                "unused-endpoint",
                f"'{name}' is Rasa's and is not used",
                at=at,
                fix="remove it, or keep it for Rasa",
            )
