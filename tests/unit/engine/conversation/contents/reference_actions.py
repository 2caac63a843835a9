"""What actions on messages make of them, as a model in memory: the same in any order. The engine is compared with it.

Rules: a deletion by the author is final. An edit counts by the author, after its message and within 24 hours of it, by
the times that were said; the highest (time, id) is shown, and 49 more are kept. Of each person the reactions of the
highest (time, id) count. A pin or timer counts that replaces the longest chain of others, then the smaller id. What
names something that is not there waits for it; whoever has most waiting makes room.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from babilu.store.edits import WORDINGS_KEPT
from babilu.store.waiting_actions import WAITING_IN_ALL, WAITING_OF_ONE

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Saying:
    """Something that somebody said.

    Attributes:
        id: Its id.
        author: Who said it.
        said_at: When, by their clock.
        kind: ``text``, ``edit``, ``delete``, ``react``, ``pin`` or ``timer``.
        target: Which message it is about; empty for a text and the timer.
        value: What it says.
        replaces: Of a pin or timer: the write in whose place it is.
    """

    id: bytes
    author: int
    said_at: int
    kind: str
    target: bytes = b""
    value: Hashable = None
    replaces: bytes | None = None


@dataclass
class Model:
    """A message in the model."""

    author: int
    said_at: int
    text: str
    deleted: bool = False
    edits: dict[tuple[int, bytes], str] = field(default_factory=dict)
    reactions: dict[int, tuple[tuple[int, bytes], Hashable]] = field(default_factory=dict)


class ReferenceDevice:
    """A device that keeps everything in memory."""

    def __init__(self) -> None:
        self.messages: dict[bytes, Model] = {}
        self.waiting: dict[bytes, dict[bytes, Saying]] = {}
        self.writes: dict[tuple[str, bytes], dict[bytes, tuple[int, Hashable]]] = {}
        self._seen: set[bytes] = set()

    def receive(self, saying: Saying) -> None:
        """Take something that was said, whenever and however often it comes."""
        if saying.id in self._seen:
            return
        self._seen.add(saying.id)
        if saying.kind == "text":
            self.messages[saying.id] = Model(saying.author, saying.said_at, str(saying.value))
            self._release(saying.id)
        else:
            self._take(saying)

    def _take(self, saying: Saying) -> None:
        missing = self._missing(saying)
        if missing is not None:
            self.waiting.setdefault(missing, {})[saying.id] = saying
            self._make_room()
            return
        if saying.kind in ("pin", "timer"):
            self._write(saying)
        else:
            self._act(self.messages[saying.target], saying)

    def _missing(self, saying: Saying) -> bytes | None:
        if saying.kind != "timer" and saying.target not in self.messages:
            return saying.target
        if saying.kind == "pin" and self.messages[saying.target].deleted:
            return None
        written = self.writes.get((saying.kind, saying.target), {})
        return None if saying.replaces is None or saying.replaces in written else saying.replaces

    def _release(self, known: bytes) -> None:
        for waited in self.waiting.pop(known, {}).values():
            self._take(waited)

    def _make_room(self) -> None:
        while True:
            by_author: dict[int, list[tuple[bool, int, bytes, bytes]]] = {}
            for target, waiting in self.waiting.items():
                for each in waiting.values():
                    by_author.setdefault(each.author, []).append((each.kind == "delete", each.said_at, each.id, target))
            most = max(by_author.values(), key=len, default=[])
            if len(most) <= WAITING_OF_ONE and sum(map(len, by_author.values())) <= WAITING_IN_ALL:
                return
            _, _, given_up, target = min(most)
            del self.waiting[target][given_up]

    def _act(self, message: Model, saying: Saying) -> None:
        if message.deleted:
            return
        mark = (saying.said_at, saying.id)
        own = saying.author == message.author
        if saying.kind == "delete" and own:
            message.deleted, message.text, message.edits, message.reactions = True, "", {}, {}
            self.writes.pop(("pin", saying.target), None)
        elif saying.kind == "edit" and own and message.said_at < saying.said_at <= message.said_at + DAY_MS:
            message.edits[mark] = str(saying.value)
            while len(message.edits) > WORDINGS_KEPT:
                del message.edits[min(message.edits)]
        elif saying.kind == "react":
            before = message.reactions.get(saying.author)
            if before is None or mark > before[0]:
                message.reactions[saying.author] = (mark, saying.value)

    def _write(self, saying: Saying) -> None:
        if saying.kind == "pin" and self.messages[saying.target].deleted:
            return
        written = self.writes.setdefault((saying.kind, saying.target), {})
        depth = 0 if saying.replaces is None else written[saying.replaces][0] + 1
        written[saying.id] = (depth, saying.value)
        self._release(saying.id)

    def in_force(self, kind: str, target: bytes) -> Hashable:
        """Give the value of a pin or timer that counts; None where there is none."""
        written = self.writes.get((kind, target), {})
        newest = min(written, key=lambda each: (-written[each][0], each), default=None)
        return None if newest is None else written[newest][1]

    def newest_write(self, kind: str, target: bytes) -> bytes | None:
        """Give the id of the write that counts."""
        written = self.writes.get((kind, target), {})
        return min(written, key=lambda each: (-written[each][0], each), default=None)

    def picture(self) -> dict[bytes, Hashable]:
        """Give what is shown of each message, and the timer."""
        shown: dict[bytes, Hashable] = {b"timer": self.in_force("timer", b"")}
        for message, row in self.messages.items():
            if row.deleted:
                shown[message] = "deleted"
                continue
            text = row.edits[max(row.edits)] if row.edits else row.text
            reactions = tuple(sorted((who, said) for who, (_, said) in row.reactions.items() if said != ()))
            shown[message] = (text, tuple(sorted(row.edits)), reactions, bool(self.in_force("pin", message)))
        return shown
