from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import (
    DEVICE_LIST_BYTES,
    ENTRIES_IN_CONTENT,
    ENTRY_BYTES,
    HISTORY_IN_CONTENT,
    MENTIONS,
    PROFILE_PICTURE_BYTES,
    QUOTE_CHARACTERS,
    SYNC_ENTRIES,
    SYNC_MESSAGES,
    SYNC_SUBJECT_BYTES,
    SYNC_VALUE_BYTES,
    SYNC_WRITES,
    TEXT_BYTES,
    TIMER_LONGEST_MS,
    TIMER_SHORTEST_MS,
)
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content, ContentPart, ListMark, UnknownPart
from babilu.wire.content_reading import content_of, decode_content, head_of, read_part
from babilu.wire.delivery_parts import Again, Delivered, FileRequest, Gone, Hush, Read, RetryRequest, Settled
from babilu.wire.device_parts import DeviceHistory, DeviceHistoryPiece, HistoryAsk, Sync
from babilu.wire.file_entry import FileEntry
from babilu.wire.group_parts import (
    GroupAsk,
    GroupEntries,
    GroupHistory,
    GroupLink,
    GroupWant,
    SharedMessage,
    SharedWording,
)
from babilu.wire.message_parts import Delete, Edit, Mention, Pin, ProfilePicture, React, Text, Timer
from babilu.wire.part_base import CRITICAL, HEADS_MAX, MESSAGE_BYTES, ChainedPart, Part
from babilu.wire.sync_entries import SyncGone, SyncRead, SyncReceipt, SyncWrite

ID = bytes(range(16))
KEY = bytes(range(32))
MARK = ListMark(1, ID)
HI = Text(ID, None, "hi")
PARTS: list[ContentPart] = [
    HI,
    Edit(ID, None, ID, "hi, Bob", (Mention(4, 3, KEY),), TIMER_SHORTEST_MS),
    Delete(ID, None, ID),
    React(ID, None, ID, ("👍", "🏴󠁧󠁢󠁷󠁬󠁳󠁿")),
    Pin(ID, None, ID, on=True, replaces=ID),
    Timer(ID, None, TIMER_LONGEST_MS, ID),
    ProfilePicture(ID, None, b"\xff\xd8\xff"),
    GroupEntries(ID, None, (b"entry",), (b"list",)),
    GroupWant(bytes(32), (bytes(32),), (bytes(32),)),
    GroupAsk(ID, None, bytes(32), ID),
    GroupLink(ID, None, bytes(32), 5, approval=True, expires_at=1_800_000_000_000, revoked=False),
    DeviceHistory(ID, None, (b"group", b"another")),
    DeviceHistoryPiece(ID, None, ID, 1, 3, b"piece"),
    HistoryAsk(ID, None, 1_800_000_000_000),
    GroupHistory(ID, None, (SharedMessage(KEY, 1, b"part", SharedWording(2, b"edit")), SharedMessage(KEY, 3, b"part"))),
    Sync(
        ID,
        None,
        (SyncWrite(3, KEY, b"\xa3bob", 7, ID),),
        (SyncReceipt(ID, KEY, ID, True, 8),),
        (SyncRead(KEY, (ID,), 9),),
        (SyncGone(KEY, (ID,)),),
    ),
    Delivered((ID,)),
    Read((ID,)),
    RetryRequest((ID,)),
    Again(ID, b"content"),
    Settled((ID,)),
    Gone(ID, 1, KEY),
    FileRequest(bytes(16), 3),
    Hush(),
]


TAGS = {str(type(part).__struct_config__.tag) for part in PARTS}


def content(part: Part | bytes, *, chained: bool | None = None) -> Content:
    linked = isinstance(part, ChainedPart) if chained is None else chained
    said = part if isinstance(part, bytes) else encode(part)
    return Content(KEY, 1_800_000_000_000, ChainLink(1, KEY) if linked else None, MARK, MARK, None, said)


def fields_of(value: msgspec.Struct) -> list[Any]:
    fields: list[Any] = msgspec.msgpack.decode(encode(value))
    return fields


def critical(value: object) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(CRITICAL, msgspec.msgpack.encode(value))


def refusal(body: bytes) -> ErrorCode:
    with pytest.raises(ProtocolError) as refused:
        decode_content(body)
    for chained in (True, False):
        with suppress(ProtocolError):
            read_part(body, chained=chained)
    return refused.value.code


def test_there_is_a_sample_of_every_part() -> None:
    assert {type(part) for part in PARTS} == set(ContentPart.__args__)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_every_part_comes_back_as_it_was(part: ContentPart) -> None:
    assert decode_content(encode(content(part))) == (content(part), part)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_fields_of_a_later_version_are_passed_over(part: ContentPart) -> None:
    said = msgspec.msgpack.encode([*fields_of(part), "more", msgspec.msgpack.Ext(CRITICAL + 1, b"x"), {"a": [1]}])
    extended = content(said, chained=isinstance(part, ChainedPart))
    assert decode_content(msgspec.msgpack.encode([*fields_of(extended), "something new"])) == (extended, part)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
