"""``chatwright analyze``: words, dependency tree, frames and values of a text, without a bot."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatwright.cli.console import console, errors_for_people, print_json
from chatwright.cli.options import Json

if TYPE_CHECKING:
    from rich.table import Table

    from chatwright.text.analysis.analysis import Analysis
    from chatwright.text.analysis.frames import Frame
    from chatwright.text.analysis.parse import Sentence

__all__ = ["analyze"]


@errors_for_people
def analyze(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; else the lines of standard input.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="zh or en; else found.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="An installed spaCy pipeline, instead of ours.")
    ] = None,
    now: Annotated[
        datetime | None, typer.Option(help="What 'tomorrow' refers to; this moment where it is not given.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with drawn trees.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the drawn trees.")] = None,
    json: Json = False,
) -> None:
    """Show words, parts of speech, dependencies, who did what to whom, and values.

    Examples:

        chatwright analyze "我想把昨天下午三点的会议改到下周五"

        chatwright analyze "Move my 3 pm meeting to Friday" --svg tree.svg

        chatwright analyze --json < messages.txt

        chatwright analyze "I sent it yesterday" --pipeline en_core_web_sm
    """
    from chatwright.text.analysis.analysis import analysis_of
    from chatwright.text.analysis.draw import html_page
    from chatwright.text.analysis.draw import svg as drawn

    if language not in (None, "zh", "en"):
        raise typer.BadParameter(
            f"{language!r} is not a language that can be analysed", param_hint="--language"
        )
    moment = (now or datetime.now()).astimezone()
    said = texts or [line.strip() for line in sys.stdin if line.strip()]
    analyses = [analysis_of(text, now=moment, language=language, pipeline=pipeline) for text in said]
    if html:
        _write(html, html_page(analyses))
    if svg:
        _write(svg, drawn([sentence for analysis in analyses for sentence in analysis.sentences]))
    if json:
        content: list[dict[str, Any]] = [analysis.to_json() for analysis in analyses]
        print_json(content[0] if texts and len(texts) == 1 else content)  # lines are always a list
    elif not (html or svg):
        for analysis in analyses:
            _show(analysis)


def _write(path: Path, content: str) -> None:
    path.write_text(content, "utf-8", errors="replace")
    console().print(f"written to {path}", markup=False)


def _show(analysis: Analysis) -> None:
    console().print(analysis.text, style="bold", markup=False)
    if not analysis.sentences:
        console().print("nothing to analyse", style="dim")
    for sentence, frames in zip(analysis.sentences, analysis.frames, strict=True):
        console().print(_words(sentence))
        if frames:
            console().print(_frames(frames))
    if analysis.values:
        console().print(_values(analysis))
    if analysis.places:
        console().print(_plain("places", [analysis.text[at.start : at.end] for at in analysis.places]))
    if analysis.emoji:
        console().print(_plain("emoji", [emoji.name for emoji in analysis.emoji]))
    if len(analysis.languages) > 1:
        parts = [
            f"{analysis.text[one.start : one.end].strip()} ({one.language or '–'})"
            for one in analysis.languages
        ]
        console().print(_plain("languages", parts))
    console().print()


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _row(table: Table, *cells: str) -> None:
    """Cells may hold square brackets, which are no markup."""
    from rich.text import Text

    table.add_row(*map(Text, cells))


def _words(sentence: Sentence) -> Table:
    table = _table("#", "word", "lemma", "part of speech", "relation", "to")
    for number, word in enumerate(sentence.words, 1):
        head = sentence.words[word.head].text if 0 <= word.head < len(sentence.words) else "–"
        _row(table, str(number), word.text, word.lemma, word.upos, word.deprel, head)
    return table


def _frames(frames: tuple[Frame, ...]) -> Table:
    table = _table("predicate", "role", "text", "value")
    for frame in frames:
        marks = [mark for mark in ("not" if frame.negated else None, frame.modality) if mark]
        name = frame.predicate + (f" ({', '.join(marks)})" if marks else "")
        if not frame.arguments:
            _row(table, name, "", "", "")
        for argument in frame.arguments:
            value = argument.value
            _row(
                table,
                name,
                argument.role,
                argument.text,
                f"{value.value} {value.unit or ''}" if value else "",
            )
            name = ""
    return table


def _values(analysis: Analysis) -> Table:
    table = _table("value", "kind", "means")
    for value in analysis.values:
        meaning = f"{value.value} {value.unit or value.recurs or ''}".strip()
        _row(table, analysis.text[value.start : value.end], value.kind, meaning)
    return table


def _plain(name: str, parts: list[str]) -> str:
    from rich.markup import escape

    return f"[dim]{name}[/] " + escape(" · ".join(parts))
