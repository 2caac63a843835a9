"""Attacks on the way in: older versions, changed greetings, cheap passwords, and whoever stands in the door."""

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from babilu.api import commands, events
from babilu.api.views import Address
from babilu.attack.mitm_proxy import LOOPBACK, Down, both, copy
from babilu.attack.outcome import Outcome, not_played
from babilu.attack.testbed import AttackTestbed, wait_until
from babilu.kernel.errors import ErrorCode
from babilu.net.tls import client_context, ephemeral_server_context
from babilu.wire.client_frames import Login, LoginDevice, Register
from babilu.wire.relay_frames import LoggedIn, RelayFrame, Salt, Welcome

CHEAP_KIB: Final = 64


def offer_older_version(testbed: AttackTestbed) -> Outcome:
    """Agree to speak a version of the protocol that nobody has offered."""
    given: list[Welcome] = []

    def down(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if isinstance(message, Welcome):
            given.append(msgspec.structs.replace(message, version=0))
            return (given[-1],)
        return (message,)

    return _refuse_to_enter(testbed, down, given, "It hung up before it said who it is.")


def change_the_greeting(testbed: AttackTestbed) -> Outcome:
    """Change something in the greeting that nobody would miss."""
    given: list[Welcome] = []

    def down(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if isinstance(message, Welcome):
            given.append(msgspec.structs.replace(message, submissions=message.submissions + 1))
            return (given[-1],)
        return (message,)

    return _refuse_to_enter(
        testbed, down, given, "The signature no longer fitted, and nobody got in.", at_the_relay=True
    )


def cheapen_the_password(testbed: AttackTestbed) -> Outcome:
    """Ask for a login key that is derived cheaply, so that the password can be guessed from it."""
    alice, _ = testbed.couple()
    given: list[Salt] = []

    def down(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if isinstance(message, Salt):
            given.append(msgspec.structs.replace(message, memory_kib=CHEAP_KIB, passes=1))
            return (given[-1],)
        return (message,)

    testbed.proxy.down = down
    before = testbed.count(Login)
    refused = not testbed.can_open(alice.name, elsewhere=True)
    logins = testbed.count(Login) - before
    testbed.leave_alone()
    if not given:
        return not_played("nobody asked how the key is derived")
    if logins or not refused:
        return Outcome(False, "A signature was made with the cheap key.")
    return Outcome(True, "The cost was refused, and nothing was signed.")


def show_another_certificate(testbed: AttackTestbed) -> Outcome:
    """Stand between client and relay with another certificate."""
    alice, _ = testbed.couple()
    testbed.spoil_couple()
    other, _ = ephemeral_server_context()
    before = testbed.count(LoginDevice)
    testbed.run(testbed.proxy.show(other))
    refused = ErrorCode.CERTIFICATE_CHANGED.value
    noticed = wait_until(lambda: any(link.code == refused for link in alice.of(events.LinkChanged)))
    logins = testbed.count(LoginDevice) - before
    testbed.run(testbed.show_own_certificate())
    if logins or not noticed:
        return Outcome(False, "It logged in all the same.")
    return Outcome(True, "It hung up, told its user, and says nothing to whoever shows that certificate.")


def stand_between_direct_callers(testbed: AttackTestbed) -> Outcome:
    """Pass a direct call on, reading along: TLS to the one, TLS to the other."""
    erin, frank = testbed.open_direct("erin"), testbed.open_direct("frank")
    listening = frank.ask(commands.Status()).listening
    if listening is None:
        return not_played("there is no server socket")
    context, _ = ephemeral_server_context()
    read = bytearray()
    server = testbed.run(_middle(context, listening, read))
    try:
        erin.ask(commands.Call(Address(LOOPBACK, server.sockets[0].getsockname()[1])))
        failed = wait_until(lambda: bool(erin.of(events.CallFailed)) or bool(frank.of(events.RequestArrived)))
        noticed = not frank.of(events.RequestArrived) and not erin.of(events.PeerChanged)
    finally:
        testbed.call(server.close)
    if not read or not failed:
        return not_played("the call did not come through")
    if not noticed:
        return Outcome(False, "The call was passed on, and nobody noticed.")
    return Outcome(True, "The hello is signed for another certificate: the call came to nothing.")


def _refuse_to_enter(
    testbed: AttackTestbed, down: Down, given: Sequence[Welcome], seen: str, *, at_the_relay: bool = False
) -> Outcome:
    """Let somebody new try to get in while the greeting is tampered with."""
    before = testbed.count(Register), testbed.count_told(LoggedIn)
    testbed.proxy.down = down
    refused = not testbed.can_open(testbed.new_name("greta"))
    testbed.leave_alone()
    if not given:
        return not_played("nobody was greeted")
    entered = testbed.count_told(LoggedIn) > before[1] if at_the_relay else testbed.count(Register) > before[0]
    if entered or not refused:
        return Outcome(False, "Somebody registered all the same.")
    return Outcome(True, seen)


async def _middle(context: ssl.SSLContext, to: Address, read: bytearray) -> asyncio.Server:
    """Listen in place of a server socket for direct conversations, and pass everything on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(to.host, to.port, ssl=client_context(), server_hostname="")
        await both(copy(reader, back, read.extend), copy(there, writer, read.extend), writers=(writer, back))

    return await asyncio.start_server(serve, LOOPBACK, 0, ssl=context)
