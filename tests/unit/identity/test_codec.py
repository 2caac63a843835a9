import pytest

from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.shapes import EcPrekey
from babilu.kernel.errors import ErrorCode, ProtocolError


def test_a_shape_is_read_as_it_was_written() -> None:
    prekey = EcPrekey(2**63 - 1, bytes(32))
    assert decode_shape(encode_shape(prekey), EcPrekey) == prekey


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xc1",
        b"\x92\x01",
        b"\x91" * 100_000,
        encode_shape(EcPrekey(1, bytes(31))),
        encode_shape(EcPrekey(-1, bytes(32))),
        encode_shape(EcPrekey(2**63, bytes(32))),
        encode_shape(EcPrekey(1, bytes(32))) + b"\x00",
    ],
)
def test_what_does_not_fit_is_malformed(encoded: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        decode_shape(encoded, EcPrekey)
    assert refused.value.code is ErrorCode.MALFORMED
