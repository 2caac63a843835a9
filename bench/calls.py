"""What one message costs: Python calls, files and write transactions from Enter to the other screen, and what follows.

    python3 main.py bench calls [--messages 50] [--most 30] [--rooms] [--json FILE]

Two clients, each under a face that draws nothing, and their relay run in threads of this process, with real databases
and sockets. Counted is what their threads call, each leg of the way by itself:

- *sending*: what the sender's threads do from Enter until the relay reads the frame;
- *relaying*: what the relay's threads do from then until the recipient's client reads its frame;
- *receiving*: what the recipient's threads do from then until its face has the message in the open conversation, save
  for what sends acknowledgement and receipt, which may happen before that or after it;
- *after*: everything else, until the sender's face shows the receipt: answers, acknowledgements, the receipt's own way.

*Own* are the calls of Babilu's functions, and *files* are the modules of Babilu's in which they stand. Given is the
message of median cost. Figures do not depend on how fast the machine is.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from enum import Enum, auto
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import uvloop

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands, events  # noqa: E402  # the path has to be set before
from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile, RestoreArchive  # noqa: E402
from babilu.api.views import MessageView, ProfileView  # noqa: E402
from babilu.crypto.secret import Passphrase  # noqa: E402
from babilu.kernel.ids import ConversationId  # noqa: E402
from babilu.kernel.states import MessageState  # noqa: E402
from babilu.library import Client  # noqa: E402
from babilu.presentation.client_bridge import ClientBridge  # noqa: E402
from babilu.presentation.client_model import ClientModel  # noqa: E402
from babilu.presentation.connection_status import ConnectionStatus  # noqa: E402
from babilu.presentation.message_window import Window  # noqa: E402
from babilu.presentation.watcher import ScreenPart  # noqa: E402
from babilu.relay.base.settings import RelaySettings  # noqa: E402
from babilu.relay.node.server import Relay  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from bench.client import PASSWORD, PATIENCE_S, acquainted, online  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.serve import NOTHING_REFUSED  # noqa: E402
from bench.served import Served  # noqa: E402

PACKAGE = ROOT / "src" / "babilu"
QUIET_S = 0.03
"""Time without any call after which nothing is under way any more."""

WRITES = ("store/database.py:Database._take_turn", "relay/storage/sqlite/writer.py:_commit")
"""What begins a write transaction of a client, and of a relay."""

NAMED: dict[str, tuple[str, ...]] = {
    "SQL statements of the clients": tuple(
        f"store/statements.py:Statements.{method}" for method in ("one", "all", "run", "insert", "run_many")
    ),
    "device lists decoded": ("identity/device_list.py:decode_device_list",),
    "device lists verified": ("identity/device_list.py:verify_device_list",),
    "outer seals opened": ("session/sessions.py:open_envelope",),
    "senders checked": ("session/envelope.py:check_sender",),
}
"""Functions whose calls are named, by their files and names."""


class Whose(Enum):
    """Whose threads call."""

    SENDER = auto()
    RELAY = auto()
    RECIPIENT = auto()


class Leg(Enum):
    """Where a message is, and whose calls count as bringing it on."""

    SENDING = Whose.SENDER
    RELAYING = Whose.RELAY
    RECEIVING = Whose.RECIPIENT
    AFTER = None


READS = {
    (Leg.SENDING, Whose.RELAY, "buffer_updated"): Leg.RELAYING,
    (Leg.RELAYING, Whose.RECIPIENT, "buffer_updated"): Leg.RECEIVING,
}
"""Which call begins the next leg: whose, and the function's name."""

FOLLOWING: frozenset[str] = frozenset(
    {
        "EffectRunner._send",
        "FrameChannel._flush",
        "OutboundQueue.offer",
        "RelayCallbacks._committed",
        "RelaySession.acknowledge",
    }
)
"""What sends acknowledgement and receipt at the recipient: the face may have the message before or after, by chance."""

Counts = dict[Leg, Counter[CodeType]]


