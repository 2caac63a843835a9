"""Every sentence that the terminal shows has an id here and a text in each language; English is what others follow.

Errors of the client come as an English sentence with a stable code: another language says what the code means.
"""

from collections.abc import Mapping

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, UsageError
from babilu.terminal.app_english import APP_ENGLISH
from babilu.terminal.app_spanish import APP_SPANISH
from babilu.terminal.cli_english import CLI_ENGLISH
from babilu.terminal.cli_spanish import CLI_SPANISH
from babilu.terminal.english import ENGLISH
from babilu.terminal.operator_english import OPERATOR_ENGLISH
from babilu.terminal.operator_spanish import OPERATOR_SPANISH
from babilu.terminal.spanish import SPANISH

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": ENGLISH | APP_ENGLISH | OPERATOR_ENGLISH | CLI_ENGLISH,
    "es": SPANISH | APP_SPANISH | OPERATOR_SPANISH | CLI_SPANISH,
}


class MisuseError(UsageError):
    """What was typed makes no sense; which sentence says so is known by its id, so that it has a translation.

    Args:
        key: Id of the sentence, without ``misuse.``.
        fields: What fills its blanks, nothing that others wrote; an error stands for its own sentence.
    """

    def __init__(self, key: str, **fields: object) -> None:
        self.key = f"misuse.{key}"
        self.fields = fields
        super().__init__(Strings("en")(self.key, **fields))


class NobodyAnswersError(LinkError):
    """Somebody on this machine or elsewhere is not there, or does not answer; its sentence is known by its id.

    Args:
        key: Id of the sentence, without ``unavailable.``.
        fields: What fills its blanks; nothing that others wrote.
    """

    def __init__(self, key: str, **fields: object) -> None:
        self.key = f"unavailable.{key}"
        self.fields = fields
        super().__init__(ErrorCode.UNAVAILABLE, Strings("en")(self.key, **fields))


class Strings:
    """The sentences in one language.

    Args:
        language: ``en``, ``es``, or a locale's name such as ``es_MX.UTF-8``; English for any other.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language[:2].lower() if language[:2].lower() in LANGUAGES else "en"
        self._table = LANGUAGES[self.language]

    def __call__(self, key: str, /, **fields: object) -> str:
        """Give a sentence with its blanks filled; an error fills one with its own sentence."""
        texts = {name: self.error(value) if isinstance(value, BabiluError) else value for name, value in fields.items()}
        return self._table[key].format(**texts)

    def error(self, error: BabiluError) -> str:
        """Say what went wrong."""
        if isinstance(error, MisuseError | NobodyAnswersError):
            return self(error.key, **error.fields)
        return self.problem(error.code.value, error.text)

    def problem(self, code: str, text: str) -> str:
        """Say what an error of the client means, given its code and its English sentence."""
        # What makes no sense differs from case to case: the sentence helps in any language.
        if text and (self.language == "en" or code == ErrorCode.USAGE.value):
            return text
        return self._table.get(f"error.{code}", text or code)


def language_of(environment: Mapping[str, str]) -> str:
    """Tell the language of a locale, by the variables and in the order that POSIX names."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return environment[variable]
    return "en"
