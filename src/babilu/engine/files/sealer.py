"""Files that are sent: pictures are made anew first, without what they say besides what they show, or kept by wish.

What a file is its content decides. A picture that cannot be made anew is refused, and goes as a file alone: never does
one leave with its metadata unless that was asked for.
"""

from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from babilu.api import views
from babilu.engine.files.folder import FileFolder, Progress
from babilu.engine.files.outside_files import opened
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.limits import SHOWN_SIDE
from babilu.media.decoder import PictureDecoder
from babilu.media.exchange import PICTURE_BYTES, PictureAnswer, RawPicture
from babilu.media.formats import HEAD_BYTES, MADE_ANEW, PictureFormat, name_for, recognise
from babilu.wire.file_entry import FileEntry, Preview

_UNKNOWN: Final = PictureAnswer(done=False)


class FileSealer:
    """Seals what is sent, and tells before what it says.

    Args:
        folder: The sealed files.
        decoder: Decodes pictures, elsewhere.
    """

    def __init__(self, folder: FileFolder, decoder: PictureDecoder) -> None:
        self._folder = folder
        self._decoder = decoder

    def seal(self, source: Path, most: int | None, progress: Progress, *, as_file: bool) -> FileEntry:
        """Seal a file that is sent; see `FileFolder.seal`.

        Args:
            source: The file.
            most: Most bytes that it may have; None where nobody says.
            progress: Is told how far it is.
            as_file: Whether a picture keeps every byte.

        Raises:
            UsageError: ``cannot_clean`` for a picture that cannot be made anew.
            BabiluError: What `FileFolder.seal` raises.
        """
        with opened(source) as file:
            kind = _kind(file)
            if kind is None:
                return self._folder.seal_opened(file, source.name, most, progress)
            if as_file:
                entry = self._folder.seal_opened(file, source.name, most, progress)
                return _described(entry, self._inspected(file, kind))
            answer = self._cleaned(file, kind)
        return self._seal_clean(answer, source.name, most)

    def copy(self, entry: FileEntry, most: int | None, *, as_file: bool) -> FileEntry:
        """Seal a file that is here once more, for somebody else; see `FileFolder.copy`.

        A picture that says nothing besides what it shows keeps its bytes: each time that one is made anew it loses a
        little. What its message says of it is somebody else's claim, and is not passed on.

        Args:
            entry: The file.
            most: Most bytes that it may have; None where nobody says.
            as_file: Whether a picture keeps every byte.

        Raises:
            UsageError: ``cannot_clean`` for a picture that cannot be made anew.
            BabiluError: What `FileFolder.copy` raises.
        """
        kind = recognise(self._folder.beginning(entry)[:HEAD_BYTES])
        plain = msgspec.structs.replace(entry, width=None, height=None, preview=None)
        if kind is None:
            return self._folder.copy(plain, most)
        body = None if kind is PictureFormat.OTHER or entry.size > PICTURE_BYTES else self._folder.content(entry)
        found = _UNKNOWN if body is None else self._decoder.inspect(body)
        says_nothing = found.done and not found.details and kind in MADE_ANEW
        if as_file or (says_nothing and max(found.width, found.height) <= SHOWN_SIDE):
            return _described(self._folder.copy(plain, most), found)
        return self._seal_clean(None if body is None else self._decoder.clean(body), entry.name, most)

    def _seal_clean(self, answer: PictureAnswer | None, name: str, most: int | None) -> FileEntry:
        if answer is None or answer.kind is None:
            raise UsageError(
                f"{name} is a picture that cannot be cleaned of what it says besides what it shows. "
                "It can be sent as a file, with all of that.",
                ErrorCode.CANNOT_CLEAN,
            )
        kind = answer.kind
        return _described(self._folder.seal_bytes(answer.body, name_for(name, kind), kind.media_type, most), answer)

    def inspect(self, source: str) -> views.InspectedFileView:
        """Tell what a file is that somebody means to send.

        Raises:
            UsageError: There is no such file, it is a folder, or it cannot be read.
        """
        with opened(Path(source)) as file:
            size = file.seek(0, 2)
            kind = _kind(file)
            if kind is None:
                return views.InspectedFileView(source, size)
            answer = self._inspected(file, kind)
        return views.InspectedFileView(
            source,
            size,
            picture=True,
            width=answer.width or None,
            height=answer.height or None,
            details=answer.details,
            preview=_shown(answer.preview),
            error=None if answer.done else ErrorCode.CANNOT_CLEAN.value,
        )

    def _inspected(self, file: BinaryIO, kind: PictureFormat) -> PictureAnswer:
        body = _body(file, kind)
        return _UNKNOWN if body is None else self._decoder.inspect(body)

    def _cleaned(self, file: BinaryIO, kind: PictureFormat) -> PictureAnswer | None:
        body = _body(file, kind)
        return None if body is None else self._decoder.clean(body)


def _kind(file: BinaryIO) -> PictureFormat | None:
    file.seek(0)
    return recognise(file.read(HEAD_BYTES))


def _body(file: BinaryIO, kind: PictureFormat) -> bytes | None:
    """Read a picture; None for one that is not decoded."""
    if kind is PictureFormat.OTHER:
        return None
    file.seek(0)
    body = file.read(PICTURE_BYTES + 1)
    return None if len(body) > PICTURE_BYTES else body


def _described(entry: FileEntry, answer: PictureAnswer) -> FileEntry:
    if not answer.done or answer.preview is None:
        return entry
    preview = Preview(answer.preview.width, answer.preview.height, answer.preview.pixels)
    return msgspec.structs.replace(entry, width=answer.width, height=answer.height, preview=preview)


def _shown(preview: RawPicture | None) -> views.PreviewView | None:
    return None if preview is None else views.PreviewView(preview.width, preview.height, preview.pixels)
