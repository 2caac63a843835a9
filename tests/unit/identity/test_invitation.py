import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from babilu.identity.invitation import INVITATION_CHARACTERS, Invitation
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import RELAY_ADDRESSES

PIN, TOKEN = b"p" * 32, b"t" * 16
VALID = Invitation("127.0.0.1", 5050, PIN, TOKEN).encode()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "2001:db8::5", "chat.example.org", "localhost"])
def test_an_invitation_is_read_as_it_was_written(host: str) -> None:
    invitation = Invitation(host, 5050, PIN, TOKEN)
    assert Invitation.decode(invitation.encode()) == invitation
    assert Invitation.decode(f"  {invitation.encode()}\n") == invitation


def test_an_invitation_is_one_string_without_spaces_and_with_brackets_around_ipv6() -> None:
    text = Invitation("::1", 5050, PIN, TOKEN).encode()
    assert text.startswith("babilu://[::1]:5050/#")
    assert len(text.split()) == 1


@pytest.mark.parametrize(
    "invitation",
    [
        Invitation("127.0.0.1", 5050, PIN, TOKEN, b"n" * 32),
        Invitation("127.0.0.1", 5050, PIN, TOKEN, None, b"epoch 01"),
        Invitation("127.0.0.1", 5050, PIN, TOKEN, b"n" * 32, b"epoch 01", ("chat2.example.org:5050", "[::1]:443")),
        Invitation("127.0.0.1", 5050, PIN, TOKEN, also=("chat2.example.org:5050",)),
    ],
)
def test_what_else_is_known_of_a_relay_follows_at_the_end(invitation: Invitation) -> None:
    assert Invitation.decode(invitation.encode()) == invitation
    assert len(invitation.encode()) > len(VALID)


@pytest.mark.parametrize("also", [("no port",), ("a:1\n",), ("a\x1b:1",), ("[a:1",), ("a:1",) * 9])
def test_an_address_that_is_none_is_refused(also: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        Invitation.decode(Invitation("127.0.0.1", 5050, PIN, TOKEN, also=also).encode())


def test_the_longest_invitation_fits_into_a_code_and_is_read() -> None:
    also = tuple(f"{'a' * 63}.{'b' * 63}.node{number}.example.org:5050" for number in range(RELAY_ADDRESSES))
    host = ".".join(["c" * 62] * 4)
    text = Invitation(host, 65_535, PIN, b"t" * 64, b"n" * 32, b"epoch 01", also).encode()
    assert len(text) <= INVITATION_CHARACTERS
    assert 0 < len(Invitation.decode(text).also) < len(also)
    assert segno.make(text, error="l", micro=False).designator


def test_an_invitation_does_not_print_its_token() -> None:
    assert repr(TOKEN) not in repr(Invitation("::1", 5050, PIN, TOKEN))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "babilu://",
        "https" + VALID[6:],
        VALID.replace(":5050", ""),
        VALID.replace(":5050", ":0"),
        VALID.replace(":5050", ":70000"),
        VALID.replace(":5050", ":x"),
        VALID.replace("127.0.0.1", ""),
        VALID.replace("127.0.0.1", "me@127.0.0.1"),
        VALID.replace("127.0.0.1", "me:secret@127.0.0.1"),
        VALID.replace("127.0.0.1", "[::zz]"),
        VALID.replace("127.0.0.1", "[::1"),
        VALID.replace("127.0.0.1", "a b"),
        VALID.replace("127.0.0.1", "a" * 300),
        VALID.replace("/#", "/path#"),
        VALID.replace("/#", "/?q=1#"),
        VALID.split("#", maxsplit=1)[0],
        VALID[:-8],
        VALID + "AAAA",
        VALID[:-2] + "!!",
        VALID + "\u00e9",
        "x" * 100_000,
    ],
)
def test_a_part_of_an_invitation_or_something_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Invitation.decode(text)


@given(st.text(max_size=200))
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    for candidate in (text, f"babilu://{text}", f"babilu://127.0.0.1:5050/#{text}"):
        with pytest.raises(UsageError):
            Invitation.decode(candidate)
