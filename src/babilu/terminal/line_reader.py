"""The words of a line are shared out among the arguments of its command."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind, is_address, is_conversation, is_switch, make_address, media_kind
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.local_time import moment_of, seconds_of
from babilu.terminal.message_numbers import NamedMessage
from babilu.terminal.paths import take_new_path, take_paths

GROUP_SIGN: Final = "#"
"""What a word begins with that names a group."""

DOUBLED: Final = ("@", GROUP_SIGN)
"""Signs that stand twice where a text begins with one."""

_WORD = re.compile(r"(\S+)\s?(.*)", re.DOTALL)
_KEYED = re.compile(r"(\w+):(\S+)")


class ArgumentReader:
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
                self._take_keyed()
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

    def _take_signed(self, field: ArgumentSpec) -> None:
        """Take the words that begin with the sign of an argument; the sign twice begins a text with it."""
        taken: list[str] = []
        while (found := _WORD.match(self._rest.lstrip())) and _has_sign(field.sign, found[1]):
            taken.append(found[1])
            self._rest = found[2]
            if field.kind is not ArgumentKind.NAMES:
                break
        if taken:
            self._given[field.name] = taken if field.kind is ArgumentKind.NAMES else taken[0]
        elif field.sign == GROUP_SIGN and self._current and (field.needed or self._rest.split()):
            self._given[field.name] = self._current
        if field.sign in DOUBLED and self._rest.lstrip().startswith(2 * field.sign):
            self._rest = self._rest.lstrip()[1:]

    def _take(self, field: ArgumentSpec) -> None:
        words = self._rest.split()
        if field.sign:
            self._take_signed(field)
        elif field.kind is ArgumentKind.PATHS:
            self._given[field.name], self._rest = take_paths(self._rest)
        elif field.kind is ArgumentKind.PATH:
            self._take_path(field)
        elif field.kind in {ArgumentKind.NAMES, ArgumentKind.EMOJI}:
            self._given[field.name] = words
            self._rest = ""
        elif not words:
            return
        elif field.kind is ArgumentKind.NEW_PATH:
            self._given[field.name], self._rest = take_new_path(self._rest)
        elif field.kind in {ArgumentKind.TEXT, ArgumentKind.FINGERPRINT}:
            self._given[field.name] = self._rest
            self._rest = ""
        elif field.kind is ArgumentKind.ADDRESS:
            self._rest = " ".join(_take_address(words, self._given))
        else:
            found = _WORD.match(self._rest.lstrip())
            word, self._rest = (words[0], "") if found is None else (found[1], found[2])
            self._given[field.name] = self._read_word(field, word)

    def _take_path(self, field: ArgumentSpec) -> None:
        """Take a path, which may stand in quotes, or what says that there is none."""
        word = self._rest.strip()
        if word and field.nullable and is_switch(word):
            self._given[field.name], self._rest = None, ""
        elif word:
            (path, *_), self._rest = take_paths(self._rest)
            self._given[field.name] = path

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


def _has_sign(sign: str, word: str) -> bool:
    if sign == GROUP_SIGN:
        return is_conversation(word) and not word.startswith(2 * sign)
    return word.startswith(sign) and not (sign in DOUBLED and word.startswith(2 * sign))


def _may_be(field: ArgumentSpec, word: str) -> bool:
    """Tell whether a word can be this argument and is no name."""
    match field.kind:
        case ArgumentKind.SWITCH:
            return is_switch(word)
        case ArgumentKind.SECONDS:
            return is_switch(word) or seconds_of(word) is not None
        case ArgumentKind.TIME:
            return is_switch(word) or moment_of(word, 0) is not None
        case ArgumentKind.MEDIA:
            return media_kind(word) is not None
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
