"""Switches of what others learn: that one has read, types, is online. Who does not tell it is not shown it either.

Each is switched for all conversations, and otherwise for one of them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from babilu.api.views import PrivacySwitch
from babilu.kernel.limits import READ_RECEIPTS_MEMBERS
from babilu.kernel.states import ConversationKind
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.unit_of_work import UnitOfWork

_OFF: Final = "switched_off."
"""Beginning of the settings that are there for what is switched off in all conversations."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What is told and shown; None where that is not said."""

    read: bool | None
    typing: bool | None
    presence: bool | None

    def over(self, usual: "Switches") -> "Switches":
        """Say what is not said as ``usual`` has it."""
        return Switches(
            usual.read if self.read is None else self.read,
            usual.typing if self.typing is None else self.typing,
            usual.presence if self.presence is None else self.presence,
        )

    def without(self, names: Collection[PrivacySwitch]) -> "Switches":
        """Say no more what has one of these names."""
        return replace(self, **{name.value: None for name in names})

    def unsaid(self) -> tuple[PrivacySwitch, ...]:
        """Return what is not said."""
        return tuple(name for name in PrivacySwitch if getattr(self, name.value) is None)


def switches_everywhere(unit: UnitOfWork) -> Switches:
    """Return what holds wherever nothing else was said: all of it, as long as nobody has switched it off."""
    off = {name.removeprefix(_OFF) for name in unit.settings.names(_OFF)}
    return Switches("read" not in off, "typing" not in off, "presence" not in off)


def switches_with(unit: UnitOfWork, contact: ContactRecord) -> Switches:
    """Return what holds in the conversation with a contact."""
    return switches_in(unit, unit.conversations.of_contact(contact.contact))


def switches_in(unit: UnitOfWork, conversation: ConversationRecord) -> Switches:
    """Return what holds in a conversation: in a large group nobody tells by itself who has read."""
    usual = switches_everywhere(unit)
    if conversation.kind is ConversationKind.GROUP:
        group = unit.groups.of_conversation(conversation.conversation)
        if group is not None and group.members > READ_RECEIPTS_MEMBERS:
            usual = replace(usual, read=False)
    return choices_in(conversation).over(usual)


def choices_in(conversation: ConversationRecord) -> Switches:
    """Return what was said of a conversation alone."""
    return Switches(conversation.receipts, conversation.typing, conversation.presence)


def hidden_from(unit: UnitOfWork) -> "HiddenFrom":
    """Return from whom it is hidden whether one is online."""
    return HiddenFrom(switches_everywhere(unit).presence is False, unit.conversations.presence_choices())


@dataclass(frozen=True, slots=True)
class HiddenFrom:
    """From whom it is hidden whether one is online.

    Attributes:
        usually: From everybody of whom nothing else was said.
        shown: Contacts of whom it was said whether they are shown it.
    """

    usually: bool
    shown: dict[int, bool]

    def __contains__(self, contact: int) -> bool:
        return not self.shown.get(contact, not self.usually)


def switch(
    unit: UnitOfWork, conversation: ConversationRecord | None, wanted: Switches, inherit: Collection[PrivacySwitch] = ()
) -> Switches:
    """Switch what is said, everywhere (None) or in a conversation, and return what holds there now.

    What the conversation is to inherit is as everywhere from now on, also where that changes later.
    """
    if conversation is not None:
        number = conversation.conversation
        chosen = wanted.over(choices_in(conversation).without(inherit))
        unit.conversations.set_choices(number, chosen.read, chosen.typing, chosen.presence)
        return switches_in(unit, unit.conversations.by_number(number) or conversation)
    for name, on in (("read", wanted.read), ("typing", wanted.typing), ("presence", wanted.presence)):
        if on is True:
            unit.settings.delete(_OFF + name)
        elif on is False:
            unit.settings.set(_OFF + name, b"")
    return switches_everywhere(unit)
