"""Every error code has a sentence in the user's language; the engine's own text is the last resort."""

from babilu.desktop.language import translate
from babilu.kernel.errors import BabiluError, ErrorCode


def sentence_for(error: BabiluError) -> str:
    """Say what went wrong."""
    return sentence_for_code(error.code) or error.text


def sentence_for_code(code: str) -> str:  # noqa: C901 -- a line for each sentence
    """Say what a code means, or nothing where it has no sentence."""
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
        case ErrorCode.NOT_FOUND:
            return translate("Errors", "Nobody of that name is known there.")
        case ErrorCode.UNAVAILABLE:
            return translate("Errors", "Nobody answers there now. Check address and port, and the network.")
        case ErrorCode.TOO_LARGE:
            return translate("Errors", "This is too long to be sent at once.")
        case ErrorCode.BLOCKED:
            return translate("Errors", "You have blocked this contact.")
        case ErrorCode.IDENTITY_CHANGED:
            return translate("Errors", "The identity of this contact has changed: approve it first.")
        case ErrorCode.CERTIFICATE_CHANGED:
            return translate("Errors", "The relay shows another certificate than before: somebody may be in between.")
        case ErrorCode.PROFILE_IN_USE:
            return translate("Errors", "Another program has this profile open.")
        case ErrorCode.PROFILE_DAMAGED:
            return translate("Errors", "The profile on disk is damaged.")
        case ErrorCode.PROFILE_TOO_NEW:
            return translate("Errors", "A newer version of Babilu made this profile: update this one.")
        case ErrorCode.DISK_FULL:
            return translate("Errors", "The disk is full.")
        case ErrorCode.DEVICE_UNKNOWN:
            return translate(
                "Errors", "This account is used on another device. You can start over here with a new identity."
            )
        case ErrorCode.DECLINED:
            return translate("Errors", "The call was not answered.")
        case ErrorCode.CLOSED:
            return translate("Errors", "Babilu is closing.")
        case _:
            return ""
