"""Where fuzzing begins: what is right, from the published vectors; a fuzzer spoils it from there."""

from typing import Any

from babilu.identity.codec import encode_shape
from babilu.identity.device_list import encode_device_list
from babilu.kernel.limits import LENGTH_BYTES
from babilu.session.chain import Chain, receive
from babilu.session.padding import pad
from babilu.session.ratchet import RatchetMessage
from babilu.session.sessions import open_envelope
from tests.unit.session.devices import make_device
from tests.unit.session.test_recorded_envelopes import the_recipient
from tests.vectors.vectors import protocol, unhex

LINES = (
    '{"do":"send","to":"bob","text":"hi","tag":"t1"}',
    '{"do":"history","with":"bob","limit":20,"tag":1}',
    '{"do":"call","address":"[::1]:5051"}',
    "@bob hello",
    "/call 127.0.0.1:5051",
    "//not a command",
)


def seeds() -> dict[str, list[bytes]]:
    """Give what each target understands."""
    published = protocol()
    device = make_device("alice")
    own, _ = the_recipient()
    opened = open_envelope(own, unhex(published["envelopes"]["received"][0]["envelope"]))
    frames = {side: [unhex(each["encoded"]) for each in published["frames"][side]] for side in published["frames"]}
    bodies = {side: [each[LENGTH_BYTES:] for each in found] for side, found in frames.items()}
    return {
        "frame_reader": [b"".join(frames["client"][:6]), frames["direct"][0]],
        "client_frames": bodies["client"],
        "relay_frames": bodies["relay"],
        "direct_frames": bodies["direct"],
        "content": [unhex(each["encoded"]) for each in published["contents"]],
        "device_list": [encode_device_list(device.own.device_list)],
        "bundle": [encode_shape(device.bundle())],
        "prekey_set": [encode_shape(make_device("alice").prekeys())],
        "envelope": [unhex(each["envelope"]) for each in published["envelopes"]["received"]],
        "inside_of_an_envelope": [opened.authenticated],
        "ratchet_message": [_message(each) for each in published["ratchet"]["conversation"]["messages"]],
        "chain": [receive(Chain(), 3, bytes(32), b"third")[0].encode()],
        "padding": [pad(b"text"), pad(bytes(300))],
        "direct_body": [unhex(published["direct_hello"]["client_body"])],
        "sealed_hello": [bytes(64)],
        "name": [each["given"].encode() for each in published["names"]],
        "invitation": [each["text"].encode() for each in published["invitation"]],
        "qr_code": [unhex(published["safety_number"]["qr_shown_by_one"])],
        "json_line": [line.encode() for line in LINES],
        "typed_line": [line.encode() for line in LINES],
    }


def _message(shown: dict[str, Any]) -> bytes:
    return encode_shape(
        RatchetMessage(unhex(shown["ratchet_key"]), shown["previous"], shown["number"], unhex(shown["ciphertext"]))
    )
