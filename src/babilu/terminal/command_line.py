"""One line of input is one order: a command for the client or something the line mode does by itself.

`FORMS` is the only list of commands: lines, JSON, completion, help and the reference in the documentation follow it.
"""

import difflib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import Address, PrivacySwitch
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.presentation.invitations import invite
from babilu.presentation.mentions import mentions
from babilu.presentation.receipts import receipts_command
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import (
    ArgumentKind,
    Choice,
    check,
    check_text,
    is_address,
    is_conversation,
    is_switch,
    make_address,
)
from babilu.terminal.local_time import moment_of, seconds_of
from babilu.terminal.message_numbers import NamedMessage

Tag = str | int
"""What a program puts on an order to find again on all that comes of it."""

TAG_CHARACTERS = 256
HISTORY_USUAL = 20

_DOUBLED = frozenset({"//", "@@"})
_WORD = re.compile(r"(\S+)\s?(.*)", re.DOTALL)
_KEYED = re.compile(r"(\w+):(\S+)")


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
        nullable: Whether null is a value of it: in JSON ``null``, on a line ``off``.
        key: What stands before it on a line, with a colon, where it has no place of its own: ``since``.
        past: For a time: whether a clock without a day looks back and not ahead.
    """

    name: str
    kind: ArgumentKind
    needed: bool = True
    also: tuple[str, ...] = ()
    on_line: bool = True
    otherwise: bool | None = None
    nullable: bool = False
    key: str = ""
    past: bool = False

    @property
    def has_place(self) -> bool:
        """Whether it is a word of its own on a line."""
        return self.on_line and not self.key


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command as it is written.

    Attributes:
        do: Its name.
        fields: Its arguments, in the order of a line.
        build: Makes the action of its checked arguments, which are given in their order.
        defaults_to_current: The name may be left out on a line, and is then the current conversation's; where it has no
            place on the line, ``@name`` in front gives it.
        on_line: Whether a line can give it by its name.
        in_json: Whether an object can; what only lines have is a shorter way to say something else.
        written: How a line is written, where that does not follow from the arguments.
    """

    do: str
    fields: tuple[ArgumentSpec, ...]
    build: Callable[..., Action]
    defaults_to_current: bool = False
    on_line: bool = True
    in_json: bool = True
    written: str = ""

    @property
    def named(self) -> ArgumentSpec | None:
        """The argument that names whom or what the command is about."""
        return next((field for field in self.fields if field.kind is ArgumentKind.NAME), None)

    def usage(self) -> str:
        """Write the command with its arguments, as help shows it."""
        if self.written:
            return f"/{self.do} {self.written}"
        words = [f"/{self.do}"]
        for field in self.fields:
            if field.has_place:
                word = "IP PORT" if field.kind is ArgumentKind.ADDRESS else field.name.upper()
                needed = field.needed and not (self.defaults_to_current and field.kind is ArgumentKind.NAME)
                words.append(word if needed else f"[{word}]")
        return " ".join(words)


_NAME = ArgumentSpec("name", ArgumentKind.NAME, also=("to", "conversation", "conversation_id"))
_ID = ArgumentSpec("id", ArgumentKind.MESSAGE, also=("message",))
_IN = ArgumentSpec("name", ArgumentKind.NAME, needed=False, also=("conversation", "conversation_id"), on_line=False)
_REQUEST = ArgumentSpec("name", ArgumentKind.NAME, also=("id", "request"))
_ADDRESS = ArgumentSpec("address", ArgumentKind.ADDRESS)
_IDENTITY = ArgumentSpec("identity", ArgumentKind.KEY, needed=False, on_line=False)
_DIGITS = ArgumentSpec("digits", ArgumentKind.TEXT, needed=False, also=("safety_number",), on_line=False)
_PLACE = ArgumentSpec("conversation", ArgumentKind.NAME, also=("name", "to", "conversation_id"))
_UNPLACED = replace(_PLACE, on_line=False)
_ANYWHERE = replace(_PLACE, needed=False)
_TEXT = ArgumentSpec("text", ArgumentKind.TEXT)
_REPLY_TO = ArgumentSpec("reply_to", ArgumentKind.MESSAGE, needed=False, on_line=False)
_MENTIONS = ArgumentSpec("mentions", ArgumentKind.NAMES, needed=False, on_line=False)
_ON = ArgumentSpec("on", ArgumentKind.SWITCH, needed=False, otherwise=True)
_NUMBER = ArgumentSpec("number", ArgumentKind.NUMBER, also=("n",))
_SINCE = ArgumentSpec("since", ArgumentKind.TIME, needed=False, key="since", past=True)


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


