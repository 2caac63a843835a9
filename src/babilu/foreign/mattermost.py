"""Mattermost's bulk exports: JSON lines, alone or in a ZIP archive with the files.

The format is that of Mattermost's documentation ("Bulk export data"): each line is an object of a type, and a post has
its replies, reactions and files in it. Posts are in no order of time, and a whole server is in one file.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import msgspec

from babilu.foreign.container import FILE_BYTES, Container, Stopped, lines_of, open_container
from babilu.foreign.mattermost_emoji import emoji_named
from babilu.foreign.model import (
    CHATS_AT_MOST,
    NAME_CHARACTERS,
    ForeignChat,
    ForeignFile,
    ForeignMessage,
    ForeignReaction,
    Survey,
    check_many,
    not_an_export,
    split_text,
    take_survey,
)
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import ImportLoss

LINE_BYTES: Final = 32 * 1024 * 1024
"""Longest line of an export: a post with all its replies."""

CHANNELS_AT_MOST: Final = 100_000
"""Channels and people whose names are kept while an export is read."""

_SYSTEM: Final = "system_"

Natural = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""Unix milliseconds up to the year 9999."""


class _Attachment(msgspec.Struct):
    path: str = ""


class _Reaction(msgspec.Struct):
    user: str = ""
    create_at: Natural = 0
    emoji_name: str = ""


class _Reply(msgspec.Struct):
    user: str = ""
    message: str = ""
    create_at: Natural = 0
    edit_at: Natural | None = None
    type: str | None = None
    reactions: list[_Reaction] | None = None
    attachments: list[_Attachment] | None = None
    is_pinned: bool | None = None


class _Post(_Reply):
    team: str = ""
    channel: str = ""
    channel_members: list[str] | None = None
    replies: list[_Reply] | None = None


class _Channel(msgspec.Struct):
    team: str = ""
    name: str = ""
    display_name: str = ""


class _User(msgspec.Struct):
    username: str = ""
    nickname: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class _Line(msgspec.Struct):
    type: str
    channel: _Channel | None = None
    user: _User | None = None
    post: _Post | None = None
    direct_post: _Post | None = None


_decoder: Final = msgspec.json.Decoder(_Line)


