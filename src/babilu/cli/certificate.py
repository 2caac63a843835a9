"""`babilu admin certificate` renews the relay's own certificate: announced first, used when clients have had time."""

from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.options import ConfigOption, HomeOption, JsonOption

if TYPE_CHECKING:
    from pathlib import Path

    from babilu.relay.admin.requests import Request


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(help="The relay's certificate and the one after it.", no_args_is_help=True)
    app.command("show")(show)
    app.command("prepare")(prepare)
    app.command("withdraw")(withdraw)
    app.command("renew")(renew)
    return app


def show(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show the fingerprints that users can compare."""
    from babilu.relay.admin.requests import Certificates

    _ask(context, home, config, Certificates(), as_json=as_json)


def prepare(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Make the next certificate and announce it to clients, now and whenever they come; 30 days later renew."""
    from babilu.relay.admin.requests import PrepareCertificate

    _ask(context, home, config, PrepareCertificate(), as_json=as_json)


def withdraw(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Forget the next certificate, and let clients forget it."""
    from babilu.relay.admin.requests import WithdrawCertificate

    _ask(context, home, config, WithdrawCertificate(), as_json=as_json)


def renew(
    context: typer.Context,
    *,
    early: Annotated[
        bool,
        typer.Option("--now", help="However short the announcement was: clients that missed it need the fingerprint."),
    ] = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Use the next certificate from now on; connections that are open stay."""
    from babilu.relay.admin.requests import RenewCertificate

    _ask(context, home, config, RenewCertificate(early), as_json=as_json)


def _ask(
    context: typer.Context, home: "Path | None", config: "Path | None", request: "Request", *, as_json: bool
) -> None:
    from babilu.cli.admin_door import folder_on_this_machine
    from babilu.cli.admin_link import ask
    from babilu.cli.fingerprints import grouped
    from babilu.cli.tables import show_json, time_text
    from babilu.relay.admin.requests import CertificatesAre

    told = ask(folder_on_this_machine(context, home, config), request, CertificatesAre)
    if as_json:
        show_json("certificate", **{field: getattr(told, field) for field in told.__struct_fields__})
        return
    print(f"Certificate (SHA-256): {grouped(told.fingerprint)}")
    if told.following is not None:
        since = "" if told.announced_at is None else f", announced since {time_text(told.announced_at)} (UTC)"
        print(f"The next one{since}: {grouped(told.following)}")
