"""Senders of files, and own other devices, as transfers reach them: through the turns of their conversations."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.file_requests import ask_reader, ask_sender, ask_siblings
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import MessageId
from babilu.store.contact_records import ContactRecord
from babilu.store.database import Database


class FileSenders:
    """The client's side of `babilu.engine.files.missing_files.SenderPort`.

    Args:
        effect_runner: The rest of the client.
        database: The profile's.
    """

    def __init__(self, effect_runner: EffectRunner, database: Database) -> None:
        self._effect_runner = effect_runner
        self._database = database

    def ask_again(self, contact: ContactRecord | None, message: MessageId, index: int) -> None:
        """Have conversations ask for a file that the relay has no longer."""
        with self._database.read() as unit:
            oneself = unit.contacts.oneself() if unit.sync.has_siblings() else None
        if contact is not None:
            self._ask(contact, lambda turn: ask_sender(turn, message, index))
        if oneself is not None:
            self._ask(oneself, lambda turn: ask_siblings(turn, message, index))

    def ask_readers(self, contacts: Sequence[ContactRecord], message: MessageId) -> None:
        """Have conversations ask others of a group for the text of a long message."""
        for contact in contacts:
            self._ask(contact, lambda turn: ask_reader(turn, message))

    def _ask(self, contact: ContactRecord, act: Callable[[ConversationTransaction], None]) -> None:
        asked: Future[None] = Future()
        self._effect_runner.targets.conversations.post(contact, Ask(act, asked))

    def call(self, contact: ContactRecord) -> None:
        """Call who has a file and is reached by calls alone."""
        self._effect_runner.call_for_files(contact)
