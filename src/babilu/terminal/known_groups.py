"""Groups whose members a session knows, so that a text that a person writes mentions those whom it names."""

from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.presentation.mentions import mentions


class KnownGroups:
    """The members of groups, as they were told last."""

    def __init__(self) -> None:
        self._members: dict[str, tuple[str, ...]] = {}

    def note(self, group: GroupView) -> None:
        """Take note of a group as it is now."""
        names = tuple(each.name for each in group.members if not each.own)
        self._members[group.conversation] = self._members[group.conversation_id.hex()] = names

    def mentioning(self, command: c.Command[Any]) -> c.Command[Any]:
        """Give a command whose text mentions every member whose name stands in it after an @."""
        match command:
            case c.Send(name, text, mentions=()) | c.Schedule(name, text, mentions=()):
                named = self._named(name, text)
            case c.EditMessage(_, text, (), str(name)):
                named = self._named(name, text)
            case _:
                return command
        return replace(command, mentions=named) if named else command

    def _named(self, conversation: str, text: str) -> tuple[str, ...]:
        members = self._members.get(conversation.casefold(), ())
        return tuple(name for name in (*members, *c.MENTIONED_ROLES) if members and mentions(text, name))