class MattermostExport:
    """One bulk export.

    Args:
        path: The file.
        only: Titles or keys of the conversations that are wanted; none for all.
        own: What the user is called there: a conversation of two has the other one's name.
        stopped: Tells whether nobody waits for it any more.

    Raises:
        UsageError: ``not_found``, ``not_an_export``, ``export_too_large``.
    """

    def __init__(
        self,
        path: Path,
        only: Collection[str] = (),
        own: Collection[str] = (),
        stopped: Stopped = lambda: False,
    ) -> None:
        self._stopped = stopped
        self._container: Container = open_container(path)
        try:
            self._text = _lines_of_export(self._container)
        except BaseException:
            self._container.close()
            raise
        self._only = {each.casefold() for each in only}
        self._own = {each.casefold() for each in own}
        self._channels: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._chats: dict[str, ForeignChat] = {}

    def close(self) -> None:
        self._container.close()

    def size(self, file: ForeignFile) -> int:
        return self._container.size(file.member) or 0

    def open(self, file: ForeignFile) -> BinaryIO:
        return self._container.open(file.member)

    def survey(self) -> Survey:
        lost: Counter[ImportLoss] = Counter()
        self._chats = {}
        return take_survey(self._chats, self._messages(lost), lost)

    def messages(self) -> Iterator[ForeignMessage]:
        return self._messages(Counter())

    def _messages(self, lost: Counter[ImportLoss]) -> Iterator[ForeignMessage]:
        for line in self._lines():
            post = line.post or line.direct_post
            if line.channel is not None:
                self._channels[f"{line.channel.team}/{line.channel.name}"] = line.channel.display_name
                check_many(len(self._channels), CHANNELS_AT_MOST, "channels")
            elif line.user is not None:
                self._people[line.user.username] = _name_of(line.user)
                check_many(len(self._people), CHANNELS_AT_MOST, "people")
            elif post is not None:
                chat = self._chat(post)
                if chat is not None:
                    yield from self._thread(chat.key, post, lost)

    def _lines(self) -> Iterator[_Line]:
        begun = False
        lines = lines_of(self._container.open_text(self._text), LINE_BYTES, self._stopped)
        for number, line in enumerate(lines, 1):
            if not line.strip("\ufeff \t\r"):
                continue
            try:
                decoded = _decoder.decode(line.removeprefix("\ufeff"))
            except (msgspec.MsgspecError, RecursionError) as error:
                raise not_an_export(f"Line {number} of the export is none of Mattermost's.") from error
            if not begun and decoded.type != "version":
                raise not_an_export("The file is no bulk export of Mattermost: it does not begin with its version.")
            begun = True
            yield decoded
        if not begun:
            raise not_an_export("The file is no bulk export of Mattermost: it is empty.")

    def _chat(self, post: _Post) -> ForeignChat | None:
        """Find the conversation of a post; None for one that is not wanted."""
        key, title = self._direct(post) if post.channel_members else self._in_channel(post)
        if self._only and not {title.casefold(), key.casefold()} & self._only:
            return None
        chat = self._chats.get(key)
        if chat is None:
            chat = self._chats[key] = ForeignChat(key, title)
            check_many(len(self._chats), CHATS_AT_MOST, "conversations")
        return chat

    def _direct(self, post: _Post) -> tuple[str, str]:
        members = sorted({*(post.channel_members or ())})
        others = [name for name in members if name.casefold() not in self._own] or members
        title = ", ".join(self._people.get(name) or name for name in others)
        return cleaned(f"@{','.join(members)}"), cleaned(title, NAME_CHARACTERS)

    def _in_channel(self, post: _Post) -> tuple[str, str]:
        key = f"{post.team}/{post.channel}"
        return cleaned(key), cleaned(self._channels.get(key) or post.channel, NAME_CHARACTERS)

    def _thread(self, chat: str, post: _Post, lost: Counter[ImportLoss]) -> Iterator[ForeignMessage]:
        yield from self._said(chat, post, lost, is_reply=False)
        for reply in post.replies or ():
            yield from self._said(chat, reply, lost, is_reply=True)

    def _said(self, chat: str, said: _Reply, lost: Counter[ImportLoss], *, is_reply: bool) -> Iterator[ForeignMessage]:
        if (said.type or "").startswith(_SYSTEM):
            lost[ImportLoss.SYSTEM] += 1
            return
        author = cleaned(said.user, NAME_CHARACTERS)
        if not author:
            lost[ImportLoss.NAMELESS] += 1
            return
        lost[ImportLoss.PINNED] += said.is_pinned is True
        text, files = self._files(said, lost)
        edited = said.edit_at if said.edit_at and said.edit_at > said.create_at else None
        for number, piece in enumerate(split_text(text)):
            yield ForeignMessage(
                chat,
                author,
                said.create_at,
                said.create_at,
                piece,
                edited_at=edited,
                is_reply=is_reply or number > 0,
                files=files if number == 0 else (),
                reactions=tuple(_reactions(said)) if number == 0 else (),
            )

    def _files(self, said: _Reply, lost: Counter[ImportLoss]) -> tuple[str, tuple[ForeignFile, ...]]:
        """Find the files of a post; the names of those that are not there stand below its text."""
        text, files = said.message, []
        for each in said.attachments or ():
            members = (f"data/{each.path.removeprefix('/')}", each.path)
            member = next((name for name in members if self._container.size(name) is not None), None)
            name = safe_file_name(each.path)
            if member is not None and (self._container.size(member) or 0) <= FILE_BYTES:
                files.append(ForeignFile(name, member))
                continue
            lost[ImportLoss.MISSING if member is None else ImportLoss.TOO_LARGE] += 1
            text = f"{text}\n[{name}]".lstrip("\n")
        return text, tuple(files)


def _reactions(said: _Reply) -> Iterator[ForeignReaction]:
    for each in said.reactions or ():
        if each.user and each.emoji_name:
            yield ForeignReaction(cleaned(each.user, NAME_CHARACTERS), emoji_named(each.emoji_name), each.create_at)


def _name_of(user: _User) -> str:
    """Return what people call somebody: the nickname, the whole name, or that of the account."""
    return user.nickname or f"{user.first_name or ''} {user.last_name or ''}".strip() or user.username


def _lines_of_export(container: Container) -> str:
    texts = container.texts()
    found = [name for name in texts if name.lower().endswith(".jsonl")] or (texts if len(texts) == 1 else [])
    if len(found) != 1:
        raise not_an_export("The file is no bulk export of Mattermost: it has no JSON lines, or several.")
    return found[0]
