"""History of another own device: what a person has, taken into the rows of a device that was linked or has asked.

Only one's own devices give it, and only they are given it. What is here already is passed over, so it may come twice
and in any order.
"""

import hashlib
import logging
from typing import Final

from babilu.archive.groups import decode_group
from babilu.archive.importing import TransactionImporter
from babilu.engine.conversation.contents.fold import OWN, Action, Fold, HistoryTaken, HistoryWanted
from babilu.engine.conversation.contents.kind import ActionKind
from babilu.engine.runtime.history_given import begin_giving
from babilu.kernel.errors import ArchiveError
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId
from babilu.wire.device_parts import DeviceHistory, DeviceHistoryPiece, HistoryAsk

log = logging.getLogger(__name__)


def name_of_whole(group: bytes) -> bytes:
    """Name a group that comes in pieces."""
    return hashlib.sha256(group).digest()[:SHORT_ID_BYTES]


def _take(fold: Fold, action: Action, part: DeviceHistory) -> None:
    giver = _sibling(fold, action)
    if giver is not None:
        _import(fold, giver, part.groups)


def _take_piece(fold: Fold, action: Action, part: DeviceHistoryPiece) -> None:
    giver = _sibling(fold, action)
    if giver is None or part.place >= part.count:
        return
    whole = fold.unit.history_pieces.add(giver, part.whole, part.place, part.count, part.piece)
    if whole is not None and name_of_whole(whole) == part.whole:
        _import(fold, giver, (whole,))


def _take_ask(fold: Fold, action: Action, part: HistoryAsk) -> None:
    asker = _sibling(fold, action)
    if asker is not None:
        begin_giving(fold.unit, asker, part.since)
        fold.changes.append(HistoryWanted(asker))


def _sibling(fold: Fold, action: Action) -> DeviceId | None:
    """Return the own other device that says something in the notes; None for anybody else, and for anywhere else."""
    notes = fold.unit.conversations.notes()
    if action.author != OWN or notes is None or notes.conversation != fold.number:
        return None
    return action.device


def _import(fold: Fold, giver: DeviceId, groups: tuple[bytes, ...]) -> None:
    importer = TransactionImporter(fold.unit, fold.now, giver)
    for group in groups:
        try:
            importer.take(decode_group(group))
        except ArchiveError:
            # A later version may give what this one does not know: the rest is taken all the same.
            log.warning("a part of what another own device gives could not be read")
    imported = importer.imported
    fold.changes.append(HistoryTaken(imported.messages, imported.people + imported.conversations))


DEVICE_HISTORY: Final = ActionKind(
    DeviceHistory, target=lambda _: None, waits_for=lambda _fold, _part: None, take=_take, in_groups=False
)

DEVICE_HISTORY_PIECE: Final = ActionKind(
    DeviceHistoryPiece, target=lambda _: None, waits_for=lambda _fold, _part: None, take=_take_piece, in_groups=False
)

HISTORY_ASK: Final = ActionKind(
    HistoryAsk, target=lambda _: None, waits_for=lambda _fold, _part: None, take=_take_ask, in_groups=False
)
