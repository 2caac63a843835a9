"""Conversations: what messages show in the end, folded from all contents in any order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.second_reader.people import message_id
from tests.second_reader.sessions import Content

DAY_MS = 24 * 60 * 60 * 1000


@dataclass
class Message:
    """A message as everybody sees it in the end.

    Attributes:
        author: Identity key.
        sent_at: When it was said.
        text: Its present wording; None where it is deleted.
        reactions: What each person gives to it.
    """

    author: bytes
    sent_at: int
    text: str | None
    reactions: dict[bytes, list[str]] = field(default_factory=dict)


def fold(said: Iterable[tuple[bytes, Content]]) -> dict[bytes, Message]:
    """Fold contents, each with its author's identity key, into messages by their ids."""
    known = {
        message_id(content.conversation, author, content.sent_at, content.part): (author, content)
        for author, content in said
        if content.link is not None
    }
    messages = {
        name: Message(author, content.sent_at, content.says[3])
        for name, (author, content) in known.items()
        if content.says[0] == "text"
    }
    # The highest (time, id) is the last word; a deletion is the last of all.
    for _, (author, content) in sorted(known.items(), key=lambda each: (each[1][1].sent_at, each[0])):
        part = content.says
        target = messages.get(part[3]) if part[0] in {"edit", "react", "delete"} else None
        if target is None or target.text is None:
            continue
        late = content.sent_at - target.sent_at
        if part[0] == "edit" and author == target.author and 0 < late <= DAY_MS:
            target.text = part[4]
        elif part[0] == "react":
            target.reactions[author] = part[4]
        elif part[0] == "delete" and author == target.author:
            target.text, target.reactions = None, {}
    return messages
