"""Builds logs of groups out of unsigned entries."""

from collections.abc import Iterable, Sequence

from babilu.group.changes import AppointAdmin, Change, CreateGroup, GrantName, InitialPolicy, NameDevices
from babilu.group.entries import LogEntry
from babilu.group.group_log import EntryKnown, EntryTaken, GroupLog
from tests.unit.group.people import create, identity, unsigned


class Group:
    """A log that people write into, each knowing all of it unless said otherwise."""

    def __init__(self, *names: str, admins: Iterable[str] = (), policy: InitialPolicy | None = None) -> None:
        self.first = unsigned("O", create(*names, policy=policy), salt=0)
        self.log = GroupLog(self.first)
        for each in admins:
            self.write("O", AppointAdmin(identity(each)))

    def grant(self, person: str, at: int = 0) -> GrantName:
        """Return somebody's most senior grant of those that live."""
        found = self.log.state.member(identity(person))
        assert found is not None
        return found.grants[at]

    def entry(
        self,
        author: str,
        change: Change,
        *,
        on: Sequence[bytes] | None = None,
        grant: GrantName | None = None,
        policy: bytes | None = None,
        device: str = "1",
    ) -> LogEntry:
        """Make an entry, on all that is known or on ``on``, under the author's most senior grant."""
        own = None if isinstance(change, NameDevices) else grant or self.grant(author)
        parents = self.log.heads if on is None else on
        return unsigned(author, change, parents=parents, group=self.log.group, grant=own, policy=policy, device=device)

    def write(
        self,
        author: str,
        change: Change,
        *,
        on: Sequence[bytes] | None = None,
        grant: GrantName | None = None,
        policy: bytes | None = None,
        device: str = "1",
    ) -> LogEntry:
        """Make an entry and take it into the log."""
        entry = self.entry(author, change, on=on, grant=grant, policy=policy, device=device)
        admission = self.log.add(entry)
        assert isinstance(admission, EntryTaken), admission
        return entry

    def names(self) -> set[str]:
        """Return who is in, by the names that the tests give them."""
        known = {identity(each): each for each in "OABCDEXYS"} | {identity(f"S{n}"): f"S{n}" for n in range(10)}
        return {known[each.identity] for each in self.log.state.members}


def build(entries: Iterable[LogEntry]) -> GroupLog:
    """Make a log of entries in any order; those that never find their parents are left out."""
    waiting = list(entries)
    first = next(each for each in waiting if isinstance(each.change, CreateGroup))
    log = GroupLog(first)
    while waiting:
        rest = [each for each in waiting if not isinstance(log.add(each), EntryTaken | EntryKnown)]
        if len(rest) == len(waiting):
            break
        waiting = rest
    return log
