"""Profile pictures of a `FakeClient`: each is one colour, or two from above to below, which what names it says."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import ProfilePictureView
from babilu.bot.fake_profile import FakeProfile
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError, UsageError

SIDE: Final = 8
PICTURES: Final = frozenset({".jpg", ".png", ".webp", ".gif"})


class FakePictures:
    """Profile pictures.

    Args:
        profile: What the client has.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self._profile = profile

    def answer(self, command: c.SetProfilePicture | c.GetProfilePicture) -> ProfilePictureView | None:
        """Answer a command about profile pictures."""
        match command:
            case c.SetProfilePicture(path):
                self._profile.picture = None if path is None else self._made(Path(path))
                self._profile.tell(e.OwnPictureChanged(self._profile.picture))
                return None
            case c.GetProfilePicture(name):
                picture = self._profile.picture if name is None else self._shown(name)
                if picture is None:
                    raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such picture.")
                return ProfilePictureView(SIDE, SIDE, _drawn(picture))

    def _shown(self, name: str) -> bytes | None:
        conversation = self._profile.known(name)
        return conversation.contact.picture if conversation.group is None else conversation.group.picture

    def show(self, name: str, picture: bytes | None) -> None:
        """Let a contact show a picture of themselves, or none."""
        self._profile.change(replace(self._profile.known(name).contact, picture=picture))

    def _made(self, path: Path) -> bytes:
        if not path.is_file():
            raise UsageError(f"{path} cannot be read.")
        if path.suffix not in PICTURES:
            raise ProtocolError(ErrorCode.CANNOT_SHOW, "No picture can be made of this.")
        return hashlib.sha256(path.name.encode()).digest()[:16]


def _drawn(picture: bytes) -> bytes:
    above, below = picture[:3], picture[3:6] if any(picture[3:6]) else picture[:3]
    rows = []
    for row in range(SIDE):
        mixed = bytes((a * (SIDE - 1 - row) + b * row) // (SIDE - 1) for a, b in zip(above, below, strict=True))
        rows.append((mixed + b"\xff") * SIDE)
    return b"".join(rows)
