"""Where fuzzing begins: what is right, from the published vectors; a fuzzer spoils it from there."""

import io
import zipfile

from babilu.crypto.sealed_file import PREFIX_BYTES, seal_blocks
from babilu.crypto.secret import Secret
from babilu.group.entries import encode_entry
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import encode_device_list
from babilu.identity.direct import seal_hello
from babilu.kernel.limits import LENGTH_BYTES
from babilu.session import ratchet
from babilu.session.chain import Chain, receive
from babilu.session.envelope import EnvelopeEnd
from babilu.session.padding import pad
from babilu.session.sessions import open_envelope
from babilu.session.transient import NO_HEADS, TransientBody, open_transient, seal_transient
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry, Preview
from babilu.wire.message_parts import Text
from tests.faults.fuzz.targets import ASSOCIATED, SEALED, SEALED_BYTES, SEALED_KEY, EncodedEntries, ratchet_prekey
from tests.unit.foreign.chats import BOB, TOWN, VERSION, a_direct_post, a_post, json_lines
from tests.unit.group.logs import build
from tests.unit.group.people import sample_entries
from tests.unit.group.stories import a_log
from tests.unit.media.corpus import PICTURES
from tests.unit.session.devices import CountedRandomness, make_device
from tests.unit.session.test_recorded_envelopes import the_recipient
from tests.vectors.vectors import protocol, unhex

JSON_LINES = (
    '{"do":"send","to":"bob","text":"hi","tag":"t1"}',
    '{"do":"history","name":"bob","limit":20,"tag":1}',
    '{"do":"call","address":"[::1]:5051"}',
    '{"do":"send","to":"bob","text":"@bob","reply_to":"00112233445566778899aabbccddeeff","mentions":["bob"],"timer":5}',
    '{"do":"react","id":"00112233445566778899aabbccddeeff","emoji":["\\ud83d\\udc4d"]}',
    '{"do":"timer","conversation":"bob","seconds":null}',
)

TYPED_LINES = (
    *JSON_LINES,
    "@bob hello",
    "/call 127.0.0.1:5051",
    "//not a command",
    "/schedule @bob 2026-11-30T18:30 later",
    "/search from:bob since:1w tea",
    "/mute 8h",
    "/forward 00112233445566778899aabbccddeeff bob carol",
)


CHATS = (
    (
        '13/06/2018, 21:25 - Luke created group "x"\n13/06/2018, 21:26 - Luke: one\ntwo\n'
        "13/06/2018, 21:27 - Leia: IMG-1.jpg (file attached)\n13/06/2018, 21:28 - Leia: <Media omitted>\n"
    ),
    "[6/13/18, 9:25:15 PM] Luke: hi\n\u200e[6/13/18, 9:25:16 PM] Leia: \u200e<attached: 0001-PHOTO.jpg>\n",
)

MATTERMOST = json_lines(
    VERSION,
    TOWN,
    BOB,
    a_post(
        "bob",
        "tea?",
        1_600_000_000_000,
        replies=[{"user": "alice", "message": "yes", "create_at": 1_600_000_000_005}],
        reactions=[{"user": "alice", "create_at": 1_600_000_000_002, "emoji_name": "+1"}],
        attachments=[{"path": "20200913/photo.jpg"}],
    ),
    a_direct_post(["alice", "bob"], "bob", "psst", 1_600_000_000_009),
)


def _zipped(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


def seeds() -> dict[str, list[bytes]]:
    """Give what each target understands."""
    published = protocol()
    device = make_device("alice")
    own, _ = the_recipient()
    opened = open_envelope(own, unhex(published["envelopes"]["received"][0]["envelope"]))
    bob = make_device("bob").own
    body = TransientBody(device.id, bytes(32), NO_HEADS, 1_795_337_792_000)
    typing = seal_transient(device.own.agreement, EnvelopeEnd(bob.device, bob.agreement.public), body)
    typed = open_transient(bob.agreement, bob.device, typing)
    frames = {side: [unhex(each["encoded"]) for each in published["frames"][side]] for side in published["frames"]}
    bodies = {side: [each[LENGTH_BYTES:] for each in found] for side, found in frames.items()}
    return {
        "frame_reader": [b"".join(frames["client"][:6]), frames["direct"][0]],
        "client_frames": bodies["client"],
        "relay_frames": bodies["relay"],
        "direct_frames": bodies["direct"],
        "content": [unhex(each["encoded"]) for each in published["contents"]],
        "device_list": [encode_device_list(device.own.device_list)],
        "group_entry": list(map(encode_entry, sample_entries())),
        "group_log": [
            encode_shape(EncodedEntries(tuple(each.encoded for each in log.entries)))
            for log in (a_log(1).log, a_log(2).log, build(sample_entries()))
        ],
        "bundle": [encode_shape(device.bundle())],
        "prekey_set": [encode_shape(make_device("alice").prekeys())],
        "envelope": [unhex(each["envelope"]) for each in published["envelopes"]["received"]],
        "inside_of_an_envelope": [opened.authenticated],
        "whatsapp_chat": [*map(str.encode, CHATS), _zipped("_chat.txt", CHATS[0])],
        "mattermost_export": [MATTERMOST.encode(), _zipped("import.jsonl", MATTERMOST)],
        "transient": [typing],
        "inside_of_a_transient": [typed.tag + typed.authenticated],
        "ratchet_message": _messages(),
        "chain": [receive(Chain(), 3, bytes(32), b"third")[0].encode()],
        "padding": [pad(b"text"), pad(bytes(300))],
        "direct_body": [unhex(published["direct_hello"]["client_body"])],
        "sealed_hello": [seal_hello(make_device("bob").as_peer().entry, b"hello")],
        "name": [each["given"].encode() for each in published["names"]],
        "invitation": [each["text"].encode() for each in published["invitation"]],
        "qr_code": [unhex(published["safety_number"]["qr_shown_by_one"])],
        "files_of_message": [_text_with_files()],
        "sealed_block": [b"\0" + block for block in _sealed()],
        "picture": [make() for name, make in PICTURES.items() if name != "jpeg-large"],
        "json_line": [line.encode() for line in JSON_LINES],
        "typed_line": [line.encode() for line in TYPED_LINES],
    }


def _text_with_files() -> bytes:
    preview = Preview(2, 1, bytes(range(6)))
    photo = FileEntry(bytes(32), bytes(32), 5, bytes(32), "../a.jpg", "image/jpeg", 640, 480, preview=preview)
    voice = FileEntry(bytes(32), bytes(32), 5, bytes(32), "b.ogg", "audio/ogg", duration=1_500, peaks=bytes(64))
    return encode(Text(bytes(16), None, "look", files=(photo, voice)))


def _sealed() -> list[bytes]:
    file = io.BytesIO(SEALED)
    return list(seal_blocks(Secret(SEALED_KEY), bytes(PREFIX_BYTES), SEALED_BYTES, file.read))


def _messages() -> list[bytes]:
    """Give the first messages of the ratchet that the target answers."""
    randomness = CountedRandomness("seed")
    state = ratchet.initiate(Secret(bytes(32)), ratchet_prekey().public, randomness)
    _, messages = ratchet.encrypt_all(state, [b"first", bytes(300)], ASSOCIATED, randomness)
    return [encode_shape(message) for message in messages]
