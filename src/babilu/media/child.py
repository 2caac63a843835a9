"""The process that decodes one picture: gets its decoders ready, gives up everything else, answers once, and ends."""

import os
import sys

import msgspec

from babilu.media.confinement import confine, leave_environment
from babilu.media.exchange import LENGTH_BYTES, PICTURE_BYTES, READY, READY_WITHIN_LIMITS, PictureAnswer, PictureRequest
from babilu.media.formats import PictureFormat
from babilu.media.pictures import carry_out, prepare

_READ_AT_ONCE = 1024 * 1024


def main(arguments: list[str]) -> None:
    """Decode one picture; the process ends with it, whatever happens.

    Args:
        arguments: The name of the format, where it is one whose decoder is not always there.
    """
    heic = PictureFormat.HEIC.value in arguments
    prepare(heic=heic)
    decoder, encoder = msgspec.msgpack.Decoder(PictureRequest), msgspec.msgpack.Encoder()
    leave_environment()
    filtered = confine(threads=heic)
    _write(READY if filtered else READY_WITHIN_LIMITS)
    received = _read_all()
    end = LENGTH_BYTES + int.from_bytes(received[:LENGTH_BYTES], "big")
    request = decoder.decode(received[LENGTH_BYTES:end])
    body = received[end:]
    del received
    try:
        answer = carry_out(request, body)
    except Exception:  # noqa: BLE001 -- whatever a decoder raises says that it cannot be decoded
        answer = PictureAnswer(done=False)
    _write(encoder.encode(answer))
    # Nothing is tidied up: that would call the system for more than it still answers.
    os._exit(0)


def _read_all() -> bytes:
    received = bytearray()
    while part := os.read(sys.stdin.fileno(), _READ_AT_ONCE):
        received += part
        if len(received) > PICTURE_BYTES + _READ_AT_ONCE:
            os._exit(1)
    return bytes(received)


def _write(answer: bytes) -> None:
    left = memoryview(answer)
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]
