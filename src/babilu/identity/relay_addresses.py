"""Addresses of a relay, ``host:port``: read, written, and cleaned of what nobody can be reached at.

An address that somebody else tells is never more than another place at which to look for a relay whose certificate is
known already.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from babilu.kernel.limits import ADDRESS_CHARACTERS, RELAY_ADDRESSES

PORT_MAX: Final = 65_535

_WRITTEN: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[0-9A-Za-z._-]{1,253})):(?P<port>[0-9]{1,5})"
)
_LABEL: Final = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")

_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_relay_address(text: str) -> tuple[str, int]:
    """Read ``host:port``, an IPv6 address in brackets; names come back in lower case, addresses in their usual form.

    Raises:
        ValueError: It is written otherwise, or no relay can be reached there: the unspecified address, that of a group
            of machines, that of one cable alone, or port 0.
    """
    found = _WRITTEN.fullmatch(text) if len(text) <= ADDRESS_CHARACTERS else None
    if found is None:
        raise ValueError("not host:port")
    port = int(found["port"])
    if not 0 < port <= PORT_MAX:
        raise ValueError("not a port")
    host = str(ipaddress.IPv6Address(found["six"])) if found["six"] is not None else _checked_name(found["name"])
    address = _ip(host)
    if address is None:
        return host, port
    if not _is_reachable(address):
        raise ValueError("nobody can be reached there")
    return str(address), port


def show_relay_address(host: str, port: int) -> str:
    """Write ``host:port``, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def other_addresses(told: Iterable[str], host: str, port: int) -> tuple[str, ...]:
    """Clean what is told of a relay's other addresses.

    Args:
        told: ``host:port`` of each.
        host: Where the relay is known to be.
        port: Its port there.

    Returns:
        At most `RELAY_ADDRESSES`, each once and without that one. Loopback, which is another machine for everybody, is
        among them only where the relay itself is known to be there.
    """
    kept: dict[tuple[str, int], None] = {}
    for text in told:
        try:
            address = parse_relay_address(text)
        except ValueError:
            continue
        if address != (host.lower(), port) and (is_loopback(host) or not is_loopback(address[0])):
            kept[address] = None
    return tuple(show_relay_address(*address) for address in list(kept)[:RELAY_ADDRESSES])


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, whoever asks."""
    address = _ip(host)
    if address is None:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")
    return address.is_loopback


def _checked_name(text: str) -> str:
    """Read a name, or an IPv4 address in its usual form.

    Resolvers take ``0``, ``127.1`` and ``0x7f000001`` for addresses as well: a name whose last part is a number is none
    (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    """
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(ipaddress.IPv4Address(text))
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("not a host")
    return text.lower()


def _ip(host: str) -> _IpAddress | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_reachable(address: _IpAddress) -> bool:
    is_broadcast = address == ipaddress.IPv4Address("255.255.255.255")
    return not (address.is_unspecified or address.is_multicast or address.is_link_local or is_broadcast)
