"""This same Python once more, for a process that is to be confined."""

import os
import sys


def own_python(start: str) -> tuple[str, ...]:
    """Start this same Python with nothing of its user's: no environment, no folder, no packages but those we have.

    Args:
        start: What is run; ``sys.argv`` begins with the places of modules, which are those of this process.
    """
    places = [os.path.abspath(place) for place in sys.path if place]  # noqa: PTH100 -- no link is followed
    return (sys.executable, "-I", "-S", "-B", "-c", start, *places)
