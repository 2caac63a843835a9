"""Words about groups: what has changed in one, by whom, and why something does not count."""

from collections.abc import Callable
from typing import Final

from babilu.api.group_views import GroupChangeView
from babilu.kernel.states import GroupChangeKind, GroupRole
from babilu.presentation.durations import duration
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import Strings

ABOUT_PEOPLE: Final = frozenset(
    {GroupChangeKind.ADDED, GroupChangeKind.REMOVED, GroupChangeKind.APPOINTED, GroupChangeKind.DEMOTED}
)
"""What is done to somebody."""


def change_text(change: GroupChangeView, say: Strings, own: str, shown: Callable[[str], str] = one_line) -> str:
    """Say in a sentence what has changed in a group, or was meant to.

    Args:
        change: The change.
        say: The language.
        own: The own name, in whose place the sentence says "you".
        shown: Makes text from others harmless for where it is shown.
    """
    sentence = say(
        _key(change, own), by=shown(change.by), who=shown(change.who or ""), value=_value(change, say, shown)
    )
    if change.counts:
        return sentence
    return say("group.does_not_count", text=sentence, reason=reason_text(change.why_not, say))


def reason_text(why_not: str | None, say: Strings) -> str:
    """Say why something does not count; one of a later version's reasons by its code."""
    key = f"group.why.{why_not}"
    return say(key) if key in say else why_not or ""


def role_text(role: GroupRole, say: Strings) -> str:
    """Name what somebody is in a group."""
    return say(f"group.role.{role}")


def _key(change: GroupChangeView, own: str) -> str:
    """Find the sentence: of one act there are several, as it is done by oneself or to oneself."""
    by_me = change.by == own
    match change.kind:
        case GroupChangeKind.DEMOTED if change.who in {None, change.by}:
            about = "stepped_down"
        case GroupChangeKind.TOPIC | GroupChangeKind.PICTURE | GroupChangeKind.TIMER if not change.value:
            about = f"{change.kind}.none"
        case GroupChangeKind.POLICY:
            about = f"policy.{(change.value or '').replace('=', '.')}"
        case _:
            about = change.kind.value
    if change.kind in ABOUT_PEOPLE and change.who == own and not by_me:
        return f"group.change.{about}.me"
    return f"group.change.{about}.by_me" if by_me else f"group.change.{about}"


def _value(change: GroupChangeView, say: Strings, shown: Callable[[str], str]) -> str:
    value = change.value or ""
    return duration(say, int(value)) if change.kind is GroupChangeKind.TIMER and value.isdecimal() else shown(value)