def _history(name: str, count: int | None, before: int | None, after: int | None, since: int | None) -> Action:
    if sum(each is not None for each in (before, after, since)) > 1:
        raise MisuseError("before_or_after")
    return c.History(name, count or HISTORY_USUAL, before, after, since)


def _search(text: str, name: str | None, sender: str | None, since: int | None, until: int | None) -> Action:
    return c.Search(text, name, sender=sender, since=since, until=until)


def _send(to: str, text: str, identity: IdentityKey | None, *more: Any) -> Action:  # noqa: ANN401 -- as checked
    reply_to, mentions, timer, send_at, mention_all = more
    if mention_all is not None:
        raise MisuseError("mention_all")
    if send_at is None:
        return c.Send(to, text, identity, reply_to, mentions or (), timer)
    return c.Schedule(to, text, send_at, identity, reply_to, mentions or (), timer)


def _reply(message: MessageId, text: str, to: str) -> Action:
    return c.Send(to, text, reply_to=message)


def _schedule(at: int, text: str, to: str) -> Action:
    return c.Schedule(to, text, at)


def _edit(message: MessageId, text: str, mentions: tuple[str, ...] | None, name: str | None) -> Action:
    return c.EditMessage(message, text, mentions or (), name)


def _delete(message: MessageId, for_all: bool, name: str | None) -> Action:
    return c.DeleteMessage(message, name, for_all)


def _forward(message: MessageId, to: tuple[str, ...], name: str | None) -> Action:
    if not to:
        raise MisuseError("forward_to_nobody")
    return c.Forward(message, to, name)


def _unpin(message: MessageId, name: str | None) -> Action:
    return c.PinMessage(message, on=False, conversation=name)


def _pin(message: MessageId, on: bool, name: str | None) -> Action:
    return c.PinMessage(message, on, name)


def _mute(name: str, until: int | None, on: bool) -> Action:
    return c.SetMuted(name, on, until if on else None)


def _draft(name: str, text: str | None, reply_to: MessageId | None) -> Action:
    return c.SetDraft(name, text or "", reply_to)


def _receipts(name: str | None, *choices: Choice | None) -> Action:
    # Nothing is above everywhere: there null says no more than what is left out.
    says_nothing = {None} if name is not None else {None, Choice.INHERITED}
    given = {
        each: choice.value
        for each, choice in zip(PrivacySwitch, choices, strict=True)
        if choice is not None and choice not in says_nothing
    }
    return receipts_command(name, given) if given else c.ReceiptSettings(name)


