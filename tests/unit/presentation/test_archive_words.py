"""How backups stand, in words: a failure is said of the folder and its disk, in both languages."""

import pytest

from babilu.api.views import ArchiveStatusView
from babilu.kernel.errors import ErrorCode
from babilu.presentation.archive_words import status_words, why_failed
from babilu.presentation.strings import Strings

CAUSES = (
    ErrorCode.UNAVAILABLE,
    ErrorCode.NOT_FOUND,
    ErrorCode.NOT_ALLOWED,
    ErrorCode.DISK_FULL,
    ErrorCode.ARCHIVE_DAMAGED,
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_cause_is_said_as_a_trouble_of_the_link(language: str) -> None:
    say = Strings(language)
    said = [why_failed(say, code.value) for code in CAUSES]
    assert len(set(said)) == len(CAUSES)
    assert say("error.unavailable") not in said
    assert why_failed(say, "of a later version") == say("error.internal")


def test_a_failed_try_is_said_with_its_cause() -> None:
    status = ArchiveStatusView("/media/stick", None, 2, "not_found", 1000, 0)
    lines = list(status_words(Strings("en"), status, 2000, lambda at: f"at {at}"))
    assert lines[-1] == "The last try failed at at 1000: The folder is not there: is its disk connected?"
