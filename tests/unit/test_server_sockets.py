import errno
import os
import socket
from contextlib import closing

import pytest

from babilu.server_sockets import Info, listen_everywhere

BACKLOG = 5


def info(address: str) -> Info:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, 6, "", (address, 0, 0, 0) if ":" in address else (address, 0)


ABSENT = info("2001:db8::1")
"""Of the network that is for documents alone (RFC 3849): no machine has it."""


def addresses_of(sockets: list[socket.socket]) -> set[tuple[str, int]]:
    found = {made.getsockname()[:2] for made in sockets}
    for made in sockets:
        made.close()
    return found


@pytest.mark.parametrize("order", [[ABSENT, info("127.0.0.1")], [info("127.0.0.1"), ABSENT]])
def test_an_address_that_this_machine_lacks_takes_no_other_with_it(order: list[Info]) -> None:
    made = listen_everywhere(order, 0, backlog=BACKLOG, both_families=False)
    assert [host for host, _ in addresses_of(made)] == ["127.0.0.1"]


def test_both_addresses_of_a_name_have_the_same_port() -> None:
    found = addresses_of(listen_everywhere([info("::1"), info("127.0.0.1")], 0, backlog=BACKLOG, both_families=False))
    assert ({host for host, _ in found}, len({port for _, port in found})) == ({"::1", "127.0.0.1"}, 1)


def test_a_name_of_which_this_machine_has_no_address_is_refused() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRNOTAVAIL)):
        listen_everywhere([ABSENT], 0, backlog=BACKLOG, both_families=False)


def test_a_port_that_is_taken_at_one_address_is_refused_and_the_other_is_given_back() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            listen_everywhere([info("::1"), info("127.0.0.1")], port, backlog=BACKLOG, both_families=False)
        socket.create_server(("::1", port), family=socket.AF_INET6).close()
