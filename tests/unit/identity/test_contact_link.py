from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.identity.contact_link import ContactLink
from babilu.identity.invitation import Invitation
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import IdentityKey

IDENTITY = IdentityKey(b"i" * 32)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "chat.example.org"])
@pytest.mark.parametrize("name", ["bob", "zoë", "bob smith", "a/b#c?d@e"])
@pytest.mark.parametrize("relay", [b"r" * 32, None])
def test_a_link_is_read_as_it_was_written(host: str, name: str, relay: bytes | None) -> None:
    link = ContactLink(name, IDENTITY, host, 5050, relay)

    assert ContactLink.decode(f" {link.encode()}\n") == link
    assert len(link.encode().split()) == 1


VALID = ContactLink("bob", IDENTITY, "127.0.0.1", 5050, b"r" * 32).encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https" + VALID[6:],
        VALID.replace(":5050", ":0"),
        VALID.replace("/@bob", "/"),
        VALID.replace("/@bob", "/bob"),
        VALID.replace("/@bob", "/@"),
        VALID.replace("/@bob", "/@%0a"),
        VALID.replace("/@bob", "/@%ff"),
        VALID.replace("/@bob", "/@" + "b" * 100),
        VALID[:-8],
        VALID + "=",
        VALID.split("#", maxsplit=1)[0],
        Invitation("127.0.0.1", 5050, b"p" * 32, b"t" * 16).encode(),
        "x" * 100_000,
    ],
)
def test_a_part_of_a_link_or_something_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ContactLink.decode(text)


@given(st.text(max_size=200))
def test_any_text_is_a_link_or_a_clear_refusal(text: str) -> None:
    for candidate in (text, f"babilu://h:1/@n#{text}", f"{VALID}{text}", VALID.replace("bob", quote(text, safe=""))):
        try:
            link = ContactLink.decode(candidate)
        except UsageError:
            continue
        assert ContactLink.decode(link.encode()) == link
        assert candidate.strip() == link.encode()


def test_a_contact_link_is_no_invitation() -> None:
    with pytest.raises(UsageError):
        Invitation.decode(VALID)
