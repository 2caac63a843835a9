"""A client of an XMPP server that is cheaper than the server: it looks for what it needs and parses nothing else.

TLS from the first byte (XEP-0368), SCRAM-SHA-1 (RFC 5802), stream management (XEP-0198), which acknowledges in both
directions what was received.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from bench.client_protocol import client_context

DOMAIN: Final = "localhost"
_OPEN: Final = (
    f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
).encode()
_ENABLE: Final = b"<enable xmlns='urn:xmpp:sm:3'/>"
_TOKEN: Final = re.compile(rb"<(message|presence|iq|r|a)\b([^>]*)>|<body>(\d+)")
_HANDLED: Final = re.compile(rb"h=['\"](\d+)")
_CHALLENGE: Final = re.compile(rb"<(challenge|success)[^>]*>([^<]*)<")
_PRESENCES: Final = 1
"""Stanzas besides messages that were sent since stream management began."""

STAMP_DIGITS: Final = 20


@dataclass(frozen=True)
class XmppAccount:
    """A name and a password."""

    name: str
    password: str


class XmppError(Exception):
    """A server said something else than what a load needs."""


class XmppClient(asyncio.Protocol):
    """A connection of one account; see `bench.client_protocol.LoadClient`."""

    def __init__(self, account: XmppAccount, size: int) -> None:
        self.account = account
        self.accepted: Callable[[int], None] = lambda _: None
        self.delivered: Callable[[int], None] = lambda _: None
        # As many bytes as an envelope has, though as text they would be a third more.
        self._tail = base64.b64encode(os.urandom(size))[: size - STAMP_DIGITS]
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._rest = b""
        self._out: list[bytes] = []
        self._signing_in: asyncio.Future[bytes] | None = None
        self._until = b""
        self._live = False
        self._received = 0
        self._accepted = _PRESENCES

    @classmethod
    def make_account(cls, name: str) -> XmppAccount:
        """Make a password."""
        return XmppAccount(name, hashlib.sha256(name.encode()).hexdigest()[:16])

    @classmethod
    async def connect(cls, account: XmppAccount, address: tuple[str, int], size: int) -> Self:
        """Open a TLS connection."""
        client = cls(account, size)
        await asyncio.get_running_loop().create_connection(lambda: client, *address, ssl=client_context())
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._transport.set_write_buffer_limits(high=1 << 30)

    def data_received(self, data: bytes) -> None:
        """Count stanzas, answer questions for the count, and take answers."""
        octets = self._rest + data if self._rest else data
        if not self._live:
            self._rest = octets
            if any(word in octets for word in (self._until, b"<failure", b"<stream:error")):
                self._answer(octets)
            return
        whole = octets.endswith(b">") and not octets.endswith(b"<body>")
        end = len(octets) if whole else octets.rfind(b"<")
        if end < 0:
            self._rest = octets
            return
        self._rest = octets[end:]
        self._scan(octets[:end])

    def _scan(self, octets: bytes) -> None:
        asked = False
        for kind, attributes, stamp in _TOKEN.findall(octets):
            if stamp:
                self.delivered(int(stamp))
            elif kind == b"a":
                self._take_handled(attributes)
            elif kind == b"r":
                asked = True
            else:
                self._received += 1
        if asked:
            self._write(b"<a xmlns='urn:xmpp:sm:3' h='%d'/>" % self._received)

    def _take_handled(self, attributes: bytes) -> None:
        handled = _HANDLED.search(attributes)
        if handled is not None and (count := int(handled[1]) - self._accepted) > 0:
            self._accepted += count
            self.accepted(count)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits for an answer."""
        del exc
        self._answer(b"<failure/>")

    def _answer(self, octets: bytes) -> None:
        if self._signing_in is not None and not self._signing_in.done():
            self._signing_in.set_result(octets)

    async def register(self) -> None:
        """Make the account in band (XEP-0077) and sign in to it."""
        account = self.account
        await self._say(_OPEN, b"</stream:features>")
        answer = await self._say(
            b"<iq type='set' id='reg'><query xmlns='jabber:iq:register'><username>%s</username>"
            b"<password>%s</password></query></iq>" % (account.name.encode(), account.password.encode()),
            b"<iq",
            b">",
        )
        if b"error" in answer:
            raise XmppError(answer.decode())
        await self._authenticate()

    async def log_in(self) -> None:
        """Sign in to the account."""
        await self._say(_OPEN, b"</stream:features>")
        await self._authenticate()

    async def _authenticate(self) -> None:
        """Authenticate by SCRAM-SHA-1 and bind a resource."""
        nonce = base64.b64encode(os.urandom(15))
        first = b"n=%s,r=%s" % (self.account.name.encode(), nonce)
        answer = await self._say(
            b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>%s</auth>"
            % base64.b64encode(b"n,," + first),
            b"</challenge>",
        )
        proof = _proof(self.account.password, first, base64.b64decode(_text(answer)))
        await self._say(
            b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</response>" % base64.b64encode(proof), b"</success>"
        )
        await self._say(_OPEN, b"</stream:features>")
        await self._say(
            b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>",
            b"</iq>",
        )

    async def go_live(self) -> None:
        """Turn stream management on and be there: what waits comes, and what comes is acknowledged."""
        await self._say(_ENABLE, b"<enabled", b">")
        self._rest = b""
        self._live = True
        self._write(b"<presence/>")

    def submit(self, recipient: XmppAccount, stamp: int) -> None:
        """Submit a message, and ask whether it was handled, as whoever writes one message wants to know."""
        self._write(
            b"<message to='%s@localhost' type='chat'><body>%020d%s</body></message>"
            b"<r xmlns='urn:xmpp:sm:3'/>" % (recipient.name.encode(), stamp, self._tail)
        )

    def close(self) -> None:
        """End the stream, so that the server keeps no session to be resumed."""
        self._transport.write(b"</stream:stream>")
        self._transport.close()

    async def _say(self, octets: bytes, until: bytes, end: bytes = b"") -> bytes:
        """Say something and wait for an answer that has ``until`` in it, and then ``end``."""
        self._rest, self._until = b"", until
        self._signing_in = self._loop.create_future()
        self._transport.write(octets)
        answer = await self._signing_in
        while end and until in answer and end not in answer.partition(until)[2]:
            self._signing_in = self._loop.create_future()
            answer = await self._signing_in
        if b"<failure" in answer or b"<stream:error" in answer:
            raise XmppError(answer.decode())
        return answer

    def _write(self, octets: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()


def _text(answer: bytes) -> bytes:
    found = _CHALLENGE.search(answer)
    if found is None:
        raise XmppError(answer.decode())
    return found[2]


def _proof(password: str, first: bytes, challenge: bytes) -> bytes:
    """Return the client's final message (RFC 5802, section 3)."""
    fields = dict(field.split(b"=", 1) for field in challenge.split(b","))
    salted = hashlib.pbkdf2_hmac("sha1", password.encode(), base64.b64decode(fields[b"s"]), int(fields[b"i"]))
    key = hmac.digest(salted, b"Client Key", "sha1")
    final = b"c=biws,r=%s" % fields[b"r"]
    signed = hmac.digest(hashlib.sha1(key).digest(), first + b"," + challenge + b"," + final, "sha1")  # noqa: S324
    return final + b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(key, signed, strict=True)))
