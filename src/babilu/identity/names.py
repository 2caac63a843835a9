"""An account name is written one way only, in one script, and no two names that look alike exist on a relay.

PRECIS UsernameCaseMapped (RFC 8265, section 3.3), then letters, digits, ``.``, ``_``, ``-``; scripts and skeletons
after Unicode Technical Standard #39.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babilu.kernel.errors import AccountError, ErrorCode
from babilu.kernel.limits import NAME_CHARACTERS

_PUNCTUATION: Final = frozenset("._-")
_ASCII_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_MARKS_IN_A_ROW: Final = 2
_PALOCHKA: Final = "\u04cf"

# Scripts that are written together count as one (UTS #39, section 5.1, augmented script sets).
_WRITTEN_TOGETHER: Final = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "HANGUL"}),
    frozenset({"HAN", "BOPOMOFO"}),
)
_NO_SCRIPT: Final = frozenset({"COMMON", "INHERITED"})


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
    prototypes = _prototypes()
    decomposed = unicodedata.normalize("NFD", text)
    replaced = "".join(prototypes.get(character, character) for character in decomposed)
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
    scripts = {_script(character) for character in name} - _NO_SCRIPT
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
    return unicodedata.category(character) in {"Mn", "Mc"} and _script(character) not in _NO_SCRIPT


def _script(character: str) -> str:
    from confusable_homoglyphs import categories  # noqa: PLC0415  # loads its tables when imported

    return str(categories.alias(character)).upper()


@lru_cache(maxsize=1)
def _prototypes() -> Mapping[str, str]:
    """Return the prototype of each confusable character.

    The source is Unicode's confusables.txt, as packaged by confusable-homoglyphs: for each of its lines
    ``source → prototype`` the table lists the prototype under the source and then the source under the prototype.
    A source has exactly one neighbour; where both have one, the source came first. Right-to-left characters are
    wrapped in direction marks there, which belong to the layout of the file.
    """
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415  # a megabyte, when imported

    prototypes: dict[str, str] = {}
    for listed, neighbours in confusables_data.items():
        source = listed.strip("\u200e")
        if len(neighbours) != 1 or len(source) != 1:
            continue
        neighbour = neighbours[0]["c"]
        prototype = neighbour.strip("\u200e")
        is_prototype_too = len(confusables_data[neighbour]) == 1 and prototypes.get(prototype) == source
        if not is_prototype_too:
            prototypes[source] = prototype
    return prototypes


def _refused(sentence: str) -> AccountError:
    return AccountError(ErrorCode.NAME_REFUSED, sentence)


def _too_long() -> AccountError:
    return _refused(f"A name has at most {NAME_CHARACTERS} characters.")
