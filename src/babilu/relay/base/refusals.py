"""Refusals as clients read them: a code that the relay protocol knows, under the number of the request."""

import msgspec

from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, TrustError
from babilu.wire.relay_frames import Error


def request_number(message: msgspec.Struct) -> int | None:
    """Return the number of a request, or None for a frame that has none."""
    number: int | None = getattr(message, "request", None)
    return number


def error_frame(error: BabiluError, request: int | None) -> Error:
    """Build the refusal that tells a client of ``error``: only codes that the relay protocol knows travel."""
    code = error.code
    if isinstance(error, CryptoError):
        code = ErrorCode.MALFORMED
    elif isinstance(error, TrustError):
        code = ErrorCode.CONFLICT
    return Error(code.value, error.text, request, error.retry_after_ms)
