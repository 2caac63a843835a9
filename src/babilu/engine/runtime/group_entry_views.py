"""Views of a group's log: what was said, whether it counts, and why not. The log is made of its rows for it."""

from babilu.api.group_views import GroupChangeView, GroupEntryView
from babilu.engine.runtime.group_lines import line_of
from babilu.engine.runtime.group_logs import read_log
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.views import ViewMaker
from babilu.group.entries import LogEntry
from babilu.group.reasons import WhyNot
from babilu.kernel.ids import EntryHash
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork


def entry_views(
    unit: UnitOfWork, show: ViewMaker, group: GroupRecord, place: Place, limit: int, before: EntryHash | None
) -> tuple[GroupEntryView, ...]:
    """Show the newest entries of a log, or those before one."""
    log = read_log(unit, group)
    entries = list(reversed(log.entries))
    if before is not None:
        passed = next((number for number, each in enumerate(entries) if each.hash == before), len(entries))
        entries = entries[passed + 1 :]
    return tuple(_view(show, place, each, log.why_not(each.hash)) for each in entries[:limit])


def _view(show: ViewMaker, place: Place, entry: LogEntry, why: WhyNot | None) -> GroupEntryView:
    found = None if entry.author == show.own_identity else place.people.by_identity(entry.author)
    by = show.own_name if entry.author == show.own_identity else "" if found is None else found.name
    reason = None if why is None else why.reason.value
    change: GroupChangeView = show.change(line_of(entry, reason), by, place.people)
    return GroupEntryView(entry.hash, by, entry.body.at, change, why is None, reason, None if why is None else why.by)
