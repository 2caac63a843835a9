"""People and groups that the line mode knows: how their names are written, and whom a name means that was shown."""

from typing import Any

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.api.views import ContactView, ConversationView
from babilu.kernel.states import ConversationKind
from babilu.presentation.shown_people import ShownPeople, name_key
from babilu.terminal.known_groups import KnownGroups


class KnownPeople:
    """Whom one knows, and the groups that one is in.

    Attributes:
        names: Their names as they are written; replaced as a whole, for another thread reads them.
        shown: Whom the names mean that were shown.
    """

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self.shown = ShownPeople()
        self._written: dict[str, str] = {}
        self._groups = KnownGroups()

    def has(self, key: str) -> bool:
        """Tell whether a name, as `name_key` writes it, is known."""
        return key in self._written

    def know(self, name: str, written: str = "") -> None:
        """Remember a contact, and how its name was written."""
        self._written[name_key(name)] = name
        if written:
            self._written[name_key(written)] = name
        self.names = frozenset(self._written.values())

    def know_group(self, group: GroupView) -> None:
        """Remember who is in a group."""
        self._groups.note(group)
        self.know(group.conversation)

    def learn(self, listed: tuple[object, ...]) -> tuple[c.Command[object], ...]:
        """Learn whom one knows and which groups one is in; gives what is to be asked about those."""
        asks: list[c.Command[object]] = []
        for each in listed:
            if isinstance(each, ContactView):
                self.know(each.name)
                self.shown.contact(each)
            elif isinstance(each, ConversationView) and each.kind is ConversationKind.GROUP:
                self.know(each.label)
                asks.append(c.GetGroup(each.label))
        return tuple(asks)

    def meant(self, action: c.Command[Any]) -> c.Command[Any]:
        """Give a command as its user means it: for whom its names have shown, and with whom its text mentions."""
        return self._groups.mentioning(self.shown.meant(action))
