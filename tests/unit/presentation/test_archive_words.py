"""How backups stand, in words: a failure is said of the folder and its disk, in both languages."""

import pytest

from babilu.api.views import ArchiveCountsView, ArchiveFindingsView, ArchiveStatusView
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import ArchiveVerdict
from babilu.presentation.archive_words import findings_words, status_words, why_failed
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


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_answer_about_a_file_has_its_words_also_where_nothing_of_it_can_be_read(language: str) -> None:
    say, counts = Strings(language), ArchiveCountsView(2, 3, 40)
    found = [
        ArchiveFindingsView(ArchiveVerdict.GOOD, None, 40, counts, "ab", "alice", None, 1000, 900, 2),
        ArchiveFindingsView(ArchiveVerdict.DAMAGED, 5000, 38, counts),
        ArchiveFindingsView(ArchiveVerdict.DAMAGED, 0),
        ArchiveFindingsView(ArchiveVerdict.WRONG_CODE),
        ArchiveFindingsView(ArchiveVerdict.TOO_NEW),
    ]
    said = [list(findings_words(say, each, str)) for each in found]
    assert [len(each) for each in said] == [3, 1, 1, 1, 1]
    assert len({each[0] for each in said}) == len(said)
    assert "5000" in said[1][0]
    assert "38" in said[1][0]
