"""`babilu admin` administers a relay that runs on this machine; restoring and verifying a backup needs none."""

import os
from datetime import UTC, datetime
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.options import ConfigOption, HomeOption, JsonOption
from babilu.kernel.errors import UsageError

if TYPE_CHECKING:
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
    app = typer.Typer(help="Administer a relay that runs on this machine.", no_args_is_help=True)
    users = typer.Typer(help="Accounts. New ones are made by invitation.", no_args_is_help=True)
    users.command("list")(list_users)
    users.command("disable")(disable)
    users.command("enable")(enable)
    users.command("reset")(reset)
    users.command("delete")(delete)
    users.command("role")(role)
    invitations = typer.Typer(help="Invitations.", no_args_is_help=True)
    invitations.command("create")(invite)
    invitations.command("list")(list_invitations)
    invitations.command("revoke")(revoke)
    app.add_typer(users, name="users")
    app.add_typer(invitations, name="invitations")
    app.command("broadcast")(broadcast)
    app.command("audit")(audit)
    app.command("stats")(stats)
    app.command("backup")(backup)
    app.command("verify")(verify)
    app.command("restore")(restore)
    return app


def list_users(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List all accounts."""
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import SIZES, write
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import ListUsers
    from babilu.relay.storage.administration import AccountSummary

    users = ask(_folder(context, home, config), ListUsers(), list[AccountSummary])
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
        )
        for user in users
    ]
    show_table(("name", "role", "state", "since (UTC)", "devices", "mail", "size"), rows)


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

    _do(_folder(context, home, config), DisableUser(name), "disabled", as_json=as_json)


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

    _do(_folder(context, home, config), EnableUser(name), "enabled", as_json=as_json)


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

    folder = _folder(context, home, config)
    if not yes:
        typer.confirm(f"Delete the account {name!r} with all that waits for it?", abort=True, err=True)
    _do(folder, DeleteUser(name), "deleted", as_json=as_json)


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

    _do(_folder(context, home, config), AppointUser(name, Role(post.value)), "appointed", as_json=as_json)


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

    from babilu.cli.admin_link import ask
    from babilu.cli.tables import show_json
    from babilu.crypto.password import LoginCost, login_key, new_salt
    from babilu.crypto.secret import Passphrase
    from babilu.identity.names import normalise_name
    from babilu.relay.admin.requests import Done, ResetLogin
    from babilu.system import SystemRandomness

    folder = _folder(context, home, config)
    randomness = SystemRandomness()
    known = normalise_name(name)
    password = base64.b32encode(randomness.token(15)).decode("ascii").lower()
    salt, cost = new_salt(randomness), LoginCost()
    # The relay learns what it learns at a registration, and never the password.
    public = login_key(Passphrase(password), known, salt, cost).public
    ask(folder, ResetLogin(known, salt, cost, public), Done)
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
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import DURATIONS, parse
    from babilu.cli.tables import show_json, time_text
    from babilu.relay.admin.requests import InvitationIs, Invite

    lifetime = None if expires is None else parse(expires, DURATIONS)
    if expires is not None and not lifetime:
        raise UsageError("--expires takes a time such as '2 days' or '12 h'.")
    made = ask(_folder(context, home, config), Invite(lifetime, uses), InvitationIs)
    if as_json:
        show_json("invitation", **{field: getattr(made, field) for field in made.__struct_fields__})
    else:
        print(f"Invitation {made.invitation}, good {made.uses} times until {time_text(made.expires_at)} (UTC):")
        print(made.text)


def list_invitations(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the invitations that can still be used."""
    from babilu.cli.admin_link import ask
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import ListInvitations
    from babilu.relay.storage.records import Invitation

    waiting = ask(_folder(context, home, config), ListInvitations(), list[Invitation])
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

    _do(_folder(context, home, config), Revoke(invitation), "revoked", as_json=as_json)


def broadcast(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="At most 500 characters.")],
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell a sentence to everybody who is connected now; it is not encrypted and not kept."""
    from babilu.cli.admin_link import ask
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import NOTICE_CHARACTERS, Broadcast, Told

    if not 0 < len(text) <= NOTICE_CHARACTERS:
        raise UsageError(f"A notice has 1 to {NOTICE_CHARACTERS} characters.")
    told = ask(_folder(context, home, config), Broadcast(text), Told)
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
    from babilu.cli.admin_link import ask
    from babilu.cli.tables import show_json, show_table, time_text
    from babilu.relay.admin.requests import ReadAudit
    from babilu.relay.storage.administration import AuditEntry

    entries = ask(_folder(context, home, config), ReadAudit(most), list[AuditEntry])
    if as_json:
        show_json("audit", entries=entries)
        return
    rows = [(time_text(entry.at), entry.uid, entry.action, entry.subject) for entry in entries]
    show_table(("time (UTC)", "user id", "action", "subject"), rows)


def stats(
    context: typer.Context, *, home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show how much the relay holds."""
    from babilu.cli.admin_link import ask
    from babilu.cli.tables import show_json, show_table
    from babilu.relay.admin.requests import Statistics
    from babilu.relay.storage.administration import Statistics as StatisticsAre

    counted = ask(_folder(context, home, config), Statistics(), StatisticsAre)
    members = {field: getattr(counted, field) for field in counted.__struct_fields__}
    if as_json:
        show_json("statistics", **members)
    else:
        show_table(("what", "how much"), [(name.replace("_", " "), value) for name, value in members.items()])


def backup(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="New folder; otherwise one below `backups` in the relay's."),
    ] = None,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Back a relay up while it runs, and verify the backup."""
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import SIZES, write
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import BackedUp, BackUp
    from babilu.relay.backup import verify_backup

    of = _folder(context, home, config)
    place = (folder or of / "backups" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")).absolute()
    made = ask(of, BackUp(str(place)), BackedUp)
    verify_backup(place)
    if as_json:
        show_json("backup", folder=made.folder, size=made.size, verified=True)
    else:
        print(f"{made.folder} holds {write(made.size, SIZES)}, verified. Keep it as secret as the relay itself.")


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.")], *, as_json: JsonOption = False
) -> None:
    """Check that a backup is whole, unchanged and can be restored."""
    from babilu.cli.tables import show_json, time_text
    from babilu.relay.backup import verify_backup

    manifest = verify_backup(folder)
    if as_json:
        show_json("verified", folder=str(folder), made_at=manifest.made_at, size=manifest.size)
    else:
        print(f"{folder} is whole; it was made at {time_text(manifest.made_at)} (UTC).")


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Put the files aside that are there.")] = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a backup, verified first, in the place of a relay that does not run."""
    from babilu.cli.tables import show_json
    from babilu.relay.backup import restore_backup
    from babilu.system import SystemRandomness

    to = _folder(context, home, config)
    aside = restore_backup(folder, to, SystemRandomness(), replace=replace)
    if as_json:
        show_json("restored", home=str(to), aside=None if aside is None else str(aside))
    else:
        print(f"{to} is restored." + ("" if aside is None else f" What was there lies in {aside}."))


def _folder(context: typer.Context, home: Path | None, config: Path | None) -> Path:
    from babilu.cli.locate import folder_of_relay

    if not hasattr(os, "fork"):
        raise UsageError("A relay is administered over a Unix socket, which this system does not have.")
    return folder_of_relay(context, None, home, config)


def _do(folder: Path, request: "Request", done: str, *, as_json: bool) -> None:
    """Ask for what has no answer but that it was done."""
    from babilu.cli.admin_link import ask
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import Done

    ask(folder, request, Done)
    if as_json:
        show_json(done)
    else:
        print(f"{done.capitalize()}.")
