"""`babilu admin invitations` makes, lists and revokes invitations to a relay."""

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.commands import Group
from babilu.cli.parameters import Number, argument, option


@order("admin.invitations.create")
@option("--expires", metavar="TIME")
@option("--uses", metavar="N", type=Number(1, 100_000), default=1)
def create(admin_base: AdminBase, *, expires: str | None, uses: int) -> None:
    """Make an invitation, which is shown once."""
    import msgspec

    from babilu.cli.quantities import DURATIONS, parse
    from babilu.presentation.strings import MisuseError
    from babilu.relay.base.admin_requests import InvitationIs, Invite

    lifetime = None if expires is None else parse(expires, DURATIONS)
    if expires is not None and not lifetime:
        raise MisuseError("takes_time", option="--expires")
    made = admin_base.ask(Invite(lifetime, uses), InvitationIs)
    until = admin_base.time(made.expires_at)
    sentence = admin_base.say("admin.invitation", number=made.invitation, count=made.uses, until=until)
    admin_base.tell("invitation", sentence, made.text, **msgspec.structs.asdict(made))


@order("admin.invitations.list")
def list_invitations(admin_base: AdminBase) -> None:
    """List the invitations that can still be used."""
    from babilu.relay.base.admin_requests import ListInvitations
    from babilu.relay.storage.records import OpenInvitation

    waiting = admin_base.ask(ListInvitations(), list[OpenInvitation])
    rows = [
        (each.invitation, each.uses, admin_base.time(each.created_at), admin_base.time(each.expires_at))
        for each in waiting
    ]
    admin_base.tell_rows("invitations", ("number", "uses", "made", "expires"), rows, invitations=waiting)


@order("admin.invitations.revoke")
@argument("invitation", metavar="NUMBER", type=Number(0))
def revoke(admin_base: AdminBase, invitation: int) -> None:
    """Make an invitation unusable."""
    from babilu.relay.base.admin_requests import Revoke

    admin_base.do(Revoke(invitation))
    admin_base.tell("revoked", admin_base.say("admin.revoked", number=invitation), invitation=invitation)


invitations = Group("admin.invitations", {"create": create, "list": list_invitations, "revoke": revoke})
