"""Addresses as limits count them: an IPv4 address or an IPv6 /64 is one, and loopback, which all share, is none."""

import ipaddress

_IPV6_PREFIX = 64

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


def limit_key(host: str, limit_loopback: bool) -> str | None:
    """Return what limits for ``host`` are counted under.

    Args:
        host: Address of the other end, as a socket gives it.
        limit_loopback: Whether loopback is limited too.

    Returns:
        The key, or None where no limit by address holds.
    """
    address = _parse(host)
    if address is None:
        return host
    if address.is_loopback and not limit_loopback:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address) >> _IPV6_PREFIX << _IPV6_PREFIX, _IPV6_PREFIX)))
    return str(address)


def is_within(host: str, networks: Networks) -> bool:
    """Tell whether an address, as a socket gives it, lies in one of some networks."""
    address = _parse(host) if networks else None
    return address is not None and any(address in network for network in networks)


def is_private(host: str) -> bool:
    """Tell whether only this machine or a private network can reach a socket that listens on ``host``."""
    address = _parse(host)
    return address is not None and address.is_private and not address.is_unspecified


def _parse(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
