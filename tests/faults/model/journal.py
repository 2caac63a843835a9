"""What a client commits that no later look at its database shows: which envelopes it made, and what it set aside."""

from collections.abc import Iterable

from babilu.engine.conversation.encryption import ContentEncryption
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, MessageId
from babilu.kernel.ports import Randomness
from babilu.kernel.states import DeliveryState
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.deliveries import Deliveries
from babilu.store.delivery_records import OutboxRecord
from babilu.store.inbox import Inbox
from babilu.store.outbox import Outbox
from babilu.store.statements import Statements
from babilu.store.unit_of_work import UnitOfWork


class Journal:
    """What one profile has committed, across all its lives.

    Attributes:
        envelopes: Envelopes of each message for each device, in the order of making.
        needless: Messages that were encrypted again though nothing asked for it.
        set_aside: Why envelopes went to quarantine, each time.
    """

    def __init__(self) -> None:
        self.envelopes: dict[tuple[MessageId, DeviceId], list[EnvelopeId]] = {}
        self.needless: list[MessageId] = []
        self.set_aside: list[str] = []
        self.called_for = False
        self._anew: set[MessageId] = set()
        self._made: list[tuple[OutboxRecord, bool]] = []
        self._aside: list[str] = []

    def attend(self, unit: UnitOfWork) -> None:
        """Watch a transaction from its beginning."""
        self._made.clear()
        self._aside.clear()
        unit.outbox = _Outbox(unit.statements, self)
        unit.inbox = _Inbox(unit.statements, self)
        unit.deliveries = WatchedDeliveries(unit.statements, self)

    def made(self, record: OutboxRecord) -> None:
        self._made.append((record, self.called_for))

    def made_anew(self, message: MessageId) -> None:
        self._anew.add(message)

    def quarantined(self, reason: str) -> None:
        self._aside.append(reason)

    def committed(self) -> None:
        """Keep what the transaction did."""
        self.set_aside += self._aside
        for record, called_for in self._made:
            if record.message is None:
                continue
            earlier = self.envelopes.setdefault((record.message, record.device), [])
            if earlier and not called_for and record.message not in self._anew:
                self.needless.append(record.message)
            earlier.append(record.envelope)
        self._made.clear()
        self._aside.clear()


class AttentiveSealer(ContentEncryption):
    """Seals as ever, and has the journal know when sealing again was asked for."""

    def __init__(self, journal: Journal, own: OwnDevice, randomness: Randomness) -> None:
        super().__init__(own, randomness)
        self.journal = journal

    def reseal(
        self, unit: UnitOfWork, contact: ContactRecord, entry: DeviceEntry, row: OutboxRecord, now: int
    ) -> OutboxRecord:
        self.journal.called_for = True
        try:
            return super().reseal(unit, contact, entry, row, now)
        finally:
            self.journal.called_for = False

    def seal_again(
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        conversation: ConversationId,
        entry: DeviceEntry,
        row: OutboxRecord,
        now: int,
    ) -> OutboxRecord:
        self.journal.called_for = True
        try:
            return super().seal_again(unit, contact, conversation, entry, row, now)
        finally:
            self.journal.called_for = False


class _Outbox(Outbox):
    def __init__(self, statements: Statements, journal: Journal) -> None:
        super().__init__(statements)
        self._journal = journal

    def add(self, record: OutboxRecord) -> None:
        super().add(record)
        self._journal.made(record)


class _Inbox(Inbox):
    def __init__(self, statements: Statements, journal: Journal) -> None:
        super().__init__(statements)
        self._journal = journal

    def quarantine(self, row: int, reason: str, now: int, sender: DeviceId | None = None) -> None:
        super().quarantine(row, reason, now, sender)
        self._journal.quarantined(reason)


class WatchedDeliveries(Deliveries):
    """Does as ever, and has the journal know what is owed anew."""

    def __init__(self, statements: Statements, journal: Journal) -> None:
        super().__init__(statements)
        self.journal = journal

    def owe(
        self,
        message: MessageId,
        conversation: int,
        contact: int,
        devices: Iterable[DeviceId],
        said_in: ConversationId | None = None,
    ) -> None:
        if any(delivery.state is DeliveryState.FAILED for delivery in self.of_message(message)):
            self.journal.made_anew(message)
        super().owe(message, conversation, contact, devices, said_in)

    def begin_anew(self) -> tuple[list[MessageId], list[MessageId]]:
        messages, over = super().begin_anew()
        for message in messages:
            self.journal.made_anew(message)
        return messages, over