FORMS: tuple[CommandSpec, ...] = (
    CommandSpec(
        "send",
        (
            ArgumentSpec("to", ArgumentKind.NAME, also=("name", "conversation", "conversation_id")),
            _TEXT,
            _IDENTITY,
            _REPLY_TO,
            _MENTIONS,
            ArgumentSpec("timer", ArgumentKind.SECONDS, needed=False),
            ArgumentSpec("send_at", ArgumentKind.TIME, needed=False),
            ArgumentSpec("mention_all", ArgumentKind.TEXT, needed=False),
        ),
        _send,
        on_line=False,
    ),
    CommandSpec("reply", (_ID, _TEXT, _UNPLACED), _reply, in_json=False),
    CommandSpec("edit", (_ID, _TEXT, _MENTIONS, _IN), _edit),
    CommandSpec(
        "delete",
        (_ID, ArgumentSpec("for", ArgumentKind.AUDIENCE, needed=False, otherwise=False), _IN),
        _delete,
        written="ID [all]",
    ),
    CommandSpec(
        "react", (_ID, ArgumentSpec("emoji", ArgumentKind.EMOJI), _IN), c.SetReactions, written="ID [EMOJI ...]"
    ),
    CommandSpec("pin", (_ID, _ON, _IN), _pin, written="ID"),
    CommandSpec("unpin", (_ID, _IN), _unpin, in_json=False),
    CommandSpec("pins", (_PLACE,), c.Pins, defaults_to_current=True),
    CommandSpec("forward", (_ID, ArgumentSpec("to", ArgumentKind.NAMES), _IN), _forward, written="ID NAME ..."),
    CommandSpec("wordings", (_ID, _IN), c.Wordings),
    CommandSpec(
        "timer",
        (_PLACE, ArgumentSpec("seconds", ArgumentKind.SECONDS, nullable=True)),
        c.SetTimer,
        defaults_to_current=True,
        written="[NAME] 1h|off",
    ),
    CommandSpec(
        "schedule",
        (ArgumentSpec("at", ArgumentKind.TIME), _TEXT, _UNPLACED),
        _schedule,
        defaults_to_current=True,
        in_json=False,
        written="[@NAME] 18:30 TEXT",
    ),
    CommandSpec(
        "scheduled",
        (_ANYWHERE,),
        c.Scheduled,
        written="[NAME]",
    ),
    CommandSpec("unschedule", (_NUMBER,), c.Unschedule),
    CommandSpec("send_now", (_NUMBER,), c.SendNow),
    CommandSpec("typing", (_PLACE,), c.Typing, on_line=False),
    CommandSpec(
        "draft",
        (_UNPLACED, ArgumentSpec("text", ArgumentKind.TEXT, needed=False), _REPLY_TO),
        _draft,
        defaults_to_current=True,
        written="[@NAME] [TEXT]",
    ),
    CommandSpec("unread", (_PLACE, _ON), c.MarkUnread, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec("archive", (_PLACE, _ON), c.SetArchived, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec("keep", (_PLACE, _ON), c.SetPinned, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec(
        "mute",
        (
            _PLACE,
            ArgumentSpec("until", ArgumentKind.TIME, needed=False, nullable=True),
            ArgumentSpec("on", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=True),
        ),
        _mute,
        defaults_to_current=True,
        written="[NAME] [8h|off]",
    ),
    CommandSpec(
        "clear",
        (_PLACE, ArgumentSpec("hide", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=False)),
        c.ClearConversation,
        written="NAME",
    ),
    CommandSpec(
        "rename",
        (
            ArgumentSpec("name", ArgumentKind.NAME, also=("conversation",)),
            ArgumentSpec("to", ArgumentKind.NAME),
            _IDENTITY,
        ),
        c.Rename,
        written="NAME NEW_NAME",
    ),
    CommandSpec(
        "receipts",
        (
            _ANYWHERE,
            *(
                ArgumentSpec(each.value, ArgumentKind.CHOICE, needed=False, key=each.value, nullable=True)
                for each in PrivacySwitch
            ),
        ),
        _receipts,
        written="[NAME] [read:on|off|default] ...",
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
            _SINCE,
        ),
        _history,
        defaults_to_current=True,
        written="[NAME] [N] [since:DAY]",
    ),
    CommandSpec(
        "search",
        (
            ArgumentSpec("text", ArgumentKind.TEXT, also=("query", "words")),
            replace(_IN, on_line=True, key="in"),
            ArgumentSpec("from", ArgumentKind.NAME, needed=False, key="from"),
            _SINCE,
            ArgumentSpec("until", ArgumentKind.TIME, needed=False, key="until", past=True),
        ),
        _search,
        written="[from:NAME] [since:DAY] [until:DAY] TEXT",
    ),
    CommandSpec("read", (_NAME,), c.MarkRead, defaults_to_current=True),
    CommandSpec("state", (_ID, _IN), c.MessageInfo),
    CommandSpec("retry", (_ID, _IN), c.Retry),
    CommandSpec("own_link", (), c.OwnLink),
    CommandSpec("add", (ArgumentSpec("link", ArgumentKind.TEXT, also=("text",)),), c.AddByLink),
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


def parse_line(
    line: str,
    current: str,
    find: Callable[[str], NamedMessage] = NamedMessage,
    now: float | None = None,
) -> OrderedCommand:
    """Understand a line of the line mode.

    Args:
        line: The line without its end; it is not blank.
        current: Name of the current conversation, or empty.
        find: Gives the message that a word names, in a shorter way than by its id or by that.
        now: Unix milliseconds; None for what this machine's clock says.

    Raises:
        MisuseError: It cannot be understood.
    """
    order = _parse_line(line, current, find, time.time() * 1_000 if now is None else now)
    return replace(order, action=_mentioning(order.action))


def _parse_line(line: str, current: str, find: Callable[[str], NamedMessage], now: float) -> OrderedCommand:
    if line.startswith("@") and not line.startswith("@@"):
        return _address_somebody(line)
    if line.startswith("/") and not line.startswith("//"):
        word, *rest = line[1:].split(maxsplit=1) or [""]
        form = _find(word.casefold(), "/")
        if not form.on_line:
            raise MisuseError("send_on_line" if form.do == "send" else "only_json")
        return _order(form, _LineReader(form, current, find, now).read(rest[0].strip() if rest else ""), None)
    if not current:
        raise MisuseError("no_conversation")
    return _order(_BY_NAME["send"], {"to": current, "text": line[1:] if line[:2] in _DOUBLED else line}, None)


def _mentioning(action: Action) -> Action:
    """Have a text that a person has written mention whom it goes to, where their name stands in it after an @."""
    match action:
        case c.Send(name, text) | c.Schedule(name, text) | c.EditMessage(_, text, _, str(name)) if mentions(
            text, name
        ) and not is_conversation(name):
            return replace(action, mentions=(name,))
        case _:
            return action


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
    """Find a command by its name; ``sign`` is what stands before it on a line, nothing in JSON."""
    form = _BY_NAME.get(word.replace("-", "_"))
    if form is None or not (sign or form.in_json):
        names = [each.do for each in FORMS if sign or each.in_json]
        near = difflib.get_close_matches(word, names, n=1)
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
        value = given[field.name]
        is_nothing = value is None and field.nullable and field.kind is not ArgumentKind.CHOICE
        values.append(None if is_nothing else check(field.kind, field.name, value))
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


class _LineReader:
    """Shares out the words of a line among the arguments of its command.

    Args:
        form: The command.
        current: Name of the current conversation, or empty.
        find: Gives the message that a word names.
        now: Unix milliseconds.
    """

    def __init__(self, form: CommandSpec, current: str, find: Callable[[str], NamedMessage], now: float) -> None:
        self._form = form
        self._current = current
        self._find = find
        self._now = now
        self._given: dict[str, object] = {}
        self._rest = ""

    def read(self, rest: str) -> dict[str, object]:
        """Give the arguments by their names."""
        self._rest = rest
        fields = [field for field in self._form.fields if field.has_place]
        self._take_keyed()
        named = self._form.named
        if self._form.defaults_to_current and named is not None:
            if not named.on_line:
                self._take_addressed(named)
            elif self._current and self._fits(fields[1:]):
                self._given[fields.pop(0).name] = self._current
        for field in fields:
            self._take(field)
        if self._rest.split():
            raise MisuseError("too_much", usage=self._form.usage())
        if named is not None and named.needed and not named.on_line and named.name not in self._given:
            if not self._current:
                raise MisuseError("no_conversation")
            self._given[named.name] = self._current
        return self._given

    def _take_keyed(self) -> None:
        """Take what stands anywhere as ``key:value``; where a text follows, only in front of it."""
        keys = {field.key: field for field in self._form.fields if field.key}
        has_text = any(field.kind is ArgumentKind.TEXT for field in self._form.fields if field.has_place)
        passed: list[str] = []
        while keys and (found := _WORD.match(self._rest.lstrip())):
            keyed = _KEYED.fullmatch(found[1])
            if keyed is not None and keyed[1].casefold() in keys:
                field = keys[keyed[1].casefold()]
                self._given[field.name] = self._read_word(field, keyed[2])
            elif has_text:
                return
            else:
                passed.append(found[1])
            self._rest = found[2]
        self._rest = " ".join(passed) if keys else self._rest

    def _take_addressed(self, named: ArgumentSpec) -> None:
        """Take ``@name`` in front."""
        found = _WORD.match(self._rest)
        if found is not None and found[1].startswith("@") and not found[1].startswith("@@"):
            self._given[named.name] = found[1]
            self._rest = found[2]
        elif self._rest.startswith("@@"):
            self._rest = self._rest[1:]

    def _fits(self, fields: Sequence[ArgumentSpec]) -> bool:
        """Tell whether the words are all there is without a name."""
        words = self._rest.split()
        return len(words) <= len(fields) and all(map(_may_be, fields, words))

    def _take(self, field: ArgumentSpec) -> None:
        words = self._rest.split()
        if field.kind in {ArgumentKind.NAMES, ArgumentKind.EMOJI}:
            self._given[field.name] = words
            self._rest = ""
        elif not words:
            return
        elif field.kind in {ArgumentKind.TEXT, ArgumentKind.FINGERPRINT}:
            self._given[field.name] = self._rest
            self._rest = ""
        elif field.kind is ArgumentKind.ADDRESS:
            self._rest = " ".join(_take_address(words, self._given))
        else:
            found = _WORD.match(self._rest.lstrip())
            word, self._rest = (words[0], "") if found is None else (found[1], found[2])
            self._given[field.name] = self._read_word(field, word)

    def _read_word(self, field: ArgumentSpec, word: str) -> object:
        """Read one word as people write it."""
        match field.kind:
            case ArgumentKind.MESSAGE:
                message = self._find(word)
                named = self._form.named
                if named is not None and not named.has_place and message.conversation:
                    self._given[named.name] = message.conversation
                return message.id
            case ArgumentKind.TIME if is_switch(word) and any(each.name == "on" for each in self._form.fields):
                self._given["on"] = word
                return None
            case ArgumentKind.TIME:
                moment = moment_of(word, self._now, past=field.past)
                if moment is None:
                    raise MisuseError("not_a_time")
                return moment
            case ArgumentKind.SECONDS if is_switch(word) and field.nullable:
                return None
            case ArgumentKind.SECONDS:
                seconds = seconds_of(word)
                if seconds is None:
                    raise MisuseError("not_a_span")
                return seconds
            case _:
                return word


def _may_be(field: ArgumentSpec, word: str) -> bool:
    """Tell whether a word can be this argument and is no name."""
    match field.kind:
        case ArgumentKind.SWITCH:
            return is_switch(word)
        case ArgumentKind.SECONDS:
            return is_switch(word) or seconds_of(word) is not None
        case ArgumentKind.TIME:
            return is_switch(word) or moment_of(word, 0) is not None
        case _:
            return word.isdecimal()


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
    if form.named is not None and "account" in rest:
        # The contact with that account, also where another one is locally called so.
        taken[form.named.name] = f"{check_text('account', rest.pop('account'))}@"
    nullable = {field.name for field in form.fields if field.nullable}
    for name, value in rest.items():
        if name not in names:
            raise MisuseError("unknown_argument", usage=form.usage())
        if value is not None or names[name] in nullable:
            taken[names[name]] = value
    return taken
