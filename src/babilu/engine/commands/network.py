"""Commands about sockets and about the account: carried into the loop, or into a thread that may wait for the relay."""

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.commands import Command
from babilu.engine.commands.contacts import called, check_believed, find_contact
from babilu.engine.commands.diagnostics import Diagnostics
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.password_change import change_password
from babilu.engine.conversation.encryption import devices_in_force
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker, follow_up, settle
from babilu.engine.transport.account_requests import AccountClient
from babilu.engine.transport.direct_handshake import Expected
from babilu.engine.transport.relay_pins import RelayPins, save_pins
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, UsageError
from babilu.store.contact_records import ContactRecord
from babilu.store.profile_store import ProfileStore

HIGHEST_PORT = 65_535
CERTIFICATE_BYTES = 32
"""Of the SHA-256 of a certificate."""


class NetworkCommands:
    """Does what concerns sockets and the account.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        loop: Where sockets live.
        account_work: Thread for account actions, which the link needs to come up: nothing in it waits for the link.
        examining: Thread for what asks over the link.
        profile: The files of the profile.
        account_client: Where account actions are done, or None without a relay.
    """

    def __init__(
        self,
        base: ClientContext,
        effect_runner: EffectRunner,
        loop: LoopThread,
        account_work: Worker,
        examining: Worker,
        profile: ProfileStore,
        account_client: AccountClient | None,
    ) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._loop = loop
        self._account_work = account_work
        self._examining = examining
        self._profile = profile
        self._account_client = account_client
        self._diagnostics = Diagnostics(base, effect_runner, loop)

    def lines(self, command: Command[Any], future: "Future[Any]") -> None:
        """Do a command about direct connections or the link to the relay.

        Raises:
            BabiluError: It makes no sense.
        """
        match command:
            case ask_for.Call():
                settle(future, lambda: self._call(command))
            case ask_for.HangUp(name):
                self._in_loop(self._hang_up(self._find(name), command), future)
            case ask_for.Listen(address):
                self._in_loop(self._listen(checked(address), command.request_id), future)
            case ask_for.StopListening():
                self._in_loop(self._stop_listening(command.request_id), future)
            case _:
                settle(future, lambda: self._about_relay(command))

    def _about_relay(self, command: Command[Any]) -> None:
        session = self._effect_runner.targets.relay
        if session is None:
            raise UsageError("This profile has no relay.")
        match command:
            case ask_for.TryNow():
                self._loop.call(session.try_now)
            case ask_for.TrustCertificate(certificate):
                if len(certificate) != CERTIFICATE_BYTES:
                    raise UsageError(f"The fingerprint of a certificate has {CERTIFICATE_BYTES} bytes.")
                if session.online:
                    raise UsageError("The relay is connected, by the certificate that is known.")
                with self._base.database.write() as unit:
                    save_pins(unit, RelayPins(certificate))
                follow_up(lambda: self._loop.call(session.know_by, certificate))
            case _:
                raise UsageError("This is not about the network.")

    def _in_loop(self, work: Coroutine[Any, Any, Any], future: "Future[Any]") -> None:
        def done(finished: "Future[Any]") -> None:
            if future.done():
                return
            if finished.cancelled():
                future.set_exception(BabiluError(ErrorCode.CLOSED, "The client is closed."))
            elif (error := finished.exception()) is not None:
                future.set_exception(error)
            else:
                future.set_result(finished.result())

        self._loop.run(work).add_done_callback(done)

    def _find(self, name: str) -> ContactRecord | None:
        with self._base.database.read() as unit:
            return called(unit, name)

    def _call(self, command: ask_for.Call) -> None:
        calls = self._effect_runner.targets.calls
        target = checked(command.address)
        self._loop.call(calls.call, (target.host, target.port), self._expected(command), command.request_id)

    def _expected(self, command: ask_for.Call) -> Expected | None:
        """Find whom a call is to: a contact, whoever has an identity key, or anybody (None)."""
        identity, contact = command.identity, None
        with self._base.database.write() as unit:
            if command.name is not None:
                contact = find_contact(unit, command.name)
                check_believed(identity, contact.identity_key)
            elif identity is not None:
                contact = unit.contacts.by_identity(identity)
            if contact is None:
                return None if identity is None else Expected(None, identity, None)
            if contact.blocked:
                raise DeliveryError(ErrorCode.BLOCKED, "This contact is blocked: unblock them to call them.")
            unit.contacts.set_direct_allowed(contact.contact, True)
        return Expected(contact.contact, contact.identity_key, devices_in_force(contact).devices[0])

    async def _hang_up(self, contact: ContactRecord | None, command: ask_for.HangUp) -> None:
        calls = self._effect_runner.targets.calls
        if contact is not None and calls.hang_up(contact.contact, command.request_id):
            return
        host, _, port = command.name.rpartition(":")
        if port.isdigit() and calls.stop_calling((host.strip("[]"), int(port))):
            return
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no direct connection or call to hang up.")

    async def _listen(self, address: views.Address, cause: str | None) -> views.Address:
        bound = views.Address(*await self._effect_runner.targets.calls.callers.listen(address.host, address.port))
        self._base.bus.tell(events.ListeningChanged(bound, request_id=cause))
        return bound

    async def _stop_listening(self, cause: str | None) -> None:
        calls = self._effect_runner.targets.calls
        if calls.callers.listening is not None:
            await calls.callers.stop_listening()
            self._base.bus.tell(events.ListeningChanged(None, request_id=cause))

    def account(self, command: Command[Any], future: "Future[Any]") -> None:
        """Do a command about the account, in a thread that may wait: for keys to be derived, and for the relay.

        Raises:
            BabiluError: There is no room for it.
        """
        match command:
            case ask_for.Examine():
                self._give(self._examining, self._diagnostics.examine, future)
            case ask_for.ReadHoldings():
                self._give(self._examining, self._diagnostics.holdings, future)
            case ask_for.Administer(order):
                self._give(self._examining, lambda: self._diagnostics.administer(order), future)
            case _:
                self._give(self._account_work, lambda: self._change_account(command), future)

    def _give(self, worker: Worker, act: Callable[[], object], future: "Future[Any]") -> None:
        if not worker.post(lambda: settle(future, act)):
            raise BabiluError(ErrorCode.BUSY, "Another account action is under way.")

    def _change_account(self, command: Command[Any]) -> None:
        name = self._base.own.account
        match command:
            case ask_for.CheckPassphrase(passphrase):
                self._profile.way_of(passphrase)
            case ask_for.ChangePassword(old, new):
                change_password(self._profile, self._account_client, name, old, new)
            case ask_for.DeleteAccount(password):
                if self._account_client is None:
                    raise UsageError("This profile has no account at a relay.")
                self._account_client.delete_account(name, password)
            case _:
                raise UsageError("This is not about the account.")


def checked(address: views.Address) -> views.Address:
    """Check an address that was typed by hand.

    Raises:
        UsageError: It is none.
    """
    host = address.host.strip().strip("[]")
    if not host or not host.isprintable() or any(character.isspace() for character in host):
        raise UsageError("That is no address: give an IP address or a host name, and a port.")
    if not 0 <= address.port <= HIGHEST_PORT:
        raise UsageError(f"A port is a number from 1 to {HIGHEST_PORT}.")
    return views.Address(host, address.port)
