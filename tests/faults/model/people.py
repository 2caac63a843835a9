"""A person with a client: the product's own, on a real database, killed and started again at will."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from unittest import mock

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Secret
from babilu.engine.conversation import runner as conversations_module
from babilu.engine.profile import client as client_module
from babilu.engine.profile.client import EngineClient
from babilu.engine.profile.own_keys import keep_notes, make_profile_record, own_device
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.runtime.presence import Presences
from babilu.engine.runtime.rollback_recovery import return_as_new_device
from babilu.engine.runtime.threads import Worker
from babilu.engine.runtime.views import ViewMaker
from babilu.engine.transport.device_list_publisher import ListPublication
from babilu.engine.transport.relay_pins import RelayPins
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.codec import encode_shape
from babilu.identity.login import PublishDeviceListBody, Signer, login_transcript, sign_login
from babilu.identity.shapes import ListedAccount, PrekeySet, SignedDeviceList
from babilu.kernel.errors import AccountError, BabiluError
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.net.relay_connection import DeviceListConflictError
from babilu.session.sessions import OwnDevice
from babilu.store.database import Database
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import ProfileRecord, RelayRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.client_frames import PublishDeviceList
from babilu.wire.relay_frames import Ok
from tests.faults.model.journal import AttentiveSealer, Journal
from tests.faults.model.machine_room import RUN, Crash, Draws, Errands, Loop, LoopHere, Run, SkewedClock, StandingClock
from tests.faults.model.relay_under_test import ADDRESS, LIMITS, PASSWORD, PUBLIC, RelayUnderTest

R = TypeVar("R")

KEY = Secret(bytes(range(32)))


@dataclass
class Fuse:
    """Where a life is to end: at the nth commit from now, before or after it; 0 for nowhere."""

    before_commit: int = 0
    after_commit: int = 0


class Threads:
    """Conversations' threads: work waits until somebody is told to think."""

    def __init__(self, work: Any, catch_up: object, idle_seconds: float = 0.0) -> None:
        del catch_up, idle_seconds
        self._work = work
        self.waiting: dict[int, list[Any]] = {}
        self.stopping = False

    def post(self, contact: int, conversation: bytes, job: object, *, stranger: bool = False) -> bool:
        del conversation, stranger
        self.waiting.setdefault(contact, []).append(job)
        return True

    def hold(self, contact: int, conversation: bytes) -> bool:
        """Let whoever asks work for a conversation that has nothing to do."""
        del conversation
        return contact not in self.waiting

    def let_go(self, contact: int) -> None:
        """Nothing: what was posted meanwhile waits already."""

    def think(self) -> bool:
        """Work on what waits, each conversation once; tells whether there was anything."""
        waiting, self.waiting = self.waiting, {}
        for contact, jobs in waiting.items():
            self._work(contact, jobs)
        return bool(waiting)

    def names(self) -> tuple[str, ...]:
        return ()

    def stop(self, seconds: float = 0.0) -> None:
        pass


class MortalDatabase:
    """A database as one life sees it: commits may end the life, and nothing is read or written after it."""

    def __init__(self, database: Database, life: "Life") -> None:
        self._database = database
        self._life = life

    @contextmanager
    def write(self, *, behind: bool = False) -> Iterator[UnitOfWork]:
        self._life.check()
        fuse = self._life.fuse
        journal = self._life.person.journal
        with self._database.write(behind=behind) as unit:
            journal.attend(unit)
            yield unit
            if fuse.before_commit:
                fuse.before_commit -= 1
                if not fuse.before_commit:
                    self._life.end()
        journal.committed()
        if fuse.after_commit:
            fuse.after_commit -= 1
            if not fuse.after_commit:
                self._life.end()

    def read(self) -> AbstractContextManager[UnitOfWork]:
        self._life.check()
        return self._database.read()

    def scrub(self) -> bool:
        self._life.check()
        return self._database.scrub()

    def tidy(self) -> None:
        self._life.check()
        self._database.tidy()


