"""``chatwright serve``: the HTTP server."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from chatwright.cli.console import error_console, errors_for_people
from chatwright.cli.options import EndpointsFile, Model, StoreUrl

__all__ = ["serve"]


@errors_for_people
def serve(
    model: Model = Path("models"),
    endpoints: EndpointsFile = "endpoints.yml",
    credentials: Annotated[str, typer.Option("--credentials", help="Channels and who may use them.")] = (
        "credentials.yml"
    ),
    store: StoreUrl = None,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port to listen on.")] = 5005,
    interface: Annotated[
        str, typer.Option("--interface", "-i", help="Address to listen on; 0.0.0.0 is all of them.")
    ] = "127.0.0.1",
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that answer.")] = 1,
    enable_api: Annotated[bool, typer.Option("--enable-api", help="Offer Rasa's HTTP API, too.")] = False,
    auth_token: Annotated[
        str | None,
        typer.Option("--auth-token", "-t", envvar="CHATWRIGHT_AUTH_TOKEN", help="Token the API asks for."),
    ] = None,
    jwt_secret: Annotated[
        str | None,
        typer.Option(
            "--jwt-secret", envvar="CHATWRIGHT_JWT_SECRET", help="Secret (or public key) of JSON Web Tokens."
        ),
    ] = None,
    jwt_method: Annotated[str, typer.Option("--jwt-method", help="Algorithm of the tokens.")] = "HS256",
    jwt_private_key: Annotated[
        str | None,
        typer.Option(
            "--jwt-private-key", hidden=True, help="As in Rasa; checking needs the public key only."
        ),
    ] = None,
    cors: Annotated[
        list[str] | None, typer.Option("--cors", help="Origin whose pages may call; repeatable.")
    ] = None,
    allowed_hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-hosts",
            envvar="CHATWRIGHT_ALLOWED_HOSTS",
            help="Name, beside localhost, by which the server may be asked, as behind a proxy; "
            "repeatable, * is any.",
        ),
    ] = None,
    allow_open: Annotated[
        bool, typer.Option("--allow-open", help="Listen beyond this machine although all may enter.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Stop where something would be done otherwise than the files say."),
    ] = False,
    response_timeout: Annotated[
        float, typer.Option("--response-timeout", min=1, help="Seconds an answer may take.")
    ] = 3600,
    ssl_certificate: Annotated[Path | None, typer.Option("--ssl-certificate", help="For HTTPS.")] = None,
    ssl_keyfile: Annotated[Path | None, typer.Option("--ssl-keyfile", help="Its private key.")] = None,
    ssl_password: Annotated[
        str | None,
        typer.Option("--ssl-password", envvar="CHATWRIGHT_SSL_PASSWORD", help="Password of the key."),
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option("--log-file", help="Log there.  [default: standard error]")
    ] = None,
) -> None:
    """Serve the bot: chat page, inspector, REST channel, OpenAI's API and, on wish, Rasa's.

    Examples:

        chatwright serve

        chatwright serve --workers 2 --enable-api --auth-token "$TOKEN"

        chatwright serve -i 0.0.0.0 --allow-open
    """
    from chatwright.bundle import open_bundle
    from chatwright.errors import BundleError, ProjectInvalid
    from chatwright.serve.doors import check_doors, unserved_channels
    from chatwright.serve.logging_setup import set_up_logging
    from chatwright.serve.settings import ServeSettings
    from chatwright.serve.workers import run

    settings = ServeSettings(
        root=Path.cwd(),
        model=model,
        endpoints=endpoints,
        credentials=credentials,
        store=store,
        interface=interface,
        port=port,
        workers=workers,
        enable_api=enable_api,
        auth_token=auth_token,
        jwt_secret=jwt_secret,
        jwt_method=jwt_method,
        cors=tuple(cors or ()),
        allowed_hosts=tuple(allowed_hosts or ()),
        allow_open=allow_open,
        ssl_certificate=ssl_certificate,
        ssl_keyfile=ssl_keyfile,
        ssl_password=ssl_password,
        response_timeout_s=response_timeout,
        log_level=min(logging.getLogger().level or logging.INFO, logging.INFO),
        log_file=log_file,
    )
    set_up_logging(settings.log_level, settings.log_file)
    doors = check_doors(settings)
    path = settings.root / model
    has_bot = path.is_file() or any(path.glob("*.tar.gz"))
    if not enable_api and not has_bot:
        raise BundleError(f"there is no bot in {model}", fix="train one with `chatwright train`")
    otherwise = unserved_channels(settings)
    if has_bot:
        otherwise += open_bundle(path).manifest.substitutes
    if strict and otherwise:
        raise ProjectInvalid.substituted(otherwise)
    scheme = "https" if ssl_certificate else "http"
    address = f"{scheme}://{'127.0.0.1' if interface in ('0.0.0.0', '::') else interface}:{port}"  # noqa: S104
    out = error_console()
    out.print(f"Open [bold]{address}[/] to chat, [bold]{address}/inspect[/] to see why. Ctrl-C stops.")
    for notice in otherwise:
        out.print(f"note: {notice}", style="dim", markup=False)
    if doors:
        out.print(f"[dim]Anyone who reaches this address may use {' and '.join(doors)}.[/]")
    run(settings)
