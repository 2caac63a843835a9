"""File descriptors of a relay: as many as its limits need, as far as the system lets it raise its own bound."""

import sys
from typing import Final

from babilu.kernel.limits import DEVICES, Limits

BESIDE: Final = 64
"""Files that are open besides connections: database, log, sockets."""


def descriptors_for(limits: Limits) -> int:
    """Count the files that a relay with these limits may have open."""
    return limits.connections + limits.max_users * (limits.connections_per_account + DEVICES) + BESIDE


def allowed_descriptors() -> int:
    """Tell how many files a process may raise its bound to."""
    import resource  # there on Unix only

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def raise_descriptors(limits: Limits) -> None:
    """Raise this process's bound to what the limits ask for; where the system forbids it, `doctor` says so."""
    if sys.platform == "win32":
        return
    import resource  # there on Unix only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(descriptors_for(limits), allowed_descriptors())
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