class Calls:
    """Counts the Python functions that are called in threads that began after `watch`, while a message is under way."""

    def __init__(self) -> None:
        self.leg: Leg | None = None
        self.counts: Counts = {}
        self._heard = 0
        self._answering = threading.local()

    def watch(self, whose: Whose) -> None:
        """Take the threads that begin from now on as somebody's."""
        threading.setprofile(partial(self._seen, whose))

    def enter(self) -> None:
        """Count anew, for a message that is sent now."""
        self.counts = {leg: Counter() for leg in Leg}
        self.leg = Leg.SENDING

    def settle(self) -> None:
        """Wait until nothing is called any more, and stop counting."""
        before = -1
        while before != self._heard:
            before = self._heard
            time.sleep(QUIET_S)
        self.leg = None

    def _seen(self, whose: Whose, frame: FrameType, what: str, _argument: object) -> None:
        if what == "return" and frame is getattr(self._answering, "frame", None):
            self._answering.frame = None
        if what != "call":
            return
        self._heard += 1
        leg = self.leg
        if leg is None:
            return
        if leg is Leg.RECEIVING and whose is Whose.RECIPIENT and self._answers(frame):
            leg = Leg.AFTER
        following = READS.get((leg, whose, frame.f_code.co_name))
        if following is not None:
            leg = self.leg = following
        self.counts[leg if leg.value is whose else Leg.AFTER][frame.f_code] += 1

    def _answers(self, frame: FrameType) -> bool:
        """Tell whether a thread of the recipient is within a function that sends what follows the message."""
        if getattr(self._answering, "frame", None) is None:
            self._answering.frame = frame if frame.f_code.co_qualname in FOLLOWING else None
        return self._answering.frame is not None


