"""Account names: written one way only, in one script, and no two that look alike exist on a relay.

PRECIS UsernameCaseMapped (RFC 8265, section 3.3), then letters, digits, ``.``, ``_``, ``-``; scripts and skeletons
after Unicode Technical Standard #39.
"""

import unicodedata
from typing import Final

from babilu.identity.unicode_tables import prototypes, script
from babilu.kernel.errors import AccountError, ErrorCode
from babilu.kernel.limits import NAME_CHARACTERS

_PUNCTUATION: Final = frozenset("._-")
_ASCII_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_MARKS_IN_A_ROW: Final = 2
_PALOCHKA: Final = "\u04cf"

# Scripts that are written together count as one (UTS #39, section 5.1, augmented script sets).
_WRITTEN_TOGETHER: Final = (
    frozenset({"Han", "Hiragana", "Katakana"}),
    frozenset({"Han", "Hangul"}),
    frozenset({"Han", "Bopomofo"}),
)
_NO_SCRIPT: Final = frozenset({"Common", "Inherited"})


def normalise_name(text: str) -> str:
    """Return the one spelling of an account name.

    Args:
        text: As typed.

    Returns:
        1 to 32 characters; normalising it again changes nothing.

    Raises:
        AccountError: ``name_refused``, with the reason in its sentence.
    """
    if not text:
        raise _refused("A name must not be empty.")
    # Normalisation can make a text shorter, never by this much: it bounds the work, not the name.
    if len(text) > 4 * NAME_CHARACTERS:
        raise _too_long()
    name = text.lower() if text.isascii() else _case_mapped(text)
    if len(name) > NAME_CHARACTERS:
        raise _too_long()
    if not _ASCII_NAME.issuperset(name):
        _check_characters(name)
        _check_script(name)
    if not (_is_letter(name[0]) or _is_digit(name[0])):
        raise _refused("A name begins with a letter or a digit.")
    return name


def skeleton(name: str) -> str:
    """Return what a name looks like: names with the same skeleton are twins.

    This is the skeleton of UTS #39, section 4 (decompose, replace each character by its prototype, decompose),
    taken again after case folding: names are shown in lower case, where the prototype of ``0``, a capital O, is an o.
    The Cyrillic palochka counts as an l, as which it is drawn, though its prototype is an i.

    Args:
        name: A normalised name.
    """
    return _confusable_skeleton(_confusable_skeleton(name.replace(_PALOCHKA, "l")).casefold())


def _confusable_skeleton(text: str) -> str:
    table = prototypes()
    decomposed = unicodedata.normalize("NFD", text)
    replaced = "".join(table.get(character, character) for character in decomposed)
    return unicodedata.normalize("NFD", replaced)


def _case_mapped(text: str) -> str:
    # Imported here: the tables are needed for names beyond ASCII only.
    from precis_i18n import get_profile  # noqa: PLC0415

    try:
        return str(get_profile("UsernameCaseMapped").enforce(text))
    except UnicodeEncodeError as error:
        raise _refused("A name has letters, digits, dots, dashes and underscores only.") from error


def _check_characters(name: str) -> None:
    marks = 0
    for character in name:
        marks = marks + 1 if _is_vowel_sign(character) else 0
        allowed = _is_letter(character) or _is_digit(character) or character in _PUNCTUATION or marks
        if not allowed or marks > _MARKS_IN_A_ROW:
            raise _refused("A name has letters, digits, dots, underscores and hyphens only.")


def _check_script(name: str) -> None:
    scripts = {script(character) for character in name} - _NO_SCRIPT
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        raise _refused("A name is written in one script: letters of several alphabets cannot be mixed.")
    zeros = {ord(character) - unicodedata.digit(character) for character in name if _is_digit(character)}
    if len(zeros) > 1:
        raise _refused("A name has digits of one kind only.")


def _is_letter(character: str) -> bool:
    return unicodedata.category(character).startswith("L")


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _is_vowel_sign(character: str) -> bool:
    """Tell whether a mark belongs to one script, as the vowel signs of Devanagari or Thai do.

    Without them no name of these languages can be written; accents that go with any letter (Inherited) are refused
    where they do not compose.
    """
    return unicodedata.category(character) in {"Mn", "Mc"} and script(character) not in _NO_SCRIPT


def _refused(sentence: str) -> AccountError:
    return AccountError(ErrorCode.NAME_REFUSED, sentence)


def _too_long() -> AccountError:
    return _refused(f"A name has at most {NAME_CHARACTERS} characters.")
