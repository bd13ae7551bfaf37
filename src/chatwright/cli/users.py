"""``chatwright users``: what is kept of the people who talk to the bot."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chatwright.cli.console import console, errors_for_people, print_json
from chatwright.cli.conversations import with_store
from chatwright.cli.options import EndpointsFile, Json, StoreUrl

__all__ = ["app"]

app = typer.Typer(
    help="See, set and erase what is kept of a user, such as: chatwright users show ann",
    no_args_is_help=True,
)

User = Annotated[
    str, typer.Argument(help="Id of the user: `user_id` of their messages, else the conversation.")
]


@app.command("show")
@errors_for_people
def show(
    user: User, endpoints: EndpointsFile = "endpoints.yml", store: StoreUrl = None, as_json: Json = False
) -> None:
    """The profile of a user and their conversations.

    Examples:

        chatwright users show ann
    """
    info = with_store(endpoints, store, lambda opened: opened.user(user))
    if as_json:
        return print_json({name: getattr(info, name) for name in info.__slots__})
    for key, value in info.profile.items():
        console().print(f"{key}: {value}", markup=False)
    if not info.profile:
        console().print("nothing is kept of this user")
    console().print(f"conversations: {', '.join(info.conversations) or 'none'}", markup=False)


@app.command("set")
@errors_for_people
def set_values(
    user: User,
    values: Annotated[list[str], typer.Argument(help="KEY=VALUE; KEY= takes the key out.")],
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
) -> None:
    """Put values into the profile of a user; true, false and numbers are what they look like.

    Examples:

        chatwright users set ann name=Ann consent=true
    """
    parsed: dict[str, Any] = {}
    for entry in values:
        key, equals, value = entry.partition("=")
        if not key or not equals:
            raise typer.BadParameter(f"{entry!r} is not KEY=VALUE", param_hint="VALUES")
        parsed[key] = _value(value)
    with_store(endpoints, store, lambda opened: opened.change_profile(user, parsed))


@app.command("erase")
@errors_for_people
def erase(
    user: User,
    conversations: Annotated[bool, typer.Option("--conversations", help="And their conversations.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    endpoints: EndpointsFile = "endpoints.yml",
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """Erase the profile of a user for good. Backups are not touched.

    Examples:

        chatwright users erase ann --conversations
    """
    if not yes:
        more = " and their conversations" if conversations else ""
        typer.confirm(f"Erase the profile of {user}{more} for good?", abort=True)
    known, count = with_store(
        endpoints, store, lambda opened: opened.erase_user(user, conversations=conversations)
    )
    if as_json:
        return print_json({"profile": known, "conversations": count})
    if not known and not count:
        from chatwright.errors import StoreError

        raise StoreError(f"nothing is kept of the user {user!r}", fix="see `chatwright users show`")
    console().print(f"{'profile' if known else 'no profile'} and {count} conversations erased")


def _value(text: str) -> Any:
    """JSON where it is, else the text; None for nothing."""
    import json

    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text
