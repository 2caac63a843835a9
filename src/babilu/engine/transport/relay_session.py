"""The life of the link to the relay, in the loop's thread: connect, log in, resume, and come back with growing pauses.

What it needs of the rest is in `RelayDuties`; what it offers is the fetching of device lists and bundles, and a
`Carrier` for the outbox while it is online.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final, TypeVar

from babilu.engine.runtime.number_bounds import check_mailbox_number, check_position
from babilu.engine.transport.backoff import Backoff, by_chance
from babilu.engine.transport.outbound_queue import RelayHistory
from babilu.engine.transport.relay_ports import (
    REFUSALS,
    UNTIL_ASKED,
    FileRules,
    LinkNews,
    LinkPhase,
    OwnLists,
    RelayDuties,
    RelayLogin,
)
from babilu.engine.transport.relay_sender import RateLimiter, RelaySender
from babilu.engine.transport.relay_upkeep import RelayUpkeep
from babilu.identity.codec import encode_shape
from babilu.identity.login import FetchOwnListBody, LoginDeviceBody, Signer, login_transcript, sign_login
from babilu.identity.shapes import Bundle
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError, Reason
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.racing import Target, is_gone
from babilu.net.relay_connection import RelayConnection
from babilu.wire.client_frames import (
    Ack,
    AdministerFrame,
    ClientFrame,
    FetchBundle,
    FetchDeviceList,
    FetchHoldings,
    FetchOwnList,
    LinkAnswerFrame,
    LoginDevice,
    Resume,
    Transient,
)
from babilu.wire.relay_frames import (
    Administered,
    BundleIs,
    Deliver,
    DeviceListIs,
    Gap,
    HoldingsAre,
    HoldingsPlace,
    LinkAskedFrame,
    LoggedIn,
    NextPin,
    Notice,
    PrekeysLow,
    PresenceFrame,
    RelayFrame,
    Resumed,
    StaleDevices,
    TransientFrame,
)

F = TypeVar("F")

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0

FIRST_REFUSED_PAUSE_SECONDS = 15.0
LONGEST_REFUSED_PAUSE_SECONDS = 300.0

LONGEST_SPREAD_MS: Final = 600_000
"""Longest time over which a relay can have its clients come back that it leaves without a farewell."""

LONGEST_SPREAD_IN_DOUBT_MS: Final = 10_000
"""The same where its machine answers: a balancer may, or a relay that has begun anew, or this line alone was cut."""

ELSEWHERE: Final = frozenset({ErrorCode.SHUTTING_DOWN, ErrorCode.SERVER_FULL, ErrorCode.UNAVAILABLE})
"""Reasons for which another address of the relay is tried before the one that gave them."""


class RelaySession:
    """One account's link to its relay.

    Args:
        login: Who logs in where.
        limits: Deadlines.
        randomness: For pauses, and for the order of addresses.
        duties: What is asked of the client.
        lists: Has the relay take the own device list first, where it does not know the own device.
    """

    def __init__(
        self,
        login: RelayLogin,
        limits: Limits,
        randomness: Randomness,
        duties: RelayDuties,
        lists: OwnLists | None = None,
    ) -> None:
        self._login = login
        self._limits = limits
        self._randomness = randomness
        self._duties = duties
        self._lists = lists
        self._connection: RelayConnection | None = None
        self._kept_pins = login.pins.copy()
        self._why_offline: BabiluError = _offline()
        self._deliveries: list[Deliver] = []
        self._pause = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, randomness)
        self._refused_pause = Backoff(FIRST_REFUSED_PAUSE_SECONDS, LONGEST_REFUSED_PAUSE_SECONDS, randomness)
        # The machine that ended the last link without a farewell, and seconds over which its clients come back.
        self._left: tuple[Target, float] | None = None
        self._closing = asyncio.Event()
        self._again = asyncio.Event()
        self._settled = asyncio.Event()
        self._upkeep = RelayUpkeep(duties, self._request, self._closing.is_set)
        self._pace = RateLimiter()

    @property
    def online(self) -> bool:
        """Whether the relay takes and delivers mail now."""
        return self._connection is not None

    @property
    def certificate(self) -> bytes:
        """SHA-256 of the certificate that the relay has shown; empty while the link is down."""
        return b"" if self._connection is None else self._connection.certificate_hash

    async def reached(self) -> None:
        """Wait until an attempt to connect that is under way has ended.

        Raises:
            BabiluError: Why the link is not up.
        """
        if not await self.settled():
            raise self._why_offline

    async def settled(self) -> bool:
        """Wait until an attempt to connect that is under way has ended; tells whether the link is up."""
        await self._settled.wait()
        return self.online

    def _tell(self, news: LinkNews) -> None:
        if news.error is not None:
            self._why_offline = news.error
        if news.phase is LinkPhase.CONNECTING:
            self._settled.clear()
        else:
            self._settled.set()
        self._duties.link_changed(news)

    async def run(self) -> None:
        """Keep the link up until `close`."""
        refusal: BabiluError | None = None
        while not self._closing.is_set():
            # Whoever asks from here on may ask for another attempt than this one, such as by another certificate.
            self._again.clear()
            self._tell(LinkNews(LinkPhase.CONNECTING, refusal))
            error, was_online = await self._one_link()
            if self._closing.is_set():
                break
            if was_online:
                self._pause.reset()
                self._refused_pause.reset()
                # What was asked for while the link was up is no reason to return to the relay at once.
                self._again.clear()
            wait = await self._wait_after(error)
            refusal = error if error.code in REFUSALS | UNTIL_ASKED else None
            self._tell(LinkNews(LinkPhase.OFFLINE, error, wait))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._again.wait()

    async def _wait_after(self, error: BabiluError) -> float | None:
        """Return the seconds until the next attempt, or None where the user has to ask for it."""
        left, self._left = self._left, None
        if error.code in UNTIL_ASKED:
            return None
        pause = self._refused_pause if error.code in REFUSALS else self._pause
        wait = pause.take(at_least=(error.retry_after_ms or 0) / 1000)
        if left is not None:
            # A node that is gone has left all of its clients at this moment.
            machine, spread = left
            longest = spread if await is_gone(machine) else min(spread, LONGEST_SPREAD_IN_DOUBT_MS / 1000)
            wait += longest * by_chance(self._randomness)
        return wait

    def try_now(self) -> None:
        """Try at once: cut the pause short, also one that waits to be asked."""
        self._again.set()

    def know_by(self, certificate: bytes) -> None:
        """Know the relay by another certificate alone, as the profile does already, and try at once."""
        self._login.pins.only(certificate)
        self._kept_pins = self._login.pins.copy()
        self.try_now()

    async def _one_link(self) -> tuple[BabiluError, bool]:
        """Be linked once; returns why it ended, and whether the link was up."""
        connection: RelayConnection | None = None
        try:
            if self._lists is not None:
                await asyncio.wrap_future(self._lists.announce())
            connection = await self._connect()
            try:
                logged_in = await self._log_in(connection)
            except AccountError as refusal:
                if not await self._told_of_device(refusal):
                    await connection.abandoned()
                    await self._ask_why(refusal)
                    raise
                await connection.abandoned()
                connection = await self._connect()
                logged_in = await self._log_in(connection)
            if self._lists is not None:
                if not await asyncio.wrap_future(self._lists.compare(logged_in.device_list)):
                    self._duties.list_lost()
                self._lists.known()
            login = self._login
            login.pins.told_others(logged_in.also, (login.host, login.port), connection.address)
            self._announced(logged_in.next_pin)
            await asyncio.wrap_future(self._duties.entered(logged_in.epoch))
            await self._resume(connection)
            return await self._stay(connection, logged_in), True
        except BabiluError as error:
            if connection is not None:
                self._note_sent_away(connection, error)
            return error, False
        finally:
            if connection is not None:
                await connection.abandoned()

    def _note_sent_away(self, connection: RelayConnection, error: BabiluError) -> None:
        """Try an address last whose node says that it cannot serve: another one of the relay may."""
        if error.code in ELSEWHERE:
            self._login.pins.sent_away_from = connection.address

    async def _told_of_device(self, refusal: AccountError) -> bool:
        """Tell a relay of the own device that does not know it, as far as it was forgotten; says whether it was."""
        if self._lists is None or refusal.code is not ErrorCode.DEVICE_UNKNOWN:
            return False
        return await asyncio.wrap_future(self._lists.catch_up())

    async def _ask_why(self, refusal: AccountError) -> None:
        """Ask a relay that does not know the own device for the list that says so: by that one alone a device locks."""
        if self._lists is None or refusal.code is not ErrorCode.DEVICE_UNKNOWN:
            return
        shown = self._lists.shown()
        connection = await self._connect()
        try:
            login = self._login
            body = encode_shape(FetchOwnListBody(login.name, login.device, shown))
            signature = self._sign(connection, body)
            answer = await connection.request(lambda number: FetchOwnList(number, body, signature), DeviceListIs)
            self._duties.devices_changed(login.name, answer.device_list)
        except AccountError:
            # It has no list that is newer: it was set back, or the account is somebody else's by now.
            log.info("the relay has no list that says why it does not know this device")
        finally:
            await connection.abandoned()

    def _sign(self, connection: RelayConnection, body: bytes) -> bytes:
        transcript = login_transcript(connection.hello, connection.welcome_body, connection.certificate, body)
        return sign_login(self._login.signing, Signer.DEVICE, transcript)

    async def _connect(self) -> RelayConnection:
        login = self._login
        return await login.pins.connect(login.host, login.port, self._limits, self._randomness)

    def _announced(self, next_pin: bytes | None) -> None:
        """Keep what is known of the relay's certificates, where that has changed."""
        self._login.pins.announced(next_pin)
        self._keep_pins()

    def _keep_pins(self) -> None:
        pins = self._login.pins
        if pins != self._kept_pins:
            self._kept_pins = pins.copy()
            self._duties.pins_changed(pins.copy())

    async def _stay(self, connection: RelayConnection, logged_in: LoggedIn) -> BabiluError:
        self._connection = connection
        pins = self._login.pins
        pins.linked_at, pins.sent_away_from = connection.address, None
        rules = FileRules(connection.welcome.file_bytes, connection.welcome.files_kept_ms)
        self._tell(LinkNews(LinkPhase.ONLINE, files=rules, address=connection.address))
        self._upkeep.begin(logged_in.prekeys_ec, logged_in.prekeys_kem)
        try:
            end = await connection.closed
            if end.code is ErrorCode.SHUTTING_DOWN:
                self._note_sent_away(connection, end)
            elif end.reason is Reason.ENDED and connection.peer is not None:
                self._left = connection.peer, min(logged_in.spread_ms, LONGEST_SPREAD_MS) / 1000
            return end
        finally:
            self._connection = None
            pins.linked_at = None
            self._upkeep.end()

    async def _log_in(self, connection: RelayConnection) -> LoggedIn:
        body = encode_shape(LoginDeviceBody(self._login.name, self._login.device))
        signature = self._sign(connection, body)
        return await connection.request(lambda number: LoginDevice(number, body, signature), LoggedIn)

    async def _resume(self, connection: RelayConnection) -> None:
        position = await asyncio.wrap_future(self._duties.position())
        check_position(position.cursor, 0)
        self._deliveries.clear()
        connection.listen(self._pushed)
        resumed = await connection.request(
            lambda number: Resume(number, position.cursor, position.envelope, position.number), Resumed
        )
        check_position(position.cursor, resumed.head)
        self._duties.resumed(resumed.head)

    def _pushed(self, message: RelayFrame) -> None:
        match message:
            case Deliver(seq=seq):
                check_mailbox_number(seq)
                if not self._deliveries:
                    asyncio.get_running_loop().call_soon(self._hand_over)
                self._deliveries.append(message)
            case Gap(first, last, why):
                self._duties.gap(first, last, why)
            case PrekeysLow(ec, kem):
                self._upkeep.top_up(ec, kem)
            case PresenceFrame(name, state):
                self._duties.presence(name, state)
            case TransientFrame(sealed):
                self._duties.transient(sealed)
            case LinkAskedFrame(link, said):
                self._duties.link_asked(link, said)
            case StaleDevices(None, name, device_list):
                self._duties.devices_changed(name, device_list)
            case Notice(text):
                self._duties.notice(text)
            case NextPin(pin):
                self._announced(pin)
            case _:
                log.info("the relay sent a frame that is of no use here")

    def _hand_over(self) -> None:
        deliveries, self._deliveries = self._deliveries, []
        if deliveries:
            self._duties.arrived(deliveries)

    def acknowledge(self, cursor: int) -> None:
        """Tell the relay that everything up to ``cursor`` is committed here."""
        if self._connection is not None:
            self._connection.send(Ack(cursor))

    def pass_on(self, name: str, device: DeviceId, sealed: bytes) -> None:
        """Have a transient handed to a device that is live now; nothing happens while the link is down."""
        if self._connection is not None:
            self._connection.tell(lambda number: Transient(number, name, device, sealed))

    def answer_link(self, link: bytes, message: bytes) -> None:
        """Answer who asks for a device to be linked; nothing happens while the link is down."""
        if self._connection is not None:
            answered = self._connection.submit(lambda number: LinkAnswerFrame(number, link, message))
            # Whether anybody heard it shows by what they say next.
            answered.add_done_callback(lambda done: done.cancelled() or done.exception())

    def watch(self) -> None:
        """Tell the relay anew whose presence is wanted: once for all changes that come while it is being told."""
        self._upkeep.watch()

    async def _request(self, make: Callable[[int], ClientFrame], kind: type[F]) -> F:
        if self._connection is None:
            raise _offline()
        return await self._connection.request(make, kind)

    async def fetch_device_list(self, name: str) -> DeviceListIs:
        """Ask for an account's device list; nothing in it is verified yet.

        Raises:
            BabiluError: ``not_found``, ``unavailable`` while offline, and the like.
        """
        return await self._request(lambda number: FetchDeviceList(number, name), DeviceListIs)

    async def fetch_bundle(self, name: str, device: DeviceId) -> Bundle:
        """Ask for a bundle of a device of an account; nothing in it is verified yet."""
        answer = await self._request(lambda number: FetchBundle(number, name, device), BundleIs)
        return answer.bundle

    async def fetch_holdings(self, place: HoldingsPlace) -> HoldingsAre:
        """Ask for a page of what the relay holds about the own account.

        Raises:
            BabiluError: ``unavailable`` while offline, ``rate_limited``, and the like.
        """
        return await self._request(lambda number: FetchHoldings(number, place.table, place.key), HoldingsAre)

    async def administer(self, order: bytes) -> bytes:
        """Give an order of administration, in JSON; returns its answer.

        Raises:
            BabiluError: ``not_allowed`` for who is neither owner nor moderator, ``unavailable`` while offline.
        """
        return (await self._request(lambda number: AdministerFrame(number, order), Administered)).answer

    def transport(self, history: RelayHistory) -> RelaySender:
        """Make the carrier of the present connection.

        Args:
            history: What the relay's answers count in.
        """
        if self._connection is None:
            raise _offline()
        return RelaySender(self._connection, self._pace, history)

    async def close(self) -> None:
        """Say goodbye and stay away."""
        self._closing.set()
        self._again.set()
        self._settled.set()
        connection = self._connection
        if connection is not None:
            await connection.leave()


def _offline() -> LinkError:
    return LinkError(ErrorCode.UNAVAILABLE, "There is no connection to the relay at present.")