@pytest.mark.parametrize(
    "value", [0, None, "", "x" * 7, "x" * 14, "x" * 200, "x" * 40_000], ids=lambda value: str(value)[:9]
)
def test_no_part_with_a_critical_field_that_is_not_known_is_passed_over(part: ContentPart, value: object) -> None:
    chained = isinstance(part, ChainedPart)
    said = msgspec.msgpack.encode([*fields_of(part), "more", critical(value)])
    tag = str(type(part).__struct_config__.tag)
    unknown = UnknownPart(tag, part.salt, part.fallback) if isinstance(part, ChainedPart) else UnknownPart(tag)
    assert decode_content(encode(content(said, chained=chained)))[1] == unknown


@given(
    st.text(max_size=20).filter(lambda tag: tag not in TAGS), st.none() | st.text(max_size=40), st.binary(max_size=40)
)
def test_what_is_not_known_is_named_with_what_stands_for_it(tag: str, fallback: str | None, more: bytes) -> None:
    chained = msgspec.msgpack.encode([tag, ID, fallback, more])
    assert read_part(chained, chained=True) == UnknownPart(tag, ID, fallback)
    assert read_part(msgspec.msgpack.encode([tag, more]), chained=False) == UnknownPart(tag)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_each_kind_has_a_place_in_the_chain_always_or_never(part: ContentPart) -> None:
    assert refusal(encode(content(part, chained=not isinstance(part, ChainedPart)))) is ErrorCode.MALFORMED


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_a_content_cut_at_any_byte_is_malformed(part: ContentPart) -> None:
    body = encode(content(part))
    for cut in range(len(body)):
        assert refusal(body[:cut]) is ErrorCode.MALFORMED