@dataclass
class Profile:
    """What a client knows of its profile's files: here, where they lie, and whether they were set back."""

    database: MortalDatabase
    paths: ProfilePaths
    is_rolled_back: bool = False
    # Nobody gives these clients a password to keep.
    has_identity: bool = False

    def note_rollback(self) -> None:
        self.is_rolled_back = True

    def forget_rollback(self, unit: UnitOfWork) -> None:
        del unit
        self.is_rolled_back = False

    def close(self) -> None:
        pass


class Life(Run):
    """One run of a client's process.

    Attributes:
        fuse: Where it is to end.
        told: What it has told its user.
    """

    def __init__(self, person: "Person") -> None:
        super().__init__()
        self.person = person
        self.fuse = Fuse()
        self.told: list[events.Event] = []

    def check(self) -> None:
        if self.is_over:
            raise Crash

    def end(self) -> None:
        """Be killed, here and now."""
        self.is_over = True
        self.person.bury()
        raise Crash


class Person:
    """Somebody with an account and one device, or one of several devices of somebody.

    Attributes:
        name: What this device is called here.
        account: The account.
    """

    journal_type: type[Journal] = Journal
    sealer_type: type[AttentiveSealer] = AttentiveSealer

    def __init__(
        self,
        name: str,
        folder: Path,
        empty: Path,
        loop: Loop,
        clock: SkewedClock | StandingClock,
        relay: RelayUnderTest,
    ) -> None:
        self.name = name
        self.account = self.account_of(name)
        self._folder = folder / name
        self._folder.mkdir()
        self._empty = empty
        self._loop = loop
        self._clock = clock
        self._relay = relay
        self._born = 0
        self._copies = 0
        self.draws = Draws(name)
        self.journal = self.journal_type()
        self.wants_rebirth = False
        self.database: Database
        self.life: Life | None = None
        self.client: EngineClient
        self.threads: Threads
        self._home: LoopHere
        self._begin()

    @staticmethod
    def account_of(name: str) -> str:
        """Return whose device is called so."""
        return name

    # The profile's files.

    def _make_record(self) -> ProfileRecord:
        """Make the keys of a new identity, and those of its device."""
        self.identity_key = SigningKey.generate(self.draws)
        accounts = [ListedAccount(PUBLIC, self.account)]
        return make_profile_record(self.account, self.identity_key, self.draws, self._clock.now_ms(), accounts)

    def _place_in_relay(self, own: OwnDevice, prekeys: PrekeySet) -> None:
        place_in = self._relay.register if self._born == 1 else self._relay.reset_identity
        place_in(self.account, own.device_list, own.device, prekeys)

    def _begin(self) -> None:
        """Make a new profile, with keys of a new identity."""
        self._born += 1
        place = self._folder / f"life{self._born}"
        place.mkdir()
        self._paths = ProfilePaths.for_relay(place, "profile", "relay", 5050)
        shutil.copy(self._empty, self._paths.database)
        self.database = Database.open(self._paths, KEY, self._clock)
        with self.database.write() as unit:
            record = self._make_record()
            unit.profile.create(record)
            keep_notes(unit, record, record.created_at)
            unit.profile.set_relay(RelayRecord(*ADDRESS, None, True, 0, None, 0))
            self.identity = IdentityKey(own_device(record, self.account).identity_key)
            prekeys = PrekeySupply(self._foundation(record, self.database)).first_set(unit, 2)
        self._place_in_relay(own_device(record, self.account), prekeys)

    def _foundation(self, record: ProfileRecord, database: Database) -> ClientContext:
        presences = Presences()
        with database.read() as unit:
            formers = unit.profile.former_devices()
        own = own_device(record, self.account, formers)
        return ClientContext(
            database=database,
            own=own,
            bus=EventBus(),
            show=ViewMaker(record.name, presences, own.identity_key, self.account),
            presences=presences,
            limits=LIMITS,
            clock=self._clock,
            randomness=self.draws,
        )

    @property
    def changes(self) -> tuple[Database, int]:
        """What is another whenever anything was written to the profile, or another one stands in its place."""
        return self.database, self.database._writer.total_changes

    def copy_away(self) -> Path:
        """Keep a copy of the profile as it is now."""
        self._copies += 1
        kept = self._folder / f"copy{self._copies}.db"
        with self.database.write():
            pass
        self.database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copy(self._paths.database, kept)
        return kept

    def bring_back(self, kept: Path) -> None:
        """Put an old copy in the profile's place; the client is not running."""
        self.bury()
        self.database.close()
        for path in (self._paths.log, self._paths.log_index):
            path.unlink(missing_ok=True)
        shutil.copy(kept, self._paths.database)
        self.database = Database.open(self._paths, KEY, self._clock)
        # What was made since the copy is known to nobody here.
        with self.database.read() as unit:
            for (message,) in unit.statements.all("SELECT DISTINCT message FROM delivery WHERE state = 'owed'"):
                self.journal.made_anew(MessageId(message))

    def start_over(self) -> None:
        """Lose everything, and take the account again with a new identity."""
        self.bury()
        self.database.close()
        self._begin()

    # The process.

    def start(self) -> None:
        """Start the client on what the profile holds."""
        if self.life is not None:
            return
        life = Life(self)
        with _as_run(life):
            self._loop.run(self._start(life))
            self.client.start(views.Address(self.name, 5051))
            self._loop.settle()

    async def _start(self, life: Life) -> None:
        database = MortalDatabase(self.database, life)
        profile = Profile(database, self._paths, self.wants_rebirth)
        with self.database.read() as unit:
            record = unit.profile.load()
        assert record is not None
        if self.wants_rebirth:
            record = return_as_new_device(cast("ProfileStore", profile), self.identity_key, self._clock, self.draws)
            self.wants_rebirth = False
        base = self._foundation(record, cast("Database", database))
        base.bus.subscribe(lambda _, event: self._hear(life, event))
        login = RelayLogin(*ADDRESS, RelayPins(), self.account, base.own.device, base.own.signing)
        self._home = LoopHere(self._loop)
        with (
            _errands_for_workers(),
            mock.patch.object(client_module, "ContentEncryption", partial(self.sealer_type, self.journal)),
            mock.patch.object(conversations_module, "ConversationThreads", Threads),
        ):
            client = EngineClient(base, cast("ProfileStore", profile), cast("LoopThread", self._home), login, None)
            client._lists = ListsHere(self.account, self._home, ListPublication(base), self.identity_key)
            await client._put_together()
        client._put_together = _nothing  # type: ignore[method-assign]  # done already, where the classes were replaced
        self.client = client
        self.life = life
        self.threads = cast("Threads", client._effect_runner.targets.conversations._threads)

    def _hear(self, life: Life, event: events.Event) -> None:
        life.check()
        life.told.append(event)
        if isinstance(event, events.Warned) and event.fatal:
            self.wants_rebirth = True

    @property
    def online(self) -> bool:
        """Whether the client runs and is logged in at its relay."""
        relay = None if self.life is None else self.client._effect_runner.targets.relay
        return relay is not None and relay.online

    def bury(self) -> None:
        """Let the process be gone: what it had written is on its way still, and nothing more comes from it."""
        life, self.life = self.life, None
        if life is None:
            return
        life.is_over = True
        lines = self.client._effect_runner.targets
        for task in (*self._home.tasks, *lines.calls._tasks._tasks):
            task.cancel()
        self._loop.listening.pop((self.name, 5051), None)
        for wire in self._loop.wires:
            for end in wire.ends:
                if end.run is life:
                    end.die()

    def as_this_run(self) -> AbstractContextManager[None]:
        """Do what follows as work of the client's present process."""
        return _as_run(self.life)

    def think(self) -> bool:
        """Let conversations work, once each; tells whether they had anything to do."""
        if self.life is None:
            return False
        try:
            with self.as_this_run():
                return self.threads.think()
        except Crash:
            return True
        finally:
            self._loop.settle()

    # The user.

    def ask(self, command: ask_for.Command[R]) -> "Future[R]":
        """Give the client a command; None of what follows has happened yet."""
        assert self.life is not None
        with self.as_this_run():
            future = self.client.request(command)
        self._loop.settle()
        return future

    def succeeds(self, command: ask_for.Command[R]) -> R | None:
        """Give a command and have it carried out; None where it is refused."""
        future = self.ask(command)
        self.think()
        if not future.done():
            return None
        try:
            return future.result()
        except BabiluError:
            return None


