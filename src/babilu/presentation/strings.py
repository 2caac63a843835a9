"""Catalogues of sentences, by gettext: every sentence of terminal, line mode, commands and help has an id.

The ids are the msgids, and English is a catalogue like any other. Errors of the client come as an English sentence with
a stable code: another language says what the code means.
"""

import io
import pkgutil
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from typing import Final

from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, Reason, UsageError
from babilu.presentation.sizes import size_text

LANGUAGES: Final = {"en": "English", "es": "Español"}
"""Every language there is, by its own name, so that its speakers find it: each has a catalogue beside this module."""

ENGLISH: Final = "en"


class MisuseError(UsageError):
    """What was typed makes no sense; which sentence says so is known by its id, so that it has a translation.

    Args:
        key: Id of the sentence, without ``misuse.``.
        fields: What fills its blanks, nothing that others wrote; an error stands for its own sentence.
    """

    def __init__(self, key: str, **fields: object) -> None:
        self.key = f"misuse.{key}"
        self.fields = fields
        super().__init__(Strings()(self.key, **fields))


class NobodyAnswersError(LinkError):
    """Somebody on this machine or elsewhere is not there, or does not answer; its sentence is known by its id.

    Args:
        key: Id of the sentence, without ``unavailable.``.
        fields: What fills its blanks; nothing that others wrote.
    """

    def __init__(self, key: str, **fields: object) -> None:
        self.key = f"unavailable.{key}"
        self.fields = fields
        super().__init__(ErrorCode.UNAVAILABLE, Strings()(self.key, **fields))


class NoSuchLabelError(DeliveryError):
    """No conversation has the label that a line begins with; its sentence says how a text begins with that sign.

    Args:
        label: As it was written, made harmless.
    """

    key = "no_such_label"

    def __init__(self, label: str) -> None:
        self.fields: dict[str, object] = {"label": label, "text": f"#{label}"}
        super().__init__(ErrorCode.NOT_FOUND, Strings()(self.key, **self.fields))


class Strings:
    """The sentences in one language.

    Args:
        language: A language, or a locale's name such as ``es_MX.UTF-8``; English where there is no catalogue for it.
    """

    def __init__(self, language: str = ENGLISH) -> None:
        self.language = supported(language) or ENGLISH
        self._catalogue = catalogue(self.language)

    def __call__(self, key: str, /, **fields: object) -> str:
        """Give a sentence with its blanks filled; an error fills one with its own sentence.

        The number ``count`` chooses among the forms of a sentence that has several.

        Raises:
            KeyError: No sentence has this id.
        """
        texts = {name: self.error(value) if isinstance(value, BabiluError) else value for name, value in fields.items()}
        text = self._find(key, fields.get("count"))
        if text is None:
            raise KeyError(key)
        return text.format(**texts)

    def __contains__(self, key: str) -> bool:
        """Tell whether a sentence has this id."""
        return self._find(key, 1) is not None

    @property
    def point(self) -> str:
        """What parts the tenths of a number in this language."""
        return self("number.point")

    def error(self, error: BabiluError) -> str:
        """Say what went wrong."""
        if isinstance(error, MisuseError | NobodyAnswersError | NoSuchLabelError):
            return self(error.key, **error.fields)
        exactly = None if self.language == ENGLISH else self.exactly(error)
        return exactly or self.problem(error.code.value, error.text, error.reason)

    def exactly(self, error: BabiluError) -> str | None:
        """Say what went wrong with all that the client has named; None where it has named nothing."""
        found = self._find(f"error.{error.code.value}.{error.reason}.exactly") if error.details else None
        if found is None:
            return None
        point, details = self.point, error.details.items()
        said = {name: size_text(value, point) if isinstance(value, int) else value for name, value in details}
        try:
            return found.format(**said)
        except KeyError:
            # Who names it is another version.
            return None

    def problem(self, code: str, text: str, reason: Reason | None = None) -> str:
        """Say what an error of the client means, given its code, its English sentence and what the code leaves open."""
        # What makes no sense differs from case to case: the sentence helps in any language.
        if text and (self.language == ENGLISH or code == ErrorCode.USAGE.value):
            return text
        exactly = None if reason is None else self._find(f"error.{code}.{reason}")
        return exactly or self._find(f"error.{code}") or text or code

    def file_problem(self, code: str) -> str:
        """Say why a file cannot be moved."""
        return self._find(f"error.file.{code}") or self.problem(code, "")

    def why_file_waits(self, code: str | None) -> str:
        """Say why a file that is to be moved does not move; empty where nothing is to be said."""
        return "" if code is None else self._find(f"file.waits.{code}") or ""

    def briefly(self, code: str, reason: Reason | None = None) -> str:
        """Say in a few words what an error means; in its whole sentence where there are no few."""
        exactly = None if reason is None else self._find(f"error.brief.{code}.{reason}")
        return exactly or self._find(f"error.brief.{code}") or self.problem(code, "", reason).rstrip(".")

    def _find(self, key: str, count: object = None) -> str | None:
        """Give a sentence as the catalogue has it, in English where that lacks it; None where no one knows it."""
        found = key
        if isinstance(count, int):
            found = self._catalogue.ngettext(key, key, count)
        if found == key:
            found = self._catalogue.gettext(key)
        return None if found == key else found


def supported(language: str) -> str | None:
    """Name the language of a locale's name, as far as there is a catalogue for it."""
    name = language.partition(".")[0].partition("@")[0].replace("-", "_")
    for candidate in (name, name.partition("_")[0].lower()):
        if candidate in LANGUAGES:
            return candidate
    return None


@cache
def catalogue(language: str) -> GNUTranslations:
    """Read the catalogue of a language; where it lacks a sentence, English has it."""
    data = pkgutil.get_data("babilu.presentation.catalogues", f"{language}.mo")
    found = GNUTranslations(io.BytesIO(data or b""))
    if language != ENGLISH:
        found.add_fallback(catalogue(ENGLISH))
    return found


def language_of(environment: Mapping[str, str]) -> str:
    """Tell the language that the environment asks for, in the order of GNU gettext.

    ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` name a locale, the first that is set; ``LANGUAGE`` names several languages
    by preference, and counts unless the locale is that of C.
    """
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    wished = environment.get("LANGUAGE", "")
    # Without any locale gettext would not look at LANGUAGE either; here it is the only one who says something.
    if not wished or locale.partition(".")[0] in {"C", "POSIX"}:
        return locale or ENGLISH
    return next(filter(None, map(supported, wished.split(":"))), ENGLISH)
