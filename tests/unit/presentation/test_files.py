"""What a transfer tells of a file is applied to its message, measured, and said in one line where there is no text."""

from dataclasses import replace

import pytest

from babilu.api.events import FileTransfer
from babilu.api.views import FileView, MessageView
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.presentation.files import (
    FileKind,
    Pace,
    TransferPaces,
    files_line,
    kind_of,
    rough,
    waits_for,
    with_transfer,
)
from tests.unit.presentation.pages import WITH_BOB, message

SIZE = 1_000_000


def with_files(*states: FileState, outgoing: bool = False) -> MessageView:
    files = tuple(FileView(index, f"{index}.pdf", SIZE, "", state, 0) for index, state in enumerate(states))
    return replace(message(1, outgoing=outgoing), text="", files=files)


def told(
    done: int,
    state: TransferState = TransferState.RUNNING,
    *,
    out: bool = False,
    index: int = 0,
    error: ErrorCode | None = None,
) -> FileTransfer:
    direction = FileDirection.OUT if out else FileDirection.IN
    code = None if error is None else error.value
    return FileTransfer(message(1).id, "bob", WITH_BOB, index, direction, done, SIZE, state, code)


@pytest.mark.parametrize(
    ("state", "out", "after"),
    [
        (TransferState.RUNNING, True, FileState.SENDING),
        (TransferState.RUNNING, False, FileState.FETCHING),
        (TransferState.PAUSED, True, FileState.PAUSED),
        (TransferState.DONE, True, FileState.SENT),
        (TransferState.DONE, False, FileState.HERE),
        (TransferState.FAILED, True, FileState.FAILED),
    ],
)
def test_a_transfer_changes_the_state_of_its_file_alone(state: TransferState, out: bool, after: FileState) -> None:
    before = with_files(FileState.OFFERED, FileState.OFFERED)
    changed = with_transfer(before, told(500, state, out=out, index=1))
    assert changed.files[0] == before.files[0]
    assert (changed.files[1].state, changed.files[1].done) == (after, 500)


def test_what_a_reader_cancels_is_offered_again_and_what_a_sender_cancels_has_failed() -> None:
    closed = told(500, TransferState.FAILED, error=ErrorCode.CLOSED)
    (theirs,) = with_transfer(with_files(FileState.FETCHING), closed).files
    assert (theirs.state, theirs.done, theirs.error) == (FileState.OFFERED, 0, None)
    closed = told(500, TransferState.FAILED, out=True, error=ErrorCode.CLOSED)
    (own,) = with_transfer(with_files(FileState.SENDING, outgoing=True), closed).files
    assert (own.state, own.error) == (FileState.FAILED, "closed")


def test_a_failure_names_its_error_and_going_on_forgets_it() -> None:
    failed = with_transfer(with_files(FileState.FETCHING), told(5, TransferState.FAILED, error=ErrorCode.NOT_FOUND))
    assert failed.files[0].error == "not_found"
    assert with_transfer(failed, told(6)).files[0].error is None


def test_what_does_not_move_says_what_it_waits_for_until_it_moves() -> None:
    waits = with_transfer(with_files(FileState.FETCHING), told(5, error=ErrorCode.DISK_FULL))
    assert (waits.files[0].state, waits_for(waits.files[0])) == (FileState.FETCHING, "disk_full")
    assert waits_for(with_transfer(waits, told(6)).files[0]) is None
    failed = with_transfer(waits, told(5, TransferState.FAILED, error=ErrorCode.DISK_FULL))
    assert waits_for(failed.files[0]) is None


def test_speed_and_time_left_come_from_the_last_seconds() -> None:
    paces = TransferPaces()
    paces.take(told(0), 0)
    assert paces.pace(message(1).id, 0) is None
    paces.take(told(10_000), 1_000)
    assert paces.pace(message(1).id, 0) == Pace(10_000, rough(99))
    for second in range(2, 20):
        paces.take(told(10_000 + 100_000 * (second - 1) // 2), second * 1_000)
    assert paces.pace(message(1).id, 0) == Pace(50_000, 2)


def test_a_transfer_that_begins_anew_or_is_held_has_no_speed() -> None:
    paces = TransferPaces()
    for moment, done in ((0, 0), (1_000, 500_000), (2_000, 10)):
        paces.take(told(done), moment)
    assert paces.pace(message(1).id, 0) is None
    paces.take(told(20_000), 3_000)
    assert paces.pace(message(1).id, 0) is not None
    paces.take(told(20_000, TransferState.PAUSED), 3_100)
    assert paces.pace(message(1).id, 0) is None


@pytest.mark.parametrize(("seconds", "said"), [(0, 0), (59, 59), (61, 120), (3_599, 3_600), (3_601, 7_200)])
def test_what_is_left_is_rounded_up_to_one_unit(seconds: int, said: int) -> None:
    assert rough(seconds) == said


def test_one_file_is_called_by_its_name_and_several_by_their_number() -> None:
    several = "{} files".format
    assert files_line((), several) == ""
    assert files_line(("a.pdf",), several) == "a.pdf"
    assert files_line(("a.pdf", "b.pdf"), several) == "2 files"


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("a.PDF", "image/png", FileKind.TEXT),
        ("a", "image/png", FileKind.PICTURE),
        ("a.tar.gz", "", FileKind.PACKED),
        ("a.xyz", "nonsense", FileKind.OTHER),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_ending_before_what_its_sender_says(
    name: str, media_type: str, kind: FileKind
) -> None:
    assert kind_of(FileView(0, name, 1, media_type, FileState.OFFERED, 0)) is kind