class Face(threading.Thread):
    """A face that shows the conversation with one contact and draws nothing, in a thread of its own.

    Args:
        client: Whose face.
        contact: Whom the open conversation is with.

    Attributes:
        hears: Called with each event, once the model has taken it over.
        shows: Called once messages are in the open conversation.
    """

    def __init__(self, client: ChatClient, contact: str) -> None:
        super().__init__(name="face")
        self._contact = contact
        self.hears: Callable[[events.Event], object] = bool
        self.shows: Callable[[], object] = bool
        self._news = threading.Event()
        self._ended = False
        self._bridge = ClientBridge(_Opened(client), threading.Lock(), time.monotonic)
        self.model = ClientModel(self._bridge, ConnectionStatus(SystemClock()), Window(lambda at: at // 86_400_000))
        self.model.watch(self)
        self._bridge.attach(self._news.set, self.model.hear, self.model.refused)

    def run(self) -> None:
        """Open the conversation and show what comes."""
        self._bridge.open(DirectProfile("open", Passphrase(PASSWORD)), self.model.start, self.failed)
        self._bridge.post(partial(self.model.open, self._contact))
        while not self._ended:
            self._news.wait()
            self._news.clear()
            while self._bridge.turn(1.0):
                pass

    def send(self, text: str) -> None:
        """Press Enter."""
        self._bridge.post(partial(self.model.send, self._contact, text, self.failed))

    def end(self) -> None:
        """End the thread."""
        self._ended = True
        self._news.set()
        self.join()

    # What the model tells whoever draws.

    def changed(self, parts: ScreenPart) -> None:
        """It draws nothing."""

    def turned(self, name: str) -> None:
        """It has no field."""

    def opened(self, name: str) -> None:
        """It draws nothing."""

    def jumped(self, message: MessageView) -> None:
        """It draws nothing."""

    def arrived(self, messages: tuple[MessageView, ...]) -> None:
        """Say that messages are shown; they are not marked as read."""
        del messages
        self.shows()

    def told(self, event: events.Event) -> None:
        """Pass an event on."""
        self.hears(event)

    def mentioned(self, message: MessageView) -> None:
        """It notifies of nothing."""

    def read(self, conversation: ConversationId) -> None:
        """It shows no number."""

    def failed(self, error: Exception) -> None:
        """Nothing is to fail here."""
        raise error

    def gather(self) -> None:
        """It asks for nothing again: what a face asks for after an arrival is no part of its way."""


class _Opened:
    """Opens the client that is open already."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client

    def profiles(self) -> tuple[ProfileView, ...]:
        return ()

    def open(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        del profile
        if listener is not None:
            self._client.subscribe(listener)
        opening: Future[ChatClient] = Future()
        opening.set_result(self._client)
        return opening

    def restore(self, archive: RestoreArchive) -> "Future[RelayProfile | DirectProfile]":
        del archive
        raise NotImplementedError


@contextmanager
def relay_thread(home: Path) -> Iterator[Served]:
    """Run a relay in a thread of this process."""
    started: Future[int] = Future()
    ending: list[Callable[[], Any]] = []

    async def serve() -> None:
        relay = Relay(RelaySettings("127.0.0.1", 0, home, NOTHING_REFUSED), SystemClock(), SystemRandomness())
        await relay.start()
        end, loop = asyncio.Event(), asyncio.get_running_loop()
        ending.append(lambda: loop.call_soon_threadsafe(end.set))
        started.set_result(relay.address[1])
        await end.wait()
        await relay.stop()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, name="relay")
    thread.start()
    try:
        yield Served(0, ("127.0.0.1", started.result(PATIENCE_S)))
    finally:
        ending[0]()
        thread.join()


@contextmanager
def watched_client(calls: Calls, whose: Whose, relay: Served, home: Path, contact: str) -> Iterator[Client]:
    """Open a client whose threads are somebody's, the one of the conversation included."""
    calls.watch(whose)
    name = whose.name.lower()
    with Client(*relay.address, name, PASSWORD, home=home) as client:
        online(client)
        # The thread of a conversation begins with its first job, and stays while there is more to come.
        client.ask(commands.MarkRead(contact))
        yield client


def way_of(counts: Counts) -> Counter[CodeType]:
    """Give what was called from Enter to the other screen."""
    return counts[Leg.SENDING] + counts[Leg.RELAYING] + counts[Leg.RECEIVING]


def of_clients(counts: Counts) -> Counter[CodeType]:
    """Give the calls of Babilu's functions in both clients on that way, without faces and relay."""
    clients = counts[Leg.SENDING] + counts[Leg.RECEIVING]
    return Counter({code: count for code, count in clients.items() if is_ours(code) and not is_of_face(code)})


def measure(messages: int) -> list[Counts]:
    """Send messages one after another, each once the one before is done with; return what was called for each."""
    try:
        return _measure(messages)
    finally:
        # Threads of whatever comes next in this process are none of ours.
        threading.setprofile(None)


def _measure(messages: int) -> list[Counts]:
    calls, done = Calls(), threading.Semaphore(0)
    sender, recipient = Whose.SENDER.name.lower(), Whose.RECIPIENT.name.lower()

    def delivered(event: events.Event) -> None:
        if isinstance(event, events.MessageStateChanged) and event.state is MessageState.DELIVERED:
            done.release()

    def shown() -> None:
        if calls.leg is not None:
            calls.leg = Leg.AFTER

    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        calls.watch(Whose.RELAY)
        relay = stack.enter_context(relay_thread(home / "relay"))
        acquainted(relay, home, (sender, recipient))
        faces = {}
        for whose, contact in ((Whose.SENDER, recipient), (Whose.RECIPIENT, sender)):
            client = stack.enter_context(watched_client(calls, whose, relay, home, contact))
            face = faces[whose] = Face(client.chat, contact)
            face.start()
            stack.callback(face.end)
        faces[Whose.SENDER].hears = delivered
        faces[Whose.RECIPIENT].shows = shown
        found = []
        for number in range(messages + 1):
            # The first one is practice: prekeys, bundles and caches are dealt with by it.
            calls.settle()
            calls.enter()
            faces[Whose.SENDER].send(f"message {number}")
            if not done.acquire(timeout=PATIENCE_S):
                raise TimeoutError("a message was not delivered in time")
            calls.settle()
            if number:
                found.append(calls.counts)
    return found


def is_ours(code: CodeType) -> bool:
    """Tell whether a function is Babilu's own."""
    return code.co_filename.startswith(str(PACKAGE))


def is_of_face(code: CodeType) -> bool:
    """Tell whether a function is of the faces, and not of the client below them."""
    return is_ours(code) and name_of(code).startswith("presentation/")


def name_of(code: CodeType) -> str:
    """Name a function of Babilu's by its file and name."""
    return f"{Path(code.co_filename).relative_to(PACKAGE)}:{code.co_qualname}"


def room_of(code: CodeType) -> str:
    """Name the room of a function, or what it belongs to."""
    place = Path(code.co_filename)
    if is_ours(code):
        return str(place.relative_to(PACKAGE).parent)
    if "site-packages" in place.parts:
        return place.parts[place.parts.index("site-packages") + 1]
    return "(generated)" if code.co_filename.startswith("<string") else "(standard library)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=50)
    parser.add_argument("--most", type=int, default=0, help="name so many functions of each leg that are called most")
    parser.add_argument("--rooms", action="store_true", help="say how the calls are spread over the rooms")
    add_option(parser)
    options = parser.parse_args()
    write(options.json, report(measure(options.messages), options.most, rooms=options.rooms))


def report(messages: list[Counts], most: int, *, rooms: bool) -> dict[str, int]:
    """Print what was counted, of each leg that message whose calls are the median; returns that by names."""
    typical = {leg: sorted((each[leg] for each in messages), key=Counter.total)[len(messages) // 2] for leg in Leg}
    unseen = [leg.name.lower() for leg in Leg if leg.value is not None and not typical[leg]]
    if unseen:
        raise RuntimeError(f"nothing was seen of {', '.join(unseen)}: is what begins it called otherwise now?")
    way, figures = way_of(typical), dict[str, int]()
    print(f"{'':<24}{'calls':>8}{'own':>8}{'files':>8}{'writes':>8}")
    for title, counts in [
        *((leg.name.lower(), typical[leg]) for leg in Leg if leg.value is not None),
        ("Enter to other screen", way),
        ("  its clients alone", of_clients(typical)),
        ("after", typical[Leg.AFTER]),
        ("altogether", way + typical[Leg.AFTER]),
    ]:
        own = Counter({code: count for code, count in counts.items() if is_ours(code)})
        files = len({code.co_filename for code in own})
        writes = "+".join(str(called(counts, name)) for name in WRITES)
        what = title.strip()
        figures |= {f"{what}: calls": counts.total(), f"{what}: own": own.total(), f"{what}: files": files}
        figures |= {f"{what}: {name}": called(counts, name) for name in WRITES}
        print(f"{title:<24}{counts.total():>8,}{own.total():>8,}{files:>8}{writes:>8}")
    spread = statistics.quantiles([each[Leg.RECEIVING].total() for each in messages] * 2, n=10)
    print(f"\nreceiving, 8 of 10 messages: {spread[0]:,.0f} to {spread[-1]:,.0f} calls")
    for title, names in NAMED.items():
        figures |= {f"{title}: on the way": called(way, *names), f"{title}: after": called(typical[Leg.AFTER], *names)}
        print(f"{title}: {called(way, *names)} on the way, {called(typical[Leg.AFTER], *names)} after")
    for leg, counts in typical.items():
        if rooms:
            print(f"\n{leg.name.lower()}, by rooms")
            by_room: Counter[str] = Counter()
            for code, count in counts.items():
                by_room[room_of(code)] += count
            for room, count in by_room.most_common():
                print(f"{count:>8}  {room}")
        if most:
            print(f"\n{leg.name.lower()}, by functions")
            for code, count in counts.most_common(most):
                place = name_of(code) if is_ours(code) else f"{code.co_filename}:{code.co_qualname}"
                print(f"{count:>8}  {place}")
    return figures


def called(counts: Counter[CodeType], *names: str) -> int:
    """Count the calls of functions of Babilu's that are named by file and name."""
    return sum(count for code, count in counts.items() if is_ours(code) and name_of(code) in names)


if __name__ == "__main__":
    main()