@pytest.mark.parametrize("text", ["a" * TEXT_BYTES, "é" * (TEXT_BYTES // 2), "𝄞" * (TEXT_BYTES // 4)])
def test_a_text_of_exactly_the_limit_in_bytes_is_taken(text: str) -> None:
    assert decode_content(encode(content(Text(ID, None, text))))[1] == Text(ID, None, text)
    unknown = msgspec.msgpack.encode(["new", ID, text])
    assert decode_content(encode(content(unknown, chained=True)))[1] == UnknownPart("new", ID, text)


@pytest.mark.parametrize("text", ["a" * (TEXT_BYTES + 1), "é" * (TEXT_BYTES // 2) + "a", "𝄞" * (TEXT_BYTES // 4 + 1)])
def test_a_text_over_the_limit_in_bytes_is_too_large_however_few_characters_it_has(text: str) -> None:
    assert refusal(encode(content(Text(ID, None, text)))) is ErrorCode.TOO_LARGE
    unknown = msgspec.msgpack.encode(["new", ID, text])
    assert refusal(encode(content(unknown, chained=True))) is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, KEY[:31]),
        (1, None),
        (1, -1),
        (1, 2**63),
        (1, float("nan")),
        (2, [0, KEY]),
        (2, [2**63, KEY]),
        (2, [1, KEY[:31]]),
        (3, None),
        (3, [1, KEY]),
        (4, [1]),
        (5, []),
        (5, [KEY] * 9),
        (5, [ID]),
        (6, None),
        (6, ["text", ID, None, "not as bytes"]),
        (6, b""),
    ],
)
def test_a_field_that_does_not_fit_is_malformed(place: int, value: object) -> None:
    fields = fields_of(content(HI))
    fields[place] = value
    assert refusal(msgspec.msgpack.encode(fields)) is ErrorCode.MALFORMED


@pytest.mark.parametrize(
    ("chained", "said"),
    [
        (True, ["text", ID, None]),
        (True, ["text", ID, None, b"bytes"]),
        (True, ["text", ID[:15], None, "hi"]),
        (True, ["text", "hi"]),
        (True, ["unheard_of", 1]),
        (True, ["unheard_of", ID]),
        (True, ["unheard_of", ID, b"bytes"]),
        (True, [b"unheard_of", ID, None]),
        (False, ["delivered", []]),
        (False, ["delivered", [ID] * 1_001]),
        (False, ["read", [ID[:15]]]),
        (False, [1]),
        (False, []),
        (False, {}),
    ],
)
def test_a_part_that_does_not_fit_is_malformed(chained: bool, said: object) -> None:
    assert refusal(encode(content(msgspec.msgpack.encode(said), chained=chained))) is ErrorCode.MALFORMED


def says(part: Part) -> ContentPart | UnknownPart:
    return decode_content(encode(content(part)))[1]


def test_a_text_has_room_for_an_answer_mentions_and_a_timer() -> None:
    mentions = (Mention(0, 3, KEY), Mention(3, 1, KEY))
    text = Text(ID, None, "𝄞𝄞𝄞𝄞", ID, "é" * QUOTE_CHARACTERS, mentions, forwarded=True, timer=TIMER_LONGEST_MS)
    assert says(text) == text


def test_a_text_of_an_earlier_version_answers_nothing_and_names_nobody() -> None:
    assert read_part(msgspec.msgpack.encode(["text", ID, None, "hi"]), chained=True) == HI


@pytest.mark.parametrize(
    "mentions",
    [
        (Mention(0, 3, KEY),),
        (Mention(2, 1, KEY),),
        (Mention(0, 2**63 - 1, KEY),),
        (Mention(2**63 - 1, 1, KEY),),
        (Mention(0, 2, KEY), Mention(1, 1, KEY)),
        (Mention(1, 1, KEY), Mention(0, 1, KEY)),
    ],
)
def test_a_mention_outside_of_its_text_or_in_another_one_is_malformed(mentions: tuple[Mention, ...]) -> None:
    assert refusal(encode(content(Text(ID, None, "𝄞b", mentions=mentions)))) is ErrorCode.MALFORMED
    assert refusal(encode(content(Edit(ID, None, ID, "𝄞b", mentions)))) is ErrorCode.MALFORMED


def test_fifty_mentions_are_taken_and_no_more() -> None:
    def named(count: int) -> Text:
        return Text(ID, None, "@" * count, mentions=tuple(Mention(place, 1, KEY) for place in range(count)))

    assert says(named(MENTIONS)) == named(MENTIONS)
    assert refusal(encode(content(named(MENTIONS + 1)))) is ErrorCode.MALFORMED


def test_a_quote_over_its_limit_is_malformed() -> None:
    assert refusal(encode(content(Text(ID, None, "hi", ID, "é" * (QUOTE_CHARACTERS + 1))))) is ErrorCode.MALFORMED


@pytest.mark.parametrize("timer", [0, TIMER_SHORTEST_MS - 1, TIMER_LONGEST_MS + 1])
def test_a_timer_out_of_its_bounds_is_malformed(timer: int) -> None:
    for part in (Text(ID, None, "hi", timer=timer), Edit(ID, None, ID, "hi", timer=timer), Timer(ID, None, timer)):
        assert refusal(encode(content(part))) is ErrorCode.MALFORMED


def of_file(size: int) -> FileEntry:
    return FileEntry(KEY, KEY, size, KEY, "text.txt")


def test_the_file_of_a_text_is_no_larger_than_a_text() -> None:
    fits = Text(ID, None, "It begins", whole=of_file(TEXT_BYTES))
    assert decode_content(encode(content(fits)))[1] == fits
    assert refusal(encode(content(Text(ID, None, "It begins", whole=of_file(TEXT_BYTES + 1))))) is ErrorCode.TOO_LARGE


def test_the_mentions_of_a_long_text_count_in_all_of_it() -> None:
    named = (Mention(20, 80, KEY),)
    fits = Text(ID, None, "It begins", mentions=named, whole=of_file(100))
    assert decode_content(encode(content(fits)))[1] == fits
    outside = Text(ID, None, "It begins", mentions=named, whole=of_file(99))
    assert refusal(encode(content(outside))) is ErrorCode.MALFORMED


def test_the_words_of_an_edit_are_no_longer_than_those_of_a_text() -> None:
    assert refusal(encode(content(Edit(ID, None, ID, "a" * (TEXT_BYTES + 1))))) is ErrorCode.TOO_LARGE


def test_eight_reactions_are_taken_and_no_more() -> None:
    signs = tuple("👍👎😀🎉❤😮😢🙏🔥")
    assert says(React(ID, None, ID, signs[:8])) == React(ID, None, ID, signs[:8])
    assert says(React(ID, None, ID, ())) == React(ID, None, ID, ())
    assert refusal(encode(content(React(ID, None, ID, signs)))) is ErrorCode.MALFORMED


@pytest.mark.parametrize("reactions", [("👍", "👍"), ("👍", "no"), ("",)])
def test_a_reaction_that_is_none_or_stands_twice_is_malformed(reactions: tuple[str, ...]) -> None:
    assert refusal(encode(content(React(ID, None, ID, reactions)))) is ErrorCode.MALFORMED


def test_the_largest_text_with_all_it_can_have_fits_a_content() -> None:
    mentions = tuple(Mention(TEXT_BYTES - 200 + 2 * place, 1, KEY) for place in range(MENTIONS))
    quote = "𝄞" * QUOTE_CHARACTERS
    text = Text(ID, None, "a" * TEXT_BYTES, ID, quote, mentions, forwarded=True, timer=TIMER_LONGEST_MS)
    largest = msgspec.structs.replace(content(text), heads=(KEY,) * HEADS_MAX, link=ChainLink(2**63 - 1, KEY))
    assert len(encode(largest)) <= MESSAGE_BYTES


def test_text_that_is_no_utf_8_is_malformed() -> None:
    body = encode(content(HI))
    assert refusal(body.replace(b"\xa2hi", b"\xa2\xff\xfe")) is ErrorCode.MALFORMED


def test_nesting_without_end_is_malformed() -> None:
    assert refusal(b"\x97" + b"\x91" * 60_000) is ErrorCode.MALFORMED
    assert refusal(encode(content(b"\x94" + b"\x91" * 60_000, chained=True))) is ErrorCode.MALFORMED


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_refusal(body: bytes) -> None:
    with suppress(ProtocolError):
        decode_content(body)
    for chained in (True, False):
        with suppress(ProtocolError):
            read_part(body, chained=chained)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 60_000, 65_535, 65_536])
@pytest.mark.parametrize("link", [None, ChainLink(7, bytes(32))])
def test_a_content_is_its_head_and_its_part(size: int, link: ChainLink | None) -> None:
    part = bytes(size)
    content = encode(Content(KEY, 1_800_000_000_000, link, MARK, MARK, None, part))
    head = head_of(content, part)
    assert len(head) < 150
    assert content_of(head, part) == content


@pytest.mark.parametrize("size", [0, PROFILE_PICTURE_BYTES + 1])
def test_a_profile_picture_has_at_most_so_many_bytes(size: int) -> None:
    largest = encode(ProfilePicture(ID, None, bytes(PROFILE_PICTURE_BYTES)))
    assert isinstance(read_part(largest, chained=True), ProfilePicture)
    with pytest.raises(ProtocolError) as refused:
        read_part(encode(ProfilePicture(ID, None, bytes(size))), chained=True)
    assert refused.value.code is ErrorCode.MALFORMED


@pytest.mark.parametrize(
    "said",
    [
        GroupEntries(ID, None, (b"e",) * (ENTRIES_IN_CONTENT + 1)),
        GroupEntries(ID, None, (), (b"l",) * (ENTRIES_IN_CONTENT + 1)),
        GroupEntries(ID, None, (bytes(ENTRY_BYTES + 257),)),
        GroupEntries(ID, None, (), (bytes(DEVICE_LIST_BYTES + 1),)),
    ],
    ids=["entries", "lists", "size of an entry", "size of a list"],
)
def test_entries_of_a_group_are_bounded(said: GroupEntries) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_part(encode(said), chained=True)
    assert refused.value.code is ErrorCode.MALFORMED


def test_what_newcomers_are_given_is_bounded() -> None:
    shared = SharedMessage(KEY, 1, b"part")
    most = encode(GroupHistory(ID, None, (shared,) * HISTORY_IN_CONTENT))
    assert isinstance(read_part(most, chained=True), GroupHistory)
    with pytest.raises(ProtocolError) as refused:
        read_part(encode(GroupHistory(ID, None, (shared,) * (HISTORY_IN_CONTENT + 1))), chained=True)
    assert refused.value.code is ErrorCode.MALFORMED


@pytest.mark.parametrize(
    "said",
    [
        Sync(ID, None, (SyncWrite(1, b"", b"", 1, ID),) * (SYNC_WRITES + 1)),
        Sync(ID, None, (SyncWrite(1, bytes(SYNC_SUBJECT_BYTES + 1), b"", 1, ID),)),
        Sync(ID, None, (SyncWrite(1, b"", bytes(SYNC_VALUE_BYTES + 1), 1, ID),)),
        Sync(ID, None, (), (SyncReceipt(ID, KEY, ID, False, 1),) * (SYNC_MESSAGES + 1)),
        Sync(ID, None, reads=(SyncRead(KEY, (ID,) * (SYNC_MESSAGES + 1), 1),)),
        Sync(ID, None, reads=(SyncRead(KEY, (ID,), 1),) * (SYNC_ENTRIES + 1)),
        Sync(ID, None, gone=(SyncGone(KEY, (ID,)),) * (SYNC_ENTRIES + 1)),
        Sync(ID, None, gone=(SyncGone(KEY, ()),)),
    ],
    ids=["writes", "subject", "value", "receipts", "messages read", "reads", "gone", "nothing gone"],
)
def test_what_own_devices_tell_each_other_is_bounded(said: Sync) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_part(encode(said), chained=True)
    assert refused.value.code is ErrorCode.MALFORMED
