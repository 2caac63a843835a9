import asyncio
from collections.abc import Callable, Mapping

from babilu.engine.runtime.loop_thread import new_event_loop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that clients run on."""
    return {"client": new_event_loop}
