"""What is to happen after a while happens, however late.

Textual's own timer for one time leaves out what is late already when it begins to wait: a process that is kept from
running for so long just then never does it.
"""

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


def call_after(seconds: float, pump: MessagePump, act: Callable[[], object]) -> asyncio.TimerHandle:
    """Call a function after a while, between the messages of a widget; not after the widget's end."""
    return asyncio.get_running_loop().call_later(seconds, pump.call_next, act)
