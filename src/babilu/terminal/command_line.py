"""One line of input is one order: a command for the client or something the line mode does by itself.

`FORMS` is the only list of commands: lines, JSON, completion, help and the reference in the documentation follow it.
"""

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import Address
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import IdentityKey
from babilu.presentation.invitations import invite
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind, check, check_text, is_address, make_address

Tag = str | int
"""What a program puts on an order to find again on all that comes of it."""

TAG_CHARACTERS = 256
HISTORY_USUAL = 20

_DOUBLED = frozenset({"//", "@@"})


@dataclass(frozen=True, slots=True)
class Choose:
    """Make a conversation the current one; an empty name leaves it."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Show the commands."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End, after what was ordered before."""


@dataclass(frozen=True, slots=True)
class AskPasswords:
    """Ask for the old and the new password without echo, then change it."""


@dataclass(frozen=True, slots=True)
class Complain:
    """Say, when its turn comes, that a line was not understood."""

    error: BabiluError


Action = c.Command[Any] | Choose | ShowHelp | Quit | AskPasswords | Complain
"""What is to be done."""


@dataclass(frozen=True, slots=True, eq=False)
class OrderedCommand:
    """One line of input, understood; two equal lines are two orders.

    Attributes:
        do: Name of the command.
        action: What is to be done.
        tag: What the program put on it, or None.
        about: The contact it concerns, so that orders about one contact keep their order; empty for none.
        typed: Whether a line said it: then it means whom the lines before have shown by that name.
    """

    do: str
    action: Action
    tag: Tag | None = None
    about: str = ""
    typed: bool = False


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """An argument of a command.

    Attributes:
        name: Its name in JSON.
        kind: What it is.
        needed: Whether the command makes no sense without it.
        also: Other names for it in JSON.
        on_line: Whether a line can give it.
        otherwise: What the command takes where it is left out.
    """

    name: str
    kind: ArgumentKind
    needed: bool = True
    also: tuple[str, ...] = ()
    on_line: bool = True
    otherwise: bool | None = None


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command as it is written.

    Attributes:
        do: Its name.
        fields: Its arguments, in the order of a line.
        build: Makes the action of its checked arguments, which are given in their order.
        defaults_to_current: The name may be left out on a line, and is then the current conversation's.
        on_line: Whether a line can give it by its name.
    """

    do: str
    fields: tuple[ArgumentSpec, ...]
    build: Callable[..., Action]
    defaults_to_current: bool = False
    on_line: bool = True

    def usage(self) -> str:
        """Write the command with its arguments, as help shows it."""
        words = [f"/{self.do}"]
        for field in self.fields:
            if field.on_line:
                word = "IP PORT" if field.kind is ArgumentKind.ADDRESS else field.name.upper()
                needed = field.needed and not (self.defaults_to_current and field.kind is ArgumentKind.NAME)
                words.append(word if needed else f"[{word}]")
        return " ".join(words)


_NAME = ArgumentSpec("name", ArgumentKind.NAME, also=("to", "conversation"))
_ID = ArgumentSpec("id", ArgumentKind.MESSAGE, also=("message",))
_IN = ArgumentSpec("name", ArgumentKind.NAME, needed=False, also=("conversation",), on_line=False)
_REQUEST = ArgumentSpec("name", ArgumentKind.NAME, also=("id", "request"))
_ADDRESS = ArgumentSpec("address", ArgumentKind.ADDRESS)
_IDENTITY = ArgumentSpec("identity", ArgumentKind.KEY, needed=False, on_line=False)
_DIGITS = ArgumentSpec("digits", ArgumentKind.TEXT, needed=False, also=("safety_number",), on_line=False)


def _password(old: str | None, new: str | None) -> Action:
    if old is None and new is None:
        return AskPasswords()
    if old is None or new is None:
        raise MisuseError("both_passwords")
    return c.ChangePassword(Passphrase(old), Passphrase(new))


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


def _history(name: str, count: int | None, before: int | None, after: int | None) -> Action:
    if before is not None and after is not None:
        raise MisuseError("before_or_after")
    return c.History(name, count or HISTORY_USUAL, before, after)


FORMS: tuple[CommandSpec, ...] = (
    CommandSpec(
        "send",
        (
            ArgumentSpec("to", ArgumentKind.NAME, also=("name", "conversation")),
            ArgumentSpec("text", ArgumentKind.TEXT),
            _IDENTITY,
        ),
        c.Send,
        on_line=False,
    ),
    CommandSpec("to", (_NAME,), Choose),
    CommandSpec("contacts", (), c.Contacts),
    CommandSpec("conversations", (), c.Conversations),
    CommandSpec(
        "history",
        (
            _NAME,
            ArgumentSpec("n", ArgumentKind.COUNT, needed=False, also=("limit", "count")),
            ArgumentSpec("before", ArgumentKind.POSITION, needed=False, on_line=False),
            ArgumentSpec("after", ArgumentKind.POSITION, needed=False, on_line=False),
        ),
        _history,
        defaults_to_current=True,
    ),
    CommandSpec(
        "search",
        (
            ArgumentSpec("text", ArgumentKind.TEXT, also=("query", "words")),
            ArgumentSpec("name", ArgumentKind.NAME, needed=False, on_line=False),
        ),
        c.Search,
    ),
    CommandSpec("read", (_NAME,), c.MarkRead, defaults_to_current=True),
    CommandSpec("state", (_ID, _IN), c.MessageInfo),
    CommandSpec("retry", (_ID, _IN), c.Retry),
    CommandSpec("delete", (_ID, _IN), c.DeleteMessage),
    CommandSpec("verify", (_NAME,), c.Verify, defaults_to_current=True),
    CommandSpec(
        "verified",
        (
            _NAME,
            ArgumentSpec("verified", ArgumentKind.SWITCH, needed=False, also=("state",), otherwise=True),
            _IDENTITY,
            _DIGITS,
        ),
        c.MarkVerified,
    ),
    CommandSpec(
        "trust",
        (_NAME, _IDENTITY, _DIGITS),
        c.TrustIdentity,
    ),
    CommandSpec("reject", (_NAME, _IDENTITY), c.RejectIdentity),
    CommandSpec("requests", (), c.Requests),
    CommandSpec("accept", (_REQUEST, _IDENTITY), c.Accept),
    CommandSpec("decline", (_REQUEST, _IDENTITY), c.Decline),
    CommandSpec("block", (_NAME, _IDENTITY), c.Block),
    CommandSpec("unblock", (_NAME, _IDENTITY), c.Unblock),
    CommandSpec("call", (_ADDRESS, ArgumentSpec("name", ArgumentKind.NAME, needed=False), _IDENTITY), _call),
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
        (_NAME, ArgumentSpec("allowed", ArgumentKind.SWITCH, also=("state",)), _IDENTITY),
        c.AllowDirect,
    ),
    CommandSpec("status", (), c.Status),
    CommandSpec("try_now", (), c.TryNow),
    CommandSpec(
        "certificate",
        (ArgumentSpec("fingerprint", ArgumentKind.FINGERPRINT, also=("certificate",)),),
        c.TrustCertificate,
    ),
    CommandSpec("invite", (ArgumentSpec("uses", ArgumentKind.COUNT, needed=False),), invite),
    CommandSpec("threads", (), c.Threads),
    CommandSpec(
        "password",
        (
            ArgumentSpec("old", ArgumentKind.TEXT, needed=False, on_line=False),
            ArgumentSpec("new", ArgumentKind.TEXT, needed=False, on_line=False),
        ),
        _password,
    ),
    CommandSpec("help", (), ShowHelp),
    CommandSpec("quit", (), Quit),
)

_BY_NAME: Mapping[str, CommandSpec] = {form.do: form for form in FORMS}


def parse_line(line: str, current: str, find: Callable[[str], str] = str) -> OrderedCommand:
    """Understand a line of the line mode.

    Args:
        line: The line without its end; it is not blank.
        current: Name of the current conversation, or empty.
        find: Gives the id of a message that a word names in a shorter way, else the word.

    Raises:
        MisuseError: It cannot be understood.
    """
    if line.startswith("@") and not line.startswith("@@"):
        return _address_somebody(line)
    if line.startswith("/") and not line.startswith("//"):
        word, *rest = line[1:].split(maxsplit=1) or [""]
        form = _find(word.casefold(), "/")
        if not form.on_line:
            raise MisuseError("send_on_line")
        return _order(form, _words(form, rest[0].strip() if rest else "", current, find), None)
    if not current:
        raise MisuseError("no_conversation")
    return _order(_BY_NAME["send"], {"to": current, "text": line[1:] if line[:2] in _DOUBLED else line}, None)


def parse_json(line: str) -> OrderedCommand:
    """Understand a line of JSON, such as ``{"do":"send","to":"bob","text":"hi","tag":"t1"}``.

    Raises:
        MisuseError: It cannot be understood.
    """
    given = _load(line)
    if not isinstance(given, dict):
        raise MisuseError("not_json")
    do, tag = given.pop("do", None), given.pop("tag", None)
    if not isinstance(do, str):
        raise MisuseError("json_names_no_command")
    if tag is not None and not _is_tag(tag):
        raise MisuseError("not_a_tag", count=TAG_CHARACTERS)
    form = _find(do.casefold(), "")
    return _order(form, _members(form, given), tag, typed=False)


def find_tag(line: str) -> Tag | None:
    """Find the tag on a line of JSON that could not be understood, as far as it can be read."""
    given = _load(line)
    tag = given.get("tag") if isinstance(given, dict) else None
    return tag if _is_tag(tag) else None


def _load(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_tag(tag: object) -> TypeGuard[Tag]:
    if isinstance(tag, str):
        return len(tag) <= TAG_CHARACTERS
    return isinstance(tag, int) and not isinstance(tag, bool)


def _find(word: str, sign: str) -> CommandSpec:
    form = _BY_NAME.get(word.replace("-", "_"))
    if form is None:
        near = difflib.get_close_matches(word, _BY_NAME, n=1)
        if near:
            raise MisuseError("near_command", near=sign + near[0])
        raise MisuseError("no_command", help=f"{sign}help")
    return form


def _order(form: CommandSpec, given: Mapping[str, object], tag: Tag | None, *, typed: bool = True) -> OrderedCommand:
    values: list[object] = []
    about = ""
    for field in form.fields:
        if field.name not in given:
            if field.needed:
                raise MisuseError("missing", name=field.name, usage=form.usage())
            values.append(field.otherwise)
            continue
        values.append(check(field.kind, field.name, given[field.name]))
        if field.kind is ArgumentKind.NAME:
            about = about or str(values[-1])
    return OrderedCommand(form.do, form.build(*values), tag, about, typed)


def _address_somebody(line: str) -> OrderedCommand:
    """Understand ``@name text``: one blank parts them, and all after it is text."""
    name = line[1:].split(maxsplit=1)[0] if line[1:].strip() else ""
    text = line[1 + len(name) + 1 :]
    if not name or line[1] != name[0] or not text.strip():
        raise MisuseError("name_then_text")
    return _order(_BY_NAME["send"], {"to": name, "text": text}, None)


def _words(form: CommandSpec, rest: str, current: str, find: Callable[[str], str]) -> dict[str, object]:
    """Share out the words of a line among the arguments of its command."""
    given: dict[str, object] = {}
    fields = [field for field in form.fields if field.on_line]
    words = rest.split()
    if form.defaults_to_current and current and len(words) < len(fields) and all(map(str.isdecimal, words)):
        given[fields.pop(0).name] = current
    for field in fields:
        if not words:
            break
        if field.kind in {ArgumentKind.TEXT, ArgumentKind.FINGERPRINT}:
            given[field.name] = rest
            words = []
        elif field.kind is ArgumentKind.ADDRESS:
            words = _take_address(words, given)
        elif field.kind is ArgumentKind.MESSAGE:
            given[field.name] = find(words.pop(0))
        else:
            given[field.name] = words.pop(0)
    if words:
        raise MisuseError("too_much", usage=form.usage())
    return given


def _take_address(words: list[str], given: dict[str, object]) -> list[str]:
    """Take ``IP PORT``, ``IP:PORT`` or, where something can be closed, ``off``; give the words that are left."""
    if words == ["off"]:
        given["state"] = "off"
        return []
    if is_address(words[0]):
        given["address"] = words[0]
        return words[1:]
    if len(words) < 2:
        raise MisuseError("not_an_address")
    given["address"] = make_address(words[0], words[1])
    return words[2:]


def _members(form: CommandSpec, given: Mapping[str, object]) -> dict[str, object]:
    """Bring the members of a JSON object under the names of the command's arguments."""
    names = {other: field.name for field in form.fields for other in (field.name, *field.also)}
    taken: dict[str, object] = {}
    rest = dict(given)
    if "address" in names and "port" in rest:
        host = rest.pop("ip", None) or rest.pop("host", None) or rest.pop("address", None)
        taken["address"] = make_address(host, rest.pop("port"))
    named = next((field.name for field in form.fields if field.kind is ArgumentKind.NAME), None)
    if named is not None and "account" in rest:
        # The contact with that account, also where another one is locally called so.
        taken[named] = f"{check_text('account', rest.pop('account'))}@"
    for name, value in rest.items():
        if name not in names:
            raise MisuseError("unknown_argument", usage=form.usage())
        if value is not None:
            taken[names[name]] = value
    return taken
