"""Relay as a program: it says where it listens, runs until a signal ends it, and says that it has ended."""

import asyncio
import logging
import shlex
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from babilu.api.views import Address
from babilu.cli.descriptors import raise_descriptors
from babilu.cli.exit_codes import ExitCode
from babilu.cli.fingerprints import grouped
from babilu.cli.parameters import strings_of
from babilu.cli.service_manager import ServiceManager
from babilu.engine.runtime.loop_thread import new_event_loop
from babilu.kernel.errors import BabiluError
from babilu.presentation.json_line import json_line
from babilu.presentation.strings import Strings
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.node.server import Relay
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.interruption import is_to_be_ignored
from babilu.terminal.output import say_to_whom_it_concerns

ENDING = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadyNotice:
    """What there is to know about a relay that listens.

    Attributes:
        name: Its name, for people.
        address: Where it listens.
        fingerprint: SHA-256 of its certificate, in hexadecimal.
        users: Accounts connected at the same time.
        registration: ``open`` or ``invite``.
        invitation: The owner's invitation, or None once there is an owner.
        public: Where clients connect: what invitations name.
        guessed: Whether nobody said so, and it is what this machine takes for its address.
        process: The process's number where it runs in the background, else None.
    """

    name: str
    address: Address
    fingerprint: str
    users: int
    registration: str
    invitation: str | None
    public: Address
    guessed: bool = False
    process: int | None = None


class ReadyAnnouncer(Protocol):
    """Says that the relay listens, and that it has ended."""

    def listening(self, about: ReadyNotice) -> None:
        """Say that clients can connect."""

    def stopped(self) -> None:
        """Say that the relay has ended."""


class JsonAnnouncer:
    def listening(self, about: ReadyNotice) -> None:
        ready = {
            "event": "ready",
            "name": about.name,
            "address": str(about.address),
            "fingerprint": about.fingerprint,
            "max_users": about.users,
            "registration": about.registration,
            "invitation": about.invitation,
            "public_address": str(about.public),
        }
        if about.process is not None:
            ready["pid"] = about.process
        say_to_whom_it_concerns([json_line(ready)])

    def stopped(self) -> None:
        say_to_whom_it_concerns([json_line({"event": "closed"})])


class SentenceAnnouncer:
    """Says it in sentences.

    Args:
        say: The language.
        program: How this program is called, for the hint how to connect.
    """

    def __init__(self, say: Strings, program: str) -> None:
        self._say = say
        self._program = program

    def listening(self, about: ReadyNotice) -> None:
        say = self._say
        lines = [
            say("relay.listening", address=str(about.address)),
            say("relay.fingerprint", fingerprint=grouped(about.fingerprint)),
            say("relay.users", users=about.users),
            say(f"relay.registration.{about.registration}"),
        ]
        if about.invitation is not None:
            lines += [say("relay.invitation"), f"  {about.invitation}"]
        if about.guessed:
            lines.append(say("relay.guessed", host=about.public.host))
        words = f"{self._program} connect {self._place(about)} {say('relay.your_name')}"
        lines.append(say("relay.connect", command=words))
        if about.process is not None:
            lines.append(say("relay.background", process=about.process))
        say_to_whom_it_concerns(lines)

    def _place(self, about: ReadyNotice) -> str:
        """Say what newcomers name: the address, or an invitation where they need one."""
        if about.registration == Registration.OPEN.value:
            return shlex.join([about.public.host, str(about.public.port)])
        return shlex.quote(about.invitation) if about.invitation is not None else str(self._say("relay.an_invitation"))

    def stopped(self) -> None:
        say_to_whom_it_concerns([self._say("relay.stopped")])


def announcer(*, as_json: bool, language: str | None, program: str) -> ReadyAnnouncer:
    """Choose how the relay speaks."""
    return JsonAnnouncer() if as_json else SentenceAnnouncer(strings_of(language), program)


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """What a relay's process has around it.

    Attributes:
        says: Tells people that it listens.
        manager: Keeps the process.
        sockets: What is bound already.
        reread: Gives the settings of now, after a SIGHUP; None where that signal ends the relay.
    """

    says: ReadyAnnouncer
    manager: ServiceManager
    sockets: list[socket.socket]
    reread: Callable[[], RelaySettings] | None


def run_relay(settings: RelaySettings, around: ProcessContext) -> ExitCode:
    """Run a relay in this process until a signal ends it.

    Raises:
        UsageError: The address, the port or the folder cannot be used.
        ProfileError: The folder is in use or damaged.
    """
    raise_descriptors(settings.limits)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_serve(settings, around))


async def _serve(settings: RelaySettings, around: ProcessContext) -> ExitCode:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def end(number: signal.Signals) -> None:
        asked.set()
        # Whoever asks twice does not want to wait for commits under way.
        loop.remove_signal_handler(number)

    relay = Relay(settings, SystemClock(), SystemRandomness())
    ending, manager = list(ENDING), around.manager
    if around.reread is not None:
        loop.add_signal_handler(signal.SIGHUP, _reload, relay, around.reread, manager)
    elif hasattr(signal, "SIGHUP") and not is_to_be_ignored(signal.SIGHUP):
        ending.append(signal.SIGHUP)
    for number in ending:
        loop.add_signal_handler(number, end, number)
    await relay.start(around.sockets)
    try:
        invitation = relay.owner_invitation
        around.says.listening(
            ReadyNotice(
                name=settings.name,
                address=Address(*relay.address),
                fingerprint=relay.fingerprint,
                users=settings.limits.max_users,
                registration=relay.registration.value,
                invitation=None if invitation is None else invitation.encode(),
                public=Address(settings.public_host or relay.address[0], settings.public_port or relay.address[1]),
                guessed=settings.public_is_guess,
            )
        )
        manager.tell("READY=1")
        _show_life(loop, manager)
        await asked.wait()
        manager.tell("STOPPING=1")
    finally:
        await relay.stop()
    around.says.stopped()
    return ExitCode.DONE


def _reload(relay: Relay, reread: Callable[[], RelaySettings], manager: ServiceManager) -> None:
    """Follow what was decided anew; where that cannot be used, go on as before."""
    manager.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
    try:
        settings = reread()
        fixed = relay.reload(settings)
        raise_descriptors(settings.limits)
    except BabiluError as error:
        # What an operator mistook is no defect: the sentence says it all.
        log.error("what was decided anew cannot be used, and nothing has changed: %s", error.text)  # noqa: TRY400
    else:
        if fixed:
            log.warning("only a new start can follow these: %s", ", ".join(fixed))
    manager.tell("READY=1")


def _show_life(loop: asyncio.AbstractEventLoop, manager: ServiceManager) -> None:
    """Let the manager see, as often as it wants to, that the loop turns."""
    if manager.sign_every_s is not None:
        manager.tell("WATCHDOG=1")
        loop.call_later(manager.sign_every_s, _show_life, loop, manager)
