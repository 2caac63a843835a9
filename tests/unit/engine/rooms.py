"""Groups in a profile without sockets: people with real keys sign their logs."""

from dataclasses import dataclass, field

from babilu.engine.conversation.groups.entries import begin
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.growth import read_lists
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import Change, CreateGroup, InitialPolicy, NamedPerson
from babilu.group.entries import EntryAuthor, EntryPlace, LogEntry, sign_entry
from babilu.group.group_log import GroupLog
from babilu.identity.device_list import encode_device_list
from babilu.kernel.ids import IdentityKey
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_turn
from tests.unit.store.builders import NOW


@dataclass
class Room:
    """A group that somebody with real keys has begun with the owner of a profile.

    Attributes:
        home: The profile.
        owner: Who has begun it.
        others: Who else is in, beside the profile's owner.
        is_last: Whether the profile's owner is named after all others, and so is the most junior.
        policy: What all may do.
        log: The log as its owner has it.
    """

    home: Home
    owner: Writer
    others: tuple[Writer, ...] = ()
    title: str = "Picnic"
    is_last: bool = False
    policy: InitialPolicy = field(default_factory=InitialPolicy)
    log: GroupLog = field(init=False)

    def __post_init__(self) -> None:
        named = [NamedPerson(self.home.base.own.identity_key, self.home.base.own.account)]
        others = [NamedPerson(each.own.identity_key, each.name) for each in self.others]
        named = [*others, *named] if self.is_last else [*named, *others]
        create = CreateGroup(self.title, tuple(named), 0, self.policy, self.owner.name, None, "", b"", None, None)
        self.log = GroupLog(sign_entry(author(self.owner), None, NOW, create))

    def write(self, writer: Writer, change: Change) -> LogEntry:
        """Have somebody who is in write an entry on all that is known."""
        member = self.log.state.member(IdentityKey(writer.own.identity_key))
        assert member is not None
        place = EntryPlace(self.log.group, self.log.heads, member.grants[0])
        entry = sign_entry(author(writer), place, NOW, change)
        self.log.add(entry)
        return entry

    def enters(
        self, unit: UnitOfWork, contact: ContactRecord, logs: GroupLogs, *, accepted: bool = True, listed: bool = True
    ) -> GroupRecord:
        """Have the profile know the first entry, as brought by its owner, whose contact is given.

        Where it is not ``listed``, no devices of the others come along.
        """
        first = self.log.entries[0]
        label = unit.conversations.free_label(self.title)
        made = unit.conversations.add_group(first.begins, self.title, label, NOW)
        group = unit.groups.add(first.begins, made.conversation, NOW, accepted=accepted, added_by=contact.contact)
        turn = a_turn(self.home, unit, contact)
        lists = read_lists(
            encode_device_list(each.own.device_list) for each in (self.owner, *(self.others if listed else ()))
        )
        begin(FellowTransaction(turn, group, logs), first, NOW, lists)
        present = unit.groups.by_log(group.log)
        assert present is not None
        return present


def author(writer: Writer) -> EntryAuthor:
    """Let somebody sign entries."""
    return EntryAuthor(writer.own.identity_key, writer.entry.certificate, writer.own.signing)
