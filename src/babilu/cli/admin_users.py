"""`babilu admin users` deals with the accounts of a relay."""

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

import click

from babilu.cli.commands import Group
from babilu.cli.office import Office, order
from babilu.cli.parameters import Number, OneOf, argument, flag, option

if TYPE_CHECKING:
    from babilu.relay.storage.administration import AccountSummary


@unique
class Post(StrEnum):
    """What an account can become."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


account_argument: Final = argument("name", about="account")


@order("admin.users.list")
def list_users(office: Office) -> None:
    """List all accounts."""
    from babilu.relay.base.admin_requests import ListUsers
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


@order("admin.users.disable")
@account_argument
def disable(office: Office, name: str) -> None:
    """Let nobody log in to an account."""
    from babilu.relay.base.admin_requests import DisableUser

    office.do(DisableUser(name))
    office.tell("disabled", office.say("admin.disabled", name=name), name=name)


@order("admin.users.enable")
@account_argument
def enable(office: Office, name: str) -> None:
    """Let an account log in again."""
    from babilu.relay.base.admin_requests import EnableUser

    office.do(EnableUser(name))
    office.tell("enabled", office.say("admin.enabled", name=name), name=name)


@order("admin.users.delete")
@account_argument
@flag("--yes")
def delete(office: Office, name: str, *, yes: bool) -> None:
    """Delete an account with its keys and mail."""
    from babilu.cli.secret_input import can_ask, confirm
    from babilu.presentation.strings import MisuseError
    from babilu.relay.base.admin_requests import DeleteUser

    if not yes:
        if not can_ask():
            raise MisuseError("unconfirmed")
        if not confirm(office.say("admin.delete", name=name), office.say):
            raise click.Abort
    office.do(DeleteUser(name))
    office.tell("deleted", office.say("admin.deleted", name=name), name=name)


@order("admin.users.role")
@account_argument
@argument("post", metavar="ROLE", type=OneOf(Post, Post))
def role(office: Office, name: str, post: Post) -> None:
    """Make an account owner, moderator, or member."""
    from babilu.relay.base.admin_requests import AppointUser
    from babilu.relay.storage.administration import AccountRole

    office.do(AppointUser(name, AccountRole(post.value)))
    office.tell("appointed", office.say(f"admin.appointed.{post}", name=name), name=name, role=post)


@order("admin.users.quota")
@account_argument
@option("--messages", metavar="N", type=Number(0))
@option("--size", metavar="SIZE")
def quota(office: Office, name: str, *, messages: int | None, size: str | None) -> None:
    """Let more or less mail wait for an account; what is left out is the relay's usual number."""
    from babilu.cli.quantities import SIZES, parse
    from babilu.presentation.strings import MisuseError
    from babilu.relay.base.admin_requests import SetQuota

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


@order("admin.users.reset")
@account_argument
def reset(office: Office, name: str) -> None:
    """Give an account a new password, which is shown once."""
    import base64

    from babilu.crypto.password import LoginCost, login_key, new_salt
    from babilu.crypto.secret import Passphrase
    from babilu.identity.names import normalise_name
    from babilu.relay.base.admin_requests import ResetLogin
    from babilu.system import SystemRandomness

    randomness = SystemRandomness()
    known = normalise_name(name)
    password = base64.b32encode(randomness.token(15)).decode("ascii").lower()
    salt, cost = new_salt(randomness), LoginCost()
    # The relay learns what it learns at a registration, and never the password.
    office.do(ResetLogin(known, salt, cost, login_key(Passphrase(password), known, salt, cost).public))
    office.tell("reset", office.say("admin.reset", name=known, password=password), name=known, password=password)


users = Group(
    "admin.users",
    {
        "list": list_users,
        "disable": disable,
        "enable": enable,
        "reset": reset,
        "delete": delete,
        "role": role,
        "quota": quota,
    },
)
