"""History of another own device: what a person has, taken into the rows of a device that was linked.

Only one's own devices give it. What is here already is passed over, so it may come twice and in any order.
"""

import logging
from typing import Final

from babilu.archive.groups import decode_group
from babilu.archive.importing import TransactionImporter
from babilu.engine.conversation.contents.fold import OWN, Action, Fold, HistoryTaken
from babilu.engine.conversation.contents.kind import ActionKind
from babilu.kernel.errors import ArchiveError
from babilu.wire.content import DeviceHistory

log = logging.getLogger(__name__)


def _take(fold: Fold, action: Action, part: DeviceHistory) -> None:
    notes = fold.unit.conversations.notes()
    if action.author != OWN or action.device is None or notes is None or notes.conversation != fold.number:
        return
    importer = TransactionImporter(fold.unit, fold.now)
    for group in part.groups:
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
