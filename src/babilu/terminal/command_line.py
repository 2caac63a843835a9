"""One line of input is one order: a command for the client or something the line mode does by itself."""

import difflib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeGuard

from babilu.api import commands as c
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.mentions import mentions
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import MisuseError, NoSuchLabelError
from babilu.terminal.arguments import ArgumentKind, check, check_text, is_conversation, make_address
from babilu.terminal.command_forms import FORMS
from babilu.terminal.command_spec import CommandSpec
from babilu.terminal.line_reader import ArgumentReader
from babilu.terminal.message_numbers import NamedMessage
from babilu.terminal.ordered_command import Action, OrderedCommand, Tag

TAG_CHARACTERS = 256
_DOUBLED = frozenset({"//", "@@", "##"})

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
    if line.startswith("#") and not line.startswith("##"):
        return _write_to_label(line)
    if line.startswith("/") and not line.startswith("//"):
        word, *rest = line[1:].split(maxsplit=1) or [""]
        form = _find(word.casefold(), "/")
        if not form.on_line:
            raise MisuseError("only_json")
        return _order(form, ArgumentReader(form, current, find, now).read(rest[0].strip() if rest else ""), None)
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


def _write_to_label(line: str) -> OrderedCommand:
    """Understand ``#picnic text``, as ``@name text``: that nothing has this label is for the client to say."""
    label = line.split(maxsplit=1)[0]
    text = line[len(label) + 1 :]
    if label == "#" or not text.strip():
        raise MisuseError("label_then_text")
    return _order(_BY_NAME["send"], {"to": label, "text": text}, None)


def explained(order: OrderedCommand, error: BabiluError) -> BabiluError:
    """Say how a text is written that begins with the sign of labels, where a line named a label that nothing has."""
    label = order.about
    if order.typed and order.do == "send" and label.startswith("#") and error.code is ErrorCode.NOT_FOUND:
        return NoSuchLabelError(one_line(label))
    return error


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
