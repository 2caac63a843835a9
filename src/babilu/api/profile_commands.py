"""Commands about the own profile: its passphrase, its settings, values that programs keep in it."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.views import PrivacySwitch, ReceiptsView
from babilu.crypto.secret import Passphrase


@dataclass(frozen=True, slots=True)
class SetReceipts(Command[ReceiptsView]):
    """Switch receipts of reading, typing and presence, everywhere (None) or in one conversation.

    What is None stays as it is. Switched off, neither oneself tells it nor is it shown of others. What a conversation
    inherits has no choice of its own any more: it is as everywhere.

    Raises:
        UsageError: Something is inherited that is also switched, or is to be inherited by everywhere.
    """

    conversation: str | None = None
    read: bool | None = None
    typing: bool | None = None
    presence: bool | None = None
    inherit: tuple[PrivacySwitch, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptSettings(Command[ReceiptsView]):
    """Show the privacy switches of a conversation, or those that hold wherever nothing else was said (None)."""

    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class CheckPassphrase(Command[None]):
    """Find out whether a passphrase opens this profile; each try costs what one at the disk costs.

    Raises:
        AccountError: ``wrong_credentials``.
    """

    passphrase: Passphrase


@dataclass(frozen=True, slots=True)
class ReadValue(Command[str | None]):
    """Read what was stored under a key with `StoreValue`; None where there is nothing."""

    key: str


@dataclass(frozen=True, slots=True)
class StoreValue(Command[None]):
    """Keep a text in the profile, encrypted as all of it is: what a bot has to remember; None forgets it.

    Attributes:
        key: 1 to 256 characters.
        value: At most 60,000 bytes of UTF-8.

    Raises:
        UsageError: The key is empty or too long.
        ProtocolError: ``too_large``.
    """

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class StoredKeys(Command[tuple[str, ...]]):
    """List the keys of stored values that begin with a text, in order."""

    prefix: str = ""


@dataclass(frozen=True, slots=True)
class ChangePassword(Command[None]):
    """Change the account's password, which also opens the profile on disk.

    Raises:
        AccountError: ``wrong_credentials``.
    """

    old: Passphrase
    new: Passphrase
