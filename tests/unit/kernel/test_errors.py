import pytest

from babilu.kernel import errors
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    UsageError,
    remote_error,
)


def test_codes_are_lower_case_words_and_all_different() -> None:
    values = [code.value for code in ErrorCode]
    assert len(set(values)) == len(values)
    assert all(value.replace("_", "").isalpha() and value == value.lower() for value in values)


def test_an_error_shows_its_sentence_and_its_code() -> None:
    assert str(LinkError(ErrorCode.BUSY, "Not now.")) == "Not now. (busy)"
    assert str(UsageError("That makes no sense.")) == "That makes no sense. (usage)"


@pytest.mark.parametrize("family", BabiluError.__subclasses__())
def test_every_family_is_in_the_one_tree_and_has_its_line_in_the_picture(family: type[BabiluError]) -> None:
    if family.__module__ == errors.__name__:
        assert errors.__doc__ is not None
        assert f"── {family.__name__} " in errors.__doc__


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("malformed", ProtocolError),
        ("wrong_credentials", AccountError),
        ("quota", DeliveryError),
        ("shutting_down", LinkError),
    ],
)
def test_what_the_other_side_reports_keeps_code_family_sentence_and_pause(code: str, family: type[BabiluError]) -> None:
    error = remote_error(code, "So it is.", 1_500)
    assert type(error) is family
    assert (error.code.value, error.text, error.retry_after_ms) == (code, "So it is.", 1_500)


@pytest.mark.parametrize("code", ["", "no_such_code", "profile_damaged", "internal", "QUOTA"])
def test_a_code_that_is_not_of_the_protocol_is_unsupported(code: str) -> None:
    error = remote_error(code, "Whatever.")
    assert isinstance(error, ProtocolError)
    assert error.code is ErrorCode.UNSUPPORTED
