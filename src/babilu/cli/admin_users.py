"""`babilu admin users` deals with the accounts of a relay."""

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

import click

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.commands import Group
from babilu.cli.parameters import Number, OneOf, argument, flag, option

if TYPE_CHECKING:
    from babilu.relay.storage.administration import AccountSummary


@unique
class GrantedRole(StrEnum):
    """What an account can become."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


account_argument: Final = argument("name", about="account")


@order("admin.users.list")
def list_users(admin_base: AdminBase) -> None:
    """List all accounts."""
    from babilu.relay.base.admin_requests import ListUsers
    from babilu.relay.storage.administration import AccountSummary

    users: list[AccountSummary] = []
    while page := admin_base.ask(ListUsers(users[-1].name if users else ""), list[AccountSummary]):
        users += page
    head = ("name", "role", "state", "since", "devices", "mail", "size", "quota")
    admin_base.tell_rows("users", head, [_row(admin_base, user) for user in users], users=users)


def _row(admin_base: AdminBase, user: "AccountSummary") -> tuple[object, ...]:
    from babilu.cli.quantities import rough_size

    return (
        user.name,
        admin_base.say(f"role.{user.role}"),
        admin_base.say("admin.disabled.mark") if user.disabled else "",
        admin_base.time(user.created_at),
        user.devices,
        user.mail_messages,
        rough_size(user.mail_bytes),
        _quota(admin_base, user.mailbox_messages, user.mailbox_bytes),
    )


@order("admin.users.disable")
@account_argument
def disable(admin_base: AdminBase, name: str) -> None:
    """Let nobody log in to an account."""
    from babilu.relay.base.admin_requests import DisableUser

    admin_base.do(DisableUser(name))
    admin_base.tell("disabled", admin_base.say("admin.disabled", name=name), name=name)


@order("admin.users.enable")
@account_argument
def enable(admin_base: AdminBase, name: str) -> None:
    """Let an account log in again."""
    from babilu.relay.base.admin_requests import EnableUser

    admin_base.do(EnableUser(name))
    admin_base.tell("enabled", admin_base.say("admin.enabled", name=name), name=name)


@order("admin.users.delete")
@account_argument
@flag("--yes")
def delete(admin_base: AdminBase, name: str, *, yes: bool) -> None:
    """Delete an account with its keys and mail."""
    from babilu.cli.secret_input import can_ask, confirm
    from babilu.presentation.strings import MisuseError
    from babilu.relay.base.admin_requests import DeleteUser

    if not yes:
        if not can_ask():
            raise MisuseError("unconfirmed")
        if not confirm(admin_base.say("admin.delete", name=name), admin_base.say):
            raise click.Abort
    admin_base.do(DeleteUser(name))
    admin_base.tell("deleted", admin_base.say("admin.deleted", name=name), name=name)


@order("admin.users.role")
@account_argument
@argument("post", metavar="ROLE", type=OneOf(GrantedRole, GrantedRole))
def role(admin_base: AdminBase, name: str, post: GrantedRole) -> None:
    """Make an account owner, moderator, or member."""
    from babilu.relay.base.admin_requests import AccountRole, AppointUser

    admin_base.do(AppointUser(name, AccountRole(post.value)))
    admin_base.tell("appointed", admin_base.say(f"admin.appointed.{post}", name=name), name=name, role=post)


@order("admin.users.quota")
@account_argument
@option("--messages", metavar="N", type=Number(0))
@option("--size", metavar="SIZE")
def quota(admin_base: AdminBase, name: str, *, messages: int | None, size: str | None) -> None:
    """Let more or less mail wait for an account; what is left out is the relay's usual number."""
    from babilu.cli.quantities import SIZES, parse
    from babilu.presentation.strings import MisuseError
    from babilu.relay.base.admin_requests import SetQuota

    most = None if size is None else parse(size, SIZES)
    if size is not None and most is None:
        raise MisuseError("takes_size", option="--size")
    admin_base.do(SetQuota(name, messages, most))
    written = _quota(admin_base, messages, most)
    sentence = admin_base.say("admin.quota" if written else "admin.quota.usual", name=name, quota=written)
    admin_base.tell("set", sentence, name=name, messages=messages, size=most)


def _quota(admin_base: AdminBase, messages: int | None, size: int | None) -> str:
    from babilu.cli.quantities import rough_size

    numbers = [] if messages is None else [admin_base.say("admin.quota.messages", count=messages)]
    return ", ".join(numbers + ([] if size is None else [rough_size(size)]))


@order("admin.users.reset")
@account_argument
def reset(admin_base: AdminBase, name: str) -> None:
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
    admin_base.do(ResetLogin(known, salt, cost, login_key(Passphrase(password), known, salt, cost).public))
    admin_base.tell(
        "reset", admin_base.say("admin.reset", name=known, password=password), name=known, password=password
    )


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
