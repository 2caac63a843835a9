"""Babilu in a script: a client that blocks where a script wants to wait, on the same engine as every other client.

::

    from babilu import Client

    with Client("127.0.0.1", 5050, "alice", "correct horse") as alice:
        alice.send("bob", "hello")
        for message in alice:
            print(message.sender, message.text)
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self, TypeVar

from babilu.api import commands, events
from babilu.api.client import ChatClient, DirectProfile, RelayProfile
from babilu.api.commands import Command
from babilu.api.group_views import GroupInvitationView, GroupView
from babilu.api.views import Address, ContactView, HistoryPage, MessageView, RequestView, SafetyNumberView, StatusView
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, UsageError
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.library.accounts import ScriptAccount, folder_of_caller, open_client

Message = MessageView
"""A message as a script sees it: `sender`, `text`, `at` (Unix milliseconds), `conversation` and more."""

R = TypeVar("R")

log = logging.getLogger(__name__)

ANSWER_SECONDS = 60.0
FILE_SECONDS = 600.0
"""Longest time in which files are sealed."""

FETCH_SECONDS = 7 * 24 * 3_600.0
RETRY_MS = 1_000


class Client:
    """A chat client with its own profile, server socket and threads.

    The database file, for messages and keys, lies in the folder of the script that makes the object, unless ``home``
    says otherwise. Every method may be called from any thread.

    Args:
        host: Address of the relay.
        port: Its port.
        name: The account; a free name is registered.
        password: Its password, which also opens the database.
        home: Folder of the database.
        listen: ``(host, port)`` of the server socket that receives conversation requests; port 0 takes any.
            None keeps it closed until `listen` is called.
        invitation: ``babilu://…``, in place of host and port where the relay asks for one, or a link into a group.
        start_over: Whether to take the name with a new identity where this device is unknown to the account.

    Raises:
        BabiluError: ``wrong_credentials``, ``unavailable``, ``invitation_needed``, ``profile_in_use`` and the like.
    """

    def __init__(  # noqa: PLR0913  # a script says in one line what it wants
        self,
        host: str = "127.0.0.1",
        port: int = 5050,
        name: str = "",
        password: str = "",
        *,
        home: str | Path | None = None,
        listen: tuple[str, int] | None = None,
        invitation: str | None = None,
        start_over: bool = False,
    ) -> None:
        account = ScriptAccount(host, port, name, password, listen, invitation, start_over)
        self._open(account.profile(), Path(home) if home is not None else folder_of_caller())

    @classmethod
    def direct(
        cls,
        name: str,
        passphrase: str,
        *,
        listen: tuple[str, int] | None = None,
        home: str | Path | None = None,
    ) -> Self:
        """Make a client that needs no relay: it talks to other clients directly.

        Args:
            name: Name shown to others.
            passphrase: What opens the database.
            listen: ``(host, port)`` of the server socket, or None.
            home: Folder of the database.
        """
        client = cls.__new__(cls)
        address = None if listen is None else Address(*listen)
        folder = Path(home) if home is not None else folder_of_caller()
        client._open(DirectProfile(name, Passphrase(passphrase), address), folder)  # noqa: SLF001  # of this class
        return client

    def _open(self, profile: RelayProfile | DirectProfile, home: Path) -> None:
        self._news = threading.Condition()
        self._arrivals = 0
        self._ended = False
        self._failure: BabiluError | None = None
        self._reader: threading.Thread | None = None
        self._client: ChatClient = open_client(profile, home, self._told)

    def _told(self, cursor: int, event: events.Event) -> None:
        del cursor
        match event:
            case events.MessageArrived() | events.Closed():
                with self._news:
                    self._arrivals += 1
                    self._ended = self._ended or isinstance(event, events.Closed)
                    self._news.notify_all()
            case events.Warned(code, text, True):
                with self._news:
                    self._failure = self._failure or BabiluError(ErrorCode(code), text)
            case _:
                pass

    @property
    def chat(self) -> ChatClient:
        """The client underneath, for all that has no method here: `request` a command, `subscribe` to events."""
        return self._client

    def ask(self, command: Command[R], timeout: float = ANSWER_SECONDS) -> R:
        """Do a command and wait for its answer.

        Raises:
            BabiluError: It was refused, or took longer than ``timeout`` seconds.
        """
        try:
            return self._client.request(command).result(timeout)
        except TimeoutError as error:
            raise LinkError(ErrorCode.UNAVAILABLE, "There was no answer in time.") from error

    def send(
        self,
        to: str,
        text: str = "",
        identity: IdentityKey | None = None,
        files: Iterable[str | Path] = (),
        *,
        as_files: bool = False,
        mentions: Iterable[str] = (),
    ) -> Message:
        """Send a text, files, or both; done when it is committed here, whatever the network does.

        Args:
            to: Name of a contact or of somebody new at the relay, or label of a group.
            text: What to send; with files it may be empty.
            identity: The identity key that ``to`` is believed to have, as a message, contact or safety number had it;
                None for whoever bears the name.
            files: Paths of up to 10 files; they are sealed before this returns, and go to the relay afterwards.
                Pictures lose what they say besides what they show.
            as_files: Whether pictures are sent as they are, with every byte.
            mentions: Names that stand in the text as ``@name``, of people who are to notice it.

        Raises:
            BabiluError: It was refused, with ``mismatch`` where ``to`` is somebody else, ``usage`` where a file cannot
                be read, ``too_large`` where the relay does not take one, and ``cannot_clean`` for a picture that can be
                sent only ``as_files``.
        """
        paths = tuple(str(Path(file).absolute()) for file in files)
        named = tuple(mentions)
        command = commands.Send(to, text, identity, mentions=named, files=paths, as_files=as_files)
        return self.ask(command, FILE_SECONDS if paths else ANSWER_SECONDS)

    def fetch(self, message: MessageId, into: str | Path, index: int = 0, timeout: float | None = None) -> Path:
        """Fetch a file of a message and save it; nothing is saved over.

        Args:
            message: Id of the message, as `Message.id`.
            into: A folder.
            index: Which of the message's files, from 0.
            timeout: Seconds to wait; None for as long as it takes.

        Returns:
            Where it was saved.

        Raises:
            BabiluError: ``not_found`` where there is no such file, or its relay has it no more; ``decryption_failed``
                where it is another one than its sender said; ``unavailable`` after ``timeout``, and it goes on then.
        """
        command = commands.FetchFile(message, index, str(Path(into).absolute()))
        saved = self.ask(command, FETCH_SECONDS if timeout is None else timeout)
        if saved.path is None:
            raise BabiluError(ErrorCode.INTERNAL, "The file was not saved.")
        return Path(saved.path)

    def receive(self, timeout: float | None = None) -> Message | None:
        """Wait for the next message.

        Args:
            timeout: Seconds to wait; None for as long as it takes.

        Returns:
            The message, which is never handed out again; None after ``timeout``, or when the client was closed.

        Raises:
            BabiluError: The client has ended by itself, and why.
        """
        message = self._next(None if timeout is None else time.monotonic() + timeout)
        if message is None and self._failure is not None:
            raise self._failure
        return message

    def _next(self, deadline: float | None) -> Message | None:
        while True:
            with self._news:
                seen = self._arrivals
            try:
                taken = self.ask(commands.TakeUnshown(1))
            except BabiluError as error:
                if error.code is ErrorCode.CLOSED:
                    return None
                if error.code is not ErrorCode.BUSY:
                    raise
                # The client has too much to do: what came waits there until it has had time.
                if not self._pause((error.retry_after_ms or RETRY_MS) / 1000, deadline):
                    return None
                continue
            if taken:
                return taken[0]
            if not self._wait_beyond(seen, deadline):
                return None

    def _pause(self, seconds: float, deadline: float | None) -> bool:
        """Wait a while; False when the time is over or the client is closed."""
        with self._news:
            left = seconds if deadline is None else min(seconds, max(deadline - time.monotonic(), 0))
            self._news.wait_for(lambda: self._ended, left)
            return not self._ended and (deadline is None or time.monotonic() < deadline)

    def _wait_beyond(self, seen: int, deadline: float | None) -> bool:
        """Wait for news after those that were ``seen``; False when the time is over or the client is closed."""
        with self._news:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            self._news.wait_for(lambda: self._arrivals != seen or self._ended, left)
            return self._arrivals != seen and not self._ended

    def __iter__(self) -> Iterator[Message]:
        """Yield messages as they come, each once, until the client is closed."""
        while (message := self.receive()) is not None:
            yield message

    def on_message(self, callback: Callable[[Message], None]) -> None:
        """Have a function called for each message, in a thread of its own; an error in it is logged.

        Raises:
            UsageError: There is one already.
        """
        if self._reader is not None:
            raise UsageError("There is a callback for messages already.")
        self._reader = threading.Thread(target=self._read, args=(callback,), name="babilu-messages")
        self._reader.start()

    def _read(self, callback: Callable[[Message], None]) -> None:
        try:
            for message in self:
                try:
                    callback(message)
                except Exception:
                    log.exception("the callback for messages failed")
        except BabiluError as error:
            log.warning("messages are handed out no longer: %s", error.code.value)

    def read(self, name: str) -> int:
        """Mark a conversation as read, and let its sender know."""
        return self.ask(commands.MarkRead(name))

    def history(self, name: str, limit: int = 50) -> HistoryPage:
        """Return the newest messages of a conversation."""
        return self.ask(commands.History(name, limit))

    def contacts(self) -> tuple[ContactView, ...]:
        """List the contacts."""
        return self.ask(commands.Contacts())

    def state(self, message: MessageId) -> MessageView:
        """Return a message as it is now."""
        return self.ask(commands.MessageInfo(message)).message

    def safety_number(self, name: str) -> SafetyNumberView:
        """Return what two people compare to be sure of each other."""
        return self.ask(commands.Verify(name))

    def listen(self, host: str, port: int) -> Address:
        """Open the server socket for conversation requests; returns the real address."""
        return self.ask(commands.Listen(Address(host, port)))

    def call(self, host: str, port: int, name: str | None = None) -> None:
        """Start a direct conversation with whoever listens there, or with ``name`` and nobody else."""
        self.ask(commands.Call(Address(host, port), name))

    def requests(self) -> tuple[RequestView, ...]:
        """List the conversation requests of strangers."""
        return self.ask(commands.Requests())

    def accept(self, request: str, identity: IdentityKey | None = None) -> ContactView | GroupView:
        """Accept a conversation request, a new contact of the relay, or a group; see `send` for ``identity``."""
        return self.ask(commands.Accept(request, identity))

    def start_group(self, title: str, members: Iterable[str] = (), topic: str = "") -> GroupView:
        """Start a group with these people, of which one is the owner; write to it by its `conversation`."""
        return self.ask(commands.StartGroup(title, tuple(members), topic))

    def group(self, conversation: str) -> GroupView:
        """Return a group as it is now: who is in, and who may do what."""
        return self.ask(commands.GetGroup(conversation))

    def add_to_group(self, conversation: str, *names: str) -> GroupView:
        """Add people to a group."""
        return self.ask(commands.AddToGroup(conversation, names))

    def remove_from_group(self, conversation: str, *names: str) -> GroupView:
        """Remove people from a group: nothing that is written from then on reaches them."""
        return self.ask(commands.RemoveFromGroup(conversation, names))

    def follow_group(self, conversation: str, of: str) -> GroupView:
        """Choose with whom a group goes on, where several people went on with it (`GroupView.split`)."""
        return self.ask(commands.FollowGroup(conversation, of))

    def leave_group(self, conversation: str) -> None:
        """Leave a group."""
        self.ask(commands.QuitGroup(conversation))

    def invitations(self) -> tuple[GroupInvitationView, ...]:
        """List the groups that one was added to; `accept` takes the `id` of one."""
        return self.ask(commands.GroupInvitations())

    def status(self) -> StatusView:
        """Tell where this client stands."""
        return self.ask(commands.Status())

    def close(self) -> None:
        """Finish what is under way and end; a second call does nothing."""
        self._client.close()
        with self._news:
            self._ended = True
            self._news.notify_all()
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
