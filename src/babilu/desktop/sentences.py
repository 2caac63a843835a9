"""Every error code has a sentence in the user's language, so that what the engine says in English is never shown."""

from babilu.desktop.language import translate
from babilu.kernel.errors import BabiluError, ErrorCode


def sentence_for(error: BabiluError) -> str:
    """Say what went wrong."""
    return sentence_for_code(error.code)


def sentence_for_listening(error: BabiluError) -> str:
    """Say why a server socket could not be opened."""
    if error.code is not ErrorCode.USAGE:
        return sentence_for(error)
    return translate(
        "Errors", "Nothing can listen there: the port is taken or reserved, or the address is not this machine's."
    )


def sentence_for_certificate(error: BabiluError) -> str:
    """Say why a relay is not known by a certificate that the user named."""
    if error.code is not ErrorCode.USAGE:
        return sentence_for(error)
    return translate("Errors", "The relay is connected by the certificate that is known: nothing needs to change.")


def sentence_for_code(code: str) -> str:
    """Say what a code means; one of a later version is an error of unknown kind."""
    try:
        known = ErrorCode(code)
    except ValueError:
        return translate("Errors", "Something went wrong inside Babilu.")
    return _of_relays(known) or _of_people(known) or _of_this_device(known)


def short_reason(code: str) -> str:
    """Say in two or three words why a relay cannot be used; empty where there are none for it."""
    reasons = {
        ErrorCode.UNAVAILABLE: translate("Errors", "no answer"),
        ErrorCode.SHUTTING_DOWN: translate("Errors", "the relay is closing"),
        ErrorCode.BUSY: translate("Errors", "too much at once"),
        ErrorCode.RATE_LIMITED: translate("Errors", "too much at once"),
        ErrorCode.SERVER_FULL: translate("Errors", "the relay is full"),
        ErrorCode.CERTIFICATE_CHANGED: translate("Errors", "another certificate"),
        ErrorCode.DEVICE_UNKNOWN: translate("Errors", "this device is unknown"),
        ErrorCode.REPLACED: translate("Errors", "opened elsewhere"),
        ErrorCode.ROLLED_BACK: translate("Errors", "an older copy"),
        ErrorCode.ACCOUNT_DISABLED: translate("Errors", "the account is closed"),
        ErrorCode.WRONG_CREDENTIALS: translate("Errors", "not accepted"),
        ErrorCode.UNSUPPORTED: translate("Errors", "another version"),
        ErrorCode.BAD_SIGNATURE: translate("Errors", "not proven"),
        ErrorCode.MALFORMED: translate("Errors", "not understood"),
    }
    return next((text for known, text in reasons.items() if known.value == code), "")


def _of_relays(code: ErrorCode) -> str:  # noqa: C901 -- a line for each sentence
    """Say what a relay refused, or nothing where the code is none of a relay's."""
    match code:
        case ErrorCode.WRONG_CREDENTIALS:
            return translate("Errors", "This password does not fit this name. If the name is new, it is taken already.")
        case ErrorCode.NAME_TAKEN:
            return translate("Errors", "This name is taken. Choose another one.")
        case ErrorCode.NAME_REFUSED:
            return translate("Errors", "This name cannot be used: letters, digits, dots, dashes and underscores only.")
        case ErrorCode.INVITATION_NEEDED:
            return translate("Errors", "This relay registers new names by invitation only. Ask its owner for one.")
        case ErrorCode.SERVER_FULL:
            return translate("Errors", "The relay is full at present. Try again later.")
        case ErrorCode.RATE_LIMITED | ErrorCode.BUSY:
            return translate("Errors", "Too much at once: wait a moment and try again.")
        case ErrorCode.QUOTA:
            return translate("Errors", "The mailbox at the relay is full. It is tried again once there is room.")
        case ErrorCode.REPLACED:
            return translate("Errors", "This account was opened in another program, which has the connection now.")
        case ErrorCode.ROLLED_BACK:
            return translate("Errors", "This profile is an older copy of itself. Start again: it becomes a new device.")
        case ErrorCode.DEVICE_UNKNOWN:
            return translate(
                "Errors", "This account is used on another device. You can start over here with a new identity."
            )
        case ErrorCode.ACCOUNT_DISABLED:
            return translate("Errors", "The relay's operator has closed this account.")
        case ErrorCode.SHUTTING_DOWN:
            return translate("Errors", "The other end is closing.")
        case ErrorCode.CERTIFICATE_CHANGED:
            return translate("Errors", "The relay shows another certificate than before: somebody may be in between.")
        case _:
            return ""


def _of_people(code: ErrorCode) -> str:
    """Say what is the matter with a conversation, or nothing where the code is about something else."""
    match code:
        case ErrorCode.NOT_FOUND:
            return translate("Errors", "Nobody of that name is known there.")
        case ErrorCode.UNAVAILABLE:
            return translate("Errors", "Nobody answers there now. Check address and port, and the network.")
        case ErrorCode.TOO_LARGE:
            return translate("Errors", "This is too long to be sent at once.")
        case ErrorCode.BLOCKED:
            return translate("Errors", "You have blocked this contact.")
        case ErrorCode.IDENTITY_CHANGED:
            return translate("Errors", "Another identity is claimed for this contact: approve or reject it first.")
        case ErrorCode.MISMATCH:
            return translate("Errors", "That is not whom or what you were shown: look again.")
        case ErrorCode.STALE_DEVICES:
            return translate("Errors", "The devices of this contact have changed.")
        case ErrorCode.DECLINED:
            return translate("Errors", "The call was not answered.")
        case ErrorCode.EXPIRED:
            return translate("Errors", "The relay held this for as long as it may, and nobody fetched it.")
        case ErrorCode.BAD_KEY | ErrorCode.BAD_SIGNATURE:
            return translate("Errors", "The other end could not prove who it is.")
        case ErrorCode.DECRYPTION_FAILED | ErrorCode.NO_SESSION:
            return translate("Errors", "A message could not be decrypted. Its sender is asked for it again.")
        case _:
            return ""


def _of_this_device(code: ErrorCode) -> str:
    match code:
        case ErrorCode.PROFILE_IN_USE:
            return translate("Errors", "Another program has this profile open.")
        case ErrorCode.PROFILE_DAMAGED:
            return translate("Errors", "The profile on disk is damaged.")
        case ErrorCode.PROFILE_TOO_NEW:
            return translate("Errors", "A newer version of Babilu made this profile: update this one.")
        case ErrorCode.DISK_FULL:
            return translate("Errors", "The disk is full.")
        case ErrorCode.CLOSED:
            return translate("Errors", "Babilu is closing.")
        case ErrorCode.HOST_ENDED:
            return translate("Errors", "The program that had this profile open has ended. Open it here.")
        case ErrorCode.CONFLICT:
            return translate("Errors", "This is there already.")
        case ErrorCode.NOT_ALLOWED:
            return translate("Errors", "This is not allowed.")
        case ErrorCode.MALFORMED:
            return translate("Errors", "The other end does not keep to the protocol.")
        case ErrorCode.UNSUPPORTED:
            return translate("Errors", "The two versions of Babilu do not understand each other: update the older one.")
        case ErrorCode.USAGE:
            return translate("Errors", "Something does not fit: check what you filled in.")
        case _:
            return translate("Errors", "Something went wrong inside Babilu.")
