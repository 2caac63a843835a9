"""What a new device is called: as its user says, else as the machine is."""

import platform

from babilu.api.client import LinkWish
from babilu.api.views import Address
from babilu.kernel.plain_text import cleaned

NAME_CHARACTERS = 64


def link_wish(name: str | None, *, companion: bool, address: Address | None = None) -> LinkWish:
    """Say how this device is to be linked.

    Args:
        name: What it is called; None for the name of the machine.
        companion: Whether it is to be a companion.
        address: Without a relay: where a full device listens.
    """
    called = cleaned((name or platform.node()).strip(), NAME_CHARACTERS)
    return LinkWish(called, not companion, address)
