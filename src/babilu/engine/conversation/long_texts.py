"""Long texts: to many devices one leaves as a file, which each of them fetches once, and a beginning that all are sent.

Else a text of 60,000 bytes would be sealed and uploaded once for each of 300 devices. It is a file only where everybody
can fetch it at the relay; who cannot is sent the text as it is.
"""

from collections.abc import Iterable

from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.recipients import recipient_devices
from babilu.kernel.limits import BEGINNING_BYTES, LONG_TEXT_BYTES, LONG_TEXT_DEVICES
from babilu.store.contact_records import ContactRecord
from babilu.wire.file_entry import FileEntry


def sealed_text(
    encryption: ContentEncryption, people: Iterable[ContactRecord], siblings: ContactRecord | None, text: str
) -> FileEntry | None:
    """Seal a text that is too long to be sent as it is; None where it is not, or where somebody could not fetch it.

    Args:
        encryption: Makes envelopes.
        people: Everybody in the conversation but oneself.
        siblings: Oneself, where one has other devices.
        text: The text.
    """
    if encryption.text_files is None or not encryption.own.account or len(text.encode()) <= LONG_TEXT_BYTES:
        return None
    recipients = [(person, len(devices)) for person, devices in recipient_devices(people, siblings)]
    if 1 + sum(count for _, count in recipients) <= LONG_TEXT_DEVICES:
        return None
    if not all(person.account or person is siblings for person, _ in recipients):
        return None
    return encryption.text_files.seal(text)


def beginning_of(text: str) -> str:
    """Return the beginning of a long text, of whole code points."""
    return text.encode()[:BEGINNING_BYTES].decode(errors="ignore")
