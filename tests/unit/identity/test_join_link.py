from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.identity.contact_link import ContactLink
from babilu.identity.invitation import INVITATION_CHARACTERS, Invitation
from babilu.identity.join_link import JoinLink, join_token_hash, pasted_invitation
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import ConversationId, IdentityKey
from babilu.kernel.limits import RELAY_ADDRESSES

LINK = JoinLink(
    host="127.0.0.1",
    port=5050,
    relay_key=b"r" * 32,
    pin=b"p" * 32,
    next_pin=None,
    group=ConversationId(b"g" * 32),
    token=b"t" * 16,
    admins=("alice", "bob", "zoë"),
    expires_at=1_800_000_000_000,
)
VALID = LINK.encode()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "chat.example.org"])
@pytest.mark.parametrize("next_pin", [None, b"n" * 32])
@pytest.mark.parametrize("invitation", [None, b"i" * 32])
def test_a_link_is_read_as_it_was_written(host: str, next_pin: bytes | None, invitation: bytes | None) -> None:
    link = replace(LINK, host=host, next_pin=next_pin, invitation=invitation)
    assert JoinLink.decode(f" {link.encode()}\n") == link
    assert len(link.encode()) < 1024


def test_the_longest_names_fit_into_a_link() -> None:
    link = replace(LINK, host="h" * 253, admins=tuple("名" * 31 + str(number) for number in range(3)))
    assert JoinLink.decode(link.encode()) == link


@pytest.mark.parametrize("invitation", [None, b"i" * 32])
def test_other_addresses_of_the_relay_follow_at_the_end(invitation: bytes | None) -> None:
    link = replace(LINK, invitation=invitation, also=("chat2.example.org:5050", "[2001:db8::2]:443"))
    assert JoinLink.decode(link.encode()) == link
    assert len(link.encode()) > len(replace(link, also=()).encode())


def test_of_the_other_addresses_so_many_are_written_as_there_is_room_for() -> None:
    also = tuple(f"{'a' * 63}.{'b' * 63}.node{number}.example.org:5050" for number in range(RELAY_ADDRESSES))
    text = replace(LINK, next_pin=b"n" * 32, invitation=b"i" * 32, also=also).encode()
    assert len(text) <= INVITATION_CHARACTERS
    written = JoinLink.decode(text).also
    assert 0 < len(written) < len(also)
    assert written == also[: len(written)]


@pytest.mark.parametrize("also", [("no port",), ("a:1\n",), ("a\x1b:1",), ("[a:1",), ("a:1",) * 9])
def test_an_address_that_is_none_is_refused(also: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        JoinLink.decode(replace(LINK, also=also).encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https" + VALID[6:],
        VALID.replace(":5050", ":0"),
        VALID.replace("/+", "/"),
        VALID.replace("/+", "/++"),
        VALID.replace("/+", "/@alice"),
        VALID[:-8],
        VALID + "=",
        VALID.split("#", maxsplit=1)[0],
        replace(LINK, admins=()).encode(),
        replace(LINK, admins=("a", "b", "c", "d")).encode(),
        replace(LINK, admins=("alice", "alice")).encode(),
        replace(LINK, admins=("Alice",)).encode(),
        replace(LINK, token=b"t" * 15).encode(),
        Invitation("127.0.0.1", 5050, b"p" * 32, b"t" * 16).encode(),
        ContactLink("bob", IdentityKey(b"i" * 32), "127.0.0.1", 5050, None).encode(),
        "x" * 100_000,
    ],
)
def test_a_part_of_a_link_or_something_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        JoinLink.decode(text)


def test_what_was_pasted_is_an_invitation_or_a_link_into_a_group() -> None:
    invitation = Invitation("127.0.0.1", 5050, b"p" * 32, b"t" * 16)
    assert pasted_invitation(invitation.encode()) == invitation
    assert pasted_invitation(f" {VALID}") == LINK
    for neither in ("alice", ContactLink("bob", IdentityKey(b"i" * 32), "127.0.0.1", 5050, None).encode()):
        with pytest.raises(UsageError) as refused:
            pasted_invitation(neither)
        assert "invitation" in refused.value.text
    with pytest.raises(UsageError) as cut:
        pasted_invitation(VALID[:-8])
    assert "group" in cut.value.text


@given(st.text(max_size=200))
def test_any_text_is_a_link_or_a_clear_refusal(text: str) -> None:
    for candidate in (text, f"babilu://h:1/+#{text}", f"{VALID}{text}"):
        try:
            link = JoinLink.decode(candidate)
        except UsageError:
            continue
        assert JoinLink.decode(link.encode()) == link
        assert candidate.strip() == link.encode()


def test_a_token_is_known_again_for_its_group_alone() -> None:
    known = join_token_hash(b"g" * 32, b"t" * 16)
    assert len(known) == 32
    assert known != join_token_hash(b"h" * 32, b"t" * 16)
    assert b"t" * 16 not in known


def test_what_shows_a_link_hides_its_token() -> None:
    assert "tttt" not in repr(replace(LINK, invitation=b"tttt" * 8))
