"""``config.yml``: the bot's languages, pipeline and policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chatwright.project.findings import Findings
from chatwright.project.yaml_models import load_model, read_model
from chatwright.project.yaml_reader import LocatedDoc, locate

__all__ = ["KNOWN_LANGUAGES", "BotConfig", "ContextConfig", "load_config", "read_config"]

KNOWN_LANGUAGES = ("zh", "en")
_RECIPES = ("default.v1",)


class ContextConfig(BaseModel):
    """What a message may owe to those before it. ``context: true`` switches all of it on."""

    model_config = ConfigDict(frozen=True, title="context")

    follow_ups: bool = Field(
        default=True, description="Read 'and the blue one?' and 'how much is it?' by the question before."
    )
    clauses: bool = Field(
        default=True, description="Answer several requests in one message one after the other."
    )
    topics: bool = Field(default=True, description="Go back to a form that another topic interrupted.")

    @model_validator(mode="before")
    @classmethod
    def _all_or_nothing(cls, data: Any) -> Any:
        return dict.fromkeys(cls.model_fields, data) if isinstance(data, bool) else data


class BotConfig(BaseModel):
    """The configuration of a bot. Keys that are not ours are kept and ignored."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True, title="config.yml")

    recipe: str = Field(
        default="default.v1", description="How the lists below are read; only default.v1 exists."
    )
    assistant_id: str | None = Field(default=None, description="Name of the bot; goes with every event.")
    name: str | None = Field(default=None, description="Chatwright: the bot's name on its chat page.")
    language: str | None = Field(
        default=None, description="Language of a bot that speaks one, such as en or zh."
    )
    languages: list[str] = Field(
        default=[],
        description="Languages of the bot; the first is the default. Each response needs all of them.",
    )
    pipeline: list[dict[str, Any]] | None = Field(
        default=None, description="Components that understand messages, in order. Leave out for the default."
    )
    policies: list[dict[str, Any]] | None = Field(
        default=None, description="Policies that decide what to do. Leave out for the default."
    )
    context: ContextConfig | None = Field(
        default=None, description="Chatwright: read messages in their context. Leave out for Rasa's way."
    )
    importers: list[dict[str, Any]] = Field(
        default=[], description="RasaFileImporter or MultiProjectImporter."
    )
    imports: list[str] = Field(
        default=[], description="Folders of the sub-projects, for MultiProjectImporter."
    )

    @property
    def declares_languages(self) -> bool:
        """Whether the file has ``languages:``, so that every response must exist in each of them."""
        return len(self.languages) > 1 or "languages" in self.model_fields_set

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Any) -> Any:
        """An empty ``pipeline:`` means the default one, and so for every key."""
        return {str(k): v for k, v in data.items() if v is not None} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _fill_languages(self) -> Self:
        if not self.languages:
            object.__setattr__(self, "languages", [self.language or "en"])
        return self


def load_config(path: Path) -> BotConfig:
    """The configuration of the file at ``path``; the default one where there is no such file.

    Raises:
        YamlError, ProjectInvalid: as ``load_model``.
    """
    return load_model(path, read_config, BotConfig())


def read_config(doc: LocatedDoc, findings: Findings) -> BotConfig:
    """The configuration that a parsed ``config.yml`` holds; problems go to ``findings``."""
    data = doc.data
    config = read_model(BotConfig, doc, findings)
    findings.unknown_keys(
        data if isinstance(data, dict) else {}, (*BotConfig.model_fields, "version"), "config.yml"
    )
    context = data.get("context") if isinstance(data, dict) else None
    if isinstance(context, dict):
        findings.unknown_keys(context, ContextConfig.model_fields, "'context' of config.yml")
    for section in ("pipeline", "policies"):
        for index, entry in enumerate(getattr(config, section) or ()):
            if not isinstance(entry.get("name"), str):
                findings.error(
                    "no-name",
                    f"an entry of '{section}' has no name",
                    at=locate(data[section], index),
                    fix="write '- name: Component' with its options indented below",
                )
    if config.recipe not in _RECIPES:
        findings.error(
            "unknown-recipe",
            f"recipe '{config.recipe}' is not supported",
            at=locate(data, "recipe"),
            fix="use default.v1, with 'pipeline' and 'policies'",
        )
    for language in config.languages:
        if language.split("-")[0].split("_")[0] not in KNOWN_LANGUAGES:
            findings.warn(
                "unknown-language",
                f"language '{language}' has no tokenizer or normalisation of its own",
                at=locate(data, "languages" if "languages" in data else "language"),
                fix=f"languages with full support are {', '.join(KNOWN_LANGUAGES)}",
            )
    return config
