"""PROXY protocol, version 2: what a balancer says in front of a connection that it passes on.

The source is HAProxy's proxy-protocol.txt, section 2.2. Version 1, a line of text of unknown length, is not read. The
header is binary and names its length at once: nothing is kept beyond `HEADER_MOST_BYTES`, whatever it says.
"""

import ipaddress
from enum import Enum, unique
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
HEAD_BYTES: Final = 16
HEADER_MOST_BYTES: Final = 1024
"""Longest header: addresses take 36 bytes, and what balancers say besides (names and ids) some hundred."""

_VERSION: Final = 2
_STREAM: Final = 1


@unique
class _Command(Enum):
    LOCAL = 0
    PROXY = 1


@unique
class _Family(Enum):
    UNSPECIFIED = 0
    IPV4 = 1
    IPV6 = 2
    UNIX = 3


_ADDRESS_BYTES: Final = {_Family.IPV4: 4, _Family.IPV6: 16}
_PORTS_BYTES: Final = 4


class ProxyHeader:
    """Reader of one header, however it is cut into pieces.

    Attributes:
        source: Address of the client, once the header is complete; None where the balancer connects for itself (as for
            a check of health), or does not say for whom.
    """

    __slots__ = ("_octets", "source")

    def __init__(self) -> None:
        self._octets = b""
        self.source: str | None = None

    @property
    def missing(self) -> int:
        """How many bytes are to be read next, none of which belongs to what follows; 0 once it is complete."""
        needed = HEAD_BYTES
        if len(self._octets) >= HEAD_BYTES:
            needed += int.from_bytes(self._octets[14:16], "big")
        return needed - len(self._octets)

    def receive(self, octets: bytes) -> None:
        """Take bytes, at most as many as are `missing`.

        Raises:
            ValueError: It is no header of version 2, or one that nobody needs.
        """
        self._octets += octets
        head = self._octets[:HEAD_BYTES]
        if head[: len(SIGNATURE)] != SIGNATURE[: len(head)]:
            raise ValueError("no PROXY header of version 2")
        if len(head) < HEAD_BYTES:
            return
        command, size = _read_head(head)
        if command is _Command.PROXY and size and not self.missing:
            self.source = str(ipaddress.ip_address(self._octets[HEAD_BYTES : HEAD_BYTES + size]))


def _read_head(head: bytes) -> tuple[_Command, int]:
    """Read the command and the size of an address (bytes; 0 where there is none of TCP) from the first 16 bytes."""
    version, command = head[12] >> 4, _Command(head[12] & 0xF)
    family, transport = _Family(head[13] >> 4), head[13] & 0xF
    length = int.from_bytes(head[14:16], "big")
    size = _ADDRESS_BYTES.get(family, 0)
    if version != _VERSION or HEAD_BYTES + length > HEADER_MOST_BYTES:
        raise ValueError("another version, or too long")
    if command is _Command.PROXY and size and (transport != _STREAM or length < 2 * size + _PORTS_BYTES):
        raise ValueError("no addresses of a TCP connection")
    return command, size
