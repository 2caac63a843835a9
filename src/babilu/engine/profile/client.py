"""Open client: everything it is made of, put together once, started in order and closed in reverse."""

import asyncio
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from babilu.api import events, views
from babilu.api.client import Listener, Subscription
from babilu.api.commands import Command, LinkApprove
from babilu.crypto.secret import Passphrase
from babilu.engine.archives.daily import ArchiveKeeper
from babilu.engine.archives.making import ArchiveMaker
from babilu.engine.archives.rehearsal import Rehearsal
from babilu.engine.commands.archive_commands import ArchiveCommands
from babilu.engine.commands.contacts import ContactResolver
from babilu.engine.commands.conversations import ConversationCommands
from babilu.engine.commands.device_commands import DeviceCommands
from babilu.engine.commands.device_linking import DeviceLinking
from babilu.engine.commands.direct_callbacks import DirectCallbacks
from babilu.engine.commands.dispatcher import CommandDispatcher, CommandHandlers, send_act
from babilu.engine.commands.effect_runner import EffectRunner, RunnerTargets
from babilu.engine.commands.file_commands import FileCommands
from babilu.engine.commands.file_senders import FileSenders
from babilu.engine.commands.group_commands import GroupCommands
from babilu.engine.commands.history_asking import HistoryAsking
from babilu.engine.commands.history_giving import HistoryGiving
from babilu.engine.commands.import_commands import ImportCommands
from babilu.engine.commands.message_clocks import MessageClocks
from babilu.engine.commands.network import NetworkCommands
from babilu.engine.commands.own_list_merging import OwnListMerging
from babilu.engine.commands.picture_commands import PictureCommands
from babilu.engine.commands.profile_picture_commands import ProfilePictureCommands
from babilu.engine.commands.queries import QueryDispatcher
from babilu.engine.commands.relay_callbacks import RelayCallbacks
from babilu.engine.commands.scheduled import ScheduledSender
from babilu.engine.commands.space_commands import SpaceCommands
from babilu.engine.commands.typing import TypingNotices
from babilu.engine.commands.untold_messages import UntoldMessages
from babilu.engine.commands.voice_commands import VoiceCommands
from babilu.engine.conversation.effects import Effect, GiveHint, WakeIn
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.own_addresses import sibling_addresses
from babilu.engine.conversation.recipients import has_siblings
from babilu.engine.conversation.runner import ConversationRunner
from babilu.engine.conversation.sync import SYNC_PAUSE_MS
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.conversation.wakeups import ShowPicture, Wake
from babilu.engine.files.direct_exchange import DirectExchange
from babilu.engine.files.exchange import FileExchange
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.picture_cache import PictureCache
from babilu.engine.files.sealer import FileSealer
from babilu.engine.files.serving import FileServer
from babilu.engine.files.text_files import FolderTextFiles
from babilu.engine.files.transfers import FileTransfers
from babilu.engine.profile.pending_work import find_pending
from babilu.engine.runtime.client_workers import ClientWorkers
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.device_lock import is_locked, lock, removed_error, removes
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.runtime.threads import follow_up
from babilu.engine.runtime.trace_eraser import TraceEraser
from babilu.engine.transport.account_requests import AccountClient
from babilu.engine.transport.device_list_publisher import DeviceListPublisher
from babilu.engine.transport.direct_calls import DirectCalls
from babilu.engine.transport.direct_handshake import Expected, OwnFace
from babilu.engine.transport.outbound_queue import OutboundQueue
from babilu.engine.transport.own_list_changes import OwnListChanger
from babilu.engine.transport.relay_ports import OwnLists, RelayLogin
from babilu.engine.transport.relay_session import RelaySession
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.media.decoder import PictureDecoder
from babilu.store.conversations import ONESELF
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork

R = TypeVar("R")

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 15 * 60.0

SETTLED_SECONDS = 60.0
"""After which a client begins with what takes long and nobody waits for: a command that ends soon is not held up."""


