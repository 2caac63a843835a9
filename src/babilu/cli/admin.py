"""`babilu admin` administers a relay: the one of this machine, or as owner or moderator one elsewhere.

Backups and certificates are dealt with on the relay's machine; restoring and verifying a backup needs no relay.
"""

from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.backups import add as add_backups
from babilu.cli.certificate import build as build_certificate
from babilu.cli.locate import OFFICER
from babilu.cli.options import ConfigOption, HomeOption, JsonOption, PasswordFileOption
from babilu.kernel.errors import UsageError

if TYPE_CHECKING:
    from babilu.cli.admin_door import Door
    from babilu.relay.admin.requests import Request


@unique
class Post(StrEnum):
    """What an account can become."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(no_args_is_help=True)
    app.callback()(admin)
    users = typer.Typer(help="Accounts. New ones are made by invitation.", no_args_is_help=True)
    users.command("list")(list_users)
    users.command("disable")(disable)
    users.command("enable")(enable)
    users.command("reset")(reset)
    users.command("delete")(delete)
    users.command("role")(role)
    users.command("quota")(quota)
    invitations = typer.Typer(help="Invitations.", no_args_is_help=True)
    invitations.command("create")(invite)
    invitations.command("list")(list_invitations)
    invitations.command("revoke")(revoke)
    app.add_typer(users, name="users")
    app.add_typer(invitations, name="invitations")
    app.add_typer(build_certificate(), name="certificate")
    app.command("broadcast")(broadcast)
    app.command("audit")(audit)
    app.command("stats")(stats)
    add_backups(app)
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
    """Administer a relay: the one of this machine, or with --as one elsewhere."""
    context.meta[OFFICER] = None if officer is None else (officer, password_file)


def list_users(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List all accounts."""
    from babilu.cli.quantities import SIZES, write
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import ListUsers
    from babilu.relay.storage.administration import AccountSummary

    door = _door(context, home, config)
    users: list[AccountSummary] = []
    while page := door.ask(ListUsers(users[-1].name if users else ""), list[AccountSummary]):
        users += page
    if as_json:
        show_json("users", users=users)
        return
    rows = [
        (
            user.name,
            user.role,
            "disabled" if user.disabled else "",
            time_text(user.created_at),
            user.devices,
            user.mail_messages,
            write(user.mail_bytes, SIZES) if user.mail_bytes else "0 B",
            _quota_text(user.mailbox_messages, user.mailbox_bytes),
        )
        for user in users
    ]
    show_table(("name", "role", "state", "since (UTC)", "devices", "mail", "size", "quota"), rows)


