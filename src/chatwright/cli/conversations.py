"""``chatwright conversations`` and ``chatwright export``: look at, copy and erase what was said."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatwright.cli.console import console, error_console, errors_for_people, print_json
from chatwright.cli.options import EndpointsFile, Json, StoreUrl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import BinaryIO

    from chatwright.schema.events import Event
    from chatwright.stores.records import ConversationInfo
    from chatwright.stores.store import ConversationStore

__all__ = ["app", "export", "with_store"]

app = typer.Typer(
    help="Look at, copy and erase conversations, such as: chatwright conversations list",
    no_args_is_help=True,
)

Conversation = Annotated[str, typer.Argument(help="Id of the conversation.")]


@app.command("list")
@errors_for_people
def list_conversations(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Lines at most.")] = 50,
    search: Annotated[str | None, typer.Option("--search", help="Part of the id.")] = None,
    after: Annotated[
        str | None, typer.Option("--after", help="Go on after this conversation, the last of a page.")
    ] = None,
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """The conversations, the latest first.

    Examples:

        chatwright conversations list

        chatwright conversations list --search ann --json
    """

    async def page(opened: ConversationStore) -> list[ConversationInfo]:
        before = None
        if after is not None:
            last = await opened.conversation(after)
            if last is None:
                raise _unknown(after)
            before = (last.updated, last.id)
        return await opened.conversations(limit=limit, search=search, before=before)

    infos = with_store(endpoints, store, page)
    if as_json:
        return print_json([{name: getattr(info, name) for name in info.__slots__} for info in infos])
    from rich.table import Table
    from rich.text import Text

    table = Table("conversation", "last change", "turns", "events", "channel", box=None, header_style="dim")
    for info in infos:
        cells = (info.id, _when(info.updated), str(info.turns), str(info.events), info.channel or "")
        table.add_row(*(Text(cell) for cell in cells))
    console().print(table if infos else "no conversations")
    if len(infos) == limit:
        error_console().print(Text(f"more: --after {infos[-1].id}", style="dim"))


@app.command("show")
@errors_for_people
def show(
    conversation: Conversation,
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """What was said and done in a conversation.

    Examples:

        chatwright conversations show ann
    """
    events = with_store(endpoints, store, lambda opened: opened.events(conversation))
    if not events:
        raise _unknown(conversation)
    if as_json:
        return print_json({"conversation": conversation, "events": [event.to_json() for event in events]})
    for event in events:
        _show_event(event)


@app.command("export")
@errors_for_people
def export_conversations(
    conversations: Annotated[list[str] | None, typer.Argument(help="Ids.  [default: all]")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File.  [default: standard output]")] = None,
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
) -> None:
    """Conversations with all their events as JSON lines, one conversation a line.

    Examples:

        chatwright conversations export --out all.jsonl

        chatwright conversations export ann bob
    """

    async def write(opened: ConversationStore) -> int:
        import orjson

        count = 0
        with _writing(out) as file:
            async for line in opened.export(conversations or None):
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                count += 1
        return count

    count = with_store(endpoints, store, write)
    error_console().print(f"{count} conversations" + (f" → {out}" if out else ""), markup=False)


@app.command("erase")
@errors_for_people
def erase(
    conversations: Annotated[list[str], typer.Argument(help="Ids of the conversations.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """Erase conversations with every trace of them. This cannot be undone; backups are not touched.

    Examples:

        chatwright conversations erase ann
    """
    if not yes:
        names = ", ".join(conversations)
        typer.confirm(f"Erase {names} for good?", abort=True)

    async def erase_all(opened: ConversationStore) -> dict[str, bool]:
        return {conversation: await opened.erase(conversation) for conversation in conversations}

    erased = with_store(endpoints, store, erase_all)
    if as_json:
        print_json(erased)
    unknown = [conversation for conversation, known in erased.items() if not known]
    if unknown:
        raise _unknown(*unknown)
    if not as_json:
        console().print(f"{len(erased)} erased")


@app.command("backup")
@errors_for_people
def backup(
    out: Annotated[Path, typer.Argument(help="File to write, such as conversations.jsonl.gz.")],
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """Write the whole store to a file, as it is at one moment; the bot may go on meanwhile.

    Examples:

        chatwright conversations backup all.jsonl.gz
    """
    rows = with_store(endpoints, store, lambda opened: opened.backup(out))
    _report_rows(rows, out, as_json)


@app.command("restore")
@errors_for_people
def restore(
    source: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File of a backup.")],
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """Read a backup into an empty store, of the same kind or another.

    Examples:

        chatwright conversations restore all.jsonl.gz --store postgresql://bot@db/chats
    """
    rows = with_store(endpoints, store, lambda opened: opened.restore(source))
    _report_rows(rows, source, as_json)


@app.command("import")
@errors_for_people
def import_conversations(
    source: Annotated[str, typer.Argument(help="URL of Rasa's database, such as sqlite:///rasa.db.")],
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """Take over the conversations of a Rasa SQL tracker store; those that are here already are left alone.

    Examples:

        chatwright conversations import sqlite:///rasa.db
    """
    from chatwright.stores.rasa_store import read_rasa_store

    async def take_over(opened: ConversationStore) -> dict[str, int]:
        counts = {"conversations": 0, "events": 0, "already_here": 0, "events_left_out": 0}
        for found in read_rasa_store(source):
            if await opened.conversation(found.name) is not None:
                counts["already_here"] += 1
                continue
            async with opened.edit(found.name) as held:
                await held.replace(found.events)
            counts["conversations"] += 1
            counts["events"] += len(found.events)
            counts["events_left_out"] += found.left_out
        return counts

    counts = with_store(endpoints, store, take_over)
    if as_json:
        return print_json(counts)
    console().print(f"{counts['events']} events of {counts['conversations']} conversations taken over")
    if counts["already_here"]:
        console().print(f"{counts['already_here']} conversations were here already and are left as they are")
    if counts["events_left_out"]:
        console().print(f"{counts['events_left_out']} events could not be read", style="yellow")


@errors_for_people
def export(
    conversation_ids: Annotated[
        str | None,
        typer.Option("--conversation-ids", help="Ids, separated by commas.  [default: all]"),
    ] = None,
    minimum_timestamp: Annotated[
        float | None, typer.Option("--minimum-timestamp", help="Only events from this time on (seconds).")
    ] = None,
    maximum_timestamp: Annotated[
        float | None, typer.Option("--maximum-timestamp", help="Only events before this time (seconds).")
    ] = None,
    offset: Annotated[
        float, typer.Option("--offset-timestamps-by-seconds", help="Added to the times of all events.")
    ] = 0.0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File.  [default: standard output]")] = None,
    to_broker: Annotated[
        bool, typer.Option("--to-broker", help="Send them to the event broker of endpoints.yml instead.")
    ] = False,
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print how many events there were, as JSON; with --out or --to-broker."),
    ] = False,
) -> None:
    """Events of conversations as JSON lines, one event a line, as Rasa sends them to a broker.

    Examples:

        chatwright export --out events.jsonl

        chatwright export --to-broker

        chatwright export --conversation-ids ann,bob --minimum-timestamp 1700000000
    """
    if as_json and out is None and not to_broker:
        raise typer.BadParameter("needs --out: standard output holds the events", param_hint="--json")
    if out is not None and to_broker:
        raise typer.BadParameter("goes to a file or to a broker, not to both", param_hint="--to-broker")
    if None not in (minimum_timestamp, maximum_timestamp) and minimum_timestamp > maximum_timestamp:  # type: ignore[operator]
        raise typer.BadParameter("is after --maximum-timestamp", param_hint="--minimum-timestamp")
    ids = [part.strip() for part in conversation_ids.split(",")] if conversation_ids else None

    def is_wanted(event: dict[str, Any]) -> bool:
        time = event["timestamp"]
        return (minimum_timestamp is None or time >= minimum_timestamp) and (
            maximum_timestamp is None or time < maximum_timestamp
        )

    async def write(opened: ConversationStore) -> dict[str, int]:
        import asyncio

        seen, events = set(), 0
        with _to_broker(endpoints) if to_broker else _to_lines(out) as take:
            async for line in opened.export(ids):
                seen.add(line["conversation"])
                wanted = list(filter(is_wanted, line["events"]))
                for event in wanted:
                    event["timestamp"] += offset
                await asyncio.to_thread(
                    take, [{"sender_id": line["conversation"], **event} for event in wanted]
                )
                events += len(wanted)
            if ids and not seen:
                raise _unknown(*ids)
        for name in ids or ():
            if name not in seen:
                error_console().print(f"there is no conversation {name!r}", style="yellow", markup=False)
        return {"conversations": len(seen), "events": events}

    counts = with_store(endpoints, store, write)
    if as_json:
        return print_json(counts)
    summary = f"{counts['events']} events of {counts['conversations']} conversations"
    where = " → the event broker" if to_broker else f" → {out}" if out else ""
    error_console().print(summary + where, markup=False)


def with_store(endpoints: str, url: str | None, work: Callable[[ConversationStore], Awaitable[Any]]) -> Any:
    """Run ``work`` on the store of the project in the current folder."""
    import asyncio

    async def run() -> Any:
        from chatwright.project.endpoints import load_endpoints
        from chatwright.stores.project_store import open_store

        root = Path.cwd()
        opened = await open_store(root, load_endpoints(root / endpoints), url=url)
        try:
            return await work(opened)
        finally:
            await opened.close()

    return asyncio.run(run())


@contextlib.contextmanager
def _to_lines(out: Path | None) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """What writes events as JSON lines."""
    import orjson

    with _writing(out) as file:
        yield lambda events: file.writelines(
            orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE) for event in events
        )


@contextlib.contextmanager
def _to_broker(endpoints: str) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """What sends events to the broker of the project, marked as one export, as by Rasa."""
    import uuid

    from chatwright.brokers.broker import open_broker
    from chatwright.errors import ProjectError
    from chatwright.project.endpoints import load_endpoints

    root = Path.cwd()
    endpoint = load_endpoints(root / endpoints).event_broker
    if endpoint is None:
        raise ProjectError(
            f"{endpoints} names no event_broker", fix="add one, or export to a file with --out"
        )
    broker = open_broker(endpoint, root)
    headers = {"rasa-export-process-id": uuid.uuid4().hex}
    try:
        yield lambda events: broker.publish(events, headers=headers) if events else None
    finally:
        broker.close()


@contextlib.contextmanager
def _writing(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears only when it is whole."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    temporary = out.with_name(out.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(out)
    except OSError as error:
        from chatwright.errors import StoreError

        raise StoreError(f"{out} cannot be written: {error}", fix="choose another file") from error
    finally:
        temporary.unlink(missing_ok=True)


def _unknown(*conversations: str) -> Exception:
    from chatwright.errors import StoreError

    names = ", ".join(repr(name) for name in conversations)
    return StoreError(f"there is no conversation {names}", fix="see `chatwright conversations list`")


def _report_rows(rows: int, path: Path, as_json: bool) -> None:
    if as_json:
        print_json({"rows": rows, "file": str(path)})
    else:
        console().print(f"{rows} rows · {path}", markup=False)


def _when(timestamp: float) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(timestamp).isoformat(" ", "seconds")


def _show_event(event: Event) -> None:
    from rich.text import Text

    data = event.to_json()
    kind, time = data.pop("event"), data.pop("timestamp")
    if kind in ("user", "bot", "agent"):
        said = data.get("text") or {key: value for key, value in (data.get("data") or {}).items() if value}
        what = Text(f"{kind} › ", style="bold" if kind == "user" else "bold green") + Text(str(said))
        if kind == "user" and (intent := data["parse_data"]["intent"]["name"]):
            what += Text(f"  ({intent})", style="dim")
    else:
        details = {key: value for key, value in data.items() if value is not None and key != "metadata"}
        what = Text(f"  {kind} " + " ".join(f"{key}={value}" for key, value in details.items()), style="dim")
    console().print(Text(f"{_when(time)}  ", style="dim") + what)
