"""Server sockets at every address of a name: the relay's, and the one for conversation requests in every client."""

import errno
import socket
from collections.abc import Iterable
from typing import Any, Final

Info = tuple[Any, ...]
"""What `socket.getaddrinfo` returns for one address."""

NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Errors of an address that this machine does not have, such as ::1 in its hosts file where IPv6 is off."""


def listen_everywhere(infos: Iterable[Info], port: int, *, backlog: int, both_families: bool) -> list[socket.socket]:
    """Listen at every address of a name that this machine has, at the same port.

    Args:
        infos: The addresses.
        port: TCP port; 0 takes a free one.
        backlog: Connections that may wait to be accepted.
        both_families: Whether an IPv6 address takes IPv4 too.

    Returns:
        The sockets, not blocking, at least one.

    Raises:
        OSError: An address is there and cannot be listened at, or none is there.
    """
    bound: list[socket.socket] = []
    absent = OSError(errno.EADDRNOTAVAIL, "the name has no address")
    try:
        for family, address in dict.fromkeys((info[0], info[4]) for info in infos):
            chosen = bound[0].getsockname()[1] if bound else port
            try:
                bound.append(_listen(family, (address[0], chosen, *address[2:]), backlog, both_families=both_families))
            except OSError as error:
                if error.errno not in NOT_HERE:
                    raise
                absent = error
    except BaseException:
        for made in bound:
            made.close()
        raise
    if not bound:
        raise absent
    return bound


def _listen(family: int, address: tuple[Any, ...], backlog: int, *, both_families: bool) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not both_families))
        made.bind(address)
        made.listen(backlog)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made
