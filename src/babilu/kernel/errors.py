"""Errors of Babilu: each has one stable code and one sentence for people, and all of them are in this tree.

    BabiluError
    ├── UsageError        what was asked for makes no sense: bad argument, bad address, unknown command
    ├── ProtocolError     a peer broke the protocol: malformed, too_large, unsupported, not_allowed
    ├── AccountError      the relay refused an account action: wrong_credentials, name_taken, server_full, …
    ├── DeliveryError     one message or request was refused: quota, conflict, not_found, stale_devices, …
    ├── LinkError         the way to a relay or peer is not usable now: unavailable, busy, rate_limited, …
    ├── CryptoError       a key, signature or ciphertext does not hold
    ├── TrustError        a known person came with another identity key, or a relay with another certificate
    ├── ArchiveError      an archive cannot be read: wrong code, damaged, too new
    └── ProfileError      the database on disk cannot be used: in use, damaged, too new, full

Codes are part of the public interface (`--json`, relay frames, the library): they are added, never renamed.
"""

from collections.abc import Mapping
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Self

from babilu.kernel.limits import RETRY_AFTER_MAX_MS
from babilu.kernel.plain_text import cleaned


@unique
class ErrorCode(StrEnum):
    """Stable names of everything that can go wrong, as they appear in JSON events and relay frames."""

    # The closed list of the relay protocol.
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    NOT_ALLOWED = "not_allowed"
    WRONG_CREDENTIALS = "wrong_credentials"
    NAME_TAKEN = "name_taken"
    NAME_REFUSED = "name_refused"
    INVITATION_NEEDED = "invitation_needed"
    SERVER_FULL = "server_full"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    STALE_DEVICES = "stale_devices"
    CONFLICT = "conflict"
    NOT_FOUND = "not_found"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"
    DEVICE_UNKNOWN = "device_unknown"
    ACCOUNT_DISABLED = "account_disabled"
    SHUTTING_DOWN = "shutting_down"

    # What only a client or a command can meet.
    USAGE = "usage"
    BAD_KEY = "bad_key"
    BAD_SIGNATURE = "bad_signature"
    DECRYPTION_FAILED = "decryption_failed"
    NO_SESSION = "no_session"
    IDENTITY_CHANGED = "identity_changed"
    CERTIFICATE_CHANGED = "certificate_changed"
    MISMATCH = "mismatch"
    ACCOUNT_MISMATCH = "account_mismatch"
    BLOCKED = "blocked"
    DECLINED = "declined"
    EXPIRED = "expired"
    NOT_TOLD = "not_told"
    RELAY_RESTORED = "relay_restored"
    LIST_LOST = "list_lost"
    CANNOT_SHOW = "cannot_show"
    CANNOT_CLEAN = "cannot_clean"
    PROFILE_IN_USE = "profile_in_use"
    PROFILE_DAMAGED = "profile_damaged"
    PROFILE_TOO_NEW = "profile_too_new"
    PROFILE_TOO_OLD = "profile_too_old"
    WRONG_CODE = "wrong_code"
    ARCHIVE_DAMAGED = "archive_damaged"
    ARCHIVE_TOO_NEW = "archive_too_new"
    RESTORED = "restored"
    SENDER_GONE = "sender_gone"
    DISK_FULL = "disk_full"
    NO_SOUND = "no_sound"
    CANNOT_PLAY = "cannot_play"
    NOT_MEMBER = "not_member"
    NOT_JOINED = "not_joined"
    NOT_REVOKED = "not_revoked"
    NOT_BACKED_UP = "not_backed_up"
    ADMINS_ONLY = "admins_only"
    TOO_MANY = "too_many"
    READ_ONLY = "read_only"
    NOT_AN_EXPORT = "not_an_export"
    EXPORT_TOO_LARGE = "export_too_large"
    DATES_UNCLEAR = "dates_unclear"
    EXISTS = "exists"
    GROUP_FULL = "group_full"
    COMPANION = "companion"
    DEVICE_REMOVED = "device_removed"
    DEVICES_UNMERGED = "devices_unmerged"
    HOST_ENDED = "host_ended"
    CLOSED = "closed"
    INTERNAL = "internal"


@unique
class Reason(StrEnum):
    """Stable names of what an error code leaves open and its reader needs: they are added, never renamed."""

    NAME_UNKNOWN = "name_unknown"
    """``unavailable``: no address belongs to the name."""

    REFUSED = "refused"
    """``unavailable``: the machine is there, and nothing listens at the port."""

    SILENT = "silent"
    """``unavailable``: no answer came in time."""

    NO_WAY = "no_way"
    """``unavailable``: this machine's network does not lead there."""

    FOREIGN = "foreign"
    """``unavailable``: something else than Babilu answers there."""

    ENDED = "ended"
    """``unavailable``: the other end closed the connection."""

    PROFILE = "profile"
    """``wrong_credentials``: the password does not open the profile; no relay was asked."""

    ACCOUNT = "account"
    """``wrong_credentials``: the password opens the profile, and the account has another one at the relay."""

    FILE = "file"
    """``too_large``: a file is larger than the relay takes. ``not_found``: a file of the message is not here."""

    OTHER_DEVICE = "other_device"
    """``device_unknown``: the password is right, and the account has another device."""


