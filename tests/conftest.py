"""Rules for every test: no thread outlives it, and generated examples repeat in continuous integration."""

import os
import threading
from collections.abc import Iterator

import hypothesis
import pytest

THREAD_END_SECONDS = 5.0

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


@pytest.fixture(autouse=True)
def no_thread_outlives_the_test() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    leaked = [thread for thread in threading.enumerate() if thread not in before]
    for thread in leaked:
        thread.join(THREAD_END_SECONDS)
    alive = sorted(thread.name for thread in leaked if thread.is_alive())
    if alive:
        pytest.fail(f"threads outlived the test: {', '.join(alive)}")