class ListsHere:
    """Does what `ListKeeper` does, in the one thread that there is."""

    def __init__(self, name: str, home: LoopHere, news: ListPublication, identity: SigningKey) -> None:
        self._name = name
        self._identity = identity
        self._home = home
        self._news = news

    def announce(self) -> "Future[None]":
        done: Future[None] = Future()
        self._home.spawn(self._publish()).add_done_callback(partial(_pass_on, done))
        return done

    def catch_up(self) -> "Future[bool]":
        done: Future[bool] = Future()
        self._home.spawn(self._catch_up()).add_done_callback(partial(_pass_on, done))
        return done

    def compare(self, present: SignedDeviceList) -> "Future[bool]":
        done: Future[bool] = Future()
        self._home.spawn(self._compare(present)).add_done_callback(partial(_pass_on, done))
        return done

    def shown(self) -> SignedDeviceList:
        return self._news.own_list

    def known(self) -> None:
        pass

    async def _compare(self, present: SignedDeviceList) -> bool:
        if self._news.lost_by(present):
            await self._publish()
        return True

    async def _catch_up(self) -> bool:
        self._news.doubtful = True
        try:
            await self._publish()
        except AccountError:
            return False
        finally:
            self._news.doubtful = False
        return True

    async def _publish(self) -> None:
        while (due := self._news.due()) is not None:
            connection = await RelayPins().connect(*ADDRESS, LIMITS, Draws("publish"))
            try:
                body = encode_shape(PublishDeviceListBody(self._name, due.device_list, due.heirs))
                said = (connection.hello, connection.welcome_body, connection.certificate)
                signature = sign_login(PASSWORD, Signer.LOGIN_KEY, login_transcript(*said, body))
                await connection.request(partial(_publish_frame, body, signature), Ok)
                self._news.taken(due)
            except DeviceListConflictError as conflict:
                self._news.refused(conflict.frame.device_list, lambda: self._identity)
            finally:
                connection.abandon()


def _publish_frame(body: bytes, signature: bytes, number: int) -> PublishDeviceList:
    return PublishDeviceList(number, body, signature)


def _pass_on(future: "Future[R]", task: "asyncio.Task[R]") -> None:
    if future.cancelled():
        # Whoever waited for it has been killed.
        task.cancelled() or task.exception()
    elif task.cancelled():
        future.cancel()
    elif (error := task.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(task.result())


@contextmanager
def _as_run(run: Run | None) -> Iterator[None]:
    before = RUN.set(run)
    try:
        yield
    finally:
        RUN.reset(before)


async def _nothing() -> None:
    pass


@contextmanager
def _errands_for_workers() -> Iterator[None]:
    """Have whatever part of a client has a thread of its own make do with the loop."""
    with ExitStack() as stack:
        for name, module in tuple(sys.modules.items()):
            if name.startswith("babilu.engine.") and vars(module).get("Worker") is Worker:
                stack.enter_context(mock.patch.object(module, "Worker", Errands))
        yield
