"""`babilu admin invitations` makes, lists and revokes invitations to a relay."""

from typing import Annotated

import typer

from babilu.cli.help import Command, Group
from babilu.cli.office import Office, order


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(cls=Group, help="Make, list, revoke invitations.")
    for name, carry_out in (("create", create), ("list", list_invitations), ("revoke", revoke)):
        app.command(name, cls=Command)(order(carry_out))
    return app


def create(
    office: Office,
    *,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="TIME", help="How long it is good, as '2 days'.", show_default=False),
    ] = None,
    uses: Annotated[
        int, typer.Option("--uses", metavar="N", min=1, max=100_000, help="How many accounts it is good for.")
    ] = 1,
) -> None:
    """Make an invitation, which is shown once."""
    import msgspec

    from babilu.cli.quantities import DURATIONS, parse
    from babilu.relay.admin.requests import InvitationIs, Invite
    from babilu.terminal.strings import MisuseError

    lifetime = None if expires is None else parse(expires, DURATIONS)
    if expires is not None and not lifetime:
        raise MisuseError("takes_time", option="--expires")
    made = office.ask(Invite(lifetime, uses), InvitationIs)
    key = "admin.invitation.once" if made.uses == 1 else "admin.invitation"
    sentence = office.say(key, number=made.invitation, uses=made.uses, until=office.time(made.expires_at))
    office.tell("invitation", sentence, made.text, **msgspec.structs.asdict(made))


def list_invitations(office: Office) -> None:
    """List the invitations that can still be used."""
    from babilu.relay.admin.requests import ListInvitations
    from babilu.relay.storage.records import Invitation

    waiting = office.ask(ListInvitations(), list[Invitation])
    rows = [
        (each.invitation, each.uses, office.time(each.created_at), office.time(each.expires_at)) for each in waiting
    ]
    office.tell_rows("invitations", ("number", "uses", "made", "expires"), rows, invitations=waiting)


def revoke(
    office: Office,
    invitation: Annotated[int, typer.Argument(metavar="NUMBER", min=0, help="Its number in the list.")],
) -> None:
    """Make an invitation unusable."""
    from babilu.relay.admin.requests import Revoke

    office.do(Revoke(invitation))
    office.tell("revoked", office.say("admin.revoked", number=invitation), invitation=invitation)
