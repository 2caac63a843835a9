"""Balancer: what it says in front of a connection that it passes on (HAProxy's proxy-protocol.txt, section 2.2)."""

import ipaddress

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")


def proxy_header(client: str, more: bytes = b"") -> bytes:
    """Say for whom a connection is passed on.

    Args:
        client: Address of the client.
        more: What follows the addresses: type, length and value, as often as a balancer likes.
    """
    source = ipaddress.ip_address(client)
    target = ipaddress.ip_address("127.0.0.1" if source.version == 4 else "::1")
    ports = (50_000).to_bytes(2, "big") + (5_050).to_bytes(2, "big")
    rest = source.packed + target.packed + ports + more
    family = 0x11 if source.version == 4 else 0x21
    return SIGNATURE + bytes([0x21, family]) + len(rest).to_bytes(2, "big") + rest


def own_header() -> bytes:
    """Say that the balancer connects for itself, as for a check of health."""
    return SIGNATURE + bytes([0x20, 0, 0, 0])
