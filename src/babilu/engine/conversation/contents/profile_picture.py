"""Profile pictures of others: the highest by (time, id) of each person is kept, and nothing of it is decoded here."""

from typing import Final

from babilu.engine.conversation.contents.fold import OWN, Action, Fold, PictureSet
from babilu.engine.conversation.contents.kind import ActionKind
from babilu.wire.message_parts import ProfilePicture


def _take(fold: Fold, action: Action, part: ProfilePicture) -> None:
    author = action.author
    if author != OWN and fold.unit.pictures.put(author, action.id, action.said_at, part.picture):
        fold.changes.append(PictureSet(action.author))


PROFILE_PICTURE: Final = ActionKind(
    ProfilePicture, target=lambda _: None, waits_for=lambda _fold, _part: None, take=_take, in_groups=False
)
