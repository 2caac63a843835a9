import pytest

from babilu.kernel import errors
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.rpc import messages as m
from babilu.rpc.line_reader import LineReader
from babilu.rpc.messages import Invalid, RpcBatch, RpcRequest, RpcResponse


def test_a_request_has_an_id_and_a_notification_has_none() -> None:
    assert m.read_request(b'{"jsonrpc":"2.0","id":7,"method":"status"}') == RpcRequest(7, True, "status", {})
    assert m.read_request(b'{"jsonrpc":"2.0","id":null,"method":"status"}') == RpcRequest(None, True, "status", {})
    assert m.read_request(b'{"jsonrpc":"2.0","method":"a","params":{"b":1}}') == RpcRequest(None, False, "a", {"b": 1})


@pytest.mark.parametrize(
    ("line", "number", "code"),
    [
        (b"", None, m.PARSE_ERROR),
        (b"{", None, m.PARSE_ERROR),
        (b"NaN", None, m.PARSE_ERROR),
        (b'"\xff"', None, m.PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', None, m.PARSE_ERROR),
        (b"[" * 100_000, None, m.PARSE_ERROR),
        (b"[]", None, m.INVALID_REQUEST),
        (b"[" + b",".join([b"1"] * 101) + b"]", None, m.INVALID_REQUEST),
        (b"1", None, m.INVALID_REQUEST),
        (b"null", None, m.INVALID_REQUEST),
        (b'{"id":1,"method":"a"}', 1, m.INVALID_REQUEST),
        (b'{"jsonrpc":"1.0","id":"x","method":"a"}', "x", m.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1}', 1, m.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":2}', 1, m.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":true,"method":"a"}', None, m.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"a"}', None, m.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","x":1}', 1, m.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}', 1, m.INVALID_PARAMS),
    ],
)
def test_what_is_no_request_gets_the_codes_of_the_specification(line: bytes, number: m.Id, code: int) -> None:
    read = m.read_request(line)
    assert isinstance(read, Invalid)
    assert (read.id, read.number) == (number, code)


def test_a_batch_is_read_each_by_itself() -> None:
    read = m.read_request(b'[{"jsonrpc":"2.0","id":1,"method":"a"},2]')
    assert isinstance(read, RpcBatch)
    assert [type(each) for each in read.calls] == [RpcRequest, Invalid]


@pytest.mark.parametrize(
    "error",
    [
        errors.UsageError("No."),
        errors.AccountError(ErrorCode.WRONG_CREDENTIALS, "No."),
        errors.LinkError(ErrorCode.BUSY, "Later.", 250),
        errors.LinkError(ErrorCode.UNAVAILABLE, "Nobody.").because(errors.Reason.REFUSED),
        BabiluError(ErrorCode.TOO_LARGE, "No.").because(errors.Reason.FILE).about({"file": "a.bin", "size": 9}),
        errors.TrustError(ErrorCode.IDENTITY_CHANGED, "Look."),
        errors.ProfileError(ErrorCode.DISK_FULL, "Full."),
        errors.CryptoError(ErrorCode.BAD_KEY, "Bad."),
        BabiluError(ErrorCode.INTERNAL, "Oh."),
    ],
)
def test_an_error_comes_back_as_it_went(error: BabiluError) -> None:
    answer = m.read_answer(m.to_line(m.failure(3, m.REFUSED, error)))
    assert isinstance(answer, RpcResponse)
    assert answer.error is not None
    assert type(answer.error) is type(error)
    assert vars(answer.error) == vars(error)


@pytest.mark.parametrize(
    "told",
    [
        None,
        1,
        {},
        {"message": 1, "data": 2},
        {"data": {"code": "new", "family": "New", "retry_after_ms": "1", "details": {"a": []}}},
    ],
)
def test_an_error_of_another_version_is_still_an_error(told: object) -> None:
    error = m.read_error(told)
    assert type(error) is BabiluError
    assert error.code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"id":[]}', b'{"result":1}', b'{"method":1}'])
def test_what_is_no_answer_is_passed_over(line: bytes) -> None:
    assert m.read_answer(line) is None


def test_lines_are_found_however_they_are_cut() -> None:
    text = b"one\n\ntwo and more\nthr"
    for size in (1, 2, 7, 100):
        lines, found = LineReader(100), []
        for start in range(0, len(text), size):
            lines.feed(text[start : start + size])
            while (line := lines.next()) is not None:
                found.append(line)
        assert found == [b"one", b"", b"two and more"]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_that_is_too_long_is_refused_before_and_after_its_end(end: bytes) -> None:
    lines = LineReader(10)
    lines.feed(b"0123456789\n" + b"x" * 11 + end)
    assert lines.next() == b"0123456789"
    with pytest.raises(errors.ProtocolError, match="too_large"):
        lines.next()
