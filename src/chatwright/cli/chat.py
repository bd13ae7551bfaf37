"""``chatwright chat``: talk to the bot in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatwright.cli.console import console, errors_for_people
from chatwright.cli.options import EndpointsFile, Model, StoreUrl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatwright.bot import Bot
    from chatwright.schema.messages import BotMessage

__all__ = ["chat"]


@errors_for_people
def chat(
    model: Model = Path("models"),
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    conversation_id: Annotated[
        str | None,
        typer.Option("--conversation-id", help="Go on with this conversation.  [default: a new one]"),
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Show after each answer why it was given.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Language of your messages; else found in each.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", help="Whose profile counts.  [default: the conversation's own]")
    ] = None,
) -> None:
    """Talk to the bot. Leave with /stop or Ctrl-D; /restart starts over.

    Examples:

        chatwright chat

        chatwright chat --why

        printf '你好\\n我的订单20231107到哪了\\n' | chatwright chat
    """
    import asyncio

    given = {"language": language, "user_id": user}
    metadata = {key: value for key, value in given.items() if value is not None}
    asyncio.run(_talk(model, endpoints, store, conversation_id, why, metadata))


async def _talk(
    model: Path,
    endpoints: str,
    store: str | None,
    conversation: str | None,
    why: bool,
    metadata: Mapping[str, Any],
) -> None:
    from chatwright.bot import Bot
    from chatwright.schema.messages import new_id

    bot = await Bot.load(model, project=Path.cwd(), endpoints=endpoints, store=store)
    conversation = conversation or f"terminal-{new_id()[:8]}"
    try:
        if sys.stdin.isatty():
            console().print(f"[dim]{bot.model_file.name} · conversation {conversation} · /stop leaves[/]")
        buttons: list[Mapping[str, Any]] = []
        while (text := await _read_line()) is not None:
            text = _as_payload(text.strip(), buttons)
            if text == "/stop":
                break
            if text:
                buttons = await _exchange(bot, text, conversation, metadata, why)
    finally:
        await bot.close()


async def _exchange(
    bot: Bot, text: str, conversation: str, metadata: Mapping[str, Any], why: bool
) -> list[Mapping[str, Any]]:
    """One turn; gives the buttons that now may be chosen by number."""
    turn = await bot.handle(text, conversation=conversation, channel="terminal", metadata=metadata)
    buttons: list[Mapping[str, Any]] = []
    for reply in turn.replies:
        _show(reply, buttons)
    if why:
        _show_why(turn.why)
    return buttons


async def _read_line() -> str | None:
    """The next line, None at the end. Read in a thread: the event loop goes on."""
    import asyncio

    try:
        return await asyncio.to_thread(input, "you › " if sys.stdin.isatty() else "")
    except EOFError:
        return None


def _as_payload(text: str, buttons: list[Mapping[str, Any]]) -> str:
    """The payload of the button whose number or title was typed, else the text itself."""
    for number, button in enumerate(buttons, 1):
        if text in (str(number), button.get("title")):
            return str(button.get("payload") or button.get("title") or text)
    return text


def _show(reply: BotMessage, buttons: list[Mapping[str, Any]]) -> None:
    from rich.text import Text

    if reply.text:
        console().print(Text("bot › ", style="bold green") + Text(reply.text))
    for button in [*reply.buttons, *reply.quick_replies]:
        buttons.append(button)
        console().print(Text(f"      [{len(buttons)}] {button.get('title', '')}", style="cyan"))
    for extra in (reply.image, reply.attachment, reply.custom):
        if extra:
            console().print(Text(f"      {extra}", style="dim"))
    for element in reply.elements:
        console().print(Text(f"      {element}", style="dim"))


def _show_why(why: Mapping[str, Any]) -> None:
    """In the language of the conversation."""
    from rich.text import Text

    from chatwright.schema.reasons import phrase
    from chatwright.schema.why import Evidence

    language = why.get("language")

    def line(text: str) -> None:
        console().print(Text(f"      {text}", style="dim"))

    def give_reasons(told: Mapping[str, Any]) -> None:
        for reason in map(Evidence.from_json, told.get("evidence", ())):
            line(f"  {reason.told(language)}" + (f"  [{reason.source}]" if reason.source else ""))

    for found in [*filter(None, [why.get("understanding")]), *why.get("further", ())]:
        understood = {**found, "language": found["language"] or "–"}
        line(phrase("understood", **understood).told(language))
        for entity in found["entities"]:
            line(f"  {entity['entity']} = {entity['value']!r}")
        give_reasons(found)
    for step in why.get("steps", ()):
        by = {name: step[name] for name in ("action", "policy", "confidence") if name in step}
        line(phrase("decided.surely" if "confidence" in by else "decided", **by).told(language))
        give_reasons(step)
        if error := step.get("error"):
            line(f"  {phrase('failed', message=error.get('message')).told(language)}")
