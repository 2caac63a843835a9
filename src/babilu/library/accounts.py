"""Accounts of scripts: what a script says of them, in which folder they are kept, and how they are opened."""

import os
import sys
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from babilu.api.client import ChatClient, ClientFactory, DirectProfile, Listener, RelayProfile
from babilu.api.views import Address
from babilu.crypto.secret import Passphrase
from babilu.host.opening import HostingFactory
from babilu.identity.join_link import pasted_invitation
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.system import SystemClock, SystemRandomness

OPEN_SECONDS = 120.0
PASSWORD_VARIABLE = "BABILU_PASSWORD"  # noqa: S105 -- the name of a variable


@dataclass(frozen=True, slots=True)
class ScriptAccount:
    """An account on a relay as a script writes it."""

    host: str
    port: int
    name: str
    password: str = field(repr=False)
    listen: tuple[str, int] | None
    invitation: str | None
    start_over: bool

    def profile(self) -> RelayProfile:
        """Return what opens it.

        Raises:
            BabiluError: The invitation is none.
        """
        pasted = None if self.invitation is None else pasted_invitation(self.invitation)
        return RelayProfile(
            address=Address(self.host, self.port) if pasted is None else Address(pasted.host, pasted.port),
            name=self.name,
            passphrase=Passphrase(self.password),
            invitation=pasted,
            listen=None if self.listen is None else Address(*self.listen),
            start_over=self.start_over,
        )


def password_of(given: str | None) -> str:
    """Return the password that a script gives, or the one of the environment.

    Raises:
        UsageError: There is neither.
    """
    found = os.environ.get(PASSWORD_VARIABLE) if given is None else given
    if found is None:
        raise UsageError(f"The password is missing: give it, or put it into {PASSWORD_VARIABLE}.")
    return found


def open_client(profile: RelayProfile | DirectProfile, home: Path, listener: Listener | None) -> ChatClient:
    """Open a profile and wait for it; one that is given up is closed once it is open."""
    factory: ClientFactory = HostingFactory(home, SystemClock(), SystemRandomness())
    opening = factory.open(profile, listener)
    try:
        return opening.result(OPEN_SECONDS)
    except TimeoutError as error:
        opening.add_done_callback(_close)
        raise LinkError(ErrorCode.UNAVAILABLE, "The client could not be opened in time.") from error
    except KeyboardInterrupt:
        opening.add_done_callback(_close)
        raise


def _close(opening: "Future[ChatClient]") -> None:
    """Close a client that nobody waits for any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def folder_of_caller() -> Path:
    """Return the folder of the script that makes the client: of the first calling frame outside Babilu."""
    package = Path(__file__).resolve().parents[1]
    frame = sys._getframe(1)  # noqa: SLF001  # the only way to know who calls
    while frame is not None:
        file = frame.f_globals.get("__file__")
        if file is not None and not Path(file).resolve().is_relative_to(package):
            return Path(file).resolve().parent
        if frame.f_back is None:
            break
        frame = frame.f_back
    return Path.cwd()
