"""Everything that reads what others wrote: it answers with a value or with an error of ours, and with nothing else.

What was read must also come out the same when it is written and read again.
"""

import tempfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from babilu.crypto import hpke
from babilu.crypto.keys import AgreementKey
from babilu.crypto.sealed_file import PREFIX_BYTES, open_block, prefix_of
from babilu.crypto.secret import Secret
from babilu.foreign.mattermost import MattermostExport
from babilu.foreign.model import ForeignExport
from babilu.foreign.whatsapp import WhatsAppExport
from babilu.group.changes import EncodedEntry
from babilu.group.entries import LogEntry, decode_entry, read_entry, read_kept_entry
from babilu.group.group_log import GroupLog
from babilu.group.intake import LogIntake
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import decode_device_list, find_device, verify_device_list
from babilu.identity.direct import decode_direct_body, open_hello
from babilu.identity.invitation import Invitation
from babilu.identity.names import normalise_name, skeleton
from babilu.identity.prekeys import verify_bundle, verify_prekey_set
from babilu.identity.safety_number import compare_qr
from babilu.identity.shapes import Bundle, PrekeySet
from babilu.kernel.errors import BabiluError
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ids import DeviceId, domain
from babilu.kernel.limits import PICTURE_SIDE, PREVIEW_SIDE, TEXT_BYTES, Limits
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import PictureDetail
from babilu.media.animations import stripped
from babilu.media.details import details_of
from babilu.media.formats import HEAD_BYTES, PictureFormat, recognise
from babilu.session import ratchet
from babilu.session.chain import Chain
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, seal_envelope
from babilu.session.padding import pad, unpad
from babilu.session.sessions import open_envelope
from babilu.session.transient import FORMAT as TRANSIENT
from babilu.session.transient import check_transient, open_transient
from babilu.terminal.command_line import find_tag, parse_json, parse_line
from babilu.wire.codec import Codec, client_frames, direct_frames, encode, relay_frames
from babilu.wire.content import UnknownPart
from babilu.wire.content_reading import decode_content, read_part
from babilu.wire.framing import FrameReader
from babilu.wire.message_parts import Text
from tests.unit.session.devices import CountedRandomness, Device, make_device

Target = Callable[[bytes], None]

SEALED_KEY = bytes(range(32))
SEALED_BYTES = 100
SEALED = bytes(range(SEALED_BYTES))
"""A file of one block, and the key with which it is sealed."""

ASSOCIATED = bytes(32)
"""What the ratchet's messages are bound to."""


