"""Links in texts from others: what reads as an address is one, up to where its writer ended it, and nothing is opened.

A link that is cut short leads elsewhere. So the end is found by what people write around addresses (brackets, quotes,
full stops of any script), never by a list of what addresses may contain: RFC 3986's signs are a beginning, and
addresses are pasted with letters of every script.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

LONGEST: Final = 2_000
"""Characters of an address; a longer one is no link, for its beginning alone leads elsewhere."""

_BEGINNING: Final = re.compile(r"(?<![A-Za-z0-9])https?://", re.IGNORECASE)
_HOST: Final = re.compile(
    r"(?:[^\s@/?#\[\]]*@)?(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[^\s@/?#:\[\]]{1,253})(?::\d{1,5})?(?=[/?#]|\Z)"
)
_NEXT: Final = re.compile(r"[,;]https?://", re.IGNORECASE)
"""What parts the addresses of a list that has no blanks; after a slash an address may well hold another one."""

_ENDS: Final = frozenset('<>"`\\')
"""ASCII that is in no address, or that programs read in different ways."""

_WITHIN: Final = frozenset("\u00b7\u2013\u2014\u200c\u200d")
"""Signs beyond ASCII that are found in the middle of addresses: a middle dot, dashes, joiners of letters."""

_AFTER: Final = frozenset(".,;:!?'*\u00b7\u2013\u2014\u200c\u200d")
"""What may stand in an address and rather belongs to the sentence when it comes last."""

_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}
_SAFE: Final = "/?#[]@!$&'()*+,;=:%~._-"
_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class TextLink:
    """A link within a text: where it begins, how many characters it has, and its address."""

    start: int
    length: int
    address: str


def links(text: str, *, whole: bool = True) -> tuple[TextLink, ...]:
    """Find the links in a text.

    Args:
        text: What is shown.
        whole: Whether it is all of the text; where more was cut off, a link that reaches the cut is none.
    """
    found: list[TextLink] = []
    end = last = 0
    for match in _BEGINNING.finditer(text):
        if match.start() < end:
            continue
        if match.end() > last:
            # All beginnings in one run of characters have one end: looking for it from each would take their square.
            last = _end(text, match.end())
        if last - match.start() > LONGEST or (not whole and last == len(text)):
            continue
        address = _without_what_follows(text[match.start() : last])
        if _has_host(address[match.end() - match.start() :]):
            found.append(TextLink(match.start(), len(address), address))
            end = match.start() + len(address)
    return tuple(found)


def has_link(text: str) -> bool:
    """Tell whether a text has a link."""
    return "://" in text and bool(links(text))


def encoded(address: str) -> str:
    """Write an address in the signs of RFC 3986 alone, as programs are given it; its host keeps its letters."""
    beginning, host, rest = _parts(address)
    return beginning + host + quote(_PERCENT.sub("%25", rest), safe=_SAFE.replace("[", "").replace("]", ""))


def _parts(address: str) -> tuple[str, str, str]:
    scheme, _, after = address.partition("://")
    cut = next((number for number, sign in enumerate(after) if sign in "/?#"), len(after))
    return f"{scheme}://", after[:cut], after[cut:]


def _end(text: str, start: int) -> int:
    """Find the end of what may belong to an address."""
    for place in range(start, len(text)):
        sign = text[place]
        if sign.isascii():
            if not sign.isprintable() or sign == " " or sign in _ENDS or (sign in ",;" and _NEXT.match(text, place)):
                return place
        elif sign == "\u2019":
            # An apostrophe between letters, else the quotation mark that ends what stands before it.
            if not (text[place - 1].isalpha() and text[place + 1 : place + 2].isalpha()):
                return place
        elif sign not in _WITHIN and unicodedata.category(sign)[0] in "PZC":
            return place
    return len(text)


def _without_what_follows(address: str) -> str:
    while address:
        last = address[-1]
        opens = _BRACKETS.get(last)
        closed_alone = opens is not None and address.count(last) > address.count(opens)
        if last not in _AFTER and not closed_alone:
            break
        address = address[:-1]
    return address


def _has_host(rest: str) -> bool:
    match = _HOST.match(rest)
    if match is None:
        return False
    host = match["host"]
    return host.startswith("[") or all(map(_is_label, host.removesuffix(".").split(".")))


def _is_label(label: str) -> bool:
    """Tell whether this could be a part of a name of a host; whether it is one, the name service says."""
    if not label or label[0] == "-" or label[-1] == "-":
        return False
    return all(
        sign.isalnum()
        or sign in "-_"
        or (not sign.isascii() and (sign in _WITHIN or unicodedata.category(sign)[0] in "MS"))
        for sign in label
    )
