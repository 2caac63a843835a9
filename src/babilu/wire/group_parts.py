"""Parts about groups: entries of their logs, links into them, and messages from before somebody came."""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, Natural
from babilu.kernel.limits import DEVICE_LIST_BYTES, ENTRIES_IN_CONTENT, ENTRY_BYTES, GROUP_MEMBERS, HISTORY_IN_CONTENT
from babilu.wire.part_base import HEADS_MAX, ChainedPart, Part, PartBytes

EntryBytes = Annotated[bytes, msgspec.Meta(max_length=ENTRY_BYTES + 256)]
"""An entry of a group's log as it travels: its body, its signature, and what holds the two together."""

ListBytes = Annotated[bytes, msgspec.Meta(max_length=DEVICE_LIST_BYTES)]


class GroupEntries(ChainedPart, frozen=True):
    """Entries of a group's log, each after those that it builds on, and the device lists of people whom they name.

    The id of the conversation says of which group. Whoever says it has signed none of it: entries and lists count by
    the signatures in them alone.

    Attributes:
        entries: Encoded entries (`babilu.group.entries.encode_entry`).
        lists: Encoded signed device lists.
    """

    entries: Annotated[tuple[EntryBytes, ...], msgspec.Meta(max_length=ENTRIES_IN_CONTENT)]
    lists: Annotated[tuple[ListBytes, ...], msgspec.Meta(max_length=ENTRIES_IN_CONTENT)] = ()


class GroupWant(Part, frozen=True):
    """Question for entries of a group's log that its author lacks.

    Attributes:
        group: Id of the group.
        known: Ends of the log as its author has it.
        people: Identity keys of members whose device lists its author lacks.
    """

    group: Key32
    known: Annotated[tuple[Hash32, ...], msgspec.Meta(max_length=HEADS_MAX)] = ()
    people: Annotated[tuple[Key32, ...], msgspec.Meta(max_length=GROUP_MEMBERS)] = ()


class GroupAsk(ChainedPart, frozen=True):
    """Request to be let into a group, of somebody who has a link; it brings no words.

    Attributes:
        group: Id of the group.
        token: What the link brings.
    """

    group: Key32
    token: Id16


class GroupLink(ChainedPart, frozen=True):
    """Link into a group that its author, an admin, has given out, for those admins whom it names.

    Attributes:
        token_hash: By what its token is known again.
        uses: How many may come by it; None for as many as do.
        approval: Whether each of them waits for a decision.
        expires_at: Unix milliseconds until which it holds.
        revoked: Whether it is taken back.
    """

    token_hash: Hash32
    uses: Annotated[int, msgspec.Meta(ge=1, le=GROUP_MEMBERS)] | None
    approval: bool
    expires_at: Natural
    revoked: bool


class SharedWording(msgspec.Struct, frozen=True, array_like=True):
    """The wording of a message that is shown, where that is not its first.

    Attributes:
        sent_at: When its author said it, Unix milliseconds by their clock.
        part: The exact bytes of the edit.
    """

    sent_at: Natural
    part: PartBytes


class SharedMessage(msgspec.Struct, frozen=True, array_like=True):
    """A message of a group from before somebody came, as another member has it.

    Attributes:
        author: Identity key of who wrote it.
        sent_at: When, Unix milliseconds by their clock.
        part: Its exact bytes; the message's id is computed from them.
        wording: The one that is shown; None for the first.
    """

    author: Key32
    sent_at: Natural
    part: PartBytes
    wording: SharedWording | None = None


class GroupHistory(ChainedPart, frozen=True):
    """Messages of a group from before the reader came, which whoever has let them in gives them.

    Nothing but the word of whoever gives them says that they were written so.

    Attributes:
        messages: The messages, the oldest first.
    """

    messages: Annotated[tuple[SharedMessage, ...], msgspec.Meta(max_length=HISTORY_IN_CONTENT)]
