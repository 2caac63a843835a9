"""A relay as a program: it says where it listens, runs until a signal asks for its end, and says that it has ended."""

import asyncio
import json
import os
import shlex
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from babilu.api.views import Address
from babilu.cli.exits import Exit
from babilu.engine.loop import new_event_loop
from babilu.relay.server import Relay
from babilu.relay.settings import RelaySettings
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.output import OutputLostError, StreamOutput, standard_output
from babilu.terminal.strings import Strings, language_of

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

EVERYWHERE = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104 -- recognised, not bound
"""What one listens on and nobody can connect to."""

ELSEWHERE = ("192.0.2.1", 9)
"""An address of no machine (RFC 5737): asking for the way to it sends nothing."""

FINGERPRINT_GROUP = 4


@dataclass(frozen=True, slots=True)
class Announcement:
    """What there is to know about a relay that listens.

    Attributes:
        name: Its name, for people.
        address: Where it listens.
        fingerprint: SHA-256 of its certificate, in hexadecimal.
        users: Accounts connected at the same time.
        registration: ``open`` or ``invite``.
        invitation: The owner's invitation, or None once there is an owner.
    """

    name: str
    address: Address
    fingerprint: str
    users: int
    registration: str
    invitation: str | None


class Announcer(Protocol):
    """Says that the relay listens, and that it has ended."""

    def listening(self, about: Announcement) -> None:
        """Say that clients can connect."""

    def stopped(self) -> None:
        """Say that the relay has ended."""


class JsonAnnouncer:
    """Says it as JSON."""

    def listening(self, about: Announcement) -> None:
        """Say that clients can connect."""
        ready = {
            "event": "ready",
            "name": about.name,
            "address": str(about.address),
            "fingerprint": about.fingerprint,
            "max_users": about.users,
            "registration": about.registration,
            "invitation": about.invitation,
        }
        _print([json.dumps(ready)])

    def stopped(self) -> None:
        """Say that the relay has ended."""
        _print([json.dumps({"event": "closed"})])


class SentenceAnnouncer:
    """Says it in sentences.

    Args:
        say: The language.
        program: How this program is called, for the hint how to connect.
    """

    def __init__(self, say: Strings, program: str) -> None:
        self._say = say
        self._program = program

    def listening(self, about: Announcement) -> None:
        """Say that clients can connect."""
        say = self._say
        digits = about.fingerprint.upper()
        starts = range(0, len(digits), FINGERPRINT_GROUP)
        grouped = " ".join(digits[start : start + FINGERPRINT_GROUP] for start in starts)
        lines = [
            say("relay.listening", address=str(about.address)),
            say("relay.fingerprint", fingerprint=grouped),
            say("relay.users", users=about.users),
            say(f"relay.registration.{about.registration}"),
        ]
        if about.invitation is not None:
            lines += [say("relay.invitation"), f"  {about.invitation}"]
        place = shlex.join([about.address.host, str(about.address.port)])
        lines.append(say("relay.connect", command=f"{self._program} connect {place} {say('relay.your_name')}"))
        _print(lines)

    def stopped(self) -> None:
        """Say that the relay has ended."""
        _print([self._say("relay.stopped")])


def announcer(*, as_json: bool, language: str | None, program: str) -> Announcer:
    """Choose how the relay speaks."""
    return JsonAnnouncer() if as_json else SentenceAnnouncer(Strings(language or language_of(os.environ)), program)


def reachable_host(ip: str) -> str | None:
    """Give the host that invitations can name where a relay listens on every address; None where ``ip`` does."""
    if ip not in EVERYWHERE:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(ELSEWHERE)
            return str(asking.getsockname()[0])
        except OSError:
            return socket.gethostname()


def run_relay(settings: RelaySettings, says: Announcer) -> Exit:
    """Run a relay in this process until it is told to end.

    Raises:
        UsageError: The address, the port or the folder cannot be used.
        ProfileError: The folder is in use or damaged.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_serve(settings, says))


async def _serve(settings: RelaySettings, says: Announcer) -> Exit:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def end(number: signal.Signals) -> None:
        asked.set()
        # Whoever asks twice does not want to wait for commits under way.
        loop.remove_signal_handler(number)

    for number in ENDING:
        loop.add_signal_handler(number, end, number)
    relay = Relay(settings, SystemClock(), SystemRandomness())
    await relay.start()
    try:
        invitation = relay.owner_invitation
        says.listening(
            Announcement(
                name=settings.name,
                address=Address(*relay.address),
                fingerprint=relay.fingerprint,
                users=settings.limits.max_users,
                registration=relay.registration.value,
                invitation=None if invitation is None else invitation.encode(),
            )
        )
        await asked.wait()
    finally:
        await relay.stop()
    says.stopped()
    return Exit.DONE


def _print(lines: Sequence[str]) -> None:
    """Print lines; a relay goes on when nobody reads what it prints."""
    output = StreamOutput(standard_output)
    with suppress(OutputLostError):
        for line in lines:
            output.line(line)