class BabiluError(Exception):
    """Base of every error that Babilu raises on purpose.

    Args:
        code: Stable code for programs.
        text: One sentence for people, without secrets and without text from others.
        retry_after_ms: Milliseconds after which a repeat makes sense, or None where it makes none.

    Attributes:
        reason: What the code leaves open, as far as it is known: a sentence in another language needs it.
        details: What the sentence names, for the same sentence in another language; numbers are bytes.
    """

    reason: Reason | None = None
    details: Mapping[str, str | int] = MappingProxyType({})

    def __init__(self, code: ErrorCode, text: str, retry_after_ms: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retry_after_ms = retry_after_ms

    def because(self, reason: Reason | None) -> Self:
        """Add what the code leaves open, if it is known."""
        if reason is not None:
            self.reason = reason
        return self

    def about(self, details: Mapping[str, str | int]) -> Self:
        """Add what the sentence names."""
        self.details = details
        return self

    def __str__(self) -> str:
        return f"{self.text} ({self.code.value})"


class UsageError(BabiluError):
    """A command, an argument or a call cannot be understood or makes no sense here."""

    def __init__(self, text: str, code: ErrorCode = ErrorCode.USAGE) -> None:
        super().__init__(code, text)


class ProtocolError(BabiluError):
    """The other side sent what the protocol does not allow."""


class AccountError(BabiluError):
    """The relay refused an account action."""


class TooManyDevicesError(AccountError):
    """There are as many devices as there may be, and one of them has to go before another comes.

    Attributes:
        devices: Id (32 hexadecimal digits) and name of each; the name is empty where it is not known.
    """

    def __init__(self, devices: "tuple[tuple[str, str], ...]") -> None:
        text = "You have as many devices as there may be: say which of them this one replaces."
        super().__init__(ErrorCode.TOO_MANY, text)
        self.devices = devices


class DeliveryError(BabiluError):
    """One message or one request was refused; others are not concerned."""


class LinkError(BabiluError):
    """The relay or the peer cannot be used at present."""


class CryptoError(BabiluError):
    """A key, a signature or a ciphertext does not hold."""


class TrustError(BabiluError):
    """Somebody or something known came back with another key."""


class ArchiveError(BabiluError):
    """An archive cannot be read."""


class ProfileError(BabiluError):
    """The profile on disk cannot be used."""


_FAMILIES: dict[ErrorCode, type[BabiluError]] = {
    ErrorCode.MALFORMED: ProtocolError,
    ErrorCode.TOO_LARGE: ProtocolError,
    ErrorCode.UNSUPPORTED: ProtocolError,
    ErrorCode.NOT_ALLOWED: ProtocolError,
    ErrorCode.WRONG_CREDENTIALS: AccountError,
    ErrorCode.NAME_TAKEN: AccountError,
    ErrorCode.NAME_REFUSED: AccountError,
    ErrorCode.INVITATION_NEEDED: AccountError,
    ErrorCode.SERVER_FULL: AccountError,
    ErrorCode.DEVICE_UNKNOWN: AccountError,
    ErrorCode.ACCOUNT_DISABLED: AccountError,
    ErrorCode.QUOTA: DeliveryError,
    ErrorCode.STALE_DEVICES: DeliveryError,
    ErrorCode.CONFLICT: DeliveryError,
    ErrorCode.NOT_FOUND: DeliveryError,
    ErrorCode.RATE_LIMITED: LinkError,
    ErrorCode.BUSY: LinkError,
    ErrorCode.UNAVAILABLE: LinkError,
    ErrorCode.REPLACED: LinkError,
    ErrorCode.ROLLED_BACK: LinkError,
    ErrorCode.SHUTTING_DOWN: LinkError,
}


def remote_error(code: str, text: str, retry_after_ms: int | None = None) -> BabiluError:
    """Build the error that the other side reported.

    A code outside the closed list of the relay protocol becomes ``unsupported``: what a newer relay means by it is
    not for us to guess. The sentence is somebody else's: it is cleaned here, where it enters. The pause
    that it asks for is bounded here too: nobody sends us away for years.
    """
    if retry_after_ms is not None:
        retry_after_ms = min(retry_after_ms, RETRY_AFTER_MAX_MS)
    known = next((candidate for candidate in _FAMILIES if candidate.value == code), ErrorCode.UNSUPPORTED)
    return _FAMILIES[known](known, cleaned(text), retry_after_ms)
