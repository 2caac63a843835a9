"""Pictures of codes come from outside: they are read in a process of its own that has little memory and little time.

Reading needs the package `zxing-cpp`; where it is missing codes are compared by eye or by their digits.
"""

import importlib.util
import subprocess
import sys
from enum import Enum, unique
from pathlib import Path
from typing import Final

PICTURE_BYTES: Final = 20 * 1024 * 1024
TIME_S: Final = 15
KINDS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


@unique
class CodeOutcome(Enum):
    """Why nothing was read."""

    NO_PICTURE = "no_picture"
    NO_CODE = "no_code"


def can_read_pictures() -> bool:
    """Tell whether the reader is installed."""
    return importlib.util.find_spec("zxingcpp") is not None


def read_code(path: str) -> bytes | CodeOutcome:
    """Read the QR code in a picture; what is no picture by its first bytes is never given to a decoder."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(PICTURE_BYTES + 1)
    except OSError:
        return CodeOutcome.NO_PICTURE
    if len(content) > PICTURE_BYTES or not is_picture(content):
        return CodeOutcome.NO_PICTURE
    command = [sys.executable, "-I", str(Path(__file__).with_name("code_reader.py"))]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=TIME_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return CodeOutcome.NO_PICTURE
    if done.returncode:
        return CodeOutcome.NO_PICTURE
    return bytes.fromhex(done.stdout.decode("ascii")) or CodeOutcome.NO_CODE


def is_picture(content: bytes) -> bool:
    """Tell by the first bytes whether something claims to be PNG, JPEG or WebP."""
    return content.startswith(KINDS) and (not content.startswith(b"RIFF") or content[8:12] == b"WEBP")
