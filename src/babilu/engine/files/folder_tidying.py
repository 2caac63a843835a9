"""Tidying of the folder of sealed files: what no message needs is deleted."""

from collections.abc import Callable
from typing import Final

from babilu.engine.files.folder import FileFolder
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.threads import follow_up

UNUSED_AT_ONCE: Final = 100


class FolderTidying:
    """Deletes what nobody needs of the folder.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        post: Has the thread that keeps the folder tidy run something.
    """

    def __init__(self, base: ClientContext, folder: FileFolder, post: Callable[[Callable[[], None]], object]) -> None:
        self._base = base
        self._folder = folder
        self._post = post

    def start(self) -> None:
        """Delete what a former run has left."""
        self._post(self._sweep)

    def soon(self) -> None:
        """Delete what nobody needs any more."""
        self._post(self._delete_unused)

    def _sweep(self) -> None:
        """Delete sealed files that no message tells of: a former run ended between sealing one and sending it."""
        for blob in tuple(self._folder.listed()):
            if self._folder.is_new(blob):
                continue
            with self._base.database.read() as unit:
                needed = unit.attachments.is_needed(blob)
            if not needed:
                self._folder.delete((blob,))

    def _delete_unused(self) -> None:
        with self._base.database.read() as unit:
            unused = unit.attachments.unused(UNUSED_AT_ONCE)
        if not unused:
            return
        self._folder.delete(unused)
        with self._base.database.write() as unit:
            unit.attachments.forget_unused(unused)
        follow_up(self.soon)
