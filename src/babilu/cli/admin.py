"""`babilu admin` administers a relay: the one of this machine, or as owner or moderator one elsewhere.

Backups and certificates are dealt with on the relay's machine; restoring and verifying a backup needs no relay.
"""

from typing import Annotated

import typer

from babilu.cli import admin_users
from babilu.cli.backups import backup, restore, verify
from babilu.cli.certificate import build as build_certificate
from babilu.cli.help import Command, Group
from babilu.cli.invitations import build as build_invitations
from babilu.cli.locate import OFFICER
from babilu.cli.office import Office, order
from babilu.cli.options import PasswordFileOption


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(cls=Group)
    app.callback()(admin)
    app.add_typer(admin_users.build(), name="users")
    app.add_typer(build_invitations(), name="invitations")
    app.add_typer(build_certificate(), name="certificate")
    for name, carry_out in (
        ("broadcast", broadcast),
        ("audit", audit),
        ("stats", stats),
        ("backup", backup),
        ("restore", restore),
    ):
        app.command(name, cls=Command)(order(carry_out))
    app.command("verify", cls=Command)(order(verify, of_relay=False))
    return app


def admin(
    context: typer.Context,
    *,
    officer: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="PROFILE",
            help="Your profile for a relay elsewhere, of which you are owner or moderator; --home is your profiles'.",
            show_default=False,
        ),
    ] = None,
    password_file: PasswordFileOption = None,
) -> None:
    """Administer a relay.

    It is the one of this machine, or with --as one elsewhere.
    """
    context.meta[OFFICER] = None if officer is None else (officer, password_file)


def broadcast(
    office: Office, text: Annotated[str, typer.Argument(metavar="TEXT", help="At most 500 characters.")]
) -> None:
    """Tell everybody who is connected.

    The sentence is not encrypted, and not kept for those who come later.
    """
    from babilu.relay.admin.requests import NOTICE_CHARACTERS, Broadcast, Told
    from babilu.terminal.strings import MisuseError

    if not 0 < len(text) <= NOTICE_CHARACTERS:
        raise MisuseError("notice_length", most=NOTICE_CHARACTERS)
    told = office.ask(Broadcast(text), Told).connections
    sentence = office.say("admin.told.one") if told == 1 else office.say("admin.told", count=told)
    office.tell("told", sentence, connections=told)


def audit(
    office: Office,
    *,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many of the latest entries.")] = 100,
) -> None:
    """Show what operators did.

    Who, what, to whom and when, and never a text, a password or a token.
    """
    from babilu.relay.admin.requests import ReadAudit
    from babilu.relay.storage.administration import AuditEntry

    entries = office.ask(ReadAudit(most), list[AuditEntry])
    rows = [
        (office.time(each.at), each.officer or office.say("admin.by_user", number=each.uid), each.action, each.subject)
        for each in entries
    ]
    office.tell_rows("audit", ("time", "by", "action", "subject"), rows, entries=entries)


def stats(office: Office) -> None:
    """Show how much the relay holds."""
    import msgspec

    from babilu.cli.quantities import rough_size
    from babilu.relay.admin.requests import Statistics
    from babilu.relay.storage.administration import Statistics as StatisticsAre

    def written(name: str, value: int | None) -> str:
        if value is None:
            return "-"
        if name.endswith("_at"):
            return office.time(value)
        return rough_size(value) if name.endswith("_bytes") else str(value)

    members = msgspec.structs.asdict(office.ask(Statistics(), StatisticsAre))
    rows = [(office.say(f"stats.{name}"), written(name, value)) for name, value in members.items()]
    office.tell_rows("statistics", ("what", "how_much"), rows, **members)
