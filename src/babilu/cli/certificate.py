"""`babilu admin certificate` renews the relay's own certificate: announced first, used when clients have had time."""

from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.help import Command, Group
from babilu.cli.office import Office, order

if TYPE_CHECKING:
    from babilu.relay.admin.requests import Request


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(cls=Group, help="Renew the relay's certificate.")
    for name, carry_out in (("show", show), ("prepare", prepare), ("withdraw", withdraw), ("renew", renew)):
        app.command(name, cls=Command)(order(carry_out))
    return app


def show(office: Office) -> None:
    """Show the fingerprints that users can compare."""
    from babilu.relay.admin.requests import Certificates

    _ask(office, Certificates())


def prepare(office: Office) -> None:
    """Make the next certificate and announce it.

    Clients are told now and whenever they come; 30 days later, renew.
    """
    from babilu.relay.admin.requests import PrepareCertificate

    _ask(office, PrepareCertificate())


def withdraw(office: Office) -> None:
    """Forget the next certificate, and let clients forget it."""
    from babilu.relay.admin.requests import WithdrawCertificate

    _ask(office, WithdrawCertificate())


def renew(
    office: Office,
    *,
    early: Annotated[
        bool,
        typer.Option("--now", help="However short the announcement was: clients that missed it need the fingerprint."),
    ] = False,
) -> None:
    """Use the next certificate from now on.

    Connections that are open stay.
    """
    from babilu.relay.admin.requests import RenewCertificate

    _ask(office, RenewCertificate(early))


def _ask(office: Office, request: "Request") -> None:
    import msgspec

    from babilu.cli.admin_link import ask
    from babilu.cli.fingerprints import grouped
    from babilu.relay.admin.requests import CertificatesAre

    told = ask(office.folder, request, CertificatesAre)
    sentences = [office.say("relay.fingerprint", fingerprint=grouped(told.fingerprint))]
    if told.following is not None:
        following = grouped(told.following)
        if told.announced_at is None:
            sentences.append(office.say("admin.certificate.next.elsewhere", fingerprint=following))
        else:
            since = office.time(told.announced_at)
            sentences.append(office.say("admin.certificate.next", since=since, fingerprint=following))
    office.tell("certificate", *sentences, **msgspec.structs.asdict(told))
