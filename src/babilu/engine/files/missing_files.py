"""Missing files: one that the relay does not have is waited for, then asked for from who has sent or read it."""

from collections.abc import Sequence
from typing import Final, Protocol

from babilu.engine.files.text_files import readers_of
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.threads import follow_up
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import DAY_MS
from babilu.store.contact_records import ContactRecord
from babilu.store.file_records import AttachmentRecord

STILL_COMING_MS: Final = 60 * 60 * 1000
"""Time after its message in which a file that is not at the relay is waited for without asking its sender."""

READERS_AFTER_MS: Final = 60 * 60 * 1000
"""Time for which the author of a long text alone is asked for it, before others of its group are."""

READERS_TRIES: Final = 3
"""How often they are asked: with whom there is no session yet, the first time begins one. They answer once a day."""


class SenderPort(Protocol):
    """Reaches who sent a message; called in any thread."""

    def ask_again(self, contact: ContactRecord | None, message: MessageId, index: int) -> None:
        """Ask them, and one's own other devices, for one of its files, by its place; None asks those alone."""

    def ask_readers(self, contacts: Sequence[ContactRecord], message: MessageId) -> None:
        """Ask others of a group for the text of a long message."""

    def call(self, contact: ContactRecord) -> None:
        """Call them, where they are reached by calls alone: nobody else has their files."""


class MissingFiles:
    """Files that are to be fetched and are not at the relay; its methods run in the threads of fetches.

    Args:
        base: The profile and the ports.
        senders: Reaches who sent files.
    """

    def __init__(self, base: ClientContext, senders: SenderPort) -> None:
        self._base = base
        self._senders = senders
        # Since when a file is waited for that its sender was asked for, and how often others were, who have read it.
        self._asked: dict[int, int] = {}
        self._readers_asked: dict[int, int] = {}

    def may_come(self, record: AttachmentRecord) -> bool:
        """Tell whether a file that is not at the relay may come there; one that was there is asked for.

        At first its sender may still be bringing it. Later its time there is over, and its sender brings it again.
        After a day without an answer it is given up, until somebody asks for it anew. A sender without an account has
        said themselves that there is no such file.
        """
        now = self._base.clock.now_ms()
        with self._base.database.write() as unit:
            found = unit.attachments.message_of(record.number)
            message = None if found is None else unit.messages.by_id(*found)
            if message is None:
                return False
            author = None if message.author is None else unit.contacts.by_contact(message.author)
            contact = None if author is None or not author.account else author
            readers = readers_of(unit, record, message)
            if contact is None and not readers and not unit.sync.has_siblings():
                return False
            if now - message.arrived_at < STILL_COMING_MS:
                return True
            asks = unit.attachments.may_ask(record.number, now)
            first = self._asked.setdefault(record.number, now)
        if asks:
            follow_up(lambda: self._senders.ask_again(contact, message.id, record.place))
        is_late = contact is None or now - first >= READERS_AFTER_MS
        tries = self._readers_asked.get(record.number, 0)
        if readers and is_late and tries < READERS_TRIES:
            self._readers_asked[record.number] = tries + 1
            follow_up(lambda: self._senders.ask_readers(readers, message.id))
        return now - first < DAY_MS

    def still_comes(self, record: AttachmentRecord, why: ErrorCode) -> bool:
        """Tell whether a file is not at the relay yet, as its sender may still be bringing it."""
        return why is ErrorCode.NOT_FOUND and record.number not in self._asked

    def forget(self, record: AttachmentRecord) -> None:
        """Forget a file: it is here, or given up."""
        self._asked.pop(record.number, None)
        self._readers_asked.pop(record.number, None)
