"""Every line of JSON that a command prints is made here: one object, in ASCII.

ASCII, so that no terminal that happens to show it can be steered, and no encoding can spoil it.
"""

import json
from collections.abc import Mapping


def json_line(members: Mapping[str, object]) -> str:
    """Write one object as one line, without its end."""
    return json.dumps(members, ensure_ascii=True, separators=(",", ":"))
