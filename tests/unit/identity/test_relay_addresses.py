import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.identity.relay_addresses import other_addresses, parse_relay_address, show_relay_address
from babilu.kernel.limits import RELAY_ADDRESSES

HOME = ("chat.example.org", 5050)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("chat2.example.org:5050", ("chat2.example.org", 5050)),
        ("Chat2.Example.ORG:5050", ("chat2.example.org", 5050)),
        ("192.0.2.7:443", ("192.0.2.7", 443)),
        ("[2001:DB8:0::5]:443", ("2001:db8::5", 443)),
        ("[::ffff:192.0.2.7]:443", ("192.0.2.7", 443)),
        ("relay_2:1", ("relay_2", 1)),
    ],
)
def test_an_address_is_read_in_its_usual_form_and_written_so(text: str, address: tuple[str, int]) -> None:
    assert parse_relay_address(text) == address
    assert parse_relay_address(show_relay_address(*address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0:5050",
        "[::]:5050",
        "[::ffff:0.0.0.0]:5050",
        "224.0.0.1:5050",
        "[ff02::1]:5050",
        "255.255.255.255:5050",
        "169.254.169.254:80",
        "[fe80::1]:5050",
        "0:5050",
        "127.1:5050",
        "0x7f000001:5050",
        "a.0x:5050",
        "1.2.3.4.5:5050",
        "chat.example.org:0",
        "chat.example.org:65536",
        "chat.example.org",
        ":5050",
        "-a:5050",
        "a..b:5050",
        "a b:5050",
        "a\x1b:5050",
        "[::1:5050",
        "::1:5050",
        f"{'a' * 64}:5050",
        f"{'a.' * 130}a:5050",
    ],
)
def test_where_no_relay_can_be_reached_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- what is wrong with it concerns nobody
        parse_relay_address(text)


@given(st.text(max_size=40))
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    try:
        host, port = parse_relay_address(text)
    except ValueError:
        return
    assert parse_relay_address(show_relay_address(host, port)) == (host, port)


def test_what_is_told_is_kept_once_each_without_the_known_address_and_without_what_leads_nowhere() -> None:
    told = ("0.0.0.0:1", "CHAT.example.org:5050", "b:1", "B:1", "nonsense", "[2001:db8::1]:2", "chat.example.org:5051")
    assert other_addresses(told, *HOME) == ("b:1", "[2001:db8::1]:2", "chat.example.org:5051")


def test_no_more_addresses_are_kept_than_a_frame_may_hold() -> None:
    told = tuple(f"node{number}:1" for number in range(RELAY_ADDRESSES + 1))
    assert other_addresses(told, *HOME) == told[:RELAY_ADDRESSES]


@pytest.mark.parametrize("loopback", ["127.0.0.1:1", "[::1]:1", "localhost:1", "a.localhost:1", "127.0.0.2:1"])
def test_this_machine_is_another_address_only_of_a_relay_on_this_machine(loopback: str) -> None:
    assert other_addresses((loopback,), *HOME) == ()
    assert other_addresses((loopback,), "127.0.0.1", 5050) == (loopback,)
    assert other_addresses((loopback,), "localhost", 5050) == (loopback,)
