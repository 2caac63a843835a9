import errno
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, DirectProfile, RelayProfile
from babilu.api.views import Address
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.factory import EngineFactory
from babilu.host import hosting_lock
from babilu.host.hosting import HostingClient
from babilu.host.hosting_lock import HostingLock
from babilu.host.opening import HostingFactory, _Gate
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, ProfileError
from babilu.rpc.client import AttachedClient
from babilu.store.profile_files import ProfilePaths
from babilu.system import SystemClock, SystemRandomness

pytestmark = pytest.mark.usefixtures("passwords_are_quick")

WAIT_S = 30.0
PASSPHRASE = Passphrase("correct horse")
ALICE = DirectProfile("alice", PASSPHRASE)


class Told:
    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.cursor = 0
        self.closed = threading.Event()

    def __call__(self, cursor: int, event: e.Event) -> None:
        assert cursor > self.cursor
        self.cursor = cursor
        self.events.append(event)
        if isinstance(event, e.Closed):
            self.closed.set()


class Faces:
    """Opens profiles of one folder again and again; all of them are closed with the test."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.factory = HostingFactory(home, SystemClock(), SystemRandomness())
        self._stack = stack

    def open(self, profile: DirectProfile | RelayProfile = ALICE, told: Told | None = None) -> ChatClient:
        client = self.factory.open(profile, told).result(WAIT_S)
        self._stack.callback(client.close)
        return client


@pytest.fixture
def faces(tmp_path: Path) -> Iterator[Faces]:
    with ExitStack() as stack:
        yield Faces(tmp_path, stack)


def code_of(error: pytest.ExceptionInfo[BabiluError]) -> ErrorCode:
    return error.value.code


def test_the_first_hosts_the_next_attach_and_the_last_takes_over(faces: Faces, tmp_path: Path) -> None:
    told_first, told_next = Told(), Told()
    first = faces.open(told=told_first)
    attached = faces.open(told=told_next)
    assert isinstance(first, HostingClient)
    assert isinstance(attached, AttachedClient)
    assert told_next.events == [e.Ready("alice", None)]
    attached.request(c.StoreValue("a", "b")).result(WAIT_S)
    assert first.request(c.ReadValue("a")).result(WAIT_S) == "b"
    address = first.request(c.Listen(Address("127.0.0.1", 0))).result(WAIT_S)
    attached.request(c.Status()).result(WAIT_S)
    assert told_next.events[-1] == e.ListeningChanged(address)

    first.close()
    assert told_next.closed.wait(WAIT_S)
    warned = told_next.events[-2]
    assert isinstance(warned, e.Warned)
    assert (warned.code, warned.fatal) == ("host_ended", True)
    assert told_first.events[-1] == e.Closed()

    again = faces.open()
    assert isinstance(again, HostingClient)
    assert again.request(c.ReadValue("a")).result(WAIT_S) == "b"
    again.close()
    assert not list(tmp_path.glob("*.run"))


def test_who_attaches_hears_how_things_stand_and_has_its_server_socket_opened(faces: Faces) -> None:
    faces.open()
    told = Told()
    faces.open(DirectProfile("alice", PASSPHRASE, Address("127.0.0.1", 0)), told)
    kinds = [type(event) for event in told.events]
    assert kinds == [e.Ready, e.ListeningChanged]
    late = Told()
    faces.open(DirectProfile("alice", PASSPHRASE, Address("127.0.0.1", 0)), late)
    assert late.events == told.events


def test_the_passphrase_is_asked_for_wherever_the_engine_runs(faces: Faces) -> None:
    faces.open()
    with pytest.raises(AccountError) as refused:
        faces.open(DirectProfile("alice", Passphrase("battery staple")))
    assert code_of(refused) is ErrorCode.WRONG_CREDENTIALS


def test_a_profile_that_is_not_hosted_is_in_use_for_others_and_a_hosted_one_is_not(
    faces: Faces, tmp_path: Path
) -> None:
    holder = EngineFactory(tmp_path, SystemClock(), SystemRandomness()).open(ALICE).result(WAIT_S)
    with pytest.raises(BabiluError) as refused:
        faces.open()
    assert code_of(refused) is ErrorCode.PROFILE_IN_USE
    assert [profile.in_use for profile in faces.factory.profiles()] == [True]
    holder.close()
    faces.open()
    assert [profile.in_use for profile in faces.factory.profiles()] == [False]


def test_hosting_alone_and_attaching_alone_say_when_they_cannot(faces: Faces) -> None:
    with pytest.raises(BabiluError) as nobody:
        faces.factory.attach(ALICE).result(WAIT_S)
    assert code_of(nobody) is ErrorCode.HOST_ENDED
    faces.open()
    with pytest.raises(BabiluError) as taken:
        faces.factory.host(ALICE).result(WAIT_S)
    assert code_of(taken) is ErrorCode.PROFILE_IN_USE


def test_many_at_once_have_one_host_among_them(faces: Faces) -> None:
    openings = [faces.factory.open(ALICE) for _ in range(4)]
    clients = [opening.result(WAIT_S) for opening in openings]
    try:
        assert sorted(type(client).__name__ for client in clients) == ["AttachedClient"] * 3 + ["HostingClient"]
    finally:
        for client in sorted(clients, key=lambda each: isinstance(each, HostingClient)):
            client.close()


def test_a_refused_opening_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    factory = HostingFactory(home, SystemClock(), SystemRandomness())
    with pytest.raises(BabiluError) as refused:
        factory.open(RelayProfile(Address("127.0.0.1", 1), "alice", PASSPHRASE)).result(WAIT_S)
    assert code_of(refused) is ErrorCode.UNAVAILABLE
    assert list(home.iterdir()) == []


def test_who_waits_for_a_host_that_fails_to_open_hosts_itself(faces: Faces, tmp_path: Path) -> None:
    """The seat is taken and its socket silent: the host is still deriving keys, and is refused then."""
    hosting_lock = HostingLock.take(ProfilePaths.for_direct(tmp_path, "alice"))
    assert hosting_lock is not None
    assert hosting_lock.listening is not None
    opening = faces.factory.open(ALICE)
    hosting_lock.listening.settimeout(WAIT_S)
    accepted, _ = hosting_lock.listening.accept()
    hosting_lock.leave()
    accepted.close()
    client = opening.result(WAIT_S)
    assert isinstance(client, HostingClient)
    client.close()


def test_of_two_that_take_each_message_for_themselves_one_opens_a_profile(faces: Faces, tmp_path: Path) -> None:
    reading = HostingFactory(tmp_path, SystemClock(), SystemRandomness(), reads=True)
    host = reading.open(ALICE).result(WAIT_S)
    with pytest.raises(BabiluError) as refused:
        reading.open(ALICE).result(WAIT_S)
    assert code_of(refused) is ErrorCode.PROFILE_IN_USE
    assert isinstance(faces.open(), AttachedClient)
    host.close()
    faces.open()
    attached = reading.open(ALICE).result(WAIT_S)
    assert isinstance(attached, AttachedClient)
    attached.close()


def test_events_that_came_while_one_attached_are_all_told_after_how_things_stand() -> None:
    told = Told()
    gate = _Gate(told)
    for cursor in (7, 8, 9):
        gate.hear(cursor, e.NoticeArrived(str(cursor)))
    # The cursor of the host may be that of what is still kept here.
    gate.open(9, [e.Ready("alice", None), e.ListeningChanged(None)])
    gate.hear(10, e.NoticeArrived("10"))
    assert [event.text for event in told.events if isinstance(event, e.NoticeArrived)] == ["7", "8", "9", "10"]
    assert isinstance(told.events[0], e.Ready)


def test_a_seat_that_could_not_be_sat_on_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ProfilePaths.for_direct(tmp_path, "alice")

    def fail(_path: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(hosting_lock, "_listen", fail)
        with pytest.raises(ProfileError):
            HostingLock.take(paths)
    taken = HostingLock.take(paths)
    assert taken is not None
    taken.leave()
