"""What is exported, how, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path

from babilu.api.views import ConversationView, FileView, MessageView


@unique
class ExportFormat(StrEnum):
    """How conversations are written."""

    HTML = "html"
    """Pages for a browser."""

    JSON = "json"
    """JSON, one message a line, in the shapes of the JSON contract."""

    TEXT = "text"
    """Lines for people."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be exported.

    Attributes:
        target: A path at which there is nothing yet.
        format: How.
        conversation: Label or id of the only conversation that is wanted; None for all.
        disappearing: Whether messages whose time runs are written too.
    """

    target: Path
    format: ExportFormat
    conversation: str | None = None
    disappearing: bool = False


@dataclass(slots=True)
class ExportReport:
    """What was written, so far or in the end.

    Attributes:
        path: Where it lies.
        format: How it is written.
        conversations: How many conversations.
        messages: How many messages.
        files: How many files beside them.
        missing: Files that are not here, and so are not beside them.
        left_out: Messages that disappear, and were left out.
    """

    path: Path
    format: ExportFormat
    conversations: int = 0
    messages: int = 0
    files: int = 0
    missing: int = 0
    left_out: int = 0


def exported_members(report: ExportReport) -> dict[str, object]:
    """Give the object of the JSON contract that says what was written."""
    return {
        "event": "exported",
        "path": str(report.path),
        "format": report.format.value,
        "conversations": report.conversations,
        "messages": report.messages,
        "files": report.files,
        "missing": report.missing,
        "left_out": report.left_out,
    }


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file of a message: what it is, and where its bytes lie; None where they are not beside the export.

    Attributes:
        view: The file.
        place: Its path, as a page of its conversation names it.
    """

    view: FileView
    place: str | None


@dataclass(frozen=True, slots=True)
class Exported:
    """A message with its files."""

    message: MessageView
    files: tuple[SavedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenConversation:
    """A conversation that was written: what it is, its first page, and how much there is of it."""

    view: ConversationView
    place: str
    messages: int
