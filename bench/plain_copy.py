"""Receiver of a plain copy over TLS, as asyncio has it: a bare program that is handed bytes, and counts them.

It imports nothing of Babilu's, so that what else a program has done with its memory changes nothing: where the C
library keeps blocks of a quarter of a mebibyte for the next ones, such a receiver takes half the processor time.
"""

import asyncio
import ssl
import sys

import uvloop


class Counting(asyncio.Protocol):
    """Counts what comes, and answers one byte once all of it is there."""

    def __init__(self, wanted: int) -> None:
        self._left = wanted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._left -= len(data)
        if self._left <= 0:
            self._transport.write(b"!")  # type: ignore[attr-defined]  # a transport that can be written to


async def count(wanted: int, pem: str) -> None:
    """Listen until somebody has sent so many bytes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(pem)
    server = await asyncio.get_running_loop().create_server(lambda: Counting(wanted), "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(count(int(sys.argv[1]), sys.argv[2]))
