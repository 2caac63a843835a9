"""Babilu: private chat that people host themselves.

The names below are the library's. Importing the package loads none of them: each is loaded at its first use, so that
a relay or a command line pays for nothing it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from babilu.version import __version__

if TYPE_CHECKING:
    from babilu.kernel.errors import BabiluError, ErrorCode
    from babilu.library import (
        Address,
        Bot,
        Client,
        ContactView,
        GroupInvitationView,
        GroupView,
        HistoryPage,
        Limit,
        Message,
        RequestView,
        SafetyNumberView,
        StatusView,
    )

__all__ = [
    "Address",
    "BabiluError",
    "Bot",
    "Client",
    "ContactView",
    "ErrorCode",
    "GroupInvitationView",
    "GroupView",
    "HistoryPage",
    "Limit",
    "Message",
    "RequestView",
    "SafetyNumberView",
    "StatusView",
    "__version__",
]

_HOMES = {
    "Address": "babilu.library",
    "BabiluError": "babilu.kernel.errors",
    "Bot": "babilu.library",
    "Client": "babilu.library",
    "ContactView": "babilu.library",
    "ErrorCode": "babilu.kernel.errors",
    "GroupInvitationView": "babilu.library",
    "GroupView": "babilu.library",
    "HistoryPage": "babilu.library",
    "Limit": "babilu.library",
    "Message": "babilu.library",
    "RequestView": "babilu.library",
    "SafetyNumberView": "babilu.library",
    "StatusView": "babilu.library",
}


def __getattr__(name: str) -> object:
    """Load a public name at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Name what may be used, loaded or not."""
    return sorted(__all__)
