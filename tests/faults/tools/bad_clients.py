"""Clients that speak no TLS, or an old one, at any port."""

import asyncio
import contextlib
import ssl

import pytest

from tests.faults.tools.judge import ANSWER_S

Address = tuple[str, int]


async def noise(address: Address) -> None:
    """Say what is no TLS, and wait to be hung up on."""
    for octets in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 16, b"\x16\x03\x01" + b"\xff" * 2000, b"\x00" * 5000):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(octets)
        # The other end may have hung up on the first bytes.
        with contextlib.suppress(OSError):
            writer.write_eof()
        async with asyncio.timeout(ANSWER_S):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()


async def old_tls(address: Address) -> None:
    """Offer TLS 1.2 at most, and be refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(*address, ssl=context)
