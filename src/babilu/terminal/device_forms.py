"""The commands about the own devices as they are written; `babilu.terminal.command_forms` lists them among all others.

What signs asks for the password, which no line shows.
"""

from functools import partial
from typing import Final

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.ordered_command import Action, AskPassword

ALL_DAYS: Final = -1
"""What a history of all days is among the numbers of days."""

_PASSWORD: Final = ArgumentSpec("password", ArgumentKind.TEXT, needed=False, on_line=False)
_HISTORY: Final = ArgumentSpec("history", ArgumentKind.HISTORY, needed=False)
_KIND: Final = ArgumentSpec("kind", ArgumentKind.DEVICE_KIND, needed=False, key="kind")
_LINE: Final = ArgumentSpec("line", ArgumentKind.TEXT, needed=False, key="line")
_ASKED: Final = ArgumentSpec("device", ArgumentKind.TEXT, needed=False, on_line=False)
_DEVICE: Final = ArgumentSpec("device", ArgumentKind.TEXT)
_GIVER: Final = ArgumentSpec("device", ArgumentKind.TEXT, needed=False, key="device")


def _with_password(
    password: str | None, make: "partial[c.LinkApprove] | partial[c.RemoveDevice] | partial[c.WipeProfile]"
) -> Action:
    if password is None:
        return AskPassword(lambda given: make(password=given))
    return make(password=Passphrase(password))


def _approve(
    history: int | None, full: bool | None, line: str | None, password: str | None, device: str | None
) -> Action:
    if history is None:
        raise MisuseError("link_history")
    days = None if history == ALL_DAYS else history
    return _with_password(password, partial(c.LinkApprove, history_days=days, full=full, line=line, device=device))


def _ask_history(history: int | None, device: str | None) -> Action:
    if not history:
        raise MisuseError("ask_history")
    return c.AskHistory(None if history == ALL_DAYS else history, device)


def _remove(device: str, password: str | None) -> Action:
    return _with_password(password, partial(c.RemoveDevice, device.strip()))


def _wipe(password: str | None) -> Action:
    return _with_password(password, partial(c.WipeProfile))


DEVICE_FORMS: Final = (
    CommandSpec("devices", (), c.Devices),
    CommandSpec("link_confirm", (), c.LinkConfirm),
    CommandSpec(
        "link_approve",
        (_HISTORY, _KIND, _LINE, _PASSWORD, _ASKED),
        _approve,
        written="all|none|DAYS [kind:companion] [line:LINE]",
    ),
    CommandSpec("link_refuse", (), c.LinkRefuse),
    CommandSpec("ask_history", (_HISTORY, _GIVER), _ask_history, written="all|DAYS [device:NAME]"),
    CommandSpec("remove_device", (_DEVICE, _PASSWORD), _remove, written="DEVICE"),
    CommandSpec("wipe", (_PASSWORD,), _wipe),
)