def disable(
    context: typer.Context,
    name: NameArgument,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let nobody log in to an account, and close its connections; its mail waits."""
    from babilu.relay.admin.requests import DisableUser

    _do(_door(context, home, config), DisableUser(name), "disabled", as_json=as_json)


def enable(
    context: typer.Context,
    name: NameArgument,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an account log in again."""
    from babilu.relay.admin.requests import EnableUser

    _do(_door(context, home, config), EnableUser(name), "enabled", as_json=as_json)


def delete(
    context: typer.Context,
    name: NameArgument,
    *,
    yes: YesOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete an account with its keys and the mail that waits for it."""
    from babilu.relay.admin.requests import DeleteUser

    door = _door(context, home, config)
    if not yes:
        typer.confirm(f"Delete the account {name!r} with all that waits for it?", abort=True, err=True)
    _do(door, DeleteUser(name), "deleted", as_json=as_json)


def role(
    context: typer.Context,
    name: NameArgument,
    post: Annotated[Post, typer.Argument(help="What the account becomes.")],
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account the owner (there is one), a moderator, or a member like others."""
    from babilu.relay.admin.requests import AppointUser
    from babilu.relay.storage.administration import Role

    _do(_door(context, home, config), AppointUser(name, Role(post.value)), "appointed", as_json=as_json)


def quota(
    context: typer.Context,
    name: NameArgument,
    *,
    messages: Annotated[
        int | None, typer.Option("--messages", min=0, help="Envelopes that may wait for each device.")
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", help="The same in bytes, as '20 MiB'.", show_default=False)
    ] = None,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let so much wait for each device of an account; what is left out is the relay's usual number."""
    from babilu.cli.quantities import SIZES, parse
    from babilu.relay.admin.requests import SetQuota

    most = None if size is None else parse(size, SIZES)
    if size is not None and most is None:
        raise UsageError("--size takes a size such as '20 MiB'.")
    _do(_door(context, home, config), SetQuota(name, messages, most), "set", as_json=as_json)


def _quota_text(messages: int | None, size: int | None) -> str:
    from babilu.cli.quantities import SIZES, write

    numbers = [] if messages is None else [str(messages)]
    return ", ".join(numbers + ([] if size is None else [write(size, SIZES) if size else "0 B"]))


def reset(
    context: typer.Context,
    name: NameArgument,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an account a new password, which is shown once; devices that are logged in stay."""
    import base64

    from babilu.cli.tables import show_json
    from babilu.crypto.password import LoginCost, login_key, new_salt
    from babilu.crypto.secret import Passphrase
    from babilu.identity.names import normalise_name
    from babilu.relay.admin.requests import Done, ResetLogin
    from babilu.system import SystemRandomness

    door = _door(context, home, config)
    randomness = SystemRandomness()
    known = normalise_name(name)
    password = base64.b32encode(randomness.token(15)).decode("ascii").lower()
    salt, cost = new_salt(randomness), LoginCost()
    # The relay learns what it learns at a registration, and never the password.
    public = login_key(Passphrase(password), known, salt, cost).public
    door.ask(ResetLogin(known, salt, cost, public), Done)
    if as_json:
        show_json("reset", name=known, password=password)
    else:
        print(f"The new password of {known}: {password}")


def invite(
    context: typer.Context,
    *,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="How long it is good, as '2 days'.")
    ] = None,
    uses: Annotated[int, typer.Option("--uses", min=1, max=100_000, help="How many accounts it is good for.")] = 1,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an invitation, which is shown once."""
    from babilu.cli.quantities import DURATIONS, parse
    from babilu.cli.tables import show_json, time_text
    from babilu.relay.admin.requests import InvitationIs, Invite

    lifetime = None if expires is None else parse(expires, DURATIONS)
    if expires is not None and not lifetime:
        raise UsageError("--expires takes a time such as '2 days' or '12 h'.")
    made = _door(context, home, config).ask(Invite(lifetime, uses), InvitationIs)
    if as_json:
        show_json("invitation", **{field: getattr(made, field) for field in made.__struct_fields__})
    else:
        often = "once" if made.uses == 1 else f"{made.uses} times"
        print(f"Invitation {made.invitation}, good {often} until {time_text(made.expires_at)} (UTC):")
        print(made.text)


def list_invitations(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the invitations that can still be used."""
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import ListInvitations
    from babilu.relay.storage.records import Invitation

    waiting = _door(context, home, config).ask(ListInvitations(), list[Invitation])
    if as_json:
        show_json("invitations", invitations=waiting)
        return
    rows = [(each.invitation, each.uses, time_text(each.created_at), time_text(each.expires_at)) for each in waiting]
    show_table(("number", "uses", "made (UTC)", "expires (UTC)"), rows)


def revoke(
    context: typer.Context,
    invitation: Annotated[int, typer.Argument(metavar="NUMBER", min=0, help="Its number in the list.")],
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an invitation unusable."""
    from babilu.relay.admin.requests import Revoke

    _do(_door(context, home, config), Revoke(invitation), "revoked", as_json=as_json)


def broadcast(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="At most 500 characters.")],
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell a sentence to everybody who is connected now; it is not encrypted and not kept."""
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import NOTICE_CHARACTERS, Broadcast, Told

    if not 0 < len(text) <= NOTICE_CHARACTERS:
        raise UsageError(f"A notice has 1 to {NOTICE_CHARACTERS} characters.")
    told = _door(context, home, config).ask(Broadcast(text), Told)
    if as_json:
        show_json("told", connections=told.connections)
    else:
        print(f"Told to {told.connections} connections.")


def audit(
    context: typer.Context,
    *,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many of the latest entries.")] = 100,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what operators did: who, what, to whom and when, and never a text, a password or a token."""
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import ReadAudit
    from babilu.relay.storage.administration import AuditEntry

    entries = _door(context, home, config).ask(ReadAudit(most), list[AuditEntry])
    if as_json:
        show_json("audit", entries=entries)
        return
    rows = [(time_text(each.at), each.officer or f"user {each.uid}", each.action, each.subject) for each in entries]
    show_table(("time (UTC)", "by", "action", "subject"), rows)


def stats(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show how much the relay holds."""
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import Statistics
    from babilu.relay.storage.administration import Statistics as StatisticsAre

    counted = _door(context, home, config).ask(Statistics(), StatisticsAre)
    members = {field: getattr(counted, field) for field in counted.__struct_fields__}
    if as_json:
        show_json("statistics", **members)
    else:
        told = {name: time_text(value) if name.endswith("_at") and value else value for name, value in members.items()}
        rows = [(name.replace("_", " "), "-" if value is None else value) for name, value in told.items()]
        show_table(("what", "how much"), rows)


def _door(context: typer.Context, home: Path | None, config: Path | None) -> "Door":
    from babilu.cli.admin_door import door_for

    return door_for(context, home, config)


def _do(door: "Door", request: "Request", done: str, *, as_json: bool) -> None:
    """Ask for what has no answer but that it was done."""
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import Done

    door.ask(request, Done)
    if as_json:
        show_json(done)
    else:
        print(f"{done.capitalize()}.")