class EngineClient:
    """The in-process binding of `babilu.api.client.ChatClient`.

    Args:
        base: The profile and the ports.
        profile: The files of the profile; closed with the client.
        loop: Where sockets live, running already; stopped with the client.
        login: Who logs in at which relay, or None for direct conversations only.
        account_client: Where account actions are done, or None.
        passphrase: The password of the start: the relay may have to be told of the own device, and without one lists
            of the own devices may have to be merged.
    """

    def __init__(
        self,
        base: ClientContext,
        profile: ProfileStore,
        loop: LoopThread,
        login: RelayLogin | None,
        account_client: AccountClient | None,
        passphrase: Passphrase | None = None,
    ) -> None:
        self._base = base
        self._profile = profile
        self._loop = loop
        self._workers = workers = ClientWorkers()
        self._history = HistoryGiving(base, workers.history, self._run_effects)
        self._effect_runner = EffectRunner(loop, base.bus)
        self._login = login
        self._account_client = account_client
        self._lists: OwnLists | None = None
        if account_client is not None and passphrase is not None:
            self._lists = DeviceListPublisher(
                base, account_client, profile, passphrase, workers.account, self._lock_device
            )
        self._closing = threading.Lock()
        self._closed = False
        self._wiping = False
        stock = PrekeySupply(base)
        self._relay_duties = RelayCallbacks(
            base,
            workers.commands,
            workers.inbox,
            self._effect_runner,
            stock,
            self._wake_all,
            self._rolled_back,
        )
        self._direct_duties = DirectCallbacks(base, workers.commands, workers.callers, self._effect_runner, stock)
        self._typing = TypingNotices(base, self._effect_runner, loop, workers.callers)
        self._scheduled = ScheduledSender(base, self._effect_runner, loop, workers.commands, send_act)
        self._own_devices(account_client, passphrase)
        self._untold = UntoldMessages(base, self._run_effects)
        relay = None if login is None else (views.Address(login.host, login.port), self._relay_duties)
        resolver = ContactResolver(base, self._effect_runner, loop, workers.commands)
        network = NetworkCommands(
            base, self._effect_runner, loop, workers.account, workers.examiner, profile, account_client
        )
        self._command_dispatcher = CommandDispatcher(
            base,
            self._effect_runner,
            workers.commands,
            QueryDispatcher(base, self._effect_runner, relay),
            workers.queries,
            resolver,
            self._handlers(network, resolver),
        )

    def _own_devices(self, account_client: AccountClient | None, passphrase: Passphrase | None) -> None:
        """Put together what links own devices, and takes them off the list."""
        base, account = self._base, self._workers.account
        lists = OwnListChanger(base, account_client, self._adopt_own_list)
        alone = passphrase if account_client is None else None
        self._merging = OwnListMerging(base, self._profile, lists, account, self._loop, alone)
        self._linking = DeviceLinking(base, self._profile, lists, account, self._loop, self._device_linked)
        asking = HistoryAsking(base, self._run_effects)
        self._devices = DeviceCommands(base, self._profile, lists, self._linking, asking, account, self._wipe)

    def _handlers(self, network: NetworkCommands, resolver: ContactResolver) -> CommandHandlers:
        """Put together what does commands about conversations, files, pictures and sound."""
        base, loop = self._base, self._loop
        decoder, cache = PictureDecoder(), PictureCache()
        folder = FileFolder(self._profile.paths.files, base.randomness, cache.forget)
        sealer = FileSealer(folder, decoder)
        exchange = None if self._login is None else FileExchange(loop, self._login, base.limits, base.randomness)
        self._text_files = None if exchange is None else FolderTextFiles(folder, lambda: _file_bytes(exchange))
        direct = DirectExchange(loop, self._effect_runner.links_with)
        self._transfers = FileTransfers(
            base, folder, exchange, direct, loop, FileSenders(self._effect_runner, base.database)
        )
        self._file_server = FileServer(base, folder, self._transfers.news, loop)
        self._files = FileCommands(base, folder, self._transfers, sealer, lambda: _file_bytes(exchange))
        conversations = ConversationCommands(
            base, self._effect_runner, self._workers.commands, resolver, self._scheduled, self._files
        )
        self._voice = VoiceCommands(
            base,
            folder,
            self._files,
            self._ask_conversation,
            self._effect_runner.run,
        )
        self._imports = ImportCommands(base, folder, self._effect_runner.run)
        self._pictures = PictureCommands(base, folder, sealer, decoder, cache)
        space = SpaceCommands(base, self._profile.paths, folder, self._transfers, self._workers.examiner)
        self._profile_pictures = ProfilePictureCommands(base, self._pictures, decoder, self._wake_all)
        self._groups = GroupCommands(base, self._effect_runner, resolver, network.account, self._pictures, decoder)
        keeper = ArchiveKeeper(
            base,
            ArchiveMaker(self._profile, folder, base.clock, base.randomness),
            Rehearsal(self._profile.paths, base.randomness),
            self._profile.paths.database.stem,
        )
        self._archives = ArchiveCommands(keeper, base.randomness)
        return CommandHandlers(
            network,
            conversations,
            self._files,
            space,
            self._voice,
            self._pictures,
            self._profile_pictures,
            self._groups,
            self._imports,
            self._archives,
            self._devices,
        )

    def start(self, listen: views.Address | None) -> None:
        """Start threads, server socket and link; `Ready` is told before anything that comes from others.

        Raises:
            UsageError: The server socket's address cannot be listened at.
        """
        self._loop.run(self._put_together()).result()
        self._base.database.before_commit = self._note_for_siblings
        # Before anybody is shown anything.
        self._effect_runner.targets.clocks.start()
        self._workers.start()
        # Before anybody is linked who might ask for a file.
        self._file_server.start()
        # Before anybody can be linked: what that thread is given it does in order.
        self._workers.commands.post(self._begin_without_links)
        self._loop.run(self._announce(listen)).result()
        self._effect_runner.targets.dispatcher.sweep()
        # A former run may have ended between deleting and erasing.
        self._effect_runner.targets.eraser.soon()
        self._scheduled.start()
        self._files.start()
        self._imports.start()
        self._voice.start()
        self._pictures.start()
        self._archives.start()
        self._transfers.start()
        self._history.start()
        self._loop.call(self._keep_house)
        self._loop.call(lambda: self._loop.loop.call_later(SETTLED_SECONDS, self._keep_archives))
        with self._base.database.read() as unit:
            removed = is_locked(unit)
        if removed:
            self._command_dispatcher.lock()
            # Nobody is called, and nobody is let in.
            self._loop.run(self._hang_up()).result()
            error = removed_error()
            self._base.bus.tell(events.Warned(error.code.value, error.text, fatal=False))
        elif self._effect_runner.targets.relay is not None:
            self._loop.call(self._keep_linked)
        else:
            self._call_siblings()
            self._merging.start()

    def join_by(self, link: str) -> None:
        """Have the group of a link asked to let one in, as soon as somebody can be asked; before `start`."""
        self._groups.joining.note(link)

    async def _put_together(self) -> None:
        base = self._base
        own = base.own
        face = OwnFace(base.show.own_name, own.identity_key, own.device, own.signing, own.agreement, own.device_list)
        relay = None
        if self._login is not None:
            relay = RelaySession(self._login, base.limits, base.randomness, self._relay_duties, self._lists)
        run = self._effect_runner.run
        encryption = ContentEncryption(own, base.randomness)
        encryption.text_files = self._text_files
        conversations = ConversationRunner(base, encryption, run)
        self._effect_runner.connect(
            RunnerTargets(
                conversations=conversations,
                dispatcher=InboundRouter(base, self._workers.inbox, run, encryption.opened, conversations),
                outbox=OutboundQueue(self._effect_runner),
                calls=DirectCalls(face, base.limits, base.randomness, self._direct_duties),
                typing=self._typing,
                relay=relay,
                eraser=TraceEraser(base.database, self._loop, self._workers.commands),
                clocks=MessageClocks(base, run, self._loop, self._workers.commands),
                files=self._transfers,
                file_server=self._file_server,
                linking=self._linking,
                history=self._history,
                lock=self._lock_device,
                call_siblings=self._follow_list,
                merge_lists=self._merging.soon,
            )
        )

    async def _announce(self, listen: views.Address | None) -> None:
        """Open the server socket, then tell that the client is ready: nothing is ready that cannot be opened."""
        login = self._login
        address = None if login is None else views.Address(login.host, login.port)
        told: list[events.Event] = [events.Ready(self._base.show.own_name, address)]
        if listen is not None:
            bound = await self._effect_runner.targets.calls.callers.listen(listen.host, listen.port)
            told.append(events.ListeningChanged(views.Address(*bound)))
        self._base.bus.tell(*told)

    def _keep_house(self) -> None:
        """Look now and then for what only time has changed, such as mail that was held in vain."""
        self._loop.loop.call_later(HOUSEKEEPING_SECONDS, self._keep_house)
        self._workers.commands.post(self._base.database.tidy)
        self._workers.commands.post(self._effect_runner.targets.clocks.look)
        self._workers.commands.post(self._follow_epoch_later)
        self._workers.commands.post(self._untold.look)
        self._wake_all()

    def _follow_epoch_later(self) -> None:
        """Do what another epoch of the relay asks for that was too much for its day."""
        if self._relay_duties.follow_epoch_later():
            self._loop.call(self._relay_duties.hand_over_again)

    def _keep_archives(self) -> None:
        """Look now and then whether a day has passed since the last backup."""
        self._loop.loop.call_later(HOUSEKEEPING_SECONDS, self._keep_archives)
        self._archives.look()

    def _begin_without_links(self) -> None:
        """Hand over again what a former run's direct connections had carried and no receipt has come for."""
        with self._base.database.write() as unit:
            unit.outbox.mark_links_gone()

    def _ask_conversation(self, place: Place, ask: Ask[ConversationTurn, Any]) -> None:
        """Give a command to a conversation."""
        self._effect_runner.targets.conversations.ask(place, ask)

    def _keep_linked(self) -> None:
        relay = self._effect_runner.targets.relay
        if relay is not None:
            self._loop.spawn(relay.run())

    def _call_siblings(self) -> None:
        """Call the own other devices, without a relay: whoever listens is called as long as it takes."""
        own = self._base.own
        if own.account:
            return
        with self._base.database.read() as unit:
            known = sibling_addresses(unit, own)
        for entry, address in known:
            expected = Expected(ONESELF, own.identity_key, entry, is_sibling=True)
            self._loop.call(self._effect_runner.targets.calls.call, address, expected)

    def _rolled_back(self) -> None:
        """Take note that this profile is older than what the relay remembers: it opens as a new device next time."""
        self._workers.commands.post(self._profile.note_rollback)
        text = "This profile is an older copy of itself. Start again: it goes on as a new device."
        self._base.bus.tell(events.Warned(ErrorCode.ROLLED_BACK.value, text, fatal=True))

    def _adopt_own_list(self, device_list: SignedDeviceList) -> None:
        """Go by a newer own list; the groups learn of a device that has left by it."""
        targets = self._effect_runner.targets
        targets.conversations.adopt_own_list(device_list)
        self._loop.call(targets.calls.links.show_list, device_list)
        self._call_siblings()

    def _follow_list(self) -> None:
        """Do what a newer own list that has come allows: its devices are given what they were promised, and called."""
        self._history.start()
        self._call_siblings()

    def _wipe(self) -> None:
        """Close, and delete everything; whoever asked is answered before."""
        self._wiping = True
        threading.Thread(target=self.close, name="babilu-wiping").start()

    def _lock_device(self, device_list: SignedDeviceList) -> None:
        """Lock this device, where a list of its own identity has removed it; may be called from any thread."""
        if removes(self._base.own, device_list):
            self._workers.commands.post(self._lock)

    def _lock(self) -> None:
        with self._base.database.write() as unit:
            lock(unit)
        error = removed_error()
        follow_up(
            self._command_dispatcher.lock,
            lambda: self._loop.run(self._hang_up()),
            lambda: self._base.bus.tell(events.Warned(error.code.value, error.text, fatal=True)),
        )

    def _device_linked(self, device: DeviceId, command: LinkApprove) -> None:
        """Give a device that was linked what this one has, as far as its user wants."""
        self._history.give(device, command.history_days)

    def _run_effects(self, effects: Iterable[Effect]) -> None:
        self._effect_runner.run(effects)

    def _note_for_siblings(self, unit: UnitOfWork) -> None:
        """Have the own other devices told soon of what a transaction has set, read or deleted."""
        if not has_siblings(self._base.own) or not unit.sync.is_due():
            return
        oneself = unit.contacts.oneself()
        if oneself is not None:
            unit.following.append(partial(self._effect_runner.run, [WakeIn(oneself, SYNC_PAUSE_MS)]))

    def _wake_all(self) -> None:
        """Give a hint to every conversation for which the database has work."""
        self._workers.commands.post(self._wake_those_with_work)
        self._workers.commands.post(self._groups.joining.join_noted)
        self._transfers.wake_online()

    def _wake_those_with_work(self) -> None:
        with self._base.database.read() as unit:
            pending = find_pending(unit, self._base.own, self._base.clock.now_ms())
        for place in pending.groups:
            self._effect_runner.targets.conversations.wake(place)
        self._effect_runner.run(GiveHint(contact, Wake()) for contact in pending.contacts)
        self._effect_runner.run(GiveHint(contact, ShowPicture()) for contact in pending.shown_to)

    def request(self, command: Command[R]) -> "Future[R]":
        """Ask for something; see `babilu.api.client.ChatClient`."""
        return self._command_dispatcher.request(command)

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        """Be told of events; see `babilu.api.client.ChatClient`."""
        return self._base.bus.subscribe(listener, since)

    def close(self, timeout_ms: int = 10_000) -> None:
        """Finish what is under way and end; see `babilu.api.client.ChatClient`."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._command_dispatcher.close()
        try:
            self._loop.run(self._hang_up()).result(timeout_ms / 1000)
        except (BabiluError, TimeoutError) as error:
            log.warning("connections were not closed in order: %s", type(error).__name__)
        self._archives.stop()
        # It sends nothing any more, and seals nothing.
        self._voice.stop()
        self._imports.stop()
        self._files.stop()
        self._pictures.stop()
        self._transfers.stop()
        self._file_server.stop()
        self._workers.stop()
        self._effect_runner.targets.conversations.stop()
        self._loop.stop()
        if self._wiping:
            self._profile.wipe()
        else:
            self._profile.close()
        self._base.bus.tell(events.Closed())

    async def _hang_up(self) -> None:
        targets = self._effect_runner.targets
        async with asyncio.TaskGroup() as together:
            together.create_task(targets.calls.close())
            if targets.relay is not None:
                together.create_task(targets.relay.close())


def _file_bytes(exchange: FileExchange | None) -> int | None:
    """Tell the largest file that the relay takes; None where it cannot be asked now: it says so when it comes to it."""
    if exchange is None:
        return None
    try:
        return exchange.file_bytes
    except BabiluError:
        return None
