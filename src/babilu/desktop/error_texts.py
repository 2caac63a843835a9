"""Every error code has a sentence in the user's language, so that what the engine says in English is never shown.

The sentences are those of the catalogues, which every face shares; a window has another one where the shared one names
a command.
"""

from PySide6.QtCore import QLocale

from babilu.kernel.errors import BabiluError, ErrorCode, Reason
from babilu.presentation.strings import Strings


def sentence_for(error: BabiluError) -> str:
    """Say what went wrong."""
    return Strings(QLocale().name()).exactly(error) or sentence_for_code(error.code, error.reason)


def sentence_for_listening(error: BabiluError) -> str:
    """Say why a server socket could not be opened."""
    return sentence_for_code("listening") if error.code is ErrorCode.USAGE else sentence_for(error)


def sentence_for_certificate(error: BabiluError) -> str:
    """Say why a relay is not known by a certificate that the user named."""
    return sentence_for_code("certificate") if error.code is ErrorCode.USAGE else sentence_for(error)


def sentence_for_code(code: str, reason: Reason | None = None) -> str:
    """Say what a code means, given what it leaves open; one of a later version is an error of unknown kind."""
    exactly = () if reason is None else (f"error.window.{code}.{reason}", f"error.{code}.{reason}")
    return _first(*exactly, f"error.window.{code}", f"error.{code}", f"error.{ErrorCode.INTERNAL.value}")


def sentence_for_file(code: str) -> str:
    """Say why a file cannot be moved."""
    return _first(f"error.file.{code}") or sentence_for_code(code)


def why_file_waits(code: str | None) -> str:
    """Say why a file that is to be moved does not move; empty where nothing is to be said."""
    return Strings(QLocale().name()).why_file_waits(code)


def short_reason(code: str, reason: Reason | None = None) -> str:
    """Say in two or three words why a relay cannot be used; empty where there are none for it."""
    exactly = () if reason is None else (f"error.brief.{code}.{reason}",)
    return _first(*exactly, f"error.brief.{code}")


def _first(*keys: str) -> str:
    say = Strings(QLocale().name())
    return next((say(key) for key in keys if key in say), "")
