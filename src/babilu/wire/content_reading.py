"""Reads contents that were decrypted: what does not fit is refused, and what only a newer version knows is kept."""

import msgspec

from babilu.identity.shapes import Id16
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.nesting import is_shallow
from babilu.kernel.reactions import is_reaction
from babilu.wire.content import Content, ContentPart, UnknownPart
from babilu.wire.file_entry import FileEntry
from babilu.wire.group_parts import GroupEntries
from babilu.wire.message_parts import Edit, Mention, React, Text
from babilu.wire.part_base import CRITICAL, ChainedPart, Part


def head_of(content: bytes, part: bytes) -> bytes:
    """Return what stands before the part in an encoded content, which the part ends; `content_of` joins them again."""
    return content.removesuffix(msgspec.msgpack.encode(part))


def content_of(head: bytes, part: bytes) -> bytes:
    """Return the exact bytes of a content of which `head_of` has returned the head."""
    return head + msgspec.msgpack.encode(part)


def is_group_entries(part: bytes) -> bool:
    """Tell whether encoded bytes of a part are entries of a group's log, by their tag alone."""
    fields = _fields.decode(part)
    return _word.decode(fields[0]) == _GROUP_ENTRIES


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """The beginning that all chained parts share."""

    tag: str
    salt: Id16
    fallback: str | None


_contents = msgspec.msgpack.Decoder(Content)
_parts: "msgspec.msgpack.Decoder[ContentPart]" = msgspec.msgpack.Decoder(ContentPart)
_heads = msgspec.msgpack.Decoder(_Head)
_fields = msgspec.msgpack.Decoder(list[msgspec.Raw])
_word = msgspec.msgpack.Decoder(str)
_GROUP_ENTRIES = str(GroupEntries.__struct_config__.tag)
_known: dict[str, type[Part]] = {str(part.__struct_config__.tag): part for part in ContentPart.__args__}

_CODE_AT = {0xC7: 2, 0xC8: 3, 0xC9: 5, **dict.fromkeys(range(0xD4, 0xD9), 1)}
"""Where the code of a MessagePack extension stands, by its first byte."""


def decode_content(body: bytes) -> tuple[Content, ContentPart | UnknownPart]:
    """Decode a content after decryption, and what it says.

    Raises:
        ProtocolError: ``malformed`` where it does not fit its shape or breaks a rule of its kind,
            ``too_large`` for a text over the limit.
    """
    if not is_shallow(body):
        raise ProtocolError(ErrorCode.MALFORMED, "A message nests too deep.")
    try:
        content = _contents.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A message could not be understood.") from error
    return content, read_part(content.part, chained=content.link is not None)


def read_part(part: bytes, *, chained: bool) -> ContentPart | UnknownPart:
    """Decode what a content says.

    Args:
        part: Its exact bytes.
        chained: Whether the content has a place in the chain: each kind has one always, or never.

    Raises:
        ProtocolError: As `decode_content`.
    """
    if not is_shallow(part):
        raise ProtocolError(ErrorCode.MALFORMED, "A message nests too deep.")
    try:
        fields = _fields.decode(part)
        known = _known.get(_word.decode(fields[0]))
        if known is None or any(map(_is_critical, fields[1 + len(known.__struct_fields__) :])):
            return _unknown(part, chained=chained)
        decoded = _parts.decode(part)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, IndexError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A message could not be understood.") from error
    if isinstance(decoded, ChainedPart) is not chained:
        raise ProtocolError(ErrorCode.MALFORMED, "A message is not in the place that its kind has.")
    match decoded:
        case (
            Text(text=text, mentions=mentions, whole=FileEntry(size=size))
            | Edit(text=text, mentions=mentions, whole=FileEntry(size=size))
        ):
            _check_size(text)
            _check_bytes(size)
            # No text has more code points than bytes; what lies outside of it once it is here is not shown.
            _check_mentions(size, mentions)
        case Text(text=text, mentions=mentions) | Edit(text=text, mentions=mentions):
            _check_size(text)
            _check_mentions(len(text), mentions)
        case React(reactions=reactions):
            _check_reactions(reactions)
    return decoded


def _unknown(part: bytes, *, chained: bool) -> UnknownPart:
    try:
        if not chained:
            return UnknownPart(_word.decode(_fields.decode(part)[0]))
        head = _heads.decode(part)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, IndexError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A message could not be understood.") from error
    _check_size(head.fallback or "")
    return UnknownPart(head.tag, head.salt, head.fallback)


def _is_critical(field: msgspec.Raw) -> bool:
    beginning = memoryview(field)[:6]
    at = _CODE_AT.get(beginning[0])
    return at is not None and beginning[at] == CRITICAL


def _check_size(text: str) -> None:
    _check_bytes(len(text.encode("utf-8", "surrogatepass")))


def _check_bytes(size: int) -> None:
    if size > TEXT_BYTES:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"A text is over the limit of {TEXT_BYTES} bytes.")


def _check_mentions(length: int, mentions: tuple[Mention, ...]) -> None:
    end = 0
    for mention in mentions:
        if mention.start < end:
            raise ProtocolError(ErrorCode.MALFORMED, "Two mentions of a message overlap.")
        end = mention.start + mention.length
    if end > length:
        raise ProtocolError(ErrorCode.MALFORMED, "A mention lies outside of its message.")


def _check_reactions(reactions: tuple[str, ...]) -> None:
    if len(set(reactions)) < len(reactions) or not all(map(is_reaction, reactions)):
        raise ProtocolError(ErrorCode.MALFORMED, "A reaction is not one that can be given.")
