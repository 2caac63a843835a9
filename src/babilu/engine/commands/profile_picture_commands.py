"""Commands about profile pictures: the own one is made anew before it is kept, and others are decoded elsewhere."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import called, find_conversation
from babilu.engine.commands.picture_commands import PictureCommands
from babilu.engine.files.outside_files import opened
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.threads import follow_up
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError, UsageError
from babilu.kernel.limits import PROFILE_PICTURE_SIDE, PROFILE_PICTURES_A_DAY
from babilu.media.decoder import PictureDecoder
from babilu.media.exchange import PICTURE_BYTES
from babilu.store.profile_pictures import picture_digest
from babilu.store.unit_of_work import UnitOfWork

ProfilePictureCommand = ask_for.SetProfilePicture | ask_for.GetProfilePicture
"""Commands about profile pictures."""


class ProfilePictureCommands:
    """Does commands about profile pictures.

    Args:
        base: The profile and the ports.
        pictures: Has the threads that wait for the decoder.
        decoder: Decodes pictures, elsewhere.
        show: Has those told of the own picture who are to be.
    """

    def __init__(
        self, base: ClientContext, pictures: PictureCommands, decoder: PictureDecoder, show: Callable[[], None]
    ) -> None:
        self._base = base
        self._pictures = pictures
        self._decoder = decoder
        self._show = show

    def do(self, command: ProfilePictureCommand, future: "Future[Any]") -> None:
        """Do a command.

        Raises:
            UsageError: It makes no sense.
            LinkError: ``busy``.
        """
        match command:
            case ask_for.SetProfilePicture(path=path):
                if path is not None and not Path(path).is_absolute():
                    raise UsageError("The client needs the whole path of a file.")
                self._pictures.in_turn(future, lambda: self._set(command))
            case ask_for.GetProfilePicture(side=side):
                if not 1 <= side <= PROFILE_PICTURE_SIDE:
                    raise UsageError(f"A profile picture is shown with 1 to {PROFILE_PICTURE_SIDE} pixels a side.")
                self._pictures.in_turn(future, lambda: self._get(command))

    def _set(self, command: ask_for.SetProfilePicture) -> None:
        picture = None if command.path is None else self._made(Path(command.path))
        with self._base.database.write() as unit:
            changed = unit.pictures.set_own(picture, self._base.clock.now_ms())
        if not changed:
            text = f"A profile picture is changed {PROFILE_PICTURES_A_DAY} times a day at most."
            raise DeliveryError(ErrorCode.RATE_LIMITED, text)
        digest = None if picture is None else picture_digest(picture)
        told = events.OwnPictureChanged(digest, request_id=command.request_id)
        follow_up(lambda: self._base.bus.tell(told), self._show)

    def _made(self, path: Path) -> bytes:
        body = picture_file(path)
        picture = None if body is None else self._decoder.portrait(body)
        if picture is None:
            raise cannot_show()
        return picture

    @staticmethod
    def _of_group(unit: UnitOfWork, name: str) -> bytes | None:
        place = find_conversation(unit, name)
        group = unit.groups.of_conversation(place.conversation.conversation)
        return group.picture if group is not None and group.accepted else None

    def _get(self, command: ask_for.GetProfilePicture) -> views.ProfilePictureView:
        shown = self._decoder.show(self._of(command.name), command.side)
        if shown is None:
            raise cannot_show()
        return views.ProfilePictureView(shown.width, shown.height, shown.pixels)

    def _of(self, name: str | None) -> bytes:
        with self._base.database.read() as unit:
            if name is None:
                own = unit.pictures.own()
                picture = None if own is None else own.picture
            elif name.startswith(views.LABEL_MARK):
                picture = self._of_group(unit, name)
            else:
                contact = called(unit, name)
                shows = contact is not None and contact.accepted and not contact.blocked
                picture = unit.pictures.of(contact.contact) if contact is not None and shows else None
        if picture is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such picture.")
        return picture


def cannot_show() -> ProtocolError:
    """Build the refusal of what is no picture that can be made anew."""
    return ProtocolError(ErrorCode.CANNOT_SHOW, "No picture can be made of this.")


def picture_file(path: Path) -> bytes | None:
    """Read a file that is to be made a picture; None for one that is too large to be decoded."""
    with opened(path) as file:
        body = file.read(PICTURE_BYTES + 1)
    return None if len(body) > PICTURE_BYTES else body
