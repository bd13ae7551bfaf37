"""``chatwright parse``: what the bot understands of one message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json
from chatwright.cli.options import Json, Model

if TYPE_CHECKING:
    from chatwright.schema.understanding import Understanding

__all__ = ["parse"]


@errors_for_people
def parse(
    text: Annotated[str, typer.Argument(help="The message.")],
    model: Model = Path("models"),
    language: Annotated[str | None, typer.Option("--language", "-l", help="zh or en; else found.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Show what carried the decision.")] = False,
    json: Json = False,
) -> None:
    """Show intent, entities and confidence of a message.

    Examples:

        chatwright parse "where is my order 20231107?"

        chatwright parse "我的订单20231107到哪了" --why

        chatwright parse "hello" --json
    """
    from chatwright.brain import Brain

    brain = Brain.load(model, project_root=Path.cwd())
    understanding = brain.understand(text, language=language)
    if json:
        print_json(understanding.to_json())
    else:
        _show(understanding, why)


def _show(understanding: Understanding, why: bool) -> None:
    from rich.table import Column, Table
    from rich.text import Text

    intents = Table("intent", "confidence", "", box=None, pad_edge=False)
    for score in understanding.ranking[:5] or [understanding.intent]:
        intents.add_row(Text(str(score.name)), f"{score.confidence:.3f}", "█" * round(score.confidence * 30))
    console().print(f"[dim]language[/] {understanding.language or '–'}")
    console().print(intents)
    if emotion := understanding.emotion:
        strength = f", intensity {emotion.intensity}" if emotion.intensity else ""
        console().print(
            f"[dim]emotion[/] {emotion.label} ({emotion.confidence:.2f}){strength}, {emotion.sentiment}"
        )
    if understanding.entities:
        entities = Table("entity", "value", "text", "role", "by", box=None, pad_edge=False)
        for found in understanding.entities:
            words = understanding.text[found.start : found.end]
            cells = (found.entity, str(found.value), words, found.role or "", found.extractor)
            entities.add_row(*map(Text, cells))
        console().print(entities)
    if why:
        told_of = Column("", overflow="fold")
        where = Column("where", no_wrap=True, overflow="fold")
        reasons = Table("why", told_of, "weight", where, box=None, pad_edge=False)
        for evidence in understanding.evidence:
            weight = "" if evidence.score is None else f"{evidence.score:.2f}"
            told = Text(evidence.told(understanding.language))
            reasons.add_row(evidence.kind, told, weight, Text(evidence.source or ""))
        console().print(reasons)
