"""Spread of the clients that a node leaves: each comes back at a moment of its own.

A login costs a relay more than anything else that a client asks for. Clients that were sent away together and come
back together would keep the remaining nodes busy with nothing else; so their moments are spread evenly over the time
that the logins take, and each client lengthens its own by chance. A node that is killed says no farewell: so at its
login each client is told the whole time, and takes a moment in it by chance.
"""

from collections.abc import Iterator
from typing import Final

from babilu.kernel.errors import ErrorCode
from babilu.wire.frame_base import Bye

NEW_START_MS: Final = 2_000
"""How long a relay without other nodes has to be there again before the first client comes back."""

SHORTEST_SPREAD_MS: Final = 2_000

LOGIN_MS: Final = 3
"""What a login costs a node, rounded up: 20,000 clients come back within a minute."""

LONGEST_SPREAD_MS: Final = 10 * 60 * 1000
"""Longest spread: whoever waits longer than that would take the relay for gone."""


def logins_ms(connections: int, other_nodes: int) -> int:
    """Return the time that so many logins take on the nodes that remain, or on this one once it runs again."""
    return min(connections * LOGIN_MS // max(other_nodes, 1), LONGEST_SPREAD_MS)


def spread_ms(connections: int, other_nodes: int) -> int:
    """Return the time over which so many clients are asked to come back."""
    return max(SHORTEST_SPREAD_MS, logins_ms(connections, other_nodes))


def farewells(connections: int, other_nodes: int) -> Iterator[Bye]:
    """Make a farewell for each connection.

    Args:
        connections: How many there are.
        other_nodes: Nodes of the relay that clients can come to meanwhile; 0 where this one has to be there again.
    """
    begin = 0 if other_nodes else NEW_START_MS
    spread = spread_ms(connections, other_nodes)
    for place in range(connections):
        yield Bye(ErrorCode.SHUTTING_DOWN.value, begin + spread * place // connections)
