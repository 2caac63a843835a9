import ipaddress
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from babilu.relay.transport.proxy_protocol import HEAD_BYTES, HEADER_MOST_BYTES, SIGNATURE, ProxyHeader
from tests.balancer import proxy_header

CLIENT4, CLIENT6 = "203.0.113.9", "2001:db8::9"
LOCAL, PROXY = 0x20, 0x21


def read(octets: bytes, *, piece: int | None = None) -> tuple[str | None, int]:
    """Read a header as it comes; returns the client, and how many bytes were read."""
    header, place = ProxyHeader(), 0
    while header.missing:
        part = octets[place : place + min(header.missing, piece or header.missing)]
        if not part:
            raise EOFError
        header.receive(part)
        place += len(part)
    return header.source, place


def made(command: int = PROXY, family: int = 0x11, rest: bytes = b"", length: int | None = None) -> bytes:
    size = len(rest) if length is None else length
    return SIGNATURE + bytes([command, family]) + size.to_bytes(2, "big") + rest


@pytest.mark.parametrize("client", [CLIENT4, CLIENT6])
@pytest.mark.parametrize("piece", [1, 3, 16, None])
@pytest.mark.parametrize("more", [b"", b"\x03\x00\x04abcd"])
def test_the_client_is_named_and_nothing_behind_the_header_is_read(client: str, piece: int | None, more: bytes) -> None:
    header = proxy_header(client, more)
    assert read(header + b"\x16\x03\x01", piece=piece) == (client, len(header))


@pytest.mark.parametrize(
    "header",
    [
        made(LOCAL, 0x00),
        made(LOCAL, 0x11, socket.inet_aton(CLIENT4) * 2 + bytes(4)),
        made(PROXY, 0x00),
        made(PROXY, 0x31, bytes(216)),
    ],
)
def test_a_balancer_that_comes_for_itself_or_does_not_say_for_whom_names_nobody(header: bytes) -> None:
    assert read(header) == (None, len(header))


@pytest.mark.parametrize(
    "octets",
    [
        b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 5050\r\n",
        b"\x16\x03\x01\x02\x00",
        SIGNATURE[:11] + b"x",
        made(0x11),
        made(0x22),
        made(PROXY, 0x12, bytes(12)),
        made(PROXY, 0x41, bytes(12)),
        made(PROXY, 0x11, bytes(11)),
        made(PROXY, 0x21, bytes(35)),
        made(LOCAL, 0x00, length=HEADER_MOST_BYTES - HEAD_BYTES + 1),
        made(PROXY, 0x11, length=65_535),
    ],
)
def test_anything_else_is_refused_with_the_first_byte_that_shows_it(octets: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- why concerns nobody
        read(octets, piece=1)
    with pytest.raises(ValueError):  # noqa: PT011 -- why concerns nobody
        read(octets[: HEAD_BYTES + 1])


@given(st.binary(max_size=2_000), st.integers(1, 400))
@example(proxy_header(CLIENT6, bytes(HEADER_MOST_BYTES - HEAD_BYTES - 36)), 7)
@example(made(LOCAL, 0x00), 1)
def test_no_bytes_make_it_fail_in_another_way_or_read_more_than_a_header(octets: bytes, piece: int) -> None:
    for candidate in (octets, SIGNATURE + octets, made(PROXY, 0x21, octets)):
        try:
            source, taken = read(candidate, piece=piece)
        except (ValueError, EOFError):
            continue
        assert taken <= HEADER_MOST_BYTES
        if source is not None:
            ipaddress.ip_address(source)
