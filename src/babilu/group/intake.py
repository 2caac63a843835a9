"""Intake of a group's log: entries come in any order, and those whose parents are not known wait in bounded room."""

from collections.abc import Iterable
from dataclasses import dataclass

from babilu.group.entries import LogEntry
from babilu.group.group_log import (
    Admission,
    EntryBeyondLimit,
    EntryEarly,
    EntryKnown,
    EntryRefused,
    EntryTaken,
    GroupLog,
)
from babilu.kernel.ids import DeviceId, EntryHash
from babilu.kernel.limits import ENTRIES_WAITING, ENTRIES_WAITING_BYTES, ENTRIES_WAITING_OF_ONE


@dataclass(frozen=True, slots=True)
class Received:
    """What became of entries that came together.

    Attributes:
        taken: Those that are part of the log now, in their order; what had waited for one is among them.
        forks: Taken entries whose device shows two logs, each with the other entry.
        refused: What can never be part of it.
        beyond: What the log has no room for.
        missing: Entries that one of these waits for: its sender is asked for them.
    """

    taken: tuple[LogEntry, ...]
    forks: tuple[tuple[LogEntry, EntryHash], ...]
    refused: tuple[tuple[LogEntry, EntryRefused], ...]
    beyond: tuple[tuple[LogEntry, EntryBeyondLimit], ...]
    missing: tuple[EntryHash, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    sender: DeviceId
    entry: LogEntry
    size: int


class LogIntake:
    """A log, and the entries that wait for others before them."""

    def __init__(self, log: GroupLog) -> None:
        self._log = log
        self._waiting: dict[EntryHash, _Waiting] = {}
        self._for: dict[EntryHash, list[EntryHash]] = {}

    @property
    def log(self) -> GroupLog:
        """The log."""
        return self._log

    def __len__(self) -> int:
        return len(self._waiting)

    def receive(self, sender: DeviceId, entries: Iterable[LogEntry]) -> Received:
        """Take entries that a device has sent, whoever wrote them; their signatures were verified."""
        outcome: list[tuple[LogEntry, Admission]] = []
        for entry in entries:
            self._take(sender, entry, outcome)
        return Received(
            tuple(entry for entry, each in outcome if isinstance(each, EntryTaken)),
            tuple((entry, each.fork) for entry, each in outcome if isinstance(each, EntryTaken) and each.fork),
            tuple((entry, each) for entry, each in outcome if isinstance(each, EntryRefused)),
            tuple((entry, each) for entry, each in outcome if isinstance(each, EntryBeyondLimit)),
            tuple(sorted(self._lacking(outcome))),
        )

    def _lacking(self, outcome: list[tuple[LogEntry, Admission]]) -> set[EntryHash]:
        named = {each for _, admission in outcome if isinstance(admission, EntryEarly) for each in admission.missing}
        return {each for each in named if each not in self._log and each not in self._waiting}

    def missing(self) -> tuple[EntryHash, ...]:
        """Return the entries that something waits for, and that do not wait themselves."""
        return tuple(each for each in self._for if each not in self._waiting)

    def _take(self, sender: DeviceId, entry: LogEntry, outcome: list[tuple[LogEntry, Admission]]) -> None:
        ready = [(sender, entry)]
        while ready:
            sender, entry = ready.pop()
            admission = self._log.add(entry)
            outcome.append((entry, admission))
            if isinstance(admission, EntryEarly):
                self._keep(sender, entry, admission.missing)
            elif isinstance(admission, EntryTaken | EntryKnown | EntryRefused):
                # A refused entry is known as such: what has waited for it is refused with it.
                freed = [self._waiting.pop(each) for each in self._for.pop(entry.hash, ()) if each in self._waiting]
                ready += [(each.sender, each.entry) for each in reversed(freed)]

    def _keep(self, sender: DeviceId, entry: LogEntry, missing: tuple[EntryHash, ...]) -> None:
        if entry.hash in self._waiting:
            return
        self._waiting[entry.hash] = _Waiting(sender, entry, len(entry.encoded.body))
        # One of them is enough: whatever else is missing is found when it has come.
        self._for.setdefault(missing[0], []).append(entry.hash)
        while self._count(sender) > ENTRIES_WAITING_OF_ONE:
            self._give_up(sender)
        while len(self._waiting) > ENTRIES_WAITING or self._bytes() > ENTRIES_WAITING_BYTES:
            self._give_up(self._fullest())

    def _count(self, sender: DeviceId) -> int:
        return sum(each.sender == sender for each in self._waiting.values())

    def _bytes(self) -> int:
        return sum(each.size for each in self._waiting.values())

    def _fullest(self) -> DeviceId:
        """Return whose entries take the most room: only theirs are dropped to make some."""
        sizes: dict[DeviceId, int] = {}
        for each in self._waiting.values():
            sizes[each.sender] = sizes.get(each.sender, 0) + each.size
        return max(sizes, key=lambda each: (sizes[each], each))

    def _give_up(self, sender: DeviceId) -> None:
        oldest = next(name for name, each in self._waiting.items() if each.sender == sender)
        del self._waiting[oldest]
        for parent, waiting in list(self._for.items()):
            if oldest in waiting:
                waiting.remove(oldest)
                if not waiting:
                    del self._for[parent]
