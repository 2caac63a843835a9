"""Commands about people: who they are, who may write, and direct connections with them."""

from babilu.api import commands as c
from babilu.api.views import Address
from babilu.kernel.ids import IdentityKey
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.ordered_command import Action
from babilu.terminal.usual_arguments import ADDRESS, DIGITS, IDENTITY, NAME, REQUEST


def _call(address: Address, name: str | None, identity: IdentityKey | None) -> Action:
    if address.port == 0:
        raise MisuseError("call_needs_port")
    return c.Call(address, name, identity)


def _listen(address: Address | None, state: bool) -> Action:
    if address is not None:
        return c.Listen(address)
    if state:
        raise MisuseError("listen_where")
    return c.StopListening()


PEOPLE_FORMS: tuple[CommandSpec, ...] = (
    CommandSpec("verify", (NAME,), c.Verify, defaults_to_current=True),
    CommandSpec(
        "verified",
        (
            NAME,
            ArgumentSpec("verified", ArgumentKind.SWITCH, needed=False, also=("state",), otherwise=True),
            IDENTITY,
            DIGITS,
        ),
        c.MarkVerified,
    ),
    CommandSpec(
        "trust",
        (NAME, IDENTITY, DIGITS),
        c.TrustIdentity,
    ),
    CommandSpec("reject", (NAME, IDENTITY), c.RejectIdentity),
    CommandSpec("requests", (), c.Requests),
    CommandSpec("accept", (REQUEST, IDENTITY), c.Accept),
    CommandSpec("decline", (REQUEST, IDENTITY), c.Decline),
    CommandSpec("block", (NAME, IDENTITY), c.Block),
    CommandSpec("unblock", (NAME, IDENTITY), c.Unblock),
    CommandSpec("call", (ADDRESS, ArgumentSpec("name", ArgumentKind.NAME, needed=False), IDENTITY), _call),
    CommandSpec("hangup", (ArgumentSpec("name", ArgumentKind.NAME, also=("to", "address")),), c.HangUp),
    CommandSpec(
        "listen",
        (
            ArgumentSpec("address", ArgumentKind.ADDRESS, needed=False),
            ArgumentSpec("state", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=True),
        ),
        _listen,
    ),
    CommandSpec(
        "direct",
        (NAME, ArgumentSpec("allowed", ArgumentKind.SWITCH, also=("state",)), IDENTITY),
        c.AllowDirect,
    ),
)
