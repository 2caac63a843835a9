"""Unit of work: one transaction seen as its aggregates; all of it is committed, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlcipher3 import dbapi2

from babilu.store.alarms import Alarms
from babilu.store.attachments import Attachments
from babilu.store.budgets import Budgets
from babilu.store.chains import Chains
from babilu.store.contacts import ContactTable
from babilu.store.conversations import ConversationTable
from babilu.store.deliveries import Deliveries
from babilu.store.departed import Departed
from babilu.store.edits import Edits
from babilu.store.errors import profile_error
from babilu.store.expiry import Expiry
from babilu.store.file_room import FileRoom
from babilu.store.gaps import Gaps
from babilu.store.group_links import GroupLinkTable
from babilu.store.group_peers import GroupPeers
from babilu.store.groups import Groups
from babilu.store.hidden_messages import HiddenMessages
from babilu.store.history_pieces import HistoryPieces
from babilu.store.imports import Imports
from babilu.store.inbox import Inbox
from babilu.store.media import MediaTable
from babilu.store.message_contents import MessageContents
from babilu.store.message_history import MessageHistory
from babilu.store.message_lines import MessageLines
from babilu.store.message_receipts import MessageReceipts
from babilu.store.message_search import MessageSearch
from babilu.store.messages import Messages
from babilu.store.new_messages import NewMessages
from babilu.store.outbox import Outbox
from babilu.store.own_actions import OwnActions
from babilu.store.profile import Profile
from babilu.store.profile_pictures import ProfilePictures
from babilu.store.reactions import Reactions
from babilu.store.receipts import Receipts
from babilu.store.recordings import Recordings
from babilu.store.register_writes import RegisterWrites
from babilu.store.reorder_buffer import ReorderBuffer
from babilu.store.repairs import Repairs
from babilu.store.requests import RequestTable
from babilu.store.scheduled import ScheduledTexts
from babilu.store.sessions import Sessions
from babilu.store.settings import Settings
from babilu.store.statements import Statements
from babilu.store.strangers import Strangers
from babilu.store.sync_state import SyncState
from babilu.store.waiting_actions import WaitingActions


class UnitOfWork:
    """The aggregates of one connection; they refuse to work outside a transaction.

    Args:
        connection: In autocommit mode, with a statement cache.
        folder: Where the profile lies, to tell a full disk from a broken one.

    Attributes:
        statements: The connection's statements.
        following: What is to be done after the commit, in the order of all commits: quick, and without errors.
        alarms: What has rung.
        attachments: Files of messages.
        profile: Who the profile is, its relay, the numbers it gives out.
        pictures: Profile pictures, the own one and those of contacts.
        sessions: Sessions and private prekeys.
        contacts: Contacts and their devices.
        conversations: Conversations and what is set for them.
        departed: Devices of contacts that have left their lists.
        expiry: Clocks of messages that disappear.
        file_room: Room that files take, and those whose bytes may be deleted.
        group_links: Links into groups, and who has asked by one.
        group_peers: What others were told about groups, and have named of their logs.
        groups: Groups, their logs and their members.
        gaps: What is missing of contacts' messages, and was told of.
        media: What conversations have besides words.
        messages: Messages and their states.
        new_messages: Adds messages.
        lines: Lines about conversations, which stand among messages.
        history: Messages as they are read, in pages.
        history_pieces: Pieces of what another own device gives.
        contents: What messages show after they were written.
        message_receipts: When devices of others had own messages.
        held_back: Messages that wait for those in front of them.
        hidden: Messages that show as nothing until a newer version understands them.
        edits: Later wordings of messages.
        reactions: Reactions to messages.
        recordings: Voice notes that were recorded and not sent yet.
        registers: What is pinned, and timers.
        waiting_actions: What names an id that is not known yet.
        own_actions: What was said beside texts and is under way.
        deliveries: Which devices are to have what was said here, and how far it has come for each.
        outbox: Envelopes under way to others.
        imports: What other programs have exported.
        inbox: Envelopes that have arrived.
        receipts: Receipts that wait to be sent.
        chains: Counters and hashes of the chains of contents.
        requests: Conversation requests of strangers.
        scheduled: Texts that are sent later.
        search: By what messages are found.
        settings: Small values by name.
        budgets: What contacts have spent today.
        repairs: How often devices were asked to repeat themselves, and answered.
        sync: What own devices agree on.
        strangers: Who became a contact by writing and is not accepted.
    """

    __slots__ = (
        "_folder",
        "alarms",
        "attachments",
        "budgets",
        "chains",
        "contacts",
        "contents",
        "conversations",
        "deliveries",
        "departed",
        "edits",
        "expiry",
        "file_room",
        "following",
        "gaps",
        "group_links",
        "group_peers",
        "groups",
        "held_back",
        "hidden",
        "history",
        "history_pieces",
        "imports",
        "inbox",
        "lines",
        "media",
        "message_receipts",
        "messages",
        "new_messages",
        "outbox",
        "own_actions",
        "pictures",
        "profile",
        "reactions",
        "receipts",
        "recordings",
        "registers",
        "repairs",
        "requests",
        "scheduled",
        "search",
        "sessions",
        "settings",
        "statements",
        "strangers",
        "sync",
        "waiting_actions",
    )

    def __init__(self, connection: dbapi2.Connection, folder: Path | None = None) -> None:
        statements = Statements(connection)
        self._folder = folder
        self.statements = statements
        self.following: list[Callable[[], None]] = []
        self.profile = Profile(statements)
        self.pictures = ProfilePictures(statements)
        self.sessions = Sessions(statements)
        self.contacts = ContactTable(statements)
        self.conversations = ConversationTable(statements)
        self.deliveries = Deliveries(statements)
        self.departed = Departed(statements)
        self.expiry = Expiry(statements)
        self.file_room = FileRoom(statements)
        self.gaps = Gaps(statements)
        self.search = MessageSearch(statements)
        self.strangers = Strangers(statements)
        self.groups = Groups(statements, self.search, self.strangers)
        self.group_peers = GroupPeers(statements)
        self.group_links = GroupLinkTable(statements)
        self.contents = MessageContents(statements, self.search)
        self.messages = Messages(statements, self.search, self.contents)
        self.new_messages = NewMessages(statements, self.search, self.contents)
        self.lines = MessageLines(statements, self.search)
        self.history = MessageHistory(statements)
        self.history_pieces = HistoryPieces(statements)
        self.media = MediaTable(statements)
        self.message_receipts = MessageReceipts(statements)
        self.held_back = ReorderBuffer(statements)
        self.hidden = HiddenMessages(statements)
        self.edits = Edits(statements)
        self.reactions = Reactions(statements)
        self.recordings = Recordings(statements)
        self.registers = RegisterWrites(statements)
        self.waiting_actions = WaitingActions(statements)
        self.own_actions = OwnActions(statements)
        self.outbox = Outbox(statements)
        self.imports = Imports(statements, self.search)
        self.inbox = Inbox(statements)
        self.receipts = Receipts(statements)
        self.alarms = Alarms(statements)
        self.attachments = Attachments(statements)
        self.chains = Chains(statements)
        self.requests = RequestTable(statements)
        self.scheduled = ScheduledTexts(statements)
        self.settings = Settings(statements)
        self.budgets = Budgets(statements)
        self.repairs = Repairs(statements)
        self.sync = SyncState(statements)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, and only that, when an exception leaves it.

        Raises:
            ProfileError: What the database reported inside the block. Unless it is ``internal``, a refused change, the
                disk is at fault and the whole transaction is to be given up.
        """
        self.statements.run("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            # After some errors, such as a full disk, SQLite has undone the whole transaction by itself.
            if self.statements.in_transaction:
                self.statements.run("ROLLBACK TO part")
                self.statements.run("RELEASE part")
            if isinstance(error, dbapi2.Error):
                raise profile_error(error, self._folder) from error
            raise
        self.statements.run("RELEASE part")