def frame_reader(data: bytes) -> None:
    """Cut a stream: in whichever pieces it comes, the frames are the same."""
    assert _cut(data, len(data) or 1) == _cut(data, 1 + len(data) // 3)


def _cut(data: bytes, piece: int) -> tuple[list[bytes], str]:
    reader = FrameReader(Limits(frame_bytes=4_096))
    bodies: list[bytes] = []
    try:
        for start in range(0, len(data), piece):
            bodies += reader.feed(data[start : start + piece])
    except BabiluError as error:
        return bodies, error.code.value
    return bodies, ""


def _frames(codec: Codec[Any]) -> Target:
    def read(data: bytes) -> None:
        value = codec.decode(data)
        assert codec.decode(encode(value)) == value

    return read


def content(data: bytes) -> None:
    """Read what was decrypted."""
    read, part = decode_content(data)
    again, _ = decode_content(encode(read))
    assert again == read
    if not isinstance(part, UnknownPart):
        assert read_part(encode(part), chained=read.link is not None) == part


def device_list(data: bytes) -> None:
    """Read and verify a device list."""
    verify_device_list(decode_device_list(data))


def group_entry(data: bytes) -> None:
    """Read an entry of a group's log, as one that was kept and as one that comes from somebody."""
    encoded = decode_entry(data)
    kept = read_kept_entry(encoded)
    assert kept.body.change
    assert read_kept_entry(decode_entry(encode_shape(encoded))) == kept
    assert read_entry(encoded) == kept


def group_log(data: bytes) -> None:
    """Read entries of a log that were kept, and take them in one order and in another one."""
    encoded = decode_shape(data, EncodedEntries)
    entries = [read_kept_entry(each) for each in encoded.entries]
    logs = [_log_of(entries), _log_of(entries[:1] + entries[:0:-1] * len(entries))]
    assert logs[0].state == logs[1].state
    assert {each.hash: logs[0].why_not(each.hash) for each in logs[0].entries} == {
        each.hash: logs[1].why_not(each.hash) for each in logs[1].entries
    }


class EncodedEntries(msgspec.Struct, frozen=True, array_like=True):
    """Entries of one log, the first one first."""

    entries: Annotated[tuple[EncodedEntry, ...], msgspec.Meta(min_length=1, max_length=20)]


def _log_of(entries: list[LogEntry]) -> GroupLog:
    intake = LogIntake(GroupLog(entries[0]))
    for entry in entries[1:]:
        intake.receive(DeviceId(bytes(16)), [entry])
        assert intake.log.counts(entries[0].hash)
    return intake.log


def bundle(data: bytes) -> None:
    """Read and verify a bundle."""
    verify_bundle(_entry(), decode_shape(data, Bundle))


def prekey_set(data: bytes) -> None:
    """Read and verify a set of prekeys."""
    verify_prekey_set(_entry(), decode_shape(data, PrekeySet))


def envelope(data: bytes) -> None:
    """Read an envelope from outside."""
    open_envelope(_bob().own, data)


def inside_of_an_envelope(data: bytes) -> None:
    """Have a known device send anything at all: what cannot be decrypted leaves every row as it was."""
    body = decode_shape(data, EnvelopeBody)
    alice, bob = _alice(), replace(_bob(), rows=deepcopy(_bob().rows))
    body = msgspec.structs.replace(body, sender=alice.id)
    sealed = seal_envelope(alice.own.agreement, EnvelopeEnd(bob.id, bob.own.agreement.public), body)
    before = bob.rows.snapshot()
    try:
        bob.read(alice, sealed)
    except BabiluError:
        assert bob.rows.snapshot() == before
        raise


def transient(data: bytes) -> None:
    """Read a transient from outside."""
    open_transient(_bob().own.agreement, _bob().id, data)


def inside_of_a_transient(data: bytes) -> None:
    """Have anybody at all seal what is no transient of a known device."""
    alice, bob = _alice(), _bob()
    sealed = TRANSIENT + hpke.seal(bob.own.agreement.public, data, domain("transient") + bob.id)
    opened = open_transient(bob.own.agreement, bob.id, sealed)
    check_transient(bob.own.agreement, bob.id, EnvelopeEnd(alice.id, alice.own.agreement.public), opened)


def ratchet_message(data: bytes) -> None:
    """Read a ratchet's message: header, jump and ciphertext."""
    message = decode_shape(data, ratchet.RatchetMessage)
    randomness = CountedRandomness("fuzz")
    state = ratchet.respond(Secret(bytes(32)), ratchet_prekey(), message, randomness)
    ratchet.decrypt(state, message, ASSOCIATED, randomness)


def ratchet_prekey() -> AgreementKey:
    """Give the prekey with which the ratchet's messages are answered."""
    return AgreementKey.from_bytes(Secret(bytes(range(32))))


def chain(data: bytes) -> None:
    """Read what is kept of a chain."""
    assert Chain.decode(data) == Chain.decode(Chain.decode(data).encode())


def padding(data: bytes) -> None:
    """Take padding off."""
    assert pad(unpad(data)) == data


def direct_body(data: bytes) -> None:
    """Read a direct hello's body."""
    value = decode_direct_body(data)
    assert decode_direct_body(encode_shape(value)) == value


def sealed_hello(data: bytes) -> None:
    """Open a sealed hello."""
    open_hello(_bob().own.agreement, _bob().id, data)


def name(data: bytes) -> None:
    """Normalise a name: once is as good as twice."""
    chosen = normalise_name(data.decode("utf-8", "surrogateescape"))
    assert normalise_name(chosen) == chosen
    assert skeleton(chosen)


def invitation(data: bytes) -> None:
    """Read an invitation."""
    read = Invitation.decode(data.decode("utf-8", "replace"))
    assert Invitation.decode(read.encode()) == read


def qr_code(data: bytes) -> None:
    """Compare what a camera saw."""
    compare_qr(data, bytes(32), bytes(range(32)))


def files_of_message(data: bytes) -> None:
    """Read what a message says of its files: names are safe, and a preview that is shown fills its picture."""
    part = read_part(data, chained=True)
    for file in part.files if isinstance(part, Text) else ():
        assert safe_file_name(file.name) == file.name
        assert file.sides is None or max(file.sides) <= PICTURE_SIDE
        preview = file.preview
        if preview is not None and preview.is_whole:
            assert len(preview.pixels) == 3 * preview.width * preview.height
            assert max(preview.width, preview.height) <= PREVIEW_SIDE


def sealed_block(data: bytes) -> None:
    """Open a block of a sealed file, wherever in it somebody says that it stands."""
    place, block = data[0] if data else 0, data[1:]
    prefix = prefix_of(block) if place == 0 else bytes(PREFIX_BYTES)
    assert open_block(Secret(SEALED_KEY), prefix, SEALED_BYTES, place, block) == SEALED


def picture(data: bytes) -> None:
    """Walk through the parts of a picture: whatever is left of one that moves says nothing."""
    kind = recognise(data[:HEAD_BYTES])
    for each in PictureFormat:
        assert set(details_of(each, data)) <= set(PictureDetail)
    if kind is None:
        return
    try:
        clean = stripped(kind, data)
    except (ValueError, IndexError):
        return
    assert details_of(kind, clean) == ()


def json_line(data: bytes) -> None:
    """Understand a line of JSON from a program."""
    line = data.decode("utf-8", "surrogateescape")
    find_tag(line)
    parse_json(line)


def typed_line(data: bytes) -> None:
    """Understand a line that a person has typed."""
    line = data.decode("utf-8", "surrogateescape").replace("\n", " ")
    if line.strip():
        parse_line(line, "bob")


def whatsapp_chat(data: bytes) -> None:
    """Read a chat that WhatsApp is said to have exported."""
    _read_export(data, WhatsAppExport)


def mattermost_export(data: bytes) -> None:
    """Read what Mattermost is said to have exported."""
    _read_export(data, MattermostExport)


def _read_export(data: bytes, kind: Callable[[Path], ForeignExport]) -> None:
    """Read an export twice: what was counted comes, each text fits a message, and a database takes all of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        path.write_bytes(data)
        export = kind(path)
        try:
            survey = export.survey()
            messages = list(export.messages())
            assert sorted(survey.order) == list(range(len(messages)))
            for message in messages:
                assert message.author in survey.chats[message.chat].people
                assert len(message.text.encode("utf-8")) <= TEXT_BYTES
                assert cleaned(message.author) == message.author
                for file in message.files:
                    export.size(file)
        finally:
            export.close()


TARGETS: Mapping[str, Target] = {
    "client_frames": _frames(client_frames),
    "relay_frames": _frames(relay_frames),
    "direct_frames": _frames(direct_frames),
    **{
        target.__name__: target
        for target in (
            frame_reader, content, device_list, group_entry, group_log, bundle, prekey_set, envelope,
            inside_of_an_envelope, transient, inside_of_a_transient, ratchet_message, chain, padding, direct_body,
            sealed_hello, name, invitation, qr_code, files_of_message, sealed_block, picture, json_line, typed_line,
            whatsapp_chat, mattermost_export,
        )
    },
}  # fmt: skip


def run(target: Target, data: bytes) -> None:
    """Give data to a target; errors of ours are an answer like any other."""
    try:
        target(data)
    except BabiluError:
        return


@cache
def _alice() -> Device:
    return make_device("alice")


@cache
def _bob() -> Device:
    return make_device("bob")


def _entry() -> Any:
    alice = _alice()
    entry = find_device(verify_device_list(alice.own.device_list), alice.id)
    assert entry is not None
    return entry
