"""What a `FakeClient` does to make room: the sizes of its files are those that they are said to have."""

import hashlib
from dataclasses import replace
from typing import Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    ConversationSpaceView,
    FileView,
    FreedFileView,
    FreedSpaceView,
    FreeingPlanView,
    MessageView,
    SpaceView,
)
from babilu.bot.fake_profile import FakeConversation, FakeProfile
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.states import FileState, MediaKind, MessageState

DATABASE: Final = 4_200_000
HERE: Final = frozenset({FileState.HERE, FileState.SENT, FileState.SENDING})
MAY_GO: Final = frozenset({FileState.HERE, FileState.SENT})

Meant = tuple[FakeConversation, MessageView, FileView]


class FakeSpace:
    """The room that files take.

    Args:
        profile: What the client has.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self._profile = profile

    def answer(self, command: c.SpaceUse | c.PlanFreeing | c.FreeSpace) -> object:
        """Answer a command about room."""
        match command:
            case c.SpaceUse():
                return self._use()
            case c.PlanFreeing():
                may_go, meant = self._may_go(command), self._meant(command)
                octets = sum(file.size for _, _, file in may_go)
                own = sum(message.outgoing for _, message, _ in may_go)
                return FreeingPlanView(len(may_go), octets, len(meant) - len(may_go), _approval(may_go), own)
            case c.FreeSpace():
                return self._free(command)

    def _use(self) -> SpaceView:
        shown = []
        for each in self._profile.conversations.values():
            files = [file for message in each.messages for file in message.files if file.state in HERE]
            sizes = {kind: sum(file.size for file in files if file.kind is kind) for kind in MediaKind}
            name, place = each.contact.name, each.id
            picture, voice, other = sizes[MediaKind.PICTURE], sizes[MediaKind.VOICE], sizes[MediaKind.FILE]
            shown.append(ConversationSpaceView(name, place, picture, voice, other, len(each.messages)))
        shown.sort(key=lambda each: -each.octets)
        return SpaceView(DATABASE, sum(each.octets for each in shown), tuple(shown))

    def _meant(self, command: c.PlanFreeing | c.FreeSpace) -> list[Meant]:
        only = None if command.conversation is None else self._profile.known(command.conversation)
        return [
            (each, message, file)
            for each in self._profile.conversations.values()
            for message in each.messages
            for file in message.files
            if only in {None, each} and message.arrived_at < command.before and file.state in HERE
            if not command.kinds or file.kind in command.kinds
        ]

    def _may_go(self, command: c.PlanFreeing | c.FreeSpace) -> list[Meant]:
        arrived = {None, MessageState.DELIVERED, MessageState.READ}
        return [meant for meant in self._meant(command) if meant[2].state in MAY_GO and meant[1].state in arrived]

    def _free(self, command: c.FreeSpace) -> FreedSpaceView:
        may_go = self._may_go(command)
        if _approval(may_go) != command.approval:
            raise DeliveryError(ErrorCode.MISMATCH, "Other files would be deleted by now: look again.")
        for conversation in dict.fromkeys(each for each, _, _ in may_go):
            freed = tuple(
                FreedFileView(message.id, file.index) for each, message, file in may_go if each is conversation
            )
            for message in dict.fromkeys(file.message for file in freed):
                places = {file.index for file in freed if file.message == message}
                _, view = self._profile.look(message)
                left = tuple(
                    replace(file, state=FileState.FREED, done=0) if file.index in places else file
                    for file in view.files
                )
                self._profile.put(replace(view, files=left))
            name = conversation.contact.name
            self._profile.tell(e.FilesFreed(name, self._profile.id_of(name), freed))
        return FreedSpaceView(len(may_go), sum(file.size for _, _, file in may_go))


def _approval(files: list[Meant]) -> str:
    digest = hashlib.sha256()
    for _, message, file in files:
        digest.update(message.id + bytes([file.index]))
    return digest.digest()[:8].hex()
