"""``chatwright``: the command line. Each command lives in a module of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from chatwright import __version__
from chatwright.cli import (
    align,
    analyze,
    bench,
    chat,
    conversations,
    data,
    init,
    interactive,
    migrate,
    parse,
    serve,
    test,
    train,
    users,
    visualize,
)

__all__ = ["app"]

app = typer.Typer(
    name="chatwright",
    help="Build trustworthy chatbots in Chinese and English from a folder of text files.\n\n"
    "A first bot:  chatwright init mybot && cd mybot && chatwright train && chatwright chat",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chatwright {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
    debug: Annotated[bool, typer.Option("--debug", "-vv", help="Log everything.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log errors only.")] = False,
) -> None:
    from chatwright.cli.console import set_log_level

    set_log_level(verbose=verbose, debug=debug, quiet=quiet)


app.command("init")(init.init)
app.add_typer(train.app, name="train")
app.command("chat")(chat.chat)
app.command("interactive")(interactive.interactive)
app.command("parse")(parse.parse)
app.command("analyze")(analyze.analyze)
app.command("serve")(serve.serve)
app.add_typer(test.app, name="test")
app.add_typer(data.app, name="data")
app.add_typer(align.app, name="align")
app.command("visualize")(visualize.visualize)
app.command("migrate")(migrate.migrate)
app.add_typer(conversations.app, name="conversations")
app.add_typer(users.app, name="users")
app.command("export")(conversations.export)
app.command("bench", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench.bench)

if __name__ == "__main__":
    app()
