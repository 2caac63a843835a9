"""The pages of the protocol show every frame, part and change of a group with as many fields as the code has."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from babilu.group.changes import KnownChange
from babilu.identity.login import (
    ChangePasswordBody,
    DeleteAccountBody,
    LoginBody,
    LoginDeviceBody,
    PublishDeviceListBody,
    RegisterBody,
    ResetIdentityBody,
)
from babilu.kernel.limits import ACCOUNTS, DEVICE_LIST_BODY_BYTES, DEVICES
from babilu.wire.client_frames import ClientFrame
from babilu.wire.content import ContentPart
from babilu.wire.direct_frames import DirectFrame
from babilu.wire.relay_frames import RelayFrame

PAGES = Path(__file__).parents[2] / "docs" / "protocol"
LOGINS = (
    RegisterBody, LoginBody, LoginDeviceBody, ResetIdentityBody, ChangePasswordBody, DeleteAccountBody,
    PublishDeviceListBody,
)  # fmt: skip
WHERE: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "client": (get_args(ClientFrame), ("relay-frames.md", "files.md")),
    "relay": (get_args(RelayFrame), ("relay-frames.md", "files.md")),
    "direct": (get_args(DirectFrame), ("direct.md",)),
    "parts": (get_args(ContentPart), ("content-and-delivery.md",)),
    "groups": (get_args(KnownChange), ("groups.md",)),
    "logins": (LOGINS, ("keys-and-sessions.md",)),
}


def arrays(page: str) -> dict[str, set[int]]:
    """Return how many elements the arrays of a page have that begin with a tag."""
    text = re.sub(r"\s+", " ", (PAGES / page).read_text(encoding="utf-8"))
    # In drawings an arrow may stand between two lines of one array.
    text = re.sub(r"[─◀▶]+", " ", text)
    found: dict[str, set[int]] = {}
    for match in re.finditer(r'\["(\w+)"', text):
        found.setdefault(match[1], set()).add(elements(text[match.start() :]))
    return found


def elements(text: str) -> int:
    """Count the elements of the array at the beginning of a text."""
    depth, count = 0, 1
    for character in text:
        depth += (character in "[(") - (character in "])")
        if depth == 0:
            return count
        count += character == "," and depth == 1
    raise AssertionError(f"an array that does not end: {text[:80]}")


CASES = [
    pytest.param(kind, pages, id=f"{side}-{kind.__struct_config__.tag}")
    for side, (kinds, pages) in WHERE.items()
    for kind in kinds
]


@pytest.mark.parametrize(("kind", "pages"), CASES)
def test_an_array_on_a_page_has_the_fields_of_the_code(kind: Any, pages: tuple[str, ...]) -> None:
    tag = str(kind.__struct_config__.tag)
    shown = set().union(*(arrays(page).get(tag, set()) for page in pages))
    # A client and a relay say some things to each other by one tag.
    meant = {
        1 + len(each.__struct_fields__)
        for kinds, where in WHERE.values()
        for each in kinds
        if str(each.__struct_config__.tag) == tag and set(where) & set(pages)
    }
    assert 1 + len(kind.__struct_fields__) in shown
    assert shown == meant


def test_the_size_of_device_lists_is_told() -> None:
    page = (PAGES / "keys-and-sessions.md").read_text(encoding="utf-8")
    accounts, devices = ({8: "eight", 12: "twelve"}[most] for most in (ACCOUNTS, DEVICES))
    said = f"at most {DEVICE_LIST_BODY_BYTES:,} bytes, with up to {accounts} accounts and one to {devices} entries"
    assert said in re.sub(r"\s+", " ", page)
