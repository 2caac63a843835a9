"""`babilu admin users` deals with the accounts of a relay."""

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.help import Command, Group
from babilu.cli.office import Office, order

if TYPE_CHECKING:
    from babilu.relay.storage.administration import AccountSummary


@unique
class Post(StrEnum):
    """What an account can become."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(cls=Group, help="List, disable, delete accounts.")
    for name, carry_out in (
        ("list", list_users),
        ("disable", disable),
        ("enable", enable),
        ("reset", reset),
        ("delete", delete),
        ("role", role),
        ("quota", quota),
    ):
        app.command(name, cls=Command)(order(carry_out))
    return app


def list_users(office: Office) -> None:
    """List all accounts."""
    from babilu.relay.admin.requests import ListUsers
    from babilu.relay.storage.administration import AccountSummary

    users: list[AccountSummary] = []
    while page := office.ask(ListUsers(users[-1].name if users else ""), list[AccountSummary]):
        users += page
    head = ("name", "role", "state", "since", "devices", "mail", "size", "quota")
    office.tell_rows("users", head, [_row(office, user) for user in users], users=users)


def _row(office: Office, user: "AccountSummary") -> tuple[object, ...]:
    from babilu.cli.quantities import rough_size

    return (
        user.name,
        office.say(f"role.{user.role}"),
        office.say("admin.disabled.mark") if user.disabled else "",
        office.time(user.created_at),
        user.devices,
        user.mail_messages,
        rough_size(user.mail_bytes),
        _quota(office, user.mailbox_messages, user.mailbox_bytes),
    )


def disable(office: Office, name: NameArgument) -> None:
    """Let nobody log in to an account.

    Its connections are closed; its mail waits.
    """
    from babilu.relay.admin.requests import DisableUser

    office.do(DisableUser(name))
    office.tell("disabled", office.say("admin.disabled", name=name), name=name)


def enable(office: Office, name: NameArgument) -> None:
    """Let an account log in again."""
    from babilu.relay.admin.requests import EnableUser

    office.do(EnableUser(name))
    office.tell("enabled", office.say("admin.enabled", name=name), name=name)


def delete(
    office: Office,
    name: NameArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an account with its keys and mail."""
    from babilu.cli.secret_input import can_ask
    from babilu.relay.admin.requests import DeleteUser
    from babilu.terminal.strings import MisuseError

    if not yes:
        if not can_ask():
            raise MisuseError("unconfirmed")
        typer.confirm(office.say("admin.delete", name=name), abort=True, err=True)
    office.do(DeleteUser(name))
    office.tell("deleted", office.say("admin.deleted", name=name), name=name)


def role(
    office: Office,
    name: NameArgument,
    post: Annotated[Post, typer.Argument(metavar="ROLE", help="owner (there is one), moderator, or member.")],
) -> None:
    """Make an account owner, moderator, or member."""
    from babilu.relay.admin.requests import AppointUser
    from babilu.relay.storage.administration import Role

    office.do(AppointUser(name, Role(post.value)))
    office.tell("appointed", office.say(f"admin.appointed.{post}", name=name), name=name, role=post)


def quota(
    office: Office,
    name: NameArgument,
    *,
    messages: Annotated[
        int | None,
        typer.Option("--messages", metavar="N", min=0, help="Messages that may wait.", show_default=False),
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", help="The same in bytes, as '20 MiB'.", show_default=False)
    ] = None,
) -> None:
    """Let more or less mail wait for an account.

    It holds for each of its devices; what is left out is the relay's usual number.
    """
    from babilu.cli.quantities import SIZES, parse
    from babilu.relay.admin.requests import SetQuota
    from babilu.terminal.strings import MisuseError

    most = None if size is None else parse(size, SIZES)
    if size is not None and most is None:
        raise MisuseError("takes_size", option="--size")
    office.do(SetQuota(name, messages, most))
    written = _quota(office, messages, most)
    sentence = office.say("admin.quota" if written else "admin.quota.usual", name=name, quota=written)
    office.tell("set", sentence, name=name, messages=messages, size=most)


def _quota(office: Office, messages: int | None, size: int | None) -> str:
    from babilu.cli.quantities import rough_size

    numbers = [] if messages is None else [office.say("admin.quota.messages", count=messages)]
    return ", ".join(numbers + ([] if size is None else [rough_size(size)]))


def reset(office: Office, name: NameArgument) -> None:
    """Give an account a new password.

    It is shown once. Devices that are logged in stay.
    """
    import base64

    from babilu.crypto.password import LoginCost, login_key, new_salt
    from babilu.crypto.secret import Passphrase
    from babilu.identity.names import normalise_name
    from babilu.relay.admin.requests import ResetLogin
    from babilu.system import SystemRandomness

    randomness = SystemRandomness()
    known = normalise_name(name)
    password = base64.b32encode(randomness.token(15)).decode("ascii").lower()
    salt, cost = new_salt(randomness), LoginCost()
    # The relay learns what it learns at a registration, and never the password.
    office.do(ResetLogin(known, salt, cost, login_key(Passphrase(password), known, salt, cost).public))
    office.tell("reset", office.say("admin.reset", name=known, password=password), name=known, password=password)
