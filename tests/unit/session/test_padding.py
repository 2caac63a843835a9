import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.session.padding import CONTENT_BYTES, SIZES, pad, unpad


@given(st.binary(max_size=5000))
def test_padding_comes_off_again_and_shows_a_size_class_only(content: bytes) -> None:
    padded = pad(content)
    assert unpad(padded) == content
    assert len(padded) in SIZES


@pytest.mark.parametrize("size", SIZES)
def test_the_sizes_hold_one_byte_less_than_they_are(size: int) -> None:
    assert len(pad(b"x" * (size - 1))) == size
    assert unpad(pad(b"\x80" * (size - 1))) == b"\x80" * (size - 1)


def test_a_content_over_the_largest_size_is_refused() -> None:
    with pytest.raises(ProtocolError) as refused:
        pad(bytes(CONTENT_BYTES + 1))
    assert refused.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(256),
        b"\x80" + bytes(254),
        b"\x80" + bytes(256),
        b"\x80" + bytes(254) + b"\x01",
        b"\x80" + bytes(1023),
        b"x" * 256,
    ],
)
def test_what_pad_never_makes_is_refused(padded: bytes) -> None:
    with pytest.raises(CryptoError) as refused:
        unpad(padded)
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED
