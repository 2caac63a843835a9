"""JSON-RPC 2.0 as bytes: one JSON object (or batch) a line, in ASCII, so that no terminal that shows it can be steered.

What comes is taken apart with care and answered with the codes of the specification; Babilu's own stable code stands
in the error's ``data``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from babilu.kernel import errors
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.rpc.json_codec import Json

VERSION: Final = "2.0"

LINE_BYTES_MAX: Final = 1024 * 1024
"""Longest line that is taken from a caller."""

ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""Longest line that is written as an answer."""

BATCH_MAX: Final = 100
"""Most requests in one batch."""

PARSE_ERROR: Final = -32_700
INVALID_REQUEST: Final = -32_600
METHOD_NOT_FOUND: Final = -32_601
INVALID_PARAMS: Final = -32_602
REFUSED: Final = -32_000
"""A command was refused: ``data.code`` says why."""

Id = str | int | None


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """A request, or a notification, which has no id and gets no answer.

    Attributes:
        id: What the answer bears.
        answered: Whether there is an answer.
        method: Name of the method.
        params: Its parameters by name.
    """

    id: Id
    answered: bool
    method: str
    params: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Invalid:
    """Invalid request, and the error that answers it."""

    id: Id
    number: int
    error: BabiluError


@dataclass(frozen=True, slots=True)
class RpcBatch:
    """Several requests that are answered together."""

    calls: tuple[RpcRequest | Invalid, ...]


@dataclass(frozen=True, slots=True)
class RpcResponse:
    """An answer as its caller gets it: a result, or an error."""

    id: Id
    result: Json
    error: BabiluError | None


def read_request(line: bytes) -> RpcRequest | Invalid | RpcBatch:
    """Take a line of a caller apart."""
    try:
        told = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Invalid(None, PARSE_ERROR, BabiluError(ErrorCode.MALFORMED, "This line is not JSON."))
    if not isinstance(told, list):
        return _read_call(told)
    if not told or len(told) > BATCH_MAX:
        return _invalid(None, f"A batch has 1 to {BATCH_MAX} requests.")
    return RpcBatch(tuple(_read_call(each) for each in told))


def _read_call(told: Json) -> RpcRequest | Invalid:
    if not isinstance(told, dict):
        return _invalid(None, "A request is an object.")
    given = told.get("id")
    number = given if isinstance(given, str) or type(given) is int else None
    if given is not None and number is None:
        return _invalid(None, "An id is a text or a whole number.")
    if told.get("jsonrpc") != VERSION or told.keys() - {"jsonrpc", "id", "method", "params"}:
        return _invalid(number, "A request has jsonrpc 2.0, method, and perhaps params and id.")
    method = told.get("method")
    if not isinstance(method, str):
        return _invalid(number, "A request has the name of a method.")
    params = told.get("params", {})
    if not isinstance(params, dict):
        return Invalid(number, INVALID_PARAMS, BabiluError(ErrorCode.USAGE, "Parameters are given by name."))
    return RpcRequest(number, "id" in told, method, params)


def _invalid(number: Id, text: str) -> Invalid:
    return Invalid(number, INVALID_REQUEST, BabiluError(ErrorCode.MALFORMED, text))


def read_answer(line: bytes) -> RpcResponse | RpcRequest | None:
    """Take a line of the host apart: an answer, a notification, or None for what is neither."""
    try:
        told = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if "method" in told:
        call = _read_call(told)
        return call if isinstance(call, RpcRequest) else None
    number = told.get("id")
    if not isinstance(number, str | int):
        return None
    if "error" in told:
        return RpcResponse(number, None, read_error(told["error"]))
    return RpcResponse(number, told.get("result"), None)


def result(number: Id, value: Json) -> Json:
    """Make the answer of a request that was carried out."""
    return {"jsonrpc": VERSION, "id": number, "result": value}


def failure(number: Id, code: int, error: BabiluError) -> Json:
    """Make the answer of a request that was refused."""
    data: dict[str, Json] = {"code": error.code.value, "family": type(error).__name__}
    if error.retry_after_ms is not None:
        data["retry_after_ms"] = error.retry_after_ms
    if error.reason is not None:
        data["reason"] = error.reason.value
    if error.details:
        data["details"] = dict(error.details)
    return {"jsonrpc": VERSION, "id": number, "error": {"code": code, "message": error.text, "data": data}}


def request(number: Id, method: str, params: Json) -> Json:
    """Make a request."""
    return {"jsonrpc": VERSION, "id": number, "method": method, "params": params}


def notification(method: str, params: Json) -> Json:
    """Make a notification."""
    return {"jsonrpc": VERSION, "method": method, "params": params}


def to_line(message: Json) -> bytes:
    """Write a message as one line."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def read_error(told: Json) -> BabiluError:
    """Make the error that the host answered with; a code of a newer host's becomes ``unsupported``."""
    members = told if isinstance(told, dict) else {}
    data = members.get("data")
    details = data if isinstance(data, dict) else {}
    text = members.get("message")
    retry = details.get("retry_after_ms")
    named = details.get("details")
    error = _error(
        details.get("code"),
        details.get("family"),
        text if isinstance(text, str) else "The host refused this.",
        retry if type(retry) is int else None,
    ).because(next((each for each in errors.Reason if each.value == details.get("reason")), None))
    plain = isinstance(named, dict) and all(type(value) in {str, int} for value in named.values())
    return error.about(cast("dict[str, str | int]", named)) if plain else error


def _error(code: Any, family: Any, text: str, retry_after_ms: int | None) -> BabiluError:  # noqa: ANN401 -- JSON
    known = next((each for each in ErrorCode if each.value == code), ErrorCode.UNSUPPORTED)
    if family == errors.UsageError.__name__:
        return errors.UsageError(text, known)
    kind = next((each for each in _FAMILIES if each.__name__ == family), BabiluError)
    return kind(known, text, retry_after_ms)


_FAMILIES: Final[tuple[type[BabiluError], ...]] = (
    errors.ProtocolError,
    errors.AccountError,
    errors.DeliveryError,
    errors.LinkError,
    errors.CryptoError,
    errors.TrustError,
    errors.ProfileError,
)
