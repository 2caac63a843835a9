import pytest

from babilu.relay.base.addresses import is_private, limit_key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_an_ipv4_address_or_an_ipv6_network_counts_as_one(one: str, other: str, same: bool) -> None:
    assert (limit_key(one, False) == limit_key(other, False)) is same


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "::ffff:127.0.0.1"])
def test_loopback_counts_only_where_asked_for(host: str) -> None:
    assert limit_key(host, False) is None
    assert limit_key(host, True) is not None


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("192.168.1.1", True),
        ("fd00::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("8.8.8.8", False),
        ("2a00::1", False),
        ("relay.example", False),
    ],
)
def test_everywhere_and_public_addresses_are_not_private(host: str, private: bool) -> None:
    assert is_private(host) is private
