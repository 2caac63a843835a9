"""Logs of groups in memory, each made of its rows once and carried along with them from then on.

They are looked at and changed inside write transactions only, of which there is one at a time. A transaction that is
undone leaves a log with more in it than there are rows: whoever looks at it next makes it anew.
"""

from typing import Final

from babilu.group.changes import EncodedEntry
from babilu.group.entries import LogEntry, read_kept_entry
from babilu.group.group_log import GroupLog
from babilu.group.intake import LogIntake
from babilu.kernel.bounded import BoundedDict
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork

LOGS_REMEMBERED: Final = 64
"""Logs in memory; the one that was not looked at for longest is forgotten."""


class GroupLogs:
    """The logs of a client's groups."""

    def __init__(self) -> None:
        self._known: BoundedDict[int, LogIntake] = BoundedDict(LOGS_REMEMBERED)

    def of(self, unit: UnitOfWork, group: GroupRecord) -> LogIntake:
        """Return the log of a group as its rows have it, inside a write transaction."""
        known = self._known.get(group.log)
        if known is None or len(known.log) != group.entries:
            known = self._known[group.log] = LogIntake(read_log(unit, group))
        return known

    def begin(self, group: GroupRecord, first: LogEntry) -> LogIntake:
        """Begin the log of a new group, of which no entry is in a row yet."""
        begun = self._known[group.log] = LogIntake(GroupLog(first))
        return begun


def read_log(unit: UnitOfWork, group: GroupRecord) -> GroupLog:
    """Make the log of a group of its rows; their signatures were verified before they were kept."""
    first, *rest = (read_kept_entry(EncodedEntry(kept.body, kept.signature)) for kept in unit.groups.entries(group.log))
    log = GroupLog(first)
    for entry in rest:
        log.add(entry)
    return log
